"""Where a mark belongs in a platform's file: the column that was asked for, and the row of each student."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from kata.classroom.formats.book import Gradebook, Key, plain
from kata.classroom.refusal import Refusal
from kata.classroom.results import Result, Student

SHOWN = 8
"""So many names or columns stand in a message; the rest are counted."""


def column_of(book: Gradebook, wanted: str) -> int:
    """The column with this title, or the only one for marks if none is named. Raises Refusal."""
    header, columns = book.table.header, book.columns()
    if wanted:
        found = [
            column for column in range(len(header)) if header[column].strip() == wanted.strip()
        ]
        found = found or [
            column
            for column in columns
            if plain(wanted) and plain(wanted) == plain(title_of(header[column]))
        ]
        usable = [column for column in found if column in columns]
        if len(usable) == 1:
            return usable[0]
        if found and not usable:
            raise Refusal(
                f"The platform reads no marks from the column {wanted!r} of {book.table.called}."
            )
        reason = "more than one column" if usable else "no column"
    elif len(columns) == 1:
        return columns[0]
    else:
        reason = "more than one column for marks" if columns else "no column for marks"
    names = some([repr(header[column]) for column in columns])
    advice = (
        f"name one with --column: {names}" if columns else "export it with the assignment's column"
    )
    called = f" {wanted!r}" if wanted else ""
    raise Refusal(f"{book.table.called} has {reason}{called}: {advice}.")


def title_of(header: str) -> str:
    """A column's title without what platforms put behind it."""
    text = re.sub(r"\s*<[^<>]*>\s*$", "", header)
    text = re.sub(r"\s+Points Grade$", "", text)
    return re.sub(r"\s*\(\d+\)\s*$", "", text)


def rows_of(book: Gradebook, results: Sequence[Result]) -> dict[str, int]:
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
            f"{count(len(missing), 'student')} not in {book.table.called}: {some(missing)}. Export the file again, "
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


def count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
