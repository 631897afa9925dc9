"""The first look at a class: small classes, whose marks are worked out by hand."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kata.classroom.collect import Wanted, collect
from kata.classroom.grading import bench, patience
from kata.classroom.grading.answers import Answer, read_answer
from kata.classroom.grading.grade import Graded, Wishes, grade
from kata.classroom.grading.points import one_each, read_points
from kata.classroom.grading.specs import specs_of
from kata.classroom.grading.submissions import read_submissions
from kata.classroom.grading.verdict import after_a_run
from kata.classroom.grading.workers import WorkerLost, Workers
from kata.classroom.refusal import Refusal
from kata.classroom.results import Result, file_name, read, read_all, read_head
from kata.classroom.sandbox.probe import Isolation, probe
from kata.classroom.shards import Shard
from kata.cli.app import app
from kata.course.course import Course
from kata.run.record import Outcomes, SpecOutcome
from tests.classroom import exports
from tests.classroom.a_class import reference, stub

ROOT = Path(__file__).resolve().parents[2]
COURSE = Course(ROOT)
FIRST, SECOND, EIGHTH = (COURSE.exercise(number) for number in ("01", "02", "08"))

SLEEPS_TOO_SHORT = reference("01").replace(b"sleep(2)", b"sleep(1)")
LOOPS = b"""\
from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def answer() -> dict[str, str]:
    while True:
        pass
"""

Work = dict[str, bytes]


@pytest.fixture(scope="module")
def isolation() -> Isolation:
    return probe(ROOT)


@pytest.fixture(autouse=True)
def probed_once(isolation: Isolation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "probe", lambda _root: isolation)  # type: ignore[misc]


@pytest.fixture
def hand_in(tmp_path: Path) -> Callable[..., Path]:
    """Students' folders as they lie on a disk: what each handed in, by the numbers of the exercises."""

    def hand_in(**students: Work) -> Path:
        folder = tmp_path / "submissions"
        for name, work in students.items():
            (folder / name).mkdir(parents=True, exist_ok=True)
            for number, data in work.items():
                exercise = COURSE.exercise(number)
                place = folder / name / exercise.name / exercise.answer_file
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)
        return folder

    return hand_in


def run(submissions: Path, to: Path, **wishes: Any) -> Graded:
    wanted = replace(Wishes(only="01,02", workers=2), **wishes)
    return grade(COURSE, submissions, to, wanted, silent)


def silent(_done: int, _of: int, _line: str) -> None:
    """Nobody looks at the progress here."""


def states(result: Result) -> dict[str, str]:
    return {each.number: each.state for each in result.exercises}


def of(folder: Path, name: str) -> Result:
    return read(folder / file_name(name))


# Verdicts


def test_a_small_class(hand_in: Callable[..., Path], tmp_path: Path) -> None:
    folder = hand_in(
        ada={"01": reference("01"), "02": reference("02")},
        bob={"01": SLEEPS_TOO_SHORT, "02": stub("02").replace(b"\n", b"\r\n")},
        cat={},
        dan={"01": b"def"},
    )
    to = tmp_path / "results"

    graded = run(folder, to)

    first, second = len(specs_of(FIRST)), len(specs_of(SECOND))
    ada, bob, cat, dan = (of(to, name) for name in ("ada", "bob", "cat", "dan"))
    assert graded.students == 4
    assert not graded.unjudged
    assert {each.max_points for each in (ada, bob, cat, dan)} == {first + second}
    assert states(ada) == {"01": "solved", "02": "solved"}
    assert ada.points == first + second
    assert states(bob) == {"01": "wrong", "02": "not started"}
    assert 0 < bob.points < first
    assert bob.exercises[1].points == 0
    assert states(cat) == {"01": "not handed in", "02": "not handed in"}
    assert cat.absent
    assert states(dan) == {"01": "wrong", "02": "not handed in"}
    assert dan.points == 0
    assert "Python cannot read the file" in dan.exercises[0].specs[0].diagnosis
    assert dan.exercises[0].specs[0].where == f"{FIRST.name}/main.py:1"
    assert all(each.isolation.startswith("process") for each in (ada, bob, cat, dan))
    head = read_head(to)
    assert head is not None
    assert head.students == ("ada", "bob", "cat", "dan")
    assert head.judged_by == ada.judged_by


def test_an_exercise_ends_where_it_is_cut_off(hand_in: Callable[..., Path], tmp_path: Path) -> None:
    folder, to = hand_in(dan={"01": LOOPS, "02": reference("02")}), tmp_path / "results"

    assert not run(folder, to).unjudged

    dan = of(to, "dan")
    came = [spec.state for spec in dan.exercises[0].specs]
    assert states(dan) == {"01": "cut off", "02": "solved"}
    assert came.count("cut off") == 1
    assert set(came[came.index("cut off") + 1 :]) == {"not judged"}
    assert dan.exercises[0].max_points == len(came)


def test_equal_answers_are_judged_once_and_shown_as_two(
    hand_in: Callable[..., Path], tmp_path: Path
) -> None:
    same = {"01": reference("01")}
    to = tmp_path / "results"

    graded = run(hand_in(ada=same, bob=same, cat=same), to)

    assert (graded.judged, graded.known) == (1, 2)
    assert [each.points for each in read_all(to)] == [len(specs_of(FIRST))] * 3
    assert len({each.student.id for each in read_all(to)}) == 3


def test_a_file_beside_the_answer_counts_and_a_link_does_not(tmp_path: Path) -> None:
    place = tmp_path / FIRST.name
    place.mkdir()
    (place / "main.py").write_bytes(b"1")
    one = read_answer(tmp_path, FIRST)
    (place / "helper.py").write_bytes(b"2")
    (place / "README.md").write_bytes(b"3")
    (place / "conftest.py").write_bytes(b"3")
    (place / "test_first_async_endpoint.py").write_bytes(b"4")
    (place / "link.py").symlink_to("/etc/passwd")
    two = read_answer(tmp_path, FIRST)

    assert set(two.files) == {"main.py", "helper.py"}
    assert one.digest != two.digest
    assert Answer().digest == ""
    (place / "main.py").unlink()
    (place / "main.py").symlink_to("/etc/passwd")
    assert read_answer(tmp_path, FIRST).files == {}


def test_what_is_too_large_is_told_and_not_judged(
    hand_in: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kata.classroom.grading.answers.MOST_BYTES", 2_000)
    folder = hand_in(ada={"01": b"#" * 2_001}, bob={"01": stub("01")})

    graded = run(folder, tmp_path / "results", only="01")

    assert graded.unjudged == ["ada"]
    ada = of(tmp_path / "results", "ada")
    assert states(ada) == {"01": "not judged"}
    assert ada.notes == ("01 was not judged: 01 is larger than 2,000 bytes: look at it.",)


def test_patience_does_not_count_the_queue_for_a_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    now, waited = [0.0], [0.0]

    def waited_so_far(_process: int) -> float:
        return waited[0]

    def one_child(_process: int) -> list[int]:
        return [1]

    monkeypatch.setattr(patience.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(patience, "_below", one_child)
    monkeypatch.setattr(patience, "queued", waited_so_far)
    mine = patience.Patience(10)

    def passes(seconds: int, *, in_the_queue: float) -> bool:
        for _ in range(seconds):
            now[0] += 1
            waited[0] += in_the_queue
            mine.is_over()
        return mine.is_over()

    assert not passes(90, in_the_queue=0.9)
    assert not passes(100, in_the_queue=1.5)
    assert passes(3, in_the_queue=0)


def test_the_queue_of_processes_below_is_read(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            assert process.pid in patience._below(os.getpid())  # pyright: ignore[reportPrivateUsage]
            assert patience.queued(process.pid) >= 0
        finally:
            process.kill()
    assert patience.queued(process.pid) == 0


# The list of specs is the denominator

PASSED = [SpecOutcome(spec.name, "passed", "", 0.1) for spec in specs_of(FIRST)]


@pytest.mark.parametrize(
    ("came", "state"),
    [
        (Outcomes(tuple(PASSED)), "solved"),
        (Outcomes(tuple(PASSED[:-1])), "not judged"),
        (Outcomes(tuple(PASSED[1:])), "not judged"),
        (Outcomes((*PASSED, SpecOutcome("test_of_my_own", "passed", "", 0.1))), "not judged"),
        (
            Outcomes((SpecOutcome("collection", "failed", "broken", 0.0),), "It ended."),
            "not judged",
        ),
        (Outcomes((), "There was no spec to run."), "not judged"),
        (Outcomes((*PASSED, replace(PASSED[0], outcome="failed"))), "wrong"),
        (Outcomes((replace(PASSED[0], outcome="failed"), *PASSED)), "wrong"),
        (Outcomes(tuple(PASSED[:2]), "It was killed.", PASSED[2].name), "cut off"),
        (Outcomes(tuple(PASSED), "It ended itself.", PASSED[-1].name), "cut off"),
        (Outcomes((replace(PASSED[0], outcome="failed", cut_off=True),)), "cut off"),
    ],
)
def test_who_does_not_report_the_list_of_specs_is_not_judged(came: Outcomes, state: str) -> None:
    result = after_a_run(FIRST, specs_of(FIRST), came, 1.0, "abc")

    assert result.state == state
    assert [spec.name for spec in result.specs] == [spec.name for spec in specs_of(FIRST)]
    assert result.ended or state in ("solved", "wrong") or came.specs[0].cut_off


def test_the_list_of_specs_is_what_pytest_collects() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "exercises", "--collect-only", "-q"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    collected = re.findall(r"^exercises/(\w+)/test_\w+\.py::(test_\w+)", done.stdout, re.MULTILINE)
    listed = [(each.name, spec.name) for each in COURSE.exercises for spec in specs_of(each)]

    assert collected == listed


# Again


def test_grading_again_judges_only_what_changed_and_says_who_moved(
    hand_in: Callable[..., Path], tmp_path: Path
) -> None:
    to = tmp_path / "results"
    folder = hand_in(
        ada={"01": reference("01"), "02": reference("02")}, bob={"01": SLEEPS_TOO_SHORT}
    )
    run(folder, to)
    before = of(to, "ada")

    again = run(folder, to)
    assert (again.judged, again.moved) == (0, [])

    hand_in(bob={"01": reference("01") + b"# mine\n"})
    moved = run(folder, to)

    assert moved.judged == 1
    assert moved.moved == [f"bob: {FIRST.name}: wrong → solved"]
    assert [(move.before, move.now) for move in of(to, "bob").moves] == [("wrong", "solved")]
    assert of(to, "ada") == before


def test_other_points_need_no_run_and_other_specs_do(
    hand_in: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to, table = tmp_path / "results", tmp_path / "points.toml"
    folder = hand_in(ada={"01": reference("01")})
    run(folder, to)
    table.write_text('[exercises]\n"01" = 10\n"02" = 1\n', "utf-8")

    assert run(folder, to, points=table).judged == 0
    assert (of(to, "ada").points, of(to, "ada").max_points) == (10, pytest.approx(11))
    monkeypatch.setattr(bench, "judged_by", lambda _course: "another")  # type: ignore[misc]
    assert run(folder, to, points=table).judged == 1
    assert of(to, "ada").judged_by == "another"


def test_a_verdict_from_another_isolation_is_not_taken_over(
    hand_in: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    isolation: Isolation,
) -> None:
    folder, to = hand_in(ada={"01": reference("01")}), tmp_path / "results"
    weaker = probe(ROOT, workers_fork=False)
    monkeypatch.setattr(bench, "probe", lambda _root: weaker)  # type: ignore[misc]
    run(folder, to)
    assert of(to, "ada").isolation == weaker.sentence
    monkeypatch.setattr(bench, "probe", lambda _root: isolation)  # type: ignore[misc]

    assert run(folder, to).judged == 1
    assert of(to, "ada").isolation == isolation.sentence


def test_a_torn_result_is_written_anew(hand_in: Callable[..., Path], tmp_path: Path) -> None:
    folder, to = hand_in(ada={"01": stub("01")}), tmp_path / "results"
    run(folder, to)
    (to / "ada.json").write_text('{"schema": 1, "stu', "utf-8")

    graded = run(folder, to)

    assert "could not be read, and is written anew" in graded.told[0]
    assert states(of(to, "ada"))["01"] == "not started"


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_who_was_ended_goes_on(
    hand_in: Callable[..., Path], tmp_path: Path, ending: signal.Signals
) -> None:
    to = tmp_path / "results"
    work = {f"s{turn}": {"01": reference("01") + b"# %d\n" % turn} for turn in range(5)}
    folder = hand_in(**work, t={"01": LOOPS})
    command = [sys.executable, "-m", "kata", "class", "grade", str(folder), "--out", str(to)]
    command += ["--only", "01", "--workers", "1"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    lines = [process.stderr.readline(), process.stderr.readline()]
    process.send_signal(ending)
    said = process.stderr.read()
    process.wait()
    process.stderr.close()
    written = {path.name for path in to.glob("s*.json")}

    assert process.returncode == (-9 if ending == signal.SIGKILL else 128 + ending)
    assert lines[0].startswith("1 of 6  s0: ")
    assert {"s0.json", "s1.json"} <= written < {*(f"s{turn}.json" for turn in range(6))}
    assert not list(to.glob(".*")), "no half of a file"
    assert ("the same command goes on" in said) == (ending == signal.SIGINT)

    hand_in(t={"01": stub("01")})
    graded = run(folder, to, only="01")
    assert graded.judged == 5 - len(written)
    assert len(list(read_all(to))) == 6


def test_a_worker_that_is_lost_is_replaced_and_the_answer_judged_again(
    isolation: Isolation,
) -> None:
    workers = Workers(COURSE, isolation.layers, 1)
    files = {"main.py": reference("01")}
    try:
        assert workers.submit(FIRST.name, files).result()[0].solved
        worker = workers._all[0]  # pyright: ignore[reportPrivateUsage]
        process = worker._process  # pyright: ignore[reportPrivateUsage]
        assert process is not None
        process.kill()
        process.wait()
        assert workers.submit(FIRST.name, files).result()[0].solved
        worker.end()
        with pytest.raises(WorkerLost):
            workers.submit(FIRST.name, files).result()
    finally:
        workers.close()


# Points

SPECS = {each.name: specs_of(each) for each in (FIRST, SECOND)}
NAMES = [spec.name for spec in specs_of(FIRST)]


def points(tmp_path: Path, text: str) -> dict[str, float]:
    path = tmp_path / "points.toml"
    path.write_text(text, "utf-8")
    return dict(read_points(path, COURSE, SPECS).most[FIRST.name])


def test_points_are_shared_out_among_specs(tmp_path: Path) -> None:
    assert one_each(SPECS).most[FIRST.name] == dict.fromkeys(NAMES, 1.0)
    assert points(tmp_path, "") == dict.fromkeys(NAMES, 1.0)
    twice = 2 * len(NAMES)
    assert points(tmp_path, f'[exercises]\n"01-02" = {twice}') == dict.fromkeys(NAMES, 2.0)
    named = points(tmp_path, f"[specs.01]\n{NAMES[1]} = 4")
    assert named == {**dict.fromkeys(NAMES, 1.0), NAMES[1]: 4.0}
    some = 4 + 1.5 * (len(NAMES) - 1)
    both = points(tmp_path, f'[exercises]\n"01" = {some}\n[specs.01]\n{NAMES[1]} = 4')
    assert both == {**dict.fromkeys(NAMES, 1.5), NAMES[1]: 4.0}
    assert points(tmp_path, '[exercises]\n"01" = 0') == dict.fromkeys(NAMES, 0.0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[exercises]\n"77" = 1', "There is no exercise '77'"),
        ('[exercises]\n"01-02" = 1\n"02" = 1', "gives points to 02 twice"),
        ("[specs.01]\ntest_nothing = 1", "01 has no spec 'test_nothing'. It has test_"),
        ("[specs.77]\ntest_nothing = 1", "There is no exercise '77'"),
        ("[specs]\n01 = 3", "specs.01 must be a table"),
        ("[exercise]\n01 = 3", "has 'exercise', and only the tables"),
        ('[exercises]\n"01" = "ten"', "'01' must be a number of points"),
        ('[exercises]\n"01" = -1', "'01' must be a number of points"),
        ('[exercises]\n"01" = nan', "'01' must be a number of points"),
        ('[exercises]\n"01" = inf', "'01' must be a number of points"),
        ('[exercises]\n"01" = true', "'01' must be a number of points"),
        (f'[exercises]\n"01" = 1\n[specs.01]\n{NAMES[0]} = 2', "01 has 1 points, and its specs"),
        ("[exercises", "cannot be read"),
    ],
)
def test_points_that_make_no_sense_are_refused(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(Refusal, match=re.escape(sentence)):
        points(tmp_path, text)


# Who, and when


def test_shards_have_everybody_just_once(hand_in: Callable[..., Path], tmp_path: Path) -> None:
    folder = hand_in(**{f"s{number}": {"01": stub("01")} for number in range(9)})

    for number in (1, 2, 3):
        run(folder, tmp_path / str(number), shard=Shard(number, 3))

    names = [path.name for number in "123" for path in (tmp_path / number).glob("s*.json")]
    assert sorted(names) == [f"s{number}.json" for number in range(9)]


def test_lateness_is_that_of_the_hand_in(tmp_path: Path) -> None:
    late = exports.Student("Ada", "Lovelace", 1, {f"{FIRST.name}/main.py": reference("01")})
    early = replace(late, first="Bob", number=2)
    export = exports.brightspace(tmp_path, [late, early])
    collect(COURSE, export, tmp_path / "in", Wanted(), "1.0", silent)
    manifest = json.loads((tmp_path / "in" / "manifest.json").read_text("utf-8"))
    for student, moment in zip(
        manifest["students"], ("2026-11-20T12:30:00", "2026-11-20T10:00:00"), strict=True
    ):
        student["exercises"][FIRST.name]["submitted"] = moment
        student["exercises"][FIRST.name]["late"] = True
    (tmp_path / "in" / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    due = tmp_path / "due.toml"
    due.write_text('[exercises]\n"01" = { due = 2026-11-20T10:22:00 }\n', "utf-8")

    run(tmp_path / "in", tmp_path / "results", due=due)

    ada, bob = sorted(read_all(tmp_path / "results"), key=lambda each: each.student.name)
    assert (ada.late_seconds, ada.is_late) == (2 * 3600 + 8 * 60, True)
    assert ada.notes == ("01 was handed in 2 h 8 min late.",)
    assert (bob.late_seconds, bob.is_late) == (0, False)
    assert ada.student.ids
    assert ada.submitted_at is not None


def test_an_extension_makes_it_later_for_one_student(tmp_path: Path) -> None:
    work = {f"{FIRST.name}/main.py": b"x = 1"}
    both = [exports.Student("Ada", "L", 1, work), exports.Student("Bob", "L", 2, work)]
    export = exports.brightspace(tmp_path, both)
    submissions = tmp_path / "submissions"
    collect(COURSE, export, submissions, Wanted(), "1.0.0")
    due = tmp_path / "due.toml"
    names = [each.student.id for each in read_submissions(submissions, COURSE, [FIRST], {})]
    lines = [
        "[exercises]",
        "01 = { due = 2000-01-01 }",
        f"[extensions.{names[0]}]",
        "01 = 2999-01-01",
    ]
    due.write_text("\n".join(lines), "utf-8")

    run(submissions, tmp_path / "results", only="01", due=due)

    first, second = (of(tmp_path / "results", name) for name in names)
    assert (first.late_seconds, first.notes) == (0, ())
    assert second.is_late
    due.write_text("\n".join([*lines, "[extensions.nobody]", "01 = 2999-01-01"]), "utf-8")
    with pytest.raises(Refusal, match="'nobody', and there is no such student"):
        run(submissions, tmp_path / "more", only="01", due=due)
    assert not (tmp_path / "more").exists()
    due.write_text("\n".join([*lines[:2], "[extensions]", "ada = 2999-01-01"]), "utf-8")
    with pytest.raises(Refusal, match="must be a table"):
        run(submissions, tmp_path / "more", only="01", due=due)


def test_a_platform_that_only_says_late_is_believed(tmp_path: Path) -> None:
    ada = exports.Student("Ada", "L", 1, {"main.py": reference("01")}, late=True)
    export = exports.canvas(tmp_path, [ada])
    collect(COURSE, export, tmp_path / "in", Wanted(), "1.0", silent)

    found = read_submissions(tmp_path / "in", COURSE, COURSE.exercises, {})

    assert [(each.late, each.late_seconds) for each in found] == [(True, 0.0)]


@pytest.mark.parametrize(
    ("inside", "sentence"),
    [
        (None, "There is no folder"),
        ("", "There is no student in"),
        (FIRST.name, "looks like the work of one"),
        ("ada/work", "`kata class collect`"),
    ],
)
def test_a_folder_that_is_none_of_students_is_refused(
    inside: str | None, sentence: str, tmp_path: Path
) -> None:
    if inside is not None:
        (tmp_path / "submissions" / inside).mkdir(parents=True)

    done = CliRunner().invoke(
        app, ["class", "grade", str(tmp_path / "submissions"), "--out", str(tmp_path / "out")]
    )

    assert done.exit_code == 2
    assert sentence in done.stderr
    assert not (tmp_path / "out").exists()


def test_what_is_required_and_does_not_hold_is_refused(
    hand_in: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = hand_in(ada={"01": stub("01")})
    weaker = probe(ROOT, workers_fork=False)
    monkeypatch.setattr(bench, "probe", lambda _root: weaker)  # type: ignore[misc]

    with pytest.raises(Refusal, match="'landlock' does not hold here, so nothing was judged"):
        run(folder, tmp_path / "out", isolation="landlock")
    with pytest.raises(Refusal, match="no isolation 'docker'"):
        run(folder, tmp_path / "out", isolation="docker")
    assert not (tmp_path / "out").exists()
    run(folder, tmp_path / "out", isolation="process")


def test_results_are_not_put_among_other_files(
    hand_in: Callable[..., Path], tmp_path: Path
) -> None:
    folder = hand_in(ada={"01": stub("01")})
    with pytest.raises(Refusal, match="lies in"):
        run(folder, folder / "results")
    with pytest.raises(Refusal, match="no folder of results and not empty"):
        run(folder, tmp_path)


# The whole way


def test_from_an_export_to_the_gradebook(tmp_path: Path) -> None:
    """Collected, judged, reported and filled in. The marks were worked out by hand: 6 specs in 01, and 11 in 08."""
    first, eighth = f"{FIRST.name}/main.py", f"{EIGHTH.name}/main.py"
    students = [
        exports.Student("Ada", "Lovelace", 101, {first: reference("01"), eighth: reference("08")}),
        exports.Student("Grace", "Hopper", 102, {first: b"app = 1\n", eighth: reference("08")}),
        exports.Student("Alan", "Turing", 103, {first: stub("01"), eighth: stub("08")}),
        exports.Student("Tom", "Kilburn", 104, {"main.py": reference("01")}),
    ]
    export = exports.canvas(tmp_path, students)
    gradebook = tmp_path / "Grades.csv"
    rows = [f'"{each.last}, {each.first}",{each.number},u{each.number},A,' for each in students]
    rows.append('"Babbage, Charles",105,u105,A,')
    gradebook.write_text(
        "Student,ID,SIS Login ID,Section,Kata (77)\n    Points Possible,,,,17\n"
        + "\n".join(rows)
        + "\n",
        "utf-8",
    )
    folder, results, report = tmp_path / "in", tmp_path / "results", tmp_path / "report"
    runner = CliRunner()

    for arguments in (
        ["collect", str(export), str(folder), "--roster", str(gradebook)],
        ["grade", str(folder), "--out", str(results), "--only", "01,08", "--workers", "2"],
        ["report", str(results), str(report)],
        ["export", str(results), "--canvas", str(gradebook), "-o", str(tmp_path / "filled.csv")],
    ):
        done = runner.invoke(app, ["class", *arguments])
        assert done.exit_code == 0, (arguments, done.output)

    marks = {
        row.split(",")[2]: row.split(",")[-1]
        for row in (tmp_path / "filled.csv").read_text("utf-8").splitlines()[2:]
    }
    assert marks == {"101": "17", "102": "11", "103": "0", "104": "6", "105": ""}
    assert (report / "index.html").is_file()
