"""What changed from one grading to the next: who moved from what to what."""

from __future__ import annotations

from collections.abc import Iterator

from kata.classroom.results import ExerciseResult, Move, Result


def moves(before: Result, now: Result) -> tuple[Move, ...]:
    """The exercises whose state changed, and the specs where it did not though theirs did.

    Exercises and specs that only one of the two results has are no moves: that is another course.
    """
    known = {each.name: each for each in before.exercises}
    return tuple(
        move
        for exercise in now.exercises
        if exercise.name in known
        for move in _within(known[exercise.name], exercise)
    )


def _within(before: ExerciseResult, now: ExerciseResult) -> Iterator[Move]:
    if before.state != now.state:
        yield Move(exercise=now.name, before=before.state, now=now.state)
        return
    states = {spec.name: spec.state for spec in before.specs}
    for spec in now.specs:
        was = states.get(spec.name, spec.state)
        if was != spec.state:
            yield Move(exercise=now.name, spec=spec.name, before=was, now=spec.state)
