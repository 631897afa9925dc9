"""The table of circumstances: for each promise of a lesson, which spec holds it, and under what.

A spec that holds its line in one circumstance accepts the mistakes of all others. So each promise has a row and
each circumstance a cell: the specs that hold it there, or a few words why it cannot matter. The tables
are `docs/circumstances/NN_name.toml`; `docs/circumstances.md` draws them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kata.course.course import Course, Exercise

CIRCUMSTANCES: dict[str, str] = {
    "alone": "alone",
    "again": "again: the second to the tenth time, and after long idleness",
    "together": "together with the same",
    "mixed": "together with different ones: other ids, names, statuses",
    "moments": "begun at other moments, while others are under way",
    "failures": "after and beside each kind of failure",
    "slow": "while something is slow: shorter and longer than every time-out of the libraries",
    "restart": "after a restart",
    "values": "with other values",
    "outside": "beside writes and changes from outside",
}
"""The columns of every table, in their order, and what each means."""


class BadTable(ValueError):
    """A table of circumstances cannot be read. The message says why."""


@dataclass(frozen=True)
class Promise:
    """One row: a promise of the lesson, in its words. A cell is a tuple of specs, or a reason in words."""

    key: str
    says: str
    cells: dict[str, tuple[str, ...] | str]


def table_path(course: Course, exercise: Exercise) -> Path:
    """Where the table of an exercise is, or should be."""
    return course.root / "docs" / "circumstances" / f"{exercise.name}.toml"


def promised(exercise: Exercise) -> Iterator[str]:
    """Every promise of a lesson: the bullets and the rows of the tables under "Your task", on one line each."""
    for paragraph in re.split(r"\n(?=- |\|)|\n\s*\n", exercise.task):
        line = " ".join(paragraph.split())
        if line.startswith("- "):
            yield line.removeprefix("- ")
        elif line.startswith("|") and not _is_head(line, exercise.task):
            yield " | ".join(cell.strip() for cell in line.strip("|").split("|")).strip()


def _is_head(line: str, task: str) -> bool:
    """True for the first row of a table, and for the line of dashes below it."""
    if not line.strip("|-: "):
        return True
    rows = [" ".join(row.split()) for row in task.splitlines()]
    at = rows.index(line) if line in rows else -1
    return at >= 0 and at + 1 < len(rows) and not rows[at + 1].strip("|-: ") and "|" in rows[at + 1]


def read_table(path: Path) -> list[Promise]:
    """The rows of a table. Raises BadTable if it is missing or is not what it must be."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise BadTable("is missing: each promise of the lesson has a row in it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadTable(f"is not TOML: {error}") from None
    rows: Any = data.get("promise")
    if not isinstance(rows, list):
        raise BadTable("has no [[promise]]")
    return [_promise(row) for row in rows]  # pyright: ignore[reportUnknownVariableType]


def _promise(row: Any) -> Promise:
    if not isinstance(row, dict):
        raise BadTable("has a promise that is no table")
    fields: dict[str, Any] = dict(row)  # pyright: ignore[reportUnknownArgumentType]
    key, says = fields.pop("key", None), fields.pop("says", None)
    if not isinstance(key, str) or not isinstance(says, str):
        raise BadTable("has a promise without `key` or `says`")
    unknown = [name for name in fields if name not in CIRCUMSTANCES]
    if unknown:
        raise BadTable(f"has an unknown circumstance {unknown[0]!r} for {key!r}")
    cells: dict[str, tuple[str, ...] | str] = {}
    for name, value in fields.items():
        if isinstance(value, str) and value.strip():
            cells[name] = value
        elif isinstance(value, list) and value and all(isinstance(each, str) for each in value):  # pyright: ignore
            cells[name] = tuple(value)  # pyright: ignore[reportUnknownArgumentType]
        else:
            raise BadTable(f"has an empty cell: {name} of {key!r}")
    return Promise(key, " ".join(says.split()), cells)
