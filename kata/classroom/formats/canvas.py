"""Canvas: the gradebook as exported, with the marks of one assignment or more.

Canvas finds a student by `ID`, then by the SIS ids, then by name, and an assignment by the number in its header; so
headers stay as they are. Sources: instructure/canvas-lms, lib/gradebook_exporter.rb and gradebook_importer.rb.
"""

from __future__ import annotations

import re

from kata.classroom.formats.book import Key, as_number, decimal, logins, names
from kata.classroom.formats.cells import Table
from kata.classroom.refusal import Refusal
from kata.classroom.results import Student

POSSIBLE = "Points Possible"
READ_ONLY = "(read only)"


class Canvas:
    """A Canvas gradebook. Raises Refusal if the table is none."""

    def __init__(self, table: Table) -> None:
        self.table = table
        header = [title.strip() for title in table.header]
        self._places = {title: place for place, title in reversed(list(enumerate(header)))}
        needed = ("Student", "ID", "Section")
        if header[:1] != ["Student"] or any(title not in self._places for title in needed):
            raise Refusal(
                f"{table.called} is no gradebook of Canvas (its columns begin with Student, ID): export it there with "
                "Grades, Export."
            )
        self._possible = next(
            (row for row in range(1, len(table.rows)) if table.value(row, 0).strip() == POSSIBLE),
            None,
        )
        if self._possible is None:
            raise Refusal(
                f"{table.called} has no row “Points Possible”: export it from Canvas again."
            )
        self._comma = any("," in cell.value for cell in table.rows[self._possible])

    def students(self) -> list[int]:
        # Above the row of the maxima stand, at most, the posting policies.
        first = (self._possible or 0) + 1
        return [row for row in range(first, len(self.table.rows)) if self._value(row, "ID")]

    def ways(self) -> list[Key]:
        def by(title: str) -> Key:
            return Key(title, lambda row: self._value(row, title), logins)

        return [
            Key("ID", lambda row: self._value(row, "ID"), _user, decisive=True),
            by("ID"),
            by("SIS Login ID"),
            by("SIS User ID"),
            by("Integration ID"),
            Key("name", lambda row: in_order(self._value(row, "Student")), names),
        ]

    def columns(self) -> list[int]:
        return [
            place
            for place, title in enumerate(self.table.header)
            if re.search(r"\(\d+\)\s*$", title)
            and READ_ONLY not in self.table.value(self._possible or 0, place)
        ]

    def maximum(self, column: int, row: int) -> float | None:
        return as_number(self.table.value(self._possible or 0, column))

    def locked(self, row: int, column: int) -> str:
        said = self.table.value(row, column).strip()
        if said.upper() in ("EX", "N/A"):
            return f"the file says {said}, left as it was"
        return ""

    def number(self, value: float) -> str:
        return decimal(value, self._comma)

    def _value(self, row: int, title: str) -> str:
        place = self._places.get(title)
        return self.table.value(row, place).strip() if place is not None else ""


def _user(person: Student) -> list[str]:
    return [person.ids["user"]] if person.ids.get("user") else []


def in_order(name: str) -> str:
    """`Lovelace, Ada` as `Ada Lovelace`. Other names stay."""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}" if comma else name
