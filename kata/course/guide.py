"""The table of the guide's claims, `docs/guide-coverage.md`: which spec holds which claim, and by what it is shown.

The table is for people, and has a row for each claim and each block of code of the guide:

    | No. | What | The guide | Held by | Today |
    | 12 | claim | ... | `01_first::test_it` refuses `no_wait.py`<br>... | ... |
"""

import re
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ("No.", "What", "The guide", "Held by", "Today")
KINDS = ("claim", "code")

_HELD = r"`(?P<exercise>\w+)::(?P<spec>\w+)` refuses `(?P<answer>[\w/]+\.py)`"
_TOTALS = r"(?P<rows>\d+) rows: (?P<claim>\d+) claims and (?P<code>\d+) code blocks"


class BadTable(ValueError):
    """A row does not read as a row of the table does."""


@dataclass(frozen=True)
class Held:
    """A spec that holds a claim, and a wrong answer that it refuses."""

    exercise: str
    spec: str
    answer: str

    def __str__(self) -> str:
        return f"{self.exercise}::{self.spec} refuses {self.answer}"


@dataclass(frozen=True)
class Claim:
    """One row."""

    number: int
    what: str
    says: str
    held_by: tuple[Held, ...]
    today: str


def table(root: Path) -> Path:
    return root / "docs" / "guide-coverage.md"


def claims(text: str) -> list[Claim]:
    """The rows, in their order. Raises BadTable."""
    found: list[Claim] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("|") or tuple(cells) == COLUMNS or set(line) <= set("|- "):
            continue
        if len(cells) != len(COLUMNS):
            raise BadTable(f"has {len(cells)} cells, not {len(COLUMNS)}, in the row {line[:60]}")
        number, what, says, held, today = cells
        if not number.isdecimal():
            raise BadTable(f"has no number at the beginning of the row {line[:60]}")
        found.append(Claim(int(number), what, says, _held_by(number, held), today))
    return found


def _held_by(number: str, cell: str) -> tuple[Held, ...]:
    held_by: list[Held] = []
    for each in cell.split("<br>") if cell else []:
        found = re.fullmatch(_HELD, each.strip())
        if not found:
            raise BadTable(
                f'does not read "`exercise::spec` refuses `answer.py`" in row {number}: {each}'
            )
        held_by.append(Held(found["exercise"], found["spec"], found["answer"]))
    return tuple(held_by)


def totals(text: str) -> tuple[int, ...] | None:
    """What the text above the table says of it: how many rows, claims and blocks of code it has."""
    said = re.search(_TOTALS, text)
    return tuple(int(number) for number in said.groups()) if said else None
