"""When exercises open and are due, as a teacher writes it down in TOML.

    [exercises]
    "01-03" = { opens = 2026-11-30 }
    "08" = { opens = 2026-12-07, due = 2026-12-14T18:00:00+01:00 }

    [extensions.ada]
    "08" = 2026-12-21

An exercise that is not named is open from the start and never due. An extension is a later date for one student, who
is named by his id, login or e-mail address.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, cast

from kata.classroom.refusal import Refusal
from kata.course.course import Course, Exercise, NoSuchExercise


@dataclass(frozen=True)
class Due:
    """The moments of one exercise. One without an offset is in the time of the machine that looks at it."""

    opens: datetime | None = None
    due: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether the exercise is handed out at that moment, which has an offset."""
        return self.opens is None or _aware(self.opens) <= now


def chosen(course: Course, wanted: str) -> list[Exercise]:
    """The exercises of a list such as `01-05,08`, in their order. Raises `Refusal` for what names none."""
    names: set[str] = set()
    for part in filter(None, (each.strip() for each in wanted.split(","))):
        found = re.fullmatch(r"(\d+)\s*-\s*(\d+)", part)
        if found is None:
            try:
                names.add(course.exercise(part).name)
            except NoSuchExercise as error:
                raise Refusal(str(error)) from None
            continue
        first, last = int(found[1]), int(found[2])
        within = [each.name for each in course.exercises if first <= int(each.number) <= last]
        if not within:
            raise Refusal(f"There is no exercise from {found[1]} to {found[2]}.")
        names.update(within)
    if not names:
        raise Refusal(f"{wanted!r} names no exercise: write numbers, such as 01-05,08")
    return [each for each in course.exercises if each.name in names]


def read_due(path: Path, course: Course) -> dict[str, Due]:
    """The moments by the exercises' names. Raises `Refusal` with a sentence for what cannot be understood."""
    try:
        found = tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise Refusal(f"there is no file {path}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal(f"{path} cannot be read: {error}") from None
    table = found.get("exercises")
    if not isinstance(table, dict):
        raise Refusal(
            f'{path} has no table [exercises] with lines such as "08" = {{ opens = 2026-12-07 }}'
        )
    due: dict[str, Due] = {}
    for key, value in cast("dict[str, Any]", table).items():
        for exercise in chosen(course, key):
            if exercise.name in due:
                raise Refusal(f"{path} names {exercise.name} twice")
            due[exercise.name] = _due(path, key, value)
    return due


def read_extensions(path: Path, course: Course) -> dict[str, dict[str, datetime]]:
    """When exercises are due for single students, by what names a student. Raises `Refusal`. Call `read_due` before."""
    table: object = tomllib.loads(path.read_text("utf-8-sig")).get("extensions", {})
    extensions: dict[str, dict[str, datetime]] = {}
    for student, exercises in _table(path, "extensions", table).items():
        found = extensions.setdefault(student, {})
        for key, value in _table(path, f"extensions.{student}", exercises).items():
            for exercise in chosen(course, key):
                found[exercise.name] = _moment(path, key, "due", value)
    return extensions


def _table(path: Path, name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal(f'{path}: {name} must be a table with lines such as "08" = 2026-12-21')
    return cast("dict[str, Any]", value)


def _due(path: Path, key: str, value: Any) -> Due:
    example = "{ opens = 2026-12-07, due = 2026-12-14T18:00:00 }"
    if not isinstance(value, dict) or (
        strange := set(cast("dict[str, Any]", value)) - {"opens", "due"}
    ):
        raise Refusal(f"{path}: {key!r} must be a table such as {example}")
    del strange
    moments = {
        name: _moment(path, key, name, each) for name, each in cast("dict[str, Any]", value).items()
    }
    return Due(**moments)


def _moment(path: Path, key: str, name: str, value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time(23, 59, 59) if name == "due" else time())
    raise Refusal(
        f"{path}: {name} of {key!r} must be a date or a date and time, without quotation marks"
    )


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.astimezone()
