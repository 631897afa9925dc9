"""What was solved and has not changed is not run again, and everything that a verdict depends on counts as a change."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.helpers.made_up_course import write
from tests.helpers.small_course import FIRST, SECOND, Run, run_pytest, small_course


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """Two exercises that were solved in the last run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CI", raising=False)
        root = small_course(tmp_path_factory.mktemp("solved") / "kata-copy")
        for name in (FIRST, SECOND):
            shutil.copy(
                root / "solutions" / name / "main.py", root / "exercises" / name / "main.py"
            )
        assert run(root).status == 0
        yield root


@pytest.fixture
def course(solved: Path) -> Generator[Path]:
    """The same, and whatever a test does to it is undone."""
    kept = {path: path.read_bytes() for path in _files(solved)}
    yield solved
    for path in _files(solved):
        if path not in kept:
            path.unlink()
    for path, content in kept.items():
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def _files(root: Path) -> list[Path]:
    found = (
        Path(place, name)
        for folder in ("exercises", ".kata", "kata/course")
        for place, _, names in os.walk(root / folder)
        for name in names
    )
    return [path for path in found if "__pycache__" not in path.parts and not path.is_symlink()]


def run(root: Path, *options: str) -> Run:
    return run_pytest(root, *(options or ("exercises/",)))


AS_BEFORE = "kata: solved, as before: 01 02 (--seed "


def was_run(came: Run, exercise: str) -> bool:
    return f"test_{exercise.partition('_')[2]}.py ..." in came.text


def test_what_has_not_changed_is_not_run_again(course: Path) -> None:
    came = run(course)
    assert came.status == 0
    assert AS_BEFORE in came.words
    assert "Nothing that their 6 specs depend on has changed; --fresh runs them too." in came.words
    assert "2 of 2 solved, 6 of 6 specs pass" in came.words
    assert "01 First solved, as before 3/3" in came.words
    assert "6 as before in" in came.words
    assert "passed" not in came.words
    assert not was_run(came, FIRST)


def test_the_seed_that_was_drawn_is_kept(course: Path) -> None:
    verdict = json.loads((course / ".kata" / "verdicts" / f"{FIRST}.json").read_text())
    assert f"(--seed {verdict['seed']})" in run(course).words


def edit(path: str, text: str = "\n# changed\n") -> Callable[[Path], object]:
    def change(root: Path) -> None:
        place = root / path
        write(place, (place.read_text() if place.exists() else "") + text)

    return change


ANSWER = f"exercises/{FIRST}/main.py"

INPUTS: dict[str, Callable[[Path], object]] = {
    "the answer": edit(ANSWER),
    "a file beside the answer": edit(f"exercises/{FIRST}/helper.py"),
    "a file that is no code": edit(f"exercises/{FIRST}/data/rows.txt"),
    "the spec": edit(f"exercises/{FIRST}/test_first.py"),
    "the permission to run a file": lambda root: (root / ANSWER).chmod(0o755),
    "a file that is gone": lambda root: (root / f"exercises/{FIRST}/README.md").unlink(),
}


@pytest.mark.parametrize("name", INPUTS)
def test_what_an_exercise_depends_on(name: str, course: Path) -> None:
    mode = (course / ANSWER).stat().st_mode
    INPUTS[name](course)
    try:
        came = run(course)
    finally:
        (course / ANSWER).chmod(mode)
    assert was_run(came, FIRST), came.text
    assert not was_run(came, SECOND)
    assert "3 passed, 3 as before" in came.words


SHARED: dict[str, Callable[[Path], object]] = {
    "the kata's own source": edit("kata/course/another.py"),
    "what is handed out": edit(f"kata/course/specs/{SECOND}/given.py"),
    "a conftest of all": edit("exercises/conftest.py"),
    "an installed library": lambda root: (root / "elsewhere" / "lib-1.0.dist-info").mkdir(
        parents=True
    ),
}


@pytest.mark.parametrize("name", SHARED)
def test_what_all_depend_on(
    name: str, course: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if name == "an installed library":
        monkeypatch.setenv("PYTHONPATH", str(course / "elsewhere"))
        assert run(course).status == 0
        assert AS_BEFORE in run(course).words
    SHARED[name](course)
    came = run(course)
    assert was_run(came, FIRST), came.text
    assert was_run(came, SECOND)


def test_another_python_is_another_input(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flag of the interpreter stands for another one: both are told by `sys`."""
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    assert was_run(run(course), FIRST)
    monkeypatch.setenv("PYTHONOPTIMIZE", "")
    monkeypatch.setenv("PYTHONDEVMODE", "1")
    assert was_run(run(course), FIRST)


def test_the_environment_is_an_input(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite://")
    assert was_run(run(course), FIRST)


@pytest.mark.parametrize(
    "options",
    [("--cut-off=3",), ("--seed=5",), ("-W", "error::ResourceWarning"), ("-o", "xfail_strict=1")],
    ids=str,
)
def test_an_option_is_an_input(options: tuple[str, ...], course: Path) -> None:
    assert was_run(run(course, "exercises/", *options), FIRST)
    assert not was_run(run(course, "exercises/", *options), FIRST)


@pytest.mark.parametrize("options", [("-v",), ("-q", "-x"), ("--tb=short", "--workers=1")], ids=str)
def test_what_is_shown_is_none(options: tuple[str, ...], course: Path) -> None:
    assert "6 as before" in run(course, "exercises/", *options).words


@pytest.mark.parametrize(
    "options",
    [
        ("exercises/", "--fresh"),
        (f"exercises/{FIRST}",),
        (f"exercises/{FIRST}/main.py",),
        (f"exercises/{FIRST}/test_first.py::test_it_answers",),
        ("exercises/", "-k", "answers"),
        ("exercises/", "--junitxml=report.xml"),
        ("exercises/", "--answers=exercises"),
        (f"exercises/{FIRST}", f"--answer=exercises/{FIRST}"),
        ("exercises/", "--timeline"),
        ("exercises/", "-p", "looks_on"),
        ("exercises/", "--pdb"),
    ],
    ids=str,
)
def test_where_everything_is_run(options: tuple[str, ...], course: Path) -> None:
    write(course / "looks_on.py", "def pytest_runtest_logreport(report): pass\n")
    came = run(course, *options)
    assert "as before" not in came.words
    assert "test_first.py ." in came.text, came.text


def test_ci_runs_everything(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    came = run(course)
    assert was_run(came, FIRST)
    assert "as before" not in came.words


WRONG_FILES = {
    "torn": '{"key": "ab',
    "empty": "",
    "no text": "\udcff",
    "a list": "[]",
    "of another kind": '{"key": 1, "seed": "x", "specs": "", "seconds": null}',
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("name", WRONG_FILES)
def test_a_wrong_file_only_costs_time(name: str, course: Path) -> None:
    place = course / ".kata" / "verdicts" / f"{FIRST}.json"
    place.write_bytes(WRONG_FILES[name].encode("utf-8", "surrogateescape"))
    came = run(course)
    assert came.status == 0
    assert was_run(came, FIRST), came.text
    assert not was_run(came, SECOND)
    assert not was_run(run(course), FIRST)


def test_where_nothing_can_be_kept_everything_is_run(course: Path) -> None:
    shutil.rmtree(course / ".kata")
    (course / ".kata").write_text("in the way")
    try:
        assert was_run(run(course), FIRST)
        came = run(course)
        assert was_run(came, FIRST)
        assert came.status == 0
    finally:
        (course / ".kata").unlink()
        run(course)


def test_only_what_is_solved_is_kept(course: Path) -> None:
    (course / ANSWER).write_text((course / ANSWER).read_text().replace("sleep(2)", "sleep(1)"))
    for _ in range(2):
        came = run(course)
        assert came.status == 1
        assert "test_first.py .F." in came.text
        assert "1 failed, 2 passed, 3 as before" in came.words


@pytest.mark.parametrize(
    "reads",
    [
        "open({place!r}).read()",
        "import sys; sys.path.append({folder!r}); import of_mine",
        "import pathlib; pathlib.Path({place!r}).exists() and pathlib.Path({place!r}).read_text()",
    ],
)
def test_what_reads_elsewhere_is_always_run(reads: str, course: Path) -> None:
    place = course / "mine" / "of_mine.py"
    write(place, "VALUE = 1\n")
    line = reads.format(place=str(place), folder=str(place.parent))
    (course / ANSWER).write_text(f"{(course / ANSWER).read_text()}\n{line}\n")
    for _ in range(2):
        assert was_run(run(course), FIRST)


def test_a_link_to_another_place_is_always_run(course: Path) -> None:
    write(course / "mine" / "rows.txt", "1\n")
    link = course / "exercises" / FIRST / "rows.txt"
    link.symlink_to(course / "mine" / "rows.txt")
    try:
        for _ in range(2):
            assert was_run(run(course), FIRST)
    finally:
        link.unlink()
