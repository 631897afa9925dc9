"""Labels of a chart: what a terminal shows of a text, and how much of it fits."""

import unicodedata
from collections.abc import Callable, Sequence

from kata.feedback.chart_rows import Row

_SHARES = (0.5, 0.25, 0.75, 0.0, 1.0)
"""How much of its room the beginning of a label gets, in the order in which this is tried."""


def printable(text: str) -> str:
    """Without anything that could move a terminal's cursor, or is not allowed in XML."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def columns(text: str) -> int:
    """How many columns a terminal gives to this text: some letters take two, or none."""
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )


def cut(text: str, most: int, mark: str = "…") -> str:
    """The text, or as much of it as fits in so many columns, and a mark."""
    if columns(text) <= most:
        return text
    while text and columns(text) + len(mark) > most:
        text = text[:-1]
    return text + mark


def labels_of(
    rows: Sequence[Row],
    most: int,
    *,
    clean: Callable[[str], str] = printable,
    mark: str = "…",
    times: str = "×",
) -> list[str]:
    """A label of at most so many columns for each row: indented, and with the number of its spans."""
    indents = ["  " * row.depth for row in rows]
    counts = [f" {times}{row.count}" if row.count > 1 else "" for row in rows]
    rooms = [most - len(indent) - len(count) for indent, count in zip(indents, counts, strict=True)]
    names = shortened([clean(row.label) for row in rows], rooms, mark)
    return ["".join(parts) for parts in zip(indents, names, counts, strict=True)]


def shortened(labels: Sequence[str], rooms: Sequence[int], mark: str = "…") -> list[str]:
    """Each label in as many columns as its room has, cut in the middle.

    The cut is the same for all, and where it can be, it leaves what tells two labels apart.
    """
    cuts = [
        [_without_middle(*each, share, mark) for each in zip(labels, rooms, strict=True)]
        for share in _SHARES
    ]
    return min(cuts, key=lambda shown: _mixed_up(labels, shown))


def _mixed_up(labels: Sequence[str], shown: Sequence[str]) -> int:
    """How many labels look like another one. A label may be shown in several ways: rooms differ."""
    return len(set(zip(labels, shown, strict=True))) - len(set(shown))


def _without_middle(text: str, most: int, share: float, mark: str) -> str:
    if columns(text) <= most:
        return text
    room = most - len(mark)
    head = cut(text, int(room * share), "")
    tail = cut(text[::-1], room - columns(head), "")[::-1]
    return head + mark + tail
