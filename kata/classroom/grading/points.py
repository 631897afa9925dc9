"""Points for exercises and specs, as a teacher writes them down in TOML.

    [exercises]
    "01-03" = 2
    "08" = 10

    [specs.08]
    test_the_tasks_overlap = 4

An exercise's points are shared out equally among its specs, after those that are named have theirs. Without a
line, each spec is one point.
"""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from kata.classroom.due import chosen
from kata.classroom.grading.specs import Spec
from kata.classroom.refusal import Refusal
from kata.course.course import Course, NoSuchExercise

LARGEST = 1_000_000.0


@dataclass(frozen=True)
class Points:
    """The maximum of each spec, by exercise and spec, in the order of the course."""

    most: Mapping[str, Mapping[str, float]]

    @property
    def digest(self) -> str:
        """The content hash of the table."""
        table = [(name, list(specs.items())) for name, specs in self.most.items()]
        return hashlib.sha256(json.dumps(table).encode()).hexdigest()[:12]


def one_each(specs: Mapping[str, Sequence[Spec]]) -> Points:
    """A point for each spec."""
    return Points({name: {each.name: 1.0 for each in of} for name, of in specs.items()})


def read_points(path: Path, course: Course, specs: Mapping[str, Sequence[Spec]]) -> Points:
    """Read the file. `specs` are those that are judged. Raises Refusal with a sentence."""
    try:
        found = tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise Refusal(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal(f"{path} cannot be read: {error}.") from None
    if strange := set(found) - {"exercises", "specs"}:
        raise Refusal(
            f"{path} has {min(strange)!r}, and only the tables [exercises] and [specs.08] mean something."
        )
    totals = _totals(path, course, _table(path, "exercises", found.get("exercises", {})))
    named = _named(path, course, _table(path, "specs", found.get("specs", {})))
    most: dict[str, dict[str, float]] = {}
    for exercise in course.exercises:
        if exercise.name in specs:
            names = [each.name for each in specs[exercise.name]]
            of = named.get(exercise.name, {})
            most[exercise.name] = _shared(path, exercise.number, names, of, totals)
    return Points(most)


def _totals(path: Path, course: Course, table: dict[str, Any]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for key, value in table.items():
        try:
            exercises = chosen(course, key)
        except Refusal as error:
            raise Refusal(f"{path}: {error}") from None
        for exercise in exercises:
            if exercise.number in totals:
                raise Refusal(f"{path} gives points to {exercise.number} twice.")
            totals[exercise.number] = _number(path, key, value)
    return totals


def _named(path: Path, course: Course, table: dict[str, Any]) -> dict[str, dict[str, float]]:
    named: dict[str, dict[str, float]] = {}
    for key, value in table.items():
        try:
            exercise = course.exercise(key)
        except NoSuchExercise as error:
            raise Refusal(f"{path}: {error}") from None
        if exercise.name in named:
            raise Refusal(f"{path} has two tables for the specs of {exercise.number}.")
        points = _table(path, f"specs.{key}", value)
        named[exercise.name] = {spec: _number(path, spec, each) for spec, each in points.items()}
    return named


def _shared(
    path: Path,
    number: str,
    names: Sequence[str],
    named: Mapping[str, float],
    totals: Mapping[str, float],
) -> dict[str, float]:
    for name in named:
        if name not in names:
            raise Refusal(
                f"{path}: {number} has no spec {name!r}. It has {', '.join(names) or 'none'}."
            )
    others = [name for name in names if name not in named]
    if number not in totals:
        return {name: named.get(name, 1.0) for name in names}
    rest = totals[number] - math.fsum(named.values())
    if rest < -1e-9 or (not others and abs(rest) > 1e-9):
        raise Refusal(
            f"{path}: {number} has {totals[number]:g} points, and its specs have "
            f"{math.fsum(named.values()):g}: make them agree."
        )
    return {name: named[name] if name in named else max(rest, 0.0) / len(others) for name in names}


def _table(path: Path, name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal(f"{path}: {name} must be a table, such as [exercises] or [specs.08].")
    return cast("dict[str, Any]", value)


def _number(path: Path, name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST:
        raise Refusal(f"{path}: {name!r} must be a number of points, such as 2 or 2.5.")
    return float(value)
