"""The answers whose verdicts are known: every reference, and every answer of the galleries.

The commands that judge them again and again, on a busy machine or on another clock, take them from here and compare
what came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kata.course.course import Course, Exercise
from kata.course.gallery import wrong_head
from kata.run.engine import Outcomes

Verdict = dict[str, str]
"""What came of each spec, by its name."""

THE_RUN = "the run"
"""Under this name a verdict holds how the run itself ended."""


@dataclass(frozen=True)
class Subject:
    """An answer, and what must come of it: `caught_by` is the first spec that fails, "" for a right one."""

    exercise: str
    kind: str
    path: Path
    caught_by: str = ""

    def __str__(self) -> str:
        name = "" if self.kind == "reference" else self.path.stem
        return f"{self.exercise[:2]} {self.kind} {name}".strip()

    def as_it_should_be(self, came: Outcomes) -> bool:
        if not self.caught_by:
            return came.solved
        return bool(came.failed) and came.failed[0].name == self.caught_by


def references(course: Course, exercises: Iterable[Exercise]) -> list[Subject]:
    return [
        Subject(each.name, "reference", course.root / "solutions" / each.name) for each in exercises
    ]


def gallery_answers(course: Course, exercises: Iterable[Exercise]) -> list[Subject]:
    return [
        Subject(
            exercise.name,
            kind,
            path if path.parent.name == kind else path.parent,
            wrong_head(path).caught_by if kind == "wrong" else "",
        )
        for exercise in exercises
        for kind in ("right", "wrong")
        for path in course.gallery(exercise, kind)
    ]


def verdict(came: Outcomes) -> Verdict:
    return {**{spec.name: spec.outcome for spec in came.specs}, THE_RUN: came.ended or "ended"}


def differences(one: Verdict, other: Verdict) -> Iterator[tuple[str, str, str]]:
    """Of each spec whose outcomes differ: its name, and both outcomes."""
    for name in {**one, **other}:
        was, now = one.get(name, "not run"), other.get(name, "not run")
        if was != now:
            yield name, was, now
