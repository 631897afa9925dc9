"""A run of the whole course leaves part two out until part one has been begun, and is honest about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kata.course.course import Course
from kata.course.rules.guide import is_in_the_guide
from tests.helpers.made_up_course import edit, solve, write
from tests.helpers.small_course import FIRST, ROOT, SECOND, run_pytest, small_course

ELEVENTH, TWELFTH, THIRTEENTH = "11_third", "12_fourth", "13_fifth"
UNREADABLE = "raise RuntimeError('it was collected')"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Five exercises, of which three are of part two. To collect the last one would be an error."""
    root = small_course(tmp_path / "kata", FIRST, SECOND, ELEVENTH, TWELFTH, THIRTEENTH)
    for place in ("exercises", "kata/course/specs"):
        write(root / place / THIRTEENTH / "test_fifth.py", UNREADABLE)
    return root


@pytest.mark.parametrize("named", [["exercises/"], ["."]])
def test_what_waits_is_not_even_collected(root: Path, named: list[str]) -> None:
    run = run_pytest(root, *named)

    assert run.status == 1
    assert "collected 6 items" in run.text
    assert "third" not in run.text
    assert "Part one  ░░░░░  0 of 2 solved" in run.text
    assert "– 11-13 Part two: 3 exercises  not run" in run.text
    assert "your task: 01 First" in run.text
    assert "Next    01 · First" in run.text


@pytest.mark.parametrize(
    "named",
    [
        [f"exercises/{ELEVENTH}"],
        ["exercises", f"exercises/{ELEVENTH}/test_third.py::test_it_answers"],
        ["exercises", "-k", "third and answers"],
        ["exercises", "--answers=solutions", f"--deselect=exercises/{THIRTEENTH}"],
    ],
)
def test_what_is_named_or_chosen_is_run(root: Path, named: list[str]) -> None:
    run = run_pytest(root, *named)

    assert "test_third.py" in run.text
    assert "Part one" not in run.text.partition("the course -")[2].partition("\n")[0]


def test_editors_are_told_of_all(root: Path) -> None:
    run = run_pytest(root, "exercises", "--collect-only", "-q")

    assert f"exercises/{ELEVENTH}/test_third.py::test_it_answers" in run.text


def test_an_exercise_that_has_been_begun_does_not_wait(root: Path) -> None:
    edit(root / "exercises" / TWELFTH / "main.py", "raise NotImplementedError", "return {}")
    run = run_pytest(root, "exercises")

    assert "collected 9 items" in run.text
    assert f"FAILED exercises/{TWELFTH}/" in run.text
    assert "3 of 5 run: 0 solved" in run.text


def test_when_part_one_has_been_begun_nothing_waits(root: Path) -> None:
    course = Course(root)
    for place in ("exercises", "kata/course/specs"):  # which now would be collected
        write(root / place / THIRTEENTH / "test_fifth.py", "async def test_it() -> None: ...\n")
    solve(course, "1")
    edit(course.exercise("2").answer, "raise NotImplementedError", "return {}")
    assert course.waiting() == ()
    run = run_pytest(root, "exercises")

    assert "collected 13 items" in run.text
    assert "FAILED exercises/02_second" in run.text
    assert "1 of 5 solved, 4 of 13 specs pass" in run.text, run.text


def test_a_whole_course_that_is_solved_is_a_success(root: Path) -> None:
    course = Course(root)
    for place in ("exercises", "kata/course/specs"):
        write(root / place / THIRTEENTH / "test_fifth.py", "async def test_it() -> None: ...\n")
    for exercise in course.exercises:
        solve(course, exercise.name)
    run = run_pytest(root, "exercises")

    assert run.status == 0
    assert "5 of 5 solved" in run.text


def test_what_waits(root: Path) -> None:
    course = Course(root)
    assert [each.number for each in course.waiting()] == ["11", "12", "13"]
    solve(course, "1")
    solve(course, "12")
    assert [each.number for each in course.waiting()] == ["11", "13"]
    solve(course, "2")
    assert course.waiting() == ()


def test_part_one_is_what_follows_the_guide() -> None:
    """The guide's table has a row for each exercise of part one, and for no other."""
    course = Course(ROOT)
    for exercise in course.exercises:
        assert is_in_the_guide(course, exercise) == (exercise.part == 1), exercise.name
