"""A picture in text of what happened: a row for each span, over a scale of seconds.

    expected   task_1  ████████
               task_2  ████████████
    yours      task_1  ████████
               task_2          ████████████
                       0   1   2   3   4   5 s

The rows and the scale are worked out here for the slide in ``picture`` too.
"""

import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from kata.feedback.timeline import Kind, Span

MOST_ROWS = 14
NARROWEST = 50
SAME = 0.001
"""Moments nearer than this are one moment: specs compare seconds no closer."""


# What to draw: rows


@dataclass(frozen=True)
class Piece:
    """One stretch of a bar."""

    start: float
    end: float | None
    blocked: bool = False


@dataclass(frozen=True)
class Row:
    """One line of the picture. A row that stands for several spans has their pieces."""

    label: str
    kind: Kind
    depth: int
    pieces: tuple[Piece, ...]
    path: tuple[tuple[str, str], ...] = ()
    """Kind and label, from the outermost span down to this one: rows with one path are alike. Empty
    for a row that stands for spans of several kinds."""
    count: int = 1
    blocked_by: tuple[str, ...] = ()
    where: str | None = None
    several: bool = False
    """Whether it stands for spans of different times, so that no one time is its own."""

    @property
    def first(self) -> float:
        return min(piece.start for piece in self.pieces)

    @property
    def last(self) -> float | None:
        """When the last piece ended; None if one is still open."""
        ends = [piece.end for piece in self.pieces if piece.end is not None]
        return max(ends) if len(ends) == len(self.pieces) else None


def rows_of(spans: Iterable[Span], most: int = MOST_ROWS) -> list[Row]:
    """The spans as rows, by start, each under the one it ran inside; alike ones merged if too many.

    A blocked stretch is painted on the bar of the request or task that blocked. A span that repeats
    the one around it, by name and by time, gets no row of its own.
    """
    rows = _rows(spans)
    if len(rows) > most:
        rows = _merge_equal(rows)
    if len(rows) > most:
        rows = _merge_alike(rows, most)
    if len(rows) > most:
        rows = [*rows[: most - 1], _the_rest(rows[most - 1 :])]
    return rows


def _rows(spans: Iterable[Span]) -> list[Row]:
    # In order of their ids, a span comes after the one it ran inside.
    ordered = sorted(spans, key=lambda span: span.id)
    shown: dict[int, Span] = {}
    stands_for: dict[int, int | None] = {}
    """For each span, the id of the row that shows it, or shows what is around it."""
    blocked: dict[int, list[Span]] = {}
    alone: dict[str, int] = {}
    """Blocked stretches of nothing that is shown: one row for each name."""
    for span in ordered:
        host_id = stands_for.get(span.parent) if span.parent is not None else None
        host = shown.get(host_id) if host_id is not None else None
        if host is not None and span.kind == "blocked":
            blocked.setdefault(host.id, []).append(span)
            stands_for[span.id] = host.id
        elif host is not None and _repeats(span, host):
            stands_for[span.id] = host.id
        elif span.kind == "blocked" and span.label in alone:
            blocked.setdefault(alone[span.label], []).append(span)
            stands_for[span.id] = alone[span.label]
        else:
            shown[span.id] = replace(span, parent=host.id if host else None)
            stands_for[span.id] = span.id
            if span.kind == "blocked":
                alone[span.label] = span.id

    inside: dict[int | None, list[Span]] = {}
    for span in shown.values():
        inside.setdefault(span.parent, []).append(span)

    rows: list[Row] = []
    todo: list[tuple[Span, tuple[tuple[str, str], ...]]] = []

    def put_off(parent: int | None, path: tuple[tuple[str, str], ...]) -> None:
        children = sorted(inside.get(parent, ()), key=_turn)
        todo.extend((child, path) for child in reversed(children))

    # A list instead of recursion: nothing limits how deep a record goes.
    put_off(None, ())
    while todo:
        span, around = todo.pop()
        path = (*around, (span.kind, span.label))[-4:]
        stretches = blocked.get(span.id, [])
        rows.append(
            Row(
                span.label,
                span.kind,
                min(len(path) - 1, 3),
                (
                    Piece(span.start, span.end, span.kind == "blocked"),
                    *(Piece(stretch.start, stretch.end, True) for stretch in stretches),
                ),
                path,
                1,
                _unique(
                    stretch.label for stretch in (span, *stretches) if stretch.kind == "blocked"
                ),
                next((stretch.where for stretch in stretches if stretch.where), span.where),
            )
        )
        put_off(span.id, path)
    return rows


def _turn(span: Span) -> tuple[float, bool, str, float, int]:
    """Where a span stands among others. Threads that begin at one moment race for their ids."""
    if span.kind != "thread":
        return (span.start, False, "", 0.0, span.id)
    return (span.start, True, span.label, math.inf if span.end is None else span.end, span.id)


def _repeats(span: Span, host: Span) -> bool:
    if span.label != host.label or abs(span.start - host.start) > SAME:
        return False
    if span.end is None or host.end is None:
        return span.end is host.end
    return abs(span.end - host.end) <= SAME


def _merge_equal(rows: list[Row]) -> list[Row]:
    """One row for all that have the same name and the same times."""
    groups: dict[object, list[Row]] = {}
    for row in rows:
        times = tuple(
            (round(piece.start, 3), piece.end and round(piece.end, 3), piece.blocked)
            for piece in row.pieces
        )
        groups.setdefault((row.path, times), []).append(row)
    return [replace(group[0], count=sum(row.count for row in group)) for group in groups.values()]


def _merge_alike(rows: list[Row], most: int) -> list[Row]:
    """Of each name show the first few; the others are one row, "17 more"."""
    groups: dict[tuple[tuple[str, str], ...], list[Row]] = {}
    first_seen: dict[tuple[tuple[str, str], ...], int] = {}
    for row in rows:
        groups.setdefault(row.path, []).append(row)
        for length in range(1, len(row.path) + 1):
            first_seen.setdefault(row.path[:length], len(first_seen))

    def place(path: tuple[tuple[str, str], ...]) -> tuple[int, ...]:
        return tuple(first_seen[path[:length]] for length in range(1, len(path) + 1))

    # The more of each name is shown, the better: a staircase says more than one long bar.
    merged: list[Row] = []
    for few in range(most, -1, -1):
        merged = []
        for path in sorted(groups, key=place):
            group = groups[path]
            if len(group) <= few + 1:
                merged.extend(group)
            elif few:
                merged.extend(group[:few])
                merged.append(_merged(group[few:], "{} more"))
            else:
                merged.append(_merged(group, None))
        if len(merged) <= most:
            break
    return merged


def _the_rest(rows: list[Row]) -> Row:
    return replace(_merged(rows, "{} more"), depth=0, path=(), where=None)


def _merged(rows: list[Row], label: str | None) -> Row:
    count = sum(row.count for row in rows)
    return replace(
        rows[0],
        label=label.format(count) if label else rows[0].label,
        pieces=tuple(piece for row in rows for piece in row.pieces),
        count=1 if label else count,
        several=True,
        blocked_by=_unique(name for row in rows for name in row.blocked_by),
    )


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


# Where to draw it: the scale


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


# The drawing


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


def draw(
    timeline_spans: Iterable[Span],
    *,
    width: int = 72,
    unicode: bool = True,
    expected: Sequence[tuple[str, float, float]] | None = None,
    colour: bool = False,
    since: float = 0.0,
) -> str:
    """Draw the spans. Lines have no indent and no trailing spaces; nothing to draw gives "".

    With ``expected`` (label, start, end), what should have happened stands above what did, on
    one scale. If every label expected did occur, only spans with these labels are drawn, so that
    like stands beside like. ``since`` is the moment that counts as 0; what had ended by then is
    left out.
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

    titles = ["expected", *[""] * (len(ideal) - 1), "yours"] if ideal else [""]
    title_width = 11 if ideal else 0
    labels = [_label(row, ink, most=max(12, (width - title_width) // 3)) for row in ideal + yours]
    left = title_width + max(columns(label) for label in labels) + 2
    # Room at the right end for exact times and for the last mark.
    scale = scale_of(ideal + yours, room=max(12, width - left - 10))

    lines: list[str] = []
    for number, row in enumerate(ideal + yours):
        title = titles[number] if number < len(titles) else ""
        start = title.ljust(title_width) + labels[number]
        start += " " * (left - columns(start))
        bar = _bar(row, scale, ink)
        note = _note(row, scale)
        if note and left + len(bar) + 1 + len(note) > width:
            note = ""
        style = DIM if number < len(ideal) else CYAN
        painted = _paint(bar, ink, style) if colour else bar
        lines.append(f"{start}{painted} {note}".rstrip())
    if ideal and not yours:
        lines.append("yours".ljust(title_width) + "(nothing)")
    lines.append(" " * left + _marks(scale))
    if names := _unique(name for row in yours for name in row.blocked_by):
        legend = f"{ink.blocked} the event loop is blocked: {_clean(', '.join(names), ink)}"
        legend = cut(legend, width, ink.cut)
        lines.append(" " * min(left, width - columns(legend)) + legend)
    return "\n".join(lines)


def _from(since: float, spans: Iterable[Span]) -> Iterator[Span]:
    for span in spans:
        if span.end is None or span.end > since + SAME or span.start > since - SAME:
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


def _label(row: Row, ink: _Ink, most: int) -> str:
    count = f" {ink.times}{row.count}" if row.count > 1 else ""
    indent = "  " * row.depth
    return indent + cut(_clean(row.label, ink), most - len(indent) - len(count), ink.cut) + count


def _clean(text: str, ink: _Ink) -> str:
    text = printable(text)
    return text if ink is BLOCKS else text.encode("ascii", "replace").decode("ascii")


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


# The sentence


def explain_overlap(spans: Iterable[Span]) -> str | None:
    """Name two things of one request of which the second began only after the first had ended.

    Two labels count only if no span of the one ever overlaps a span of the other. Tasks and sleeps
    are looked at first, then calls and threads. None: everything overlaps, or there is only one.
    """
    every = {span.id: span for span in spans}
    for kinds in (("task", "sleep"), ("upstream", "thread")):
        by_request: dict[int | None, list[Span]] = {}
        for span in every.values():
            if span.kind in kinds and (span.end is None or span.end - span.start > SAME):
                by_request.setdefault(_request_of(span, every), []).append(span)
        for group in by_request.values():
            if pair := _first_gap(group, every):
                first, second = pair
                sentence = f"{second.label} did not start until {first.label} had ended"
                where = second.where or first.where
                return f"{sentence}: {where}" if where else sentence
    return None


def _above(span: Span, every: dict[int, Span]) -> Iterator[Span]:
    # Ids only ever get smaller on the way up, so the walk ends.
    while span.parent is not None and span.parent < span.id and span.parent in every:
        span = every[span.parent]
        yield span


def _request_of(span: Span, every: dict[int, Span]) -> int | None:
    return next((above.id for above in _above(span, every) if above.kind == "request"), None)


def _first_gap(group: list[Span], every: dict[int, Span]) -> tuple[Span, Span] | None:
    by_label: dict[str, list[Span]] = {}
    # Pairs grow with the square. Whoever looks for two that wait finds them among the first.
    for span in sorted(group, key=lambda span: (span.start, span.id))[:200]:
        by_label.setdefault(span.label, []).append(span)
    gaps: list[tuple[float, float, bool, Span, Span]] = []
    labels = list(by_label)
    for number, one in enumerate(labels):
        for other in labels[number + 1 :]:
            if any(_overlap(a, b, every) for a in by_label[one] for b in by_label[other]):
                continue
            second = by_label[other][0]
            before = [
                a for a in by_label[one] if a.end is not None and a.end <= second.start + SAME
            ]
            if before:
                first = max(before, key=lambda span: span.end or 0.0)
                gap = round(second.start - (first.end or 0.0), 3)
                gaps.append((second.start, gap, first.kind != second.kind, first, second))
    # The earliest that had to wait, and the one it most nearly waited for, best of its own kind.
    return min(gaps, key=lambda gap: gap[:3])[3:] if gaps else None


def _overlap(one: Span, other: Span, every: dict[int, Span]) -> bool:
    if any(above.id == other.id for above in _above(one, every)):
        return True
    if any(above.id == one.id for above in _above(other, every)):
        return True
    one_end = math.inf if one.end is None else one.end
    other_end = math.inf if other.end is None else other.end
    return one.start < other_end - SAME and other.start < one_end - SAME
