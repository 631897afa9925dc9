"""Brightspace: the grades as exported, to be imported again.

There is no public source. By the community's pages the file has `OrgDefinedId` or `Username`, columns such as
`Kata Points Grade <Numeric MaxPoints:10 Weight:10>`, and at the end `End-of-Line Indicator`, with `#` in each row.
"""

from __future__ import annotations

import re

from kata.classroom.formats.book import Key, decimal, logins, names
from kata.classroom.formats.cells import Table
from kata.classroom.refusal import Refusal
from kata.classroom.results import Student

END = "End-of-Line Indicator"
_GRADE = re.compile(r"^(?P<title>.*\S)\s+Points Grade(?:\s*<(?P<more>[^<>]*)>)?\s*$")
_MOST = re.compile(r"MaxPoints:\s*(\d+(?:[.,]\d+)?)")


class Brightspace:
    """A grades file. Raises Refusal if the table is none."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._titles = {title.strip(): place for place, title in enumerate(table.header)}
        if not ({"OrgDefinedId", "Username"} & self._titles.keys()):
            raise Refusal(
                f"{table.called} is no grades file of Brightspace (it has no column OrgDefinedId or Username): "
                "export it there with Grades, Export, and choose both keys."
            )
        if END not in self._titles:
            raise Refusal(
                f"{table.called} has no column “{END}”: export it from Brightspace again."
            )

    def students(self) -> list[int]:
        return [row for row in range(1, len(self.table.rows)) if any(self._keys_of(row))]

    def _keys_of(self, row: int) -> tuple[str, str]:
        return self._value(row, "OrgDefinedId"), self._value(row, "Username")

    def ways(self) -> list[Key]:
        return [
            Key("OrgDefinedId", lambda row: self._value(row, "OrgDefinedId"), _ids),
            Key("Username", lambda row: self._value(row, "Username"), logins),
            Key(
                "Email",
                lambda row: self._value(row, "Email"),
                lambda person: [person.email] if person.email else [],
            ),
            Key(
                "name",
                lambda row: f"{self._value(row, 'First Name')} {self._value(row, 'Last Name')}",
                names,
            ),
        ]

    def columns(self) -> list[int]:
        return [
            place for place, title in enumerate(self.table.header) if _GRADE.match(title.strip())
        ]

    def maximum(self, column: int, row: int) -> float | None:
        found = _MOST.search(self.table.header[column])
        return float(found[1].replace(",", ".")) if found else None

    def locked(self, row: int, column: int) -> str:
        return ""

    def number(self, value: float) -> str:
        return decimal(value, comma=False)

    def _value(self, row: int, title: str) -> str:
        place = self._titles.get(title)
        # Some exports write a # before each key, so that a spreadsheet keeps its zeros.
        return self.table.value(row, place).strip().removeprefix("#") if place is not None else ""


def _ids(person: Student) -> list[str]:
    # The first number of a downloaded folder is the platform's own; some sites use it as OrgDefinedId.
    return [
        text
        for text in (
            person.ids.get("org_defined_id", ""),
            *logins(person),
            person.ids.get("user", ""),
        )
        if text
    ]
