"""`kata check`: whether the course keeps its own rules, and what only a run can show."""

from collections.abc import Iterator, Sequence
from itertools import chain

from kata.cli.errors import CommandFailed
from kata.cli.page import say
from kata.course import pristine
from kata.course.course import Course, Exercise
from kata.course.rules import faults
from kata.course.rules.guide import is_in_the_guide


def check(course: Course, exercises: Sequence[Exercise]) -> None:
    for exercise in exercises or course.exercises:
        for copy in pristine.keep(exercise.folder, (*exercise.specs, *exercise.given)):
            say(f"{copy.relative_to(course.root).as_posix()} is kept anew.", err=True)
    count = 0
    for fault in chain(faults(course, exercises), _of_programs_to_repair(course, exercises)):
        say(fault)
        count += 1
    looked_at = len(exercises or course.exercises)
    if count:
        raise CommandFailed(f"{_number(count, 'fault')} in {_number(looked_at, 'exercise')}.")
    say(f"{_number(looked_at, 'exercise')} checked: no fault. What only a run can show:")
    for command in _to_run(course, exercises):
        say(f"  {command}")


def _of_programs_to_repair(course: Course, exercises: Sequence[Exercise]) -> Iterator[str]:
    """Those are run: that they work and are wrong cannot be read."""
    from kata.run.repair import (
        faults_of_running,
    )  # it imports pytest's engine, and few exercises need it

    for exercise in exercises or course.exercises:
        if exercise.form == "repair" and course.stub(exercise).is_file():
            yield from faults_of_running(course, exercise)


def _to_run(course: Course, exercises: Sequence[Exercise]) -> list[str]:
    """The commands that look at what the specs accept and refuse, and in what words."""
    folders = " ".join(f"exercises/{each.name}" for each in exercises) or "exercises/"
    numbers = " or ".join(each.number for each in exercises)
    chosen = f' -k "{numbers}"' if len(exercises) > 1 else f" -k {numbers}" if exercises else ""
    tests = ["galleries", "failure_texts"]
    if any(is_in_the_guide(course, each) for each in exercises or course.exercises):
        tests.append("guide_coverage")
    return [
        f"pytest {folders} --answers=solutions",
        *(f"pytest tests/exercises/test_{each}.py{chosen}" for each in tests),
    ]


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
