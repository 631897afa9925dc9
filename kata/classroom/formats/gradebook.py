"""Marks into a file that a platform exported: which rows, which column, which number.

What is said here is common to the platforms. Each of them says where its students, its columns and its maximum
stand; nothing is written unless every mark has found its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from kata.classroom.formats.book import Gradebook, as_number
from kata.classroom.formats.cells import Table
from kata.classroom.formats.places import column_of, count, rows_of, some
from kata.classroom.refusal import Refusal
from kata.classroom.results import ExerciseResult, Result

Absent = Literal["leave", "zero"]
Way = Literal["", "scale", "as-is"]


@dataclass(frozen=True)
class Wish:
    """What is wanted: a column for everything, or one for an exercise.

    `column` is its title, and may be left out where the file has only one. `exercise` is a number or
    name, and empty for the sum.
    """

    column: str = ""
    exercise: str = ""


@dataclass(frozen=True)
class Choices:
    """What the teacher chose.

    `absent` is what somebody gets who handed in nothing; `way` is what to do where the column's
    maximum is not that of the points; `partial` allows results that are not judged to their end: their cells stay.
    """

    wishes: tuple[Wish, ...] = (Wish(),)
    absent: Absent = "leave"
    way: Way = ""
    partial: bool = False


@dataclass
class Filled:
    """What came of it. `left` are sentences about cells that stay as they were."""

    data: bytes
    marks: int
    changed: int
    left: list[str] = field(default_factory=list[str])


def fill(book: Gradebook, results: Sequence[Result], choices: Choices) -> Filled:
    """Put the marks of all results into the file. Raises Refusal if one has no place; then nothing is changed."""
    _ready(results, choices)
    columns = [(column_of(book, wish.column), wish) for wish in choices.wishes]
    rows = rows_of(book, results)
    marks, left = 0, list[str]()
    for result in results:
        for person in result.people:
            row = rows[person.id]
            for column, wish in columns:
                why = _put(book, row, column, result, wish, choices)
                marks += not why
                if why:
                    left.append(f"{person.called}: {why}.")
    others = len(set(book.students()) - set(rows.values()))
    if others:
        left.append(
            f"{count(others, 'student')} of the file {'has' if others == 1 else 'have'} no result."
        )
    return Filled(book.table.data(), marks, book.table.changed, left)


def marks_only(result: Result) -> Result:
    """A result without its specs: of a large class, their texts are hundreds of megabytes."""
    bare = tuple(each.model_copy(update={"specs": ()}) for each in result.exercises)
    return result.model_copy(update={"exercises": bare})


def read_table(path: Path) -> Table:
    """The platform's file. Raises Refusal where there is none."""
    try:
        return Table.read(path.read_bytes(), path.name)
    except FileNotFoundError:
        raise Refusal(
            f"There is no file {path}: export it from the platform first. Such a file is never made from nothing."
        ) from None


def _ready(results: Sequence[Result], choices: Choices) -> None:
    seen: dict[str, Result] = {}
    for result in results:
        for person in result.people:
            if person.id in seen:
                raise Refusal(
                    f"{person.called} ({person.id}) is in two results: judge one of them only."
                )
            seen[person.id] = result
    waiting = [result.student.called for result in results if result.unjudged]
    if waiting and not choices.partial:
        raise Refusal(
            f"{count(len(waiting), 'result')} not judged to the end ({some(waiting)}): grade again, "
            "or add --partial to leave their cells as they are."
        )


def _put(
    book: Gradebook, row: int, column: int, result: Result, wish: Wish, choices: Choices
) -> str:
    """Change one cell, or say why not."""
    if why := book.locked(row, column):
        return why
    part = _part(result, wish)
    if part.unjudged:
        return "not judged yet, left as it was"
    if part.absent and choices.absent == "leave":
        return "nothing handed in, left as it was (--absent zero writes 0)"
    most = book.maximum(column, row)
    value = part.points
    if most is not None and abs(most - part.most) > 1e-6:
        if not choices.way:
            raise Refusal(
                f"The column {book.table.header[column]!r} takes {most:g} points, and the results have {part.most:g}: "
                "add --scale to convert them, or --as-is to write them as they are."
            )
        if choices.way == "scale":
            value = part.points * most / part.most if part.most else 0.0
        elif value > most + 1e-6:
            raise Refusal(
                f"{result.student.called} has {value:g} points, and the column takes {most:g}: the platform would not "
                "read that mark. Use --scale."
            )
    # A mark that stands there already stays as it is written, be it 7 or 7.00.
    already = as_number(book.table.value(row, column))
    if already is None or abs(already - value) >= 0.005:
        book.table.put(row, column, book.number(value))
    return ""


@dataclass(frozen=True)
class _Part:
    points: float
    most: float
    absent: bool
    unjudged: bool


def _part(result: Result, wish: Wish) -> _Part:
    if not wish.exercise:
        return _Part(result.points, result.max_points, result.absent, result.unjudged)
    each = exercise_of(result, wish.exercise)
    return _Part(
        each.points, each.max_points, each.state == "not handed in", each.state == "not judged"
    )


def exercise_of(result: Result, wanted: str) -> ExerciseResult:
    """The exercise of a result with this number or name. Raises Refusal."""
    for each in result.exercises:
        if wanted in (each.number, each.name) or (
            wanted.isdecimal() and each.number.lstrip("0") == wanted
        ):
            return each
    names = ", ".join(each.number for each in result.exercises)
    raise Refusal(f"The results have no exercise {wanted!r}; they have {names}.")
