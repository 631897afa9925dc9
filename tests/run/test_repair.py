"""An exercise that gives a program to repair: it works from the start, and its specs say where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from kata.course.course import Course
from kata.run.engine import Outcomes, SpecOutcome
from kata.run.progress import standing
from kata.run.repair import faults_of, faults_of_running
from tests.helpers.made_up_course import edit, write
from tests.helpers.small_course import (
    ANSWER,
    FIRST,
    SECOND,
    give_a_program_to_repair,
    run_pytest,
    small_course,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two exercises: a stub, and a program to repair."""
    root = small_course(tmp_path / "kata")
    give_a_program_to_repair(root, SECOND)
    return root


def test_alone_its_specs_say_what_they_find(root: Path) -> None:
    run = run_pytest(root, f"exercises/{SECOND}")

    assert run.status == 1
    assert "test_second.py .F." in run.text
    assert "time.sleep blocks the event loop" in run.words, run.text
    assert "1 of 2 run: 0 solved, 2 of 3 specs pass" in run.text
    assert "○ 02 Second  not started  2/3" in run.text


def test_among_others_it_is_not_started(root: Path) -> None:
    run = run_pytest(root, "exercises/")

    assert run.status == 1
    assert "test_second.py .n." in run.text
    assert "2 passed" in run.text
    assert "blocks the event loop" not in run.words
    assert "your task: 01 First" in run.text
    assert "○ 02 Second  not started  2/3" in run.text


def test_a_failure_of_what_has_been_begun_stands_alone(root: Path) -> None:
    write(root / "exercises" / FIRST / "main.py", ANSWER.format(path="first").replace("2", "3"))
    run = run_pytest(root, "exercises/")

    assert run.text.count("FAILED") == 1
    assert "FAILED exercises/01_first" in run.text


def test_among_others_that_are_solved_as_before_it_is_not_started(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    write(root / "exercises" / FIRST / "main.py", ANSWER.format(path="first"))
    run_pytest(root, "exercises/")
    run = run_pytest(root, "exercises/")

    assert "solved, as before: 01" in run.text
    assert "test_second.py .n." in run.text
    assert "FAILED" not in run.text


def test_once_changed_it_fails_among_others_too(root: Path) -> None:
    edit(root / "exercises" / SECOND / "main.py", "sleep(2)", "sleep(2.5)")
    run = run_pytest(root, "exercises/")

    assert "FAILED exercises/02_second" in run.text
    assert "◐ 02 Second  started      2/3" in run.text


def test_without_the_program_nothing_is_started(root: Path) -> None:
    (root / "exercises" / SECOND / "main.py").unlink()
    run = run_pytest(root, f"exercises/{SECOND}")

    assert "test_second.py nnn" in run.text
    assert "not started  0/3" in run.text


def test_its_standing_counts_what_passes(root: Path) -> None:
    course = Course(root)
    now = standing(course, course.exercise("2"))

    assert (now.state, now.passed, now.total) == ("not started", 2, 3)


def test_a_program_that_works_and_is_wrong_has_no_fault(root: Path) -> None:
    course = Course(root)
    assert list(faults_of_running(course, course.exercise("2"))) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (ANSWER.format(path="second"), "passes every spec: there is nothing to repair"),
        ("import sys; sys.exit(3)", "fails the first spec, test_it_answers"),
        ("import os; os.kill(os.getpid(), 9)", "its run broke off"),
    ],
)
def test_a_program_that_is_no_such_is_told(root: Path, text: str, fault: str) -> None:
    write(root / "kata" / "course" / "stubs" / f"{SECOND}.py", text)
    course = Course(root)
    told = list(faults_of_running(course, course.exercise("2")))

    assert any(fault in each for each in told), told
    assert all(each.startswith("kata/course/stubs/02_second.py ") for each in told)


def spec(name: str, outcome: str, teaches: str = "", where: str | None = None) -> SpecOutcome:
    return SpecOutcome(name, outcome, f"{name} failed", 0.1, teaches, where)


@pytest.mark.parametrize(
    ("specs", "fault"),
    [
        ([spec("a", "passed"), spec("b", "failed", "It waits.", "main.py:3")], ""),
        (
            [
                spec("a", "passed"),
                spec("b", "failed", "It waits.", "main.py:3"),
                spec("c", "failed", "It waits.", "main.py:4"),
                spec("d", "failed", "It hurries.", "main.py:4"),
                spec("e", "failed"),
                spec("f", "failed"),
            ],
            "",
        ),
        (
            [
                spec("a", "passed"),
                spec("b", "failed", "It waits.", "main.py:3"),
                spec("c", "failed", "It waits.", "main.py:3"),
            ],
            "fails c for the same reason as b",
        ),
        ([spec("a", "failed", "It waits."), spec("b", "passed")], "fails the first spec, a"),
        ([spec("a", "passed"), spec("b", "not started")], "is not written for b"),
        ([spec("a", "passed"), spec("b", "passed")], "passes every spec"),
    ],
)
def test_each_spec_that_fails_has_a_reason_of_its_own(specs: list[SpecOutcome], fault: str) -> None:
    told = list(faults_of(Outcomes(tuple(specs))))

    assert [fault in each for each in told] == ([True] if fault else [])
