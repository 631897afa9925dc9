"""What `scripts/speed.py` measures is what a command and its children use, and what failed is never a time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("psutil", reason="memory is seen with psutil, which is not installed")

from kata.course.course import Course
from scripts.checkouts import copies
from scripts.checkouts.environments import learners_variables
from scripts.measurement import measures, report
from scripts.measurement.cost import Cost, Costs
from scripts.measurement.measures import Measure
from scripts.measurement.side import Failed, Side
from scripts.measurement.warm import warm_process
from scripts.root import ROOT

BURNS = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
HOLDS = "block = bytearray(80 << 20)\nblock[::4096] = b'x' * len(block[::4096])\nimport time; time.sleep(1)\n"
IN_A_CHILD = (
    "import subprocess, sys\nsubprocess.run([sys.executable, '-c', {code!r}], check=True)\n"
)

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no CPU seconds")


@pytest.fixture
def here() -> Side:
    return Side("here", ROOT, Path(sys.executable))


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


@on_posix
def test_cpu_seconds_are_those_of_children_too(here: Side) -> None:
    cost = here.cost(python(IN_A_CHILD.format(code=BURNS)))

    assert cost.cpu is not None
    assert cost.cpu >= 0.3
    assert cost.megabytes is None


@on_posix
def test_a_wait_costs_seconds_and_no_cpu(here: Side) -> None:
    cost = here.cost(python("import time; time.sleep(0.5)"))

    assert cost.cpu is not None
    assert cost.cpu < 0.4 < 0.5 <= cost.seconds


def test_memory_is_that_of_children_too(here: Side) -> None:
    small = here.cost(python("import time; time.sleep(1)"), look=True)
    large = here.cost(python(IN_A_CHILD.format(code=HOLDS)), look=True)

    assert small.megabytes is not None
    assert large.megabytes is not None
    assert 0 < small.megabytes < 80 <= large.megabytes


def test_a_command_that_fails_has_no_cost(here: Side) -> None:
    with pytest.raises(Failed, match=r"ended with 3, here:\nwhy"):
        here.cost(python("print('why'); raise SystemExit(3)"))


def test_a_warm_process_judges_again_and_again(here: Side) -> None:
    with warm_process(here) as warm:
        costs = [warm.verdict("01_first_async_endpoint") for _ in range(2)]

    assert all(each.seconds > 0 for each in costs)


def test_a_verdict_that_should_pass_and_does_not_is_no_time(here: Side, tmp_path: Path) -> None:
    kata = copies.working_copy(tmp_path / "kata")
    exercise = Course(kata).exercise("01")
    Course(kata).reference(exercise).write_text("app = 1\n", "utf-8")

    with (
        warm_process(Side("here", kata, here.python)) as warm,
        pytest.raises(Failed, match="does not pass"),
    ):
        warm.verdict(exercise.name)


def test_workers_are_measured_where_there_is_the_option(
    here: Side, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def names(said: str) -> list[str]:
        def options(_side: Side) -> str:
            return said

        monkeypatch.setattr(Side, "options", options)
        exercise = Course(ROOT).exercise("08")
        with warm_process(here) as warm:
            return [each.name for each in measures.measures_of(here, exercise, warm, tmp_path)]

    without, with_workers = names("no such thing"), names("  --workers=N  so many processes")

    assert [each for each in with_workers if each not in without] == [
        "pytest, all exercises, 1 worker",
        "pytest, all exercises, 2 workers",
        "pytest, all exercises, 4 workers",
    ]


def test_the_help_of_pytest_is_that_of_the_kata(here: Side) -> None:
    assert "--answers" in here.options()


# -- the tables


def measure(name: str, *seconds: float, against: str = "", goal: float = 0.0) -> Measure:
    def never(*, look: bool = False) -> Cost:
        raise AssertionError

    timed = [Cost(each, each / 2) for each in seconds]
    return Measure(name, never, against, goal, Costs(timed, [Cost(1, 1, 30.0), Cost(1, 1, 40.0)]))


def test_a_goal_is_a_ratio_of_medians() -> None:
    bare = measure("bare", 1.0, 9.0, 2.0)

    assert report.goals_met([bare, measure("run", 3.0, 3.0, 90.0, against="bare", goal=1.5)])
    assert not report.goals_met([bare, measure("run", 3.1, 3.1, 3.0, against="bare", goal=1.5)])


def test_two_sides_stand_beside_each_other() -> None:
    here = [measure("run", 3.0), measure("only here", 1.0)]
    there = [measure("run", 2.0), measure("only there", 1.0)]

    table = [line.split("|")[1:-1] for line in report.side_by_side(here, there, "abc")]
    rows = {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in table}

    assert rows["run"] == ["3.000", "2.000", "1.50", "1.500", "1.000", "1.50", "40", "40", "1.00"]
    assert rows["only here"][:3] == ["1.000", "–", "–"]
    assert rows["only there"][:3] == ["–", "1.000", "–"]
    assert len({len(cells) for cells in table}) == 1


# -- the checkouts


def test_a_copy_has_what_stands_here_and_the_answers_that_are_put_there(tmp_path: Path) -> None:
    kata = copies.working_copy(tmp_path / "kata")
    here, there = Course(ROOT), Course(kata)

    copies.put_references(kata)
    assert all(
        there.reference(each).read_bytes() == each.answer.read_bytes() for each in there.exercises
    )
    copies.put_stubs(kata)
    assert all(there.is_untouched(each) for each in there.exercises)
    assert [each.name for each in here.exercises] == [each.name for each in there.exercises]
    assert (kata / "scripts" / "root.py").read_bytes() == (ROOT / "scripts/root.py").read_bytes()


def test_a_worktree_is_that_commit_and_is_taken_away(tmp_path: Path) -> None:
    with copies.worktree("HEAD", tmp_path / "there") as there:
        assert (there / "pyproject.toml").is_file()

    listed = subprocess.run(
        ["git", "-C", ROOT, "worktree", "list"], capture_output=True, text=True, check=True
    )
    assert not there.exists()
    assert str(there) not in listed.stdout


def test_an_unknown_commit_is_one_sentence() -> None:
    with pytest.raises(copies.NoSuchCommit, match="git knows no commit 'no-such-thing'"):
        copies.resolved("no-such-thing")


def test_a_command_has_the_variables_of_a_learner(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "PYTEST_ADDOPTS", "NO_COLOR", "PYTHONDONTWRITEBYTECODE"):
        monkeypatch.setenv(name, "1")

    kept = learners_variables()
    assert not {"CI", "PYTEST_ADDOPTS", "NO_COLOR", "PYTHONDONTWRITEBYTECODE"} & set(kept)
    assert kept["PATH"] == os.environ["PATH"]
