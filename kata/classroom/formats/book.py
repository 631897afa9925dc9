"""What a platform's file is to the marks: where its students, columns and maxima stand, and how it writes numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from kata.classroom.formats.cells import Table
from kata.classroom.results import Student


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


def plain(text: str) -> str:
    """For comparing: one form of letters, no capitals, single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def logins(person: Student) -> list[str]:
    """What may be somebody's user name: the platform's, or what the folder was called."""
    ids = (person.ids.get(kind, "") for kind in ("username", "roster", "folder"))
    return [text for text in (person.login, *ids, person.id) if text]


def names(person: Student) -> list[str]:
    return [person.name] if person.name else []


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
