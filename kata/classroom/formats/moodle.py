"""Moodle: the offline grading worksheet of an assignment.

Its headers are in the site's language, so columns are found by their places and by what stands in them. Moodle reads
Identifier, Grade and the times; it passes over a row in silence if the mark is out of range or locked. Source:
moodle/moodle, mod/assign/feedback/offline/importgradeslib.php and mod/assign/gradingtable.php.
"""

from __future__ import annotations

import re

from kata.classroom.formats.book import Key, as_number, decimal, logins, names
from kata.classroom.formats.cells import Table
from kata.classroom.refusal import Refusal
from kata.classroom.results import Student


class Moodle:
    """A grading worksheet. Raises Refusal if the table is none."""

    def __init__(self, table: Table) -> None:
        self.table = table
        rows = range(1, len(table.rows))
        self._rows = [row for row in rows if _participant(table.value(row, 0))]
        if len(self._rows) != len(rows) or not self._rows:
            raise Refusal(
                f"{table.called} is no grading worksheet of Moodle (each row begins with an identifier such as "
                "Participant 123): download it from the assignment, where “Offline grading worksheet” is on."
            )
        self._most = self._column_of_maxima()
        self._comma = any("," in self._maximum_text(row) for row in self._rows)

    def _column_of_maxima(self) -> int | None:
        """Right of the marks stands the maximum: one number, the same in each row."""
        header = self.table.header
        if "Maximum Grade" in header:
            return header.index("Maximum Grade")
        found: list[int] = []
        for column in range(2, len(header)):
            values = {self.table.value(row, column) for row in self._rows}
            most = as_number(next(iter(values))) if len(values) == 1 else None
            before = (self.table.value(row, column - 1).strip() for row in self._rows)
            if most and all(text in ("", "-") or as_number(text) is not None for text in before):
                found.append(column)
        return found[0] if len(found) == 1 else None

    def students(self) -> list[int]:
        return self._rows

    def ways(self) -> list[Key]:
        def text(column: int) -> Key:
            return Key(
                self.table.header[column],
                lambda row: self.table.value(row, column),
                lambda person: [person.email] if person.email else [],
            )

        header = self.table.header
        mails = [
            column
            for column in range(1, len(header))
            if all("@" in self.table.value(row, column) for row in self._rows)
        ]
        return [
            Key(
                "the participant's number",
                lambda row: _participant(self.table.value(row, 0)),
                _number,
                decisive=True,
            ),
            *(text(column) for column in mails),
            *(self._login(title) for title in ("Username", "ID number") if title in header),
            # The second column is the name, in every language; in blind marking it is absent.
            Key("name", lambda row: self.table.value(row, 1), names),
        ]

    def _login(self, title: str) -> Key:
        column = self.table.header.index(title)
        return Key(title, lambda row: self.table.value(row, column), logins)

    def columns(self) -> list[int]:
        if "Grade" in self.table.header:
            return [self.table.header.index("Grade")]
        if self._most is not None:
            return [self._most - 1]
        # Which one it is cannot be seen; the teacher can name it.
        return list(range(2, len(self.table.header)))

    def maximum(self, column: int, row: int) -> float | None:
        return as_number(self._maximum_text(row))

    def locked(self, row: int, column: int) -> str:
        header = self.table.header
        if "Grade can be changed" in header:
            said = self.table.value(row, header.index("Grade can be changed")).strip()
            if said == "No":
                return "the file says that the grade cannot be changed, left as it was"
        return ""

    def number(self, value: float) -> str:
        return decimal(value, self._comma)

    def _maximum_text(self, row: int) -> str:
        return self.table.value(row, self._most) if self._most is not None else ""


def _participant(text: str) -> str:
    """The number in `Participant 123`, whatever the word is, or ""."""
    found = re.fullmatch(r"[^\d]*(\d+)\s*", text)
    return found[1] if found else ""


def _number(person: Student) -> list[str]:
    return [person.ids["participant"]] if person.ids.get("participant") else []
