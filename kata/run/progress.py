"""How far the learner is. It is worked out from the answers each time, and stored nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kata.course.course import Course, Exercise
from kata.course.course_map import Standing, state_of

if TYPE_CHECKING:
    from kata.run.engine import Outcomes


def standing(course: Course, exercise: Exercise) -> Standing:
    """Run the specs of an exercise on the learner's answer, with all that stands beside it."""
    from kata.run.engine import run_spec  # only a few commands need it

    outcomes = run_spec(exercise.name, exercise.folder, root=course.root)
    return standing_after(course, exercise, outcomes)


def standing_after(course: Course, exercise: Exercise, outcomes: Outcomes) -> Standing:
    """How an exercise stands, given what came of its specs."""
    state = state_of(spec.outcome for spec in outcomes.specs)
    if state == "solved" and not outcomes.solved:  # the run broke off before a spec could fail
        state = "started"
    passed = len(outcomes.passed)
    if state != "solved" and course.is_untouched(exercise):
        state = "not started"
        if exercise.form == "stub":  # a spec may hold for it as well: that it has not passed
            passed = 0
    return Standing(exercise, state, passed, len(outcomes.specs))


def next_exercise(course: Course) -> Exercise | None:
    """The first exercise that is not solved, or None at the end of the course."""
    for exercise in course.exercises:
        if course.is_untouched(exercise) or standing(course, exercise).state != "solved":
            return exercise
    return None


def exercise_meant(course: Course, wanted: str | None, here: Path) -> Exercise | None:
    """The exercise that was named; else the one whose folder this is; else the next one."""
    if wanted is not None:
        return course.exercise(wanted)
    return course.around(here) or next_exercise(course)
