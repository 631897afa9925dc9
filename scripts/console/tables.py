"""Tables in Markdown, so that what a command prints can stand in docs/ as it is."""

from __future__ import annotations

from collections.abc import Sequence


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def head(*names: str) -> tuple[str, str]:
    """The names of the columns, and the line below them."""
    return row(*names), "|" + "---|" * len(names)


def aligned(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A whole table whose columns stand below each other: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]

    def padded(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        return row(
            first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)
        ).rstrip()

    left, *right = widths
    below = f"|{'-' * (left + 2)}|" + "".join(f"{'-' * (width + 1)}:|" for width in right)
    return [padded(names), below, *(padded(each) for each in rows)]
