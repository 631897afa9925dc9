"""The scale of a chart: round numbers of seconds, and the cell of the grid that a moment falls on."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kata.feedback.chart_rows import Row
from kata.feedback.timeline import SAME


@dataclass(frozen=True)
class Scale:
    """Marks at ``origin``, ``origin + step``, ...; ``width`` cells between two marks."""

    origin: float
    step: float
    steps: int
    width: int

    @property
    def end(self) -> float:
        return self.mark(self.steps)

    @property
    def cell_seconds(self) -> float:
        return self.step / self.width

    def mark(self, number: int) -> float:
        return round(self.origin + number * self.step, 6)

    def cell(self, at: float) -> int:
        """The edge between cells that is nearest to this moment."""
        return math.floor((at - self.origin) / self.step * self.width + 0.5)

    def exact(self, at: float) -> bool:
        """Whether the edge is the very moment, and not only near it."""
        return abs(self.origin + self.cell(at) * self.cell_seconds - at) <= SAME / 2


def scale_of(rows: Iterable[Row], room: int, target: int = 20) -> Scale:
    """A scale from the first moment to the last, of round numbers, at most ``room`` cells wide."""
    moments = [
        moment
        for row in rows
        for piece in row.pieces
        for moment in (piece.start, piece.end)
        if moment is not None
    ]
    first, last = round(min(moments), 3), round(max(moments), 3)
    if first >= 0 and first <= last - first:
        first = 0.0
    if last <= first:
        last = first + 1.0
    for step in _round_numbers():
        # Specs speak of whole seconds: no halves where there are seconds enough.
        if step < 1 and last - first >= 2:
            continue
        origin = math.floor(round(first / step, 6)) * step
        steps = max(1, math.ceil(round((last - origin) / step, 6)))
        marks = [seconds(round(origin + number * step, 6)) for number in range(min(steps, 10) + 1)]
        # Cells in fours, so that halves and quarters of a step fall on an edge.
        width = math.ceil((max(len(mark) for mark in marks) + 2) / 4) * 4
        if steps <= 10 and (steps * width <= room or steps == 1):
            while steps * width < target and steps * (width + 4) <= room:
                width += 4
            return Scale(origin, step, steps, width)
    raise AssertionError("unreachable: the round numbers have no end")


def _round_numbers() -> Iterator[float]:
    yield from (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
    yield from (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
    power = 10_000.0
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


def seconds(number: float) -> str:
    """The number as it is said: 3, 2.5, 0.001; never 3.0."""
    text = f"{number:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
