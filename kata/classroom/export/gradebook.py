"""Marks into a file that a platform exported: which rows, which column, which number.

What is said here is common to the platforms. Each of them says where its students, its columns and its maximum
stand; nothing is written unless every mark has found its place.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from kata.classroom.export.cells import Table
from kata.classroom.refusal import Refusal
from kata.classroom.results import ExerciseResult, Result, Student

Absent = Literal["leave", "zero"]
Way = Literal["", "scale", "as-is"]

SHOWN = 8
"""So many names or columns stand in a message; the rest are counted."""


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


@dataclass(frozen=True)
class Key:
    """One way to find a student: what his row says, and what he is known by. The first that fits counts.

    A `decisive` one is the last word for whoever has it: another student may have the same name.
    """

    called: str
    of_row: Callable[[int], str]
    of_student: Callable[[Student], Sequence[str]]
    decisive: bool = False


class Gradebook(Protocol):
    """A platform's file."""

    table: Table

    def students(self) -> list[int]:
        """The rows of students."""
        ...

    def ways(self) -> list[Key]: ...

    def columns(self) -> list[int]:
        """The columns that can take marks."""
        ...

    def maximum(self, column: int, row: int) -> float | None:
        """The most points that this cell takes, if the file says so."""
        ...

    def locked(self, row: int, column: int) -> str:
        """Why this cell must stay as it is, or ""."""
        ...

    def number(self, value: float) -> str:
        """A mark as this file writes it."""
        ...


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
    columns = [(_column(book, wish), wish) for wish in choices.wishes]
    rows = _rows_of(book, results)
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
            f"{_count(others, 'student')} of the file {'has' if others == 1 else 'have'} no result."
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
            f"{_count(len(waiting), 'result')} not judged to the end ({_some(waiting)}): grade again, "
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


# Which column


def _column(book: Gradebook, wish: Wish) -> int:
    header, columns = book.table.header, book.columns()
    if wish.column:
        found = [
            column for column in range(len(header)) if header[column].strip() == wish.column.strip()
        ]
        found = found or [
            column
            for column in columns
            if plain(wish.column) and plain(wish.column) == plain(title_of(header[column]))
        ]
        usable = [column for column in found if column in columns]
        if len(usable) == 1:
            return usable[0]
        if found and not usable:
            raise Refusal(
                f"The platform reads no marks from the column {wish.column!r} of {book.table.called}."
            )
        reason = "more than one column" if usable else "no column"
    elif len(columns) == 1:
        return columns[0]
    else:
        reason = "more than one column for marks" if columns else "no column for marks"
    names = _some([repr(header[column]) for column in columns])
    advice = (
        f"name one with --column: {names}" if columns else "export it with the assignment's column"
    )
    called = f" {wish.column!r}" if wish.column else ""
    raise Refusal(f"{book.table.called} has {reason}{called}: {advice}.")


def title_of(header: str) -> str:
    """A column's title without what platforms put behind it."""
    text = re.sub(r"\s*<[^<>]*>\s*$", "", header)
    text = re.sub(r"\s+Points Grade$", "", text)
    return re.sub(r"\s*\(\d+\)\s*$", "", text)


# Which row


def _rows_of(book: Gradebook, results: Sequence[Result]) -> dict[str, int]:
    """The row of each student, by id. Raises Refusal that names those who have none."""
    rows = book.students()
    tables: list[tuple[Key, dict[str, list[int]]]] = []
    for key in book.ways():
        known: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            if value := plain(key.of_row(row)):
                known[value].append(row)
        tables.append((key, known))
    found: dict[str, int] = {}
    taken: dict[int, str] = {}
    missing: list[str] = []
    for result in results:
        for person in result.people:
            row = _row_of(person, tables, book.table.called)
            if row is None:
                missing.append(f"{person.called} ({person.id})")
            elif row in taken:
                raise Refusal(
                    f"{person.called} and {taken[row]} both fit row {row + 1} of {book.table.called}: "
                    "give each of them the platform's own id."
                )
            else:
                found[person.id] = row
                taken[row] = person.called
    if missing:
        raise Refusal(
            f"{_count(len(missing), 'student')} not in {book.table.called}: {_some(missing)}. Export the file again, "
            "or take the right one; nothing was written."
        )
    return found


def _row_of(
    person: Student, tables: Sequence[tuple[Key, dict[str, list[int]]]], called: str
) -> int | None:
    for key, known in tables:
        rows = sorted(
            {row for value in key.of_student(person) for row in known.get(plain(value), ())}
        )
        if len(rows) > 1:
            raise Refusal(
                f"{person.called} fits {len(rows)} rows of {called} by {key.called}: leave one of them, or give "
                "the student the platform's own id."
            )
        if rows:
            return rows[0]
        if key.decisive and key.of_student(person):
            return None
    return None


def plain(text: str) -> str:
    """For comparing: one form of letters, no capitals, single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def logins(person: Student) -> list[str]:
    """What may be somebody's user name: the platform's, or what the folder was called."""
    ids = (person.ids.get(kind, "") for kind in ("username", "login", "sis", "folder"))
    return [text for text in (person.login, *ids, person.id) if text]


def names(person: Student) -> list[str]:
    return [person.name] if person.name else []


# Numbers


def decimal(value: float, comma: bool) -> str:
    """At most two places, none of them a needless 0."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if comma else text


def as_number(text: str) -> float | None:
    """A number as platforms write one, with a point or a comma; None if it is none."""
    text = text.strip().replace("\N{NO-BREAK SPACE}", "")
    if not re.fullmatch(r"\d+(?:[.,]\d+)?", text):
        return None
    return float(text.replace(",", "."))


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
