"""`kata class handout`: everything to learn with, and nothing that gives an answer away."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from kata.classroom.delivery import (
    as_folder,
    as_repository,
    for_classroom_50,
    for_gradescope,
    zipped,
)
from kata.classroom.due import Due, chosen, read_due
from kata.classroom.handed_out.kata_points import Judged, Point, classroom_result, report, summary
from kata.classroom.handout import HandOut, hand_out
from kata.classroom.refusal import Refusal
from kata.cli.app import app
from kata.course.course import Course, Exercise
from tests.classroom.a_class import COURSE, EXERCISES, ROOT, place, reference
from tests.helpers.made_up_course import make_course, write


@pytest.fixture(scope="module")
def out() -> HandOut:
    return hand_out(COURSE, COURSE.exercises)


@pytest.fixture(scope="module")
def copy(out: HandOut, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class") / "copy"
    as_folder(out.files, folder)
    return folder


def in_the_copy(copy: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a copy, with its own `kata` before the one that is installed here."""
    clean = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTEST", "COV", "GITHUB"))
    }
    clean |= {
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "COLUMNS": "100",
        "PYTHONUTF8": "1",
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=copy,
        env=clean | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def code_lines(text: str) -> set[str]:
    """The lines of a program that say something of their own."""
    lines = (line.strip() for line in text.splitlines())
    return {
        line
        for line in lines
        if len(line) > 24 and not line.startswith(("#", "import", "from", '"""', "@"))
    }


# What is in it, and what is not


def test_it_has_what_a_learner_needs(out: HandOut) -> None:
    for exercise in COURSE.exercises:
        lesson = f"exercises/{exercise.name}/README.md"
        assert out.files[lesson] == exercise.lesson.read_bytes()
        assert (
            out.files[f"exercises/{exercise.name}/{exercise.answer_file}"]
            == COURSE.stub(exercise).read_bytes()
        )
        for path in (*exercise.specs, *exercise.given, *exercise.benches, COURSE.stub(exercise)):
            assert out.files[path.relative_to(ROOT).as_posix()] == path.read_bytes()
    assert {
        "README.md",
        "LICENSE",
        "conftest.py",
        "constraints.txt",
        "pyproject.toml",
        ".gitignore",
    } <= set(out.files)


def test_it_has_no_folder_that_nobody_thought_of(out: HandOut) -> None:
    assert {path.partition("/")[0] for path in out.files} == {
        ".github",
        ".gitignore",
        "LICENSE",
        "README.md",
        "conftest.py",
        "constraints.txt",
        "exercises",
        "kata",
        "pyproject.toml",
    }
    hidden = r"solution|gallery|golden|classroom/|/rules/|CONTRIBUTING|tox\.ini|\.git/"
    assert [path for path in out.files if re.search(hidden, path)] == [
        "kata/cli/commands/solution.py"
    ]


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda each: each.number)
def test_no_answer_is_in_it(exercise: Exercise, out: HandOut) -> None:
    """Of what a right answer says beyond the stub and the lesson, no handed-out file says more than a little."""
    files = {
        path: code_lines(content.decode("utf-8", "replace")) for path, content in out.files.items()
    }
    known = code_lines(COURSE.stub(exercise).read_text("utf-8") + exercise.text)
    for path in (COURSE.reference(exercise), *COURSE.gallery(exercise, "right")):
        mine = code_lines(path.read_text("utf-8")) - known
        for name, lines in files.items():
            assert len(mine & lines) <= max(3, len(mine) / 3), (path, name, mine & lines)
        assert path.read_bytes() not in out.files.values()


def test_broken_apps_do_not_say_what_is_wrong_with_them(out: HandOut) -> None:
    broken = [path for path in out.files if path.startswith("kata/suite/broken/")]
    assert len(broken) == len(list((ROOT / "kata/suite/broken/10_test_it_yourself").glob("*.py")))
    for path in broken:
        text = out.files[path].decode()
        assert text.startswith('"""An app that is broken."""\n')
        compile(text, path, "exec")
        assert "The tea house, broken" not in text


def test_an_answer_of_the_teachers_own_stays_at_home(tmp_path: Path) -> None:
    """The teacher's checkout has answers in `exercises/`, and files that git does not know."""
    root = tmp_path / "checkout"
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", ROOT.as_uri(), str(root)],
        check=True,
        capture_output=True,
    )
    for path in ROOT.joinpath("kata").rglob("*"):  # what is not committed yet is tried, too
        if path.is_file() and "__pycache__" not in path.parts:
            write(root / path.relative_to(ROOT), path.read_text("utf-8"))
    write(root / "exercises" / place("08"), reference("08").decode())
    write(root / "exercises/08_parallel_tasks/my_solution.py", "SECRET = 1\n")
    write(root / "kata/my_notes.py", "SECRET = 1\n")
    subprocess.run(["git", "add", "--all", "kata/classroom", "kata/cli"], cwd=root, check=True)
    course = Course(root)
    made = hand_out(course, course.exercises)
    assert made.files["exercises/" + place("08")] == COURSE.stub(EXERCISES["08"]).read_bytes()
    assert set(made.strays) >= {"exercises/08_parallel_tasks/my_solution.py", "kata/my_notes.py"}
    assert not [path for path, content in made.files.items() if b"SECRET" in content]


# It works


def test_a_copy_greets_and_says_what_to_do_first(copy: Path) -> None:
    run = in_the_copy(copy, "-m", "pytest", "exercises/", "-p", "no:cacheprovider")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "your task: 01 First async endpoint" in run.stdout
    assert f"0 of {sum(each.part == 1 for each in COURSE.exercises)} solved" in run.stdout


@pytest.mark.parametrize(
    ("command", "said", "status"),
    [
        (["next"], "01 · First async endpoint", 0),
        (["hint", "08"], "A question", 0),
        (["lesson", "10"], "Test it yourself", 0),
        (
            ["solution", "01"],
            "There is no reference answer for 01_first_async_endpoint in this copy of the kata.",
            1,
        ),
        (["class", "collect"], "No such command 'class'", 2),
        (["check"], "No such command 'check'", 2),
        (["--help"], "Show the next hint", 0),
    ],
)
def test_the_command_kata_in_a_copy(copy: Path, command: list[str], said: str, status: int) -> None:
    run = in_the_copy(copy, "-m", "kata", *command)
    assert said in run.stdout + run.stderr
    assert run.returncode == status
    assert "Traceback" not in run.stderr


def count(number: str) -> int:
    """How many specs an exercise has."""
    return EXERCISES[number].spec.read_text("utf-8").count("def test_")


def test_an_answer_passes_in_a_copy_and_the_workflow_says_so(out: HandOut, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    as_folder(hand_out(COURSE, [EXERCISES["01"], EXERCISES["10"]]).files, copy)
    (copy / "exercises" / place("10")).write_bytes(reference("10"))
    output, page = tmp_path / "output", tmp_path / "page"
    run = in_the_copy(
        copy, ".github/kata_points.py", GITHUB_OUTPUT=str(output), GITHUB_STEP_SUMMARY=str(page)
    )
    assert run.returncode == 1, run.stderr
    assert "❌ 01 First async endpoint" in run.stdout
    assert "✅ 10 Test it yourself" in run.stdout
    first, last = count("01"), count("10")
    assert f"::notice title=Autograding complete::Points {last}/{first + last}\n" in run.stdout
    assert (
        f'::notice title=Autograding report::{{"totalPoints":{last},"maxPoints":{first + last}}}\n'
        in run.stdout
    )
    result = json.loads(base64.b64decode(output.read_text("utf-8").removeprefix("result=")))
    assert (result["version"], result["status"], result["max_score"]) == (1, "fail", first + last)
    assert [(each["status"], each["score"]) for each in result["tests"]] == [
        ("fail", 0),
        ("pass", last),
    ]
    assert f"| 10 Test it yourself | {last} | {last} |" in page.read_text("utf-8")


def test_the_settings_of_a_copy_install_the_same(out: HandOut) -> None:
    import tomllib

    mine = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    theirs = tomllib.loads(out.files["pyproject.toml"].decode())
    assert theirs["project"] == mine["project"]
    assert theirs["build-system"] == mine["build-system"]
    assert theirs["tool"].keys() == {"setuptools", "pytest"}
    assert theirs["tool"]["pytest"] == mine["tool"]["pytest"]


# The log of the workflow

_JUDGED = [
    Judged(
        "01_first",
        "01 First",
        (Point("it answers", True, ""), Point("it waits", False, "late\n::error::x")),
        1.0,
    ),
    Judged(
        "02_second_of_a_long_name",
        "02 Second, of a long name",
        (Point("it answers", False, "not started"),),
        0.1,
        "not started",
    ),
]


def test_the_log_is_that_of_the_old_reporter() -> None:
    log = "\n".join(report(_JUDGED))
    assert "🔄 Processing: 01_first\n❌ 01 First\nTest code:\npytest exercises/01_first\n" in log
    assert "Total points for 01_first: 1.00/2" in log
    assert "│ Test Runner Name   │ Test Score  │ Max Score   │" in log
    assert "│ 02 Second, of a l… │ 0           │ 1           │" in log
    assert "│ Total:             │ 1           │ 3           │" in log
    assert "🏆 Grand total tests passed: 0/2" in log


def test_a_failure_cannot_speak_to_the_runner() -> None:
    commands = [line for line in report(_JUDGED) if line.lstrip().startswith("::")]
    assert [line.split("::")[1] for line in commands] == [
        "notice title=Autograding complete",
        "notice title=Autograding report",
    ]
    assert classroom_result(_JUDGED)["max_score"] == 3
    assert summary(_JUDGED).count("```") == 2


# Which exercises


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ("01-05,08", ["01", "02", "03", "04", "05", "08"]),
        ("8", ["08"]),
        ("08, 1 - 2", ["01", "02", "08"]),
        ("parallel", ["08"]),
        ("9-99", [number for number in EXERCISES if int(number) >= 9]),
    ],
)
def test_exercises_are_chosen(wanted: str, numbers: list[str]) -> None:
    assert [each.number for each in chosen(COURSE, wanted)] == numbers


@pytest.mark.parametrize("wanted", ["99", "20-30", "5-1", ",", "nothing"])
def test_what_names_no_exercise_is_told(wanted: str) -> None:
    with pytest.raises(Refusal, match="no exercise"):
        chosen(COURSE, wanted)


def test_only_what_was_chosen_is_in_it(tmp_path: Path) -> None:
    made = hand_out(COURSE, chosen(COURSE, "01,08"))
    text = "\n".join(made.files)
    assert "01_first_async_endpoint" in text
    assert "08_parallel_tasks" in text
    assert not re.search(r"exercises/(0[2-79]|10)|stubs/(0[2-79]|10)|broken/10", text)
    readme = made.files["README.md"].decode()
    assert "2 exercises, some 30 minutes." in readme
    assert "[08 Parallel tasks](exercises/08_parallel_tasks/README.md) | 15 |" in readme
    assert not re.search(r"\{\w+\}", readme)
    as_folder(made.files, tmp_path / "copy")
    run = in_the_copy(tmp_path / "copy", "-m", "pytest", "exercises/", "-p", "no:cacheprovider")
    assert "0 of 2 solved" in run.stdout


def test_what_opens_later_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "due.toml"
    file.write_text(
        '[exercises]\n"01-02" = { opens = 2026-12-01 }\n8 = { opens = 2026-12-07T12:00:00+01:00, due = 2026-12-14 }\n'
    )
    due = read_due(file, COURSE)
    assert set(due) == {EXERCISES[number].name for number in ("01", "02", "08")}
    eight = due["08_parallel_tasks"]
    assert not eight.is_open(datetime(2026, 12, 7, 10, 59, tzinfo=UTC))
    assert eight.is_open(datetime(2026, 12, 7, 12, 0, tzinfo=timezone(timedelta(hours=1))))
    assert eight.due == datetime(2026, 12, 14, 23, 59, 59)
    assert Due().is_open(datetime(2026, 1, 1, tzinfo=UTC))
    readme = hand_out(COURSE, chosen(COURSE, "08"), due).files["README.md"].decode()
    assert "| 15 | 2026-12-14 23:59 |" in readme


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[exercises", "cannot be read"),
        ("x = 1", "has no table"),
        ('[exercises]\n"99" = { opens = 2026-12-01 }', "no exercise"),
        ('[exercises]\n"08" = 2026-12-01', "must be a table"),
        ('[exercises]\n"08" = { open = 2026-12-01 }', "must be a table"),
        ('[exercises]\n"08" = { opens = "2026-12-01" }', "without quotation marks"),
        ('[exercises]\n"01-08" = { opens = 2026-12-01 }\n"08" = { opens = 2026-12-01 }', "twice"),
    ],
)
def test_dates_that_cannot_be_understood_are_told(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "due.toml").write_text(text)
    with pytest.raises(Refusal, match=said):
        read_due(tmp_path / "due.toml", COURSE)


# Delivered


def test_a_repository_has_one_commit_and_nobodys_settings(out: HandOut, tmp_path: Path) -> None:
    as_repository(out.files, tmp_path / "repository")

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments],
            cwd=tmp_path / "repository",
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    assert len(git("log", "--all", "--format=%H").split()) == 1
    assert git("status", "--porcelain", "--ignored") == ""
    assert set(git("ls-files").split("\n")) - {""} == set(out.files)
    assert (
        not list((tmp_path / "repository/.git/hooks").glob("*"))
        if (tmp_path / "repository/.git/hooks").exists()
        else True
    )


def test_the_same_files_make_the_same_zip(out: HandOut) -> None:
    assert zipped(out.files) == zipped(dict(out.files))


@pytest.fixture
def kata(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(ROOT)
    return lambda *arguments: CliRunner().invoke(app, ["class", "handout", *map(str, arguments)])


def test_the_command_writes_a_folder_and_a_zip(kata: Callable[..., Result], tmp_path: Path) -> None:
    result = kata(tmp_path / "copy", "--zip", tmp_path / "copy.zip", "--only", "01")
    assert result.exit_code == 0, result.output
    assert "In it: 01_first_async_endpoint." in result.stdout
    with zipfile.ZipFile(tmp_path / "copy.zip") as archive:
        names = {name.removeprefix("fastapi-async-kata/") for name in archive.namelist()}
    assert names == {
        path.relative_to(tmp_path / "copy").as_posix()
        for path in (tmp_path / "copy").rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say where to"),
        (["--git", "--zip", "x.zip"], "--git needs a folder"),
        (["full"], "is not empty, and nothing in it is overwritten"),
        (["file"], "is a file"),
        (["new", "--zip", "file"], "is there already"),
        (["new", "--only", "99"], "There is no exercise"),
        (["new", "--due", "nowhere.toml"], "there is no file"),
        (["new", "--at", "2026-12-01"], "give both"),
        (["new", "--for", "moodle"], "--for knows classroom50 and gradescope"),
        (["new", "--for", "gradescope", "--git"], "leave --git and --zip away"),
        (["new", "--due", "due.toml", "--at", "2020-01-01"], "none of the exercises is open yet"),
    ],
)
def test_misuse_gets_one_sentence(
    kata: Callable[..., Result], arguments: Sequence[str], said: str, tmp_path: Path
) -> None:
    write(tmp_path / "full" / "mine.txt", "mine")
    write(tmp_path / "file", "mine")
    every = f"01-{COURSE.exercises[-1].number}"
    write(tmp_path / "due.toml", f'[exercises]\n"{every}" = {{ opens = 2026-12-01 }}\n')
    paths = ("full", "file", "new", "due.toml", "nowhere.toml", "x.zip")
    result = kata(*(tmp_path / each if each in paths else each for each in arguments))
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert (tmp_path / "file").read_text() == "mine"
    if "file" not in arguments:
        assert not (tmp_path / "new").exists()


def test_a_stub_that_is_missing_is_told(tmp_path: Path) -> None:
    course = make_course(tmp_path, "01_first")
    for name in ("LICENSE", "conftest.py", "constraints.txt", ".gitignore"):
        write(tmp_path / name, "")
    course.stub(course.exercises[0]).unlink()
    with pytest.raises(Refusal, match="the stub of 01_first is missing"):
        hand_out(course, course.exercises)


# For platforms

_RUNNER = {
    "CLASSROOM": "cs1",
    "ASSIGNMENT": "kata",
    "SUBMISSION_TAG": "submit/2026-11-28T10-00-00Z-1a2b3c4",
    "OWNER": "school",
    "USERNAME": "ada",
    "COMMIT_URL": "https://git.example/commit",
    "RELEASE_URL": "https://git.example/release",
    "KATA_INSTALLED": "1",
}


def test_the_autograder_of_classroom_50_writes_a_result_of_its_schema(tmp_path: Path) -> None:
    grader, student = tmp_path / "grader", tmp_path / "student"
    as_folder(for_classroom_50(hand_out(COURSE, [EXERCISES["08"]]).files), grader)
    assert {path.name for path in grader.iterdir()} == {
        "autograder.py",
        "kata_points.py",
        "kata.zip",
    }
    write(student / "exercises" / place("08"), reference("08").decode())
    run = in_the_copy(student, str(grader / "autograder.py"), PYTHONPATH="", **_RUNNER)
    assert run.returncode == 0, run.stdout + run.stderr
    result = json.loads((student / "result.json").read_text("utf-8"))
    required = "schema classroom assignment assignment_type owner submission commit release review datetime score max-score tests"
    assert set(result) == {*required.split(), "graded_at"}
    assert result["schema"] == "classroom50/result/v1"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", result["datetime"])
    assert result["submission"].startswith("submit/")
    assert result["score"] == result["max-score"] == len(result["tests"]) == count("08")
    for each in result["tests"]:
        assert {"test-name", "passed", "score", "max-score"} <= set(each)
        assert type(each["score"]) is int
    assert len({each["test-name"] for each in result["tests"]}) == count("08")
    assert "08 Parallel tasks" in (student / "release-body.md").read_text("utf-8")


def test_the_autograder_of_classroom_50_writes_nothing_elsewhere(tmp_path: Path) -> None:
    grader = tmp_path / "grader"
    as_folder(for_classroom_50(hand_out(COURSE, [EXERCISES["08"]]).files), grader)
    run = in_the_copy(tmp_path, str(grader / "autograder.py"))
    assert run.returncode == 2
    assert "no run of Classroom 50" in run.stderr
    assert not (tmp_path / "result.json").exists()


def test_the_autograder_of_gradescope_has_its_programs_at_the_top(
    kata: Callable[..., Result], tmp_path: Path
) -> None:
    assert kata(tmp_path / "out", "--for", "gradescope", "--only", "01").exit_code == 0
    with zipfile.ZipFile(tmp_path / "out" / "autograder.zip") as archive:
        names = set(archive.namelist())
        for name in ("setup.sh", "run_autograder"):
            info = archive.getinfo(name)
            assert (info.external_attr >> 16) & 0o777 == 0o755
            text = archive.read(info)
            assert text.startswith(b"#!")
            assert b"\r" not in text
            subprocess.run(["bash", "-n"], input=text, check=True)
    assert {
        "kata/.github/kata_gradescope.py",
        "kata/.github/kata_points.py",
        "kata/constraints.txt",
    } <= names
    assert not [name for name in names if "solutions/" in name or "gallery/" in name]


def gradescope(tmp_path: Path, work: dict[str, bytes], *options: str) -> dict[str, Any]:
    """The autograder, run as Gradescope runs it but for the place and the user."""
    autograder, submission = tmp_path / "source", tmp_path / "submission"
    made = hand_out(COURSE, chosen(COURSE, "01,08"), for_a_judge=True)
    as_folder(for_gradescope(made.files), autograder)
    for name, content in work.items():
        write(submission / name, content.decode())
    kata = autograder / "kata"
    for path in (tmp_path, *tmp_path.parents):  # or another user cannot even enter
        if path.is_relative_to("/tmp/pytest-of-root"):
            path.chmod(0o755)
    results = tmp_path / "results" / "results.json"
    results.parent.mkdir(mode=0o700)
    arguments = [
        "--kata",
        str(kata),
        "--answers",
        str(submission),
        "--results",
        str(results),
        *options,
    ]
    run = in_the_copy(kata, ".github/kata_gradescope.py", *arguments)
    assert run.returncode == 0, run.stdout + run.stderr
    return json.loads(results.read_text("utf-8"))


def test_the_autograder_of_gradescope_judges_an_upload_of_any_shape(tmp_path: Path) -> None:
    found = gradescope(tmp_path, {"main (1).py": reference("08")})
    assert found["score"] == count("08")
    assert len(found["tests"]) == count("01") + count("08")
    assert {each["output"] for each in found["tests"] if each["number"].startswith("1.")} == {
        "not handed in"
    }
    for each in found["tests"]:
        assert each["status"] == ("passed" if each["score"] else "failed")
        assert each["output_format"] == "ansi"
    assert found["output"] == ""


def test_the_autograder_of_gradescope_stops_before_the_platform_does(tmp_path: Path) -> None:
    found = gradescope(tmp_path, {place("08"): reference("08")}, "--budget", "1")
    assert found["score"] == 0
    assert {each["output"] for each in found["tests"]} == {"not judged: there was no time left"}


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can run the answers as another user"
)
def test_an_answer_on_gradescope_is_another_user_and_reaches_nothing(tmp_path: Path) -> None:
    spy = (
        reference("08")
        + (
            f"\nimport pathlib\ntry:\n    pathlib.Path(r'{tmp_path}/results/results.json').write_text('forged')\n"
            "except PermissionError:\n    pass\nelse:\n    raise RuntimeError('it could write')\n"
        ).encode()
    )
    if not shutil.which("python3") or not _others_may_run_this_python():
        pytest.skip("this Python is root's alone")
    found = gradescope(tmp_path, {place("08"): spy}, "--user", "nobody")
    assert found["score"] == count("08"), [
        each["output"] for each in found["tests"] if not each["score"]
    ]


def _others_may_run_this_python() -> bool:
    places = [Path(sys.executable), Path(sys.executable).resolve(), ROOT]
    return all(
        parent.stat().st_mode & stat.S_IXOTH
        for place in places
        for parent in (place, *place.parents)
    )
