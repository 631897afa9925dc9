"""`kata watch` runs what was saved, once, and stays where the learner is."""

import os
import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kata.cli import saves as saves_module
from kata.cli.saves import code_in, saves
from kata.cli.watch import Watching
from kata.course.course import Course, Exercise
from kata.course.course_map import Standing
from kata.run.engine import Outcomes, SpecOutcome
from kata.run.warm_process import Cold
from tests.helpers.made_up_course import make_course, write


def outcomes(outcome: str, ended: str = "") -> Outcomes:
    return Outcomes((SpecOutcome("test_it_answers", outcome, "It did not.", 0.1),), ended)


PASSED, FAILED, NOT_STARTED = outcomes("passed"), outcomes("failed"), outcomes("not started")


class Shown(list[str]):
    """A screen that writes down what it was to show."""

    def running(self, exercise: Exercise) -> None:
        self.append(f"running {exercise.number}")

    def verdict(self, standing: Standing, outcomes: Outcomes) -> None:
        self.append(f"verdict {standing.exercise.number} {standing.state}")

    def trouble(self, exercise: Exercise, error: BaseException) -> None:
        self.append(f"trouble {exercise.number} {error}")

    def standings(self, standings: list[Standing]) -> None:
        self.append("map " + ", ".join(each.state for each in standings))

    def hint(self, exercise: Exercise) -> None:
        self.append(f"hint {exercise.number}")

    def all_solved(self) -> None:
        self.append("all solved")

    def keys(self) -> None:
        pass


class Learner:
    """A learner at a made-up course: a fake run ends when the test says so."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.shown = Shown()
        self.runs: list[str] = []
        self.watching = Watching(course, self.shown, lambda each: self.runs.append(each.number))

    def begins(self, number: str | None = None) -> None:
        self.watching.begin(self.course.exercise(number) if number else None)

    def saves(self, *numbers: str) -> None:
        self.watching.saved(self.course.exercise(number).answer for number in numbers)

    def presses(self, key: str) -> bool:
        return self.watching.pressed(key)

    def ends(self, came: Outcomes | BaseException) -> None:
        """The run that was started first and has not ended yet comes to its end."""
        self.watching.ran(self.course.exercise(self.runs.pop(0)), came)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = make_course(tmp_path, "01_first", "02_second", "03_third")
    for exercise in course.exercises:  # so that none is a stub
        write(exercise.answer, "app = 1\n")
    return course


@pytest.fixture
def learner(course: Course) -> Learner:
    return Learner(course)


# What is run, and what is shown


def test_a_save_is_run_and_its_verdict_shown(learner: Learner) -> None:
    learner.saves("2")
    assert learner.runs == ["02"]
    learner.ends(FAILED)
    assert learner.shown == ["running 02", "verdict 02 started"]
    assert learner.runs == []


def test_it_begins_with_the_first_that_is_not_solved(learner: Learner) -> None:
    learner.begins()
    learner.ends(PASSED)
    learner.ends(FAILED)
    assert learner.shown[-1] == "verdict 02 started"
    assert "verdict 01 solved" not in learner.shown


def test_it_begins_where_it_is_told(learner: Learner) -> None:
    learner.begins("3")
    learner.ends(PASSED)
    assert learner.shown == ["running 03", "verdict 03 solved"]


def test_many_saves_during_a_run_start_one_after_it(learner: Learner) -> None:
    learner.saves("1")
    for _ in range(50):
        learner.saves("1")
    assert learner.runs == ["01"]
    learner.ends(FAILED)
    assert learner.runs == ["01"]
    learner.ends(PASSED)
    assert learner.runs == []
    assert learner.shown[-1] == "verdict 01 solved"


def test_it_stays_on_a_solved_exercise_until_the_learner_moves_on(learner: Learner) -> None:
    learner.begins("1")
    learner.ends(PASSED)
    assert learner.runs == []
    learner.saves("1")
    learner.ends(FAILED)
    assert learner.shown[-1] == "verdict 01 started"


def test_saving_another_exercise_moves_there(learner: Learner) -> None:
    learner.begins("1")
    learner.saves("3")
    learner.ends(FAILED)
    learner.ends(PASSED)
    assert learner.shown == ["running 01", "running 03", "verdict 03 solved"]


def test_a_switched_branch_is_no_reason_to_move(learner: Learner) -> None:
    learner.begins("2")
    learner.ends(FAILED)
    learner.saves("1", "2", "3")
    assert learner.runs == ["02"]
    learner.ends(PASSED)
    learner.saves("1", "3")
    assert learner.runs == ["01"]


def test_other_files_are_nobodys_save(learner: Learner, course: Course) -> None:
    learner.watching.saved([course.root / "kata" / "x.py", course.folder / "notes.py"])
    assert learner.runs == []


def test_a_stub_is_not_started(learner: Learner, course: Course) -> None:
    shutil.copyfile(course.stub(course.exercise("1")), course.exercise("1").answer)
    learner.begins("1")
    learner.ends(NOT_STARTED)
    assert learner.shown[-1] == "verdict 01 not started"


def test_a_run_that_cannot_be_done_is_told_and_survived(learner: Learner) -> None:
    learner.begins("1")
    learner.ends(Cold("it has ended"))
    assert learner.shown[-1] == "trouble 01 it has ended"
    learner.saves("1")
    learner.ends(PASSED)
    assert learner.shown[-1] == "verdict 01 solved"


def test_a_run_that_broke_off_solves_nothing(learner: Learner) -> None:
    learner.begins("1")
    learner.ends(outcomes("passed", "It was killed."))
    assert learner.shown[-1] == "verdict 01 started"


# Keys


def test_next_skips_what_is_solved(learner: Learner) -> None:
    learner.begins("1")
    learner.ends(PASSED)
    learner.presses("n")
    learner.ends(PASSED)
    learner.ends(FAILED)
    assert learner.shown[-1] == "verdict 03 started"
    assert "verdict 02 solved" not in learner.shown


def test_next_leaves_an_exercise_that_is_not_solved(learner: Learner) -> None:
    learner.begins("1")
    learner.ends(FAILED)
    learner.presses("n")
    learner.ends(FAILED)
    assert learner.shown[-1] == "verdict 02 started"


def test_next_after_the_last_goes_back_to_what_is_left(learner: Learner) -> None:
    learner.begins("1")
    learner.ends(FAILED)
    learner.presses("n")
    learner.ends(PASSED)
    learner.ends(PASSED)
    learner.ends(FAILED)
    assert learner.shown[-1] == "verdict 01 started"


def test_at_the_end_it_says_so(learner: Learner) -> None:
    learner.begins()
    for _ in range(3):
        learner.ends(PASSED)
    assert learner.shown[-1] == "all solved"
    assert learner.runs == []


def test_next_during_a_run_is_not_carried_on_by_its_verdict(learner: Learner) -> None:
    learner.begins("1")
    learner.presses("n")
    learner.ends(PASSED)
    assert learner.runs == ["02"]
    learner.ends(FAILED)
    assert learner.shown[-1] == "verdict 02 started"


def test_a_hint_is_for_the_exercise_at_hand(learner: Learner) -> None:
    learner.begins("2")
    learner.ends(FAILED)
    learner.presses("h")
    assert learner.shown[-1] == "hint 02"


def test_the_list_shows_what_is_known(learner: Learner) -> None:
    learner.begins("2")
    learner.ends(PASSED)
    learner.presses("l")
    assert learner.shown[-1] == "map not run, solved, not run"
    assert learner.runs == []


def test_all_runs_every_exercise_and_shows_the_map(learner: Learner) -> None:
    learner.begins("2")
    learner.ends(FAILED)
    learner.presses("A")
    for came in (PASSED, FAILED, PASSED):
        learner.ends(came)
    assert learner.shown[-1] == "map solved, started, solved"
    assert sum(each.startswith(("verdict", "map")) for each in learner.shown) == 2


def test_all_during_a_run_counts_that_run(learner: Learner) -> None:
    learner.begins("2")
    learner.presses("a")
    for came in (FAILED, PASSED, PASSED):
        learner.ends(came)
    assert learner.runs == []
    assert learner.shown[-1] == "map solved, started, solved"


def test_a_save_cuts_a_run_of_all_short(learner: Learner) -> None:
    learner.begins("2")
    learner.ends(FAILED)
    learner.presses("a")
    learner.saves("2")
    learner.ends(PASSED)
    learner.ends(PASSED)
    assert learner.shown[-1] == "verdict 02 solved"
    assert learner.runs == []


def test_other_keys_do_nothing_and_q_quits(learner: Learner) -> None:
    learner.begins("1")
    before = list(learner.shown)
    assert all(learner.presses(key) for key in "x7\n\x1b")
    assert learner.shown == before
    assert not learner.presses("q")


def test_keys_before_anything_is_known(tmp_path: Path) -> None:
    learner = Learner(make_course(tmp_path / "empty"))
    learner.begins()
    for key in "hlan":
        assert learner.presses(key)
    assert learner.runs == []


# Saves


@pytest.fixture
def seen(course: Course) -> Iterator[Callable[[], set[str]]]:
    """Waits for the next save of the course and gives the names of its files."""
    stop = threading.Event()
    found: queue.SimpleQueue[set[Path]] = queue.SimpleQueue()

    def look() -> None:
        for paths in saves(course.folder, stop):
            found.put(paths)

    thread = threading.Thread(target=look)
    thread.start()
    time.sleep(0.6)  # until it looks
    yield lambda: {path.relative_to(course.folder).as_posix() for path in found.get(timeout=10)}
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_a_save_is_seen(course: Course, seen: Callable[[], set[str]]) -> None:
    write(course.exercise("1").answer, "app = 2\n")
    assert seen() == {"01_first/main.py"}
    write(course.exercise("2").folder / "helpers" / "deep.py", "")
    assert seen() == {"02_second/helpers/deep.py"}


def test_a_file_that_replaces_another_is_a_save(
    course: Course, seen: Callable[[], set[str]]
) -> None:
    answer = course.exercise("1").answer
    write(answer.with_suffix(".tmp"), "app = 1\n").replace(answer)
    assert seen() == {"01_first/main.py"}


def test_what_is_not_code_is_no_save(course: Course, seen: Callable[[], set[str]]) -> None:
    folder = course.exercise("1").folder
    for name in (
        "test.db",
        "README.md",
        ".main.py.swp",
        "__pycache__/main.py",
        ".x/y.py",
        "main.py~",
    ):
        write(folder / name, "x")
    write(course.exercise("2").answer, "app = 2\n")
    assert seen() == {"02_second/main.py"}


def test_saves_are_seen_where_no_events_come(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_watches(*_: Any, **__: Any) -> Any:
        raise OSError("no more watches")

    monkeypatch.setattr("watchfiles.watch", no_watches)
    monkeypatch.setattr(saves_module, "LOOK_EVERY", 0.05)
    stop = threading.Event()
    looking = saves(course.folder, stop)
    timer = threading.Timer(0.2, lambda: write(course.exercise("1").answer, "app = 2\n"))
    timer.start()
    assert next(looking) == {course.exercise("1").answer}
    stop.set()
    assert next(looking, None) is None


def test_each_save_has_another_sign(course: Course) -> None:
    answer = course.exercise("1").answer
    before = code_in(course.folder)
    assert answer in before
    os.utime(answer, ns=(1, 1))
    assert code_in(course.folder)[answer] != before[answer]
