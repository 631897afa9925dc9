"""A picture in text of what happened: a row for each span, over a scale of seconds.

expected   task_1  ████████
           task_2  ████████████
yours      task_1  ████████
           task_2          ████████████
                   0   1   2   3   4   5 s
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from kata.feedback.chart_rows import MOST_ROWS, Row, rows_of, unique
from kata.feedback.chart_scale import Scale, scale_of, seconds
from kata.feedback.labels import columns, cut, labels_of, printable
from kata.feedback.timeline import SAME, Span

NARROWEST = 50


@dataclass(frozen=True)
class _Ink:
    bar: str
    blocked: str
    instant: str
    goes_on: str
    cut: str
    times: str


BLOCKS = _Ink("█", "▒", "▏", "…", "…", "×")
ASCII = _Ink("=", "#", "|", ">", "..", "x")

DIM, RED, CYAN, PLAIN = "\x1b[2m", "\x1b[31m", "\x1b[36m", "\x1b[0m"


@dataclass(frozen=True)
class _Layout:
    """What all lines of a chart share: where the bars begin, and the scale that they follow."""

    title_width: int
    left: int
    scale: Scale
    ink: _Ink
    width: int


def draw(
    timeline_spans: Iterable[Span],
    *,
    width: int = 72,
    unicode: bool = True,
    expected: Sequence[tuple[str, float, float]] | None = None,
    colour: bool = False,
    since: float = 0.0,
    titles: tuple[str, str] = ("expected", "yours"),
) -> str:
    """Draw the spans. Lines have no indent and no trailing spaces; nothing to draw gives "".

    With ``expected`` (label, start, end), what should have happened stands above what did, on
    one scale. If every label expected did occur, only spans with these labels are drawn, so that
    like stands beside like; ``titles`` is what the two are called. ``since`` is the moment that counts
    as 0; what had ended by then is left out.
    """
    ink = BLOCKS if unicode else ASCII
    width = max(width, NARROWEST)
    spans = list(_from(since, timeline_spans))
    wanted = [
        Span("task", label, start, end, None, number, None)
        for number, (label, start, end) in enumerate(expected or (), 1)
    ]
    if wanted:
        spans = _only(spans, {span.label for span in wanted})
    ideal = rows_of(wanted, MOST_ROWS // 2)
    yours = rows_of(spans, MOST_ROWS - len(ideal))
    if not ideal and not yours:
        return ""

    rows = ideal + yours
    titled = {0: titles[0], len(ideal): titles[1]} if ideal else {}
    layout, labels = _layout(rows, bool(ideal), width, ink)
    lines: list[str] = []
    for number, (row, label) in enumerate(zip(rows, labels, strict=True)):
        style = DIM if number < len(ideal) else CYAN
        title = titled.get(number, "")
        lines.append(_line(row, label, title, layout, style if colour else ""))
    if not yours:
        lines.append(titles[1].ljust(layout.title_width) + "(nothing)")
    lines.append(" " * layout.left + _marks(layout.scale))
    lines += _legend(yours, layout)
    return "\n".join(lines)


def _layout(rows: Sequence[Row], titled: bool, width: int, ink: _Ink) -> tuple[_Layout, list[str]]:
    """Where everything stands, and the labels as they fit there."""
    title_width = 11 if titled else 0
    most = max(12, (width - title_width) // 3)
    labels = labels_of(
        rows, most, clean=lambda text: _clean(text, ink), mark=ink.cut, times=ink.times
    )
    left = title_width + max(columns(label) for label in labels) + 2
    # Room at the right end for exact times and for the last mark.
    scale = scale_of(rows, room=max(12, width - left - 10))
    return _Layout(title_width, left, scale, ink, width), labels


def _line(row: Row, label: str, title: str, layout: _Layout, style: str) -> str:
    """One row: its title and label, its bar, and the exact time where there is room to say it."""
    start = title.ljust(layout.title_width) + label
    start += " " * (layout.left - columns(start))
    bar = _bar(row, layout.scale, layout.ink)
    note = _note(row, layout.scale)
    if note and layout.left + len(bar) + 1 + len(note) > layout.width:
        note = ""
    painted = _paint(bar, layout.ink, style) if style else bar
    return f"{start}{painted} {note}".rstrip()


def _legend(rows: Iterable[Row], layout: _Layout) -> list[str]:
    """What blocked the event loop, as one line, or none."""
    names = unique(name for row in rows for name in row.blocked_by)
    if not names:
        return []
    ink = layout.ink
    legend = f"{ink.blocked} the event loop is blocked: {_clean(', '.join(names), ink)}"
    legend = cut(legend, layout.width, ink.cut)
    return [" " * min(layout.left, layout.width - columns(legend)) + legend]


def _from(since: float, spans: Iterable[Span]) -> Iterator[Span]:
    """Those of this moment and later. What ended in it, inside of what had begun before, belongs to what was before."""
    here: set[int | None] = {None}
    for span in spans:
        over = span.end is not None and span.end <= since + SAME
        if over and (span.start <= since - SAME or span.parent not in here):
            continue
        here.add(span.id)
        start, end = max(span.start - since, 0.0), span.end
        yield replace(span, start=start, end=None if end is None else max(end - since, start))


def _only(spans: list[Span], labels: set[str]) -> list[Span]:
    """The spans with these labels, and whatever blocked; all spans if a label is missing."""
    if not labels <= {span.label for span in spans}:
        return spans
    around: dict[int, int | None] = {span.id: span.parent for span in spans}
    kept = {span.id for span in spans if span.label in labels and span.kind != "blocked"}

    def nearest_kept(span: Span) -> int | None:
        above = span.parent
        # The second half ends the walk even if a record were to go round in a circle.
        for _ in range(len(spans)):
            if above is None or above in kept:
                return above
            above = around.get(above)
        return None

    return [
        replace(span, parent=nearest_kept(span))
        for span in spans
        if span.id in kept or span.kind == "blocked"
    ]


def _clean(text: str, ink: _Ink) -> str:
    text = printable(text)
    return text if ink is BLOCKS else text.encode("ascii", "replace").decode("ascii")


def _bar(row: Row, scale: Scale, ink: _Ink) -> str:
    cells: dict[int, str] = {}
    # Blocked stretches last: they lie over the bar that they are part of.
    for piece in sorted(row.pieces, key=lambda piece: piece.blocked):
        start = scale.cell(piece.start)
        end = scale.cell(scale.end if piece.end is None else piece.end)
        fill = ink.blocked if piece.blocked else ink.bar
        for cell in range(start, end):
            cells[cell] = fill
        if end <= start and (piece.blocked or start not in cells):
            # Too short for a cell of its own. A sliver, unless it is not far from one.
            long = piece.end is not None and piece.end - piece.start >= scale.cell_seconds / 4
            cells[start] = fill if piece.blocked or row.several or long else ink.instant
    if row.last is None:
        cells[max(cells) + 1] = ink.goes_on
    return "".join(cells.get(cell, " ") for cell in range(max(cells) + 1))


def _note(row: Row, scale: Scale) -> str:
    """The exact time, where the bar cannot show it."""
    if row.several or len({piece.blocked for piece in row.pieces}) > 1:
        return ""
    first, last = row.first, row.last
    if last is None or (scale.exact(first) and scale.exact(last)):
        return ""
    if abs(first - scale.origin) < SAME:
        return f"{seconds(last - first)} s"
    if last - first < SAME:
        return f"at {seconds(first)} s"
    return f"{seconds(first)} to {seconds(last)} s"


def _marks(scale: Scale) -> str:
    line = ""
    for number in range(scale.steps + 1):
        line = line.ljust(number * scale.width) + seconds(scale.mark(number))
    return line + " s"


def _paint(bar: str, ink: _Ink, style: str) -> str:
    def hue(cell: str) -> str:
        return "" if cell == " " else RED if cell == ink.blocked else style

    parts: list[str] = []
    for code, cells in groupby(bar, hue):
        text = "".join(cells)
        parts.append(f"{code}{text}{PLAIN}" if code else text)
    return "".join(parts)
