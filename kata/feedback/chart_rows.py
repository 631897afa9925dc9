"""The rows of a chart: which spans are drawn, in what order, and which of them share a row."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from kata.feedback.timeline import SAME, Kind, Span

MOST_ROWS = 14


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
    the one around it, by name and by time, gets no row of its own. What waits again and again beside the
    requests, a heartbeat, is one row.
    """
    rows = _merge_beats(_rows(spans))
    if len(rows) > most:
        rows = _merge_equal(rows)
    if len(rows) > most:
        rows = _merge_alike(rows, most)
    if len(rows) > most:
        rows = [*rows[: most - 1], _the_rest(rows[most - 1 :])]
    return rows


def _rows(spans: Iterable[Span]) -> list[Row]:
    shown = _shown(spans)
    rows: list[Row] = []
    todo: list[tuple[Span, tuple[tuple[str, str], ...]]] = []

    def put_off(parent: int | None, path: tuple[tuple[str, str], ...]) -> None:
        children = sorted(shown.inside(parent), key=_turn)
        todo.extend((child, path) for child in reversed(children))

    # A list instead of recursion: nothing limits how deep a record goes.
    put_off(None, ())
    while todo:
        span, around = todo.pop()
        path = (*around, (span.kind, span.label))[-4:]
        rows.append(_row(span, shown.blocked.get(span.id, []), path))
        put_off(span.id, path)
    return rows


@dataclass
class _Shown:
    """The spans that get a row, and the blocked stretches that are painted on one of them."""

    spans: dict[int, Span]
    blocked: dict[int, list[Span]]

    def inside(self, parent: int | None) -> list[Span]:
        """The spans that stand right under this one; with None, those under no other."""
        return self._by_parent.get(parent, [])

    @cached_property
    def _by_parent(self) -> dict[int | None, list[Span]]:
        found: dict[int | None, list[Span]] = {}
        for span in self.spans.values():
            found.setdefault(span.parent, []).append(span)
        return found


def _shown(spans: Iterable[Span]) -> _Shown:
    """Decide which spans get a row. The parent of each is the nearest one around it that has one."""
    shown = _Shown({}, {})
    stands_for: dict[int, int | None] = {}
    """For each span, the id of the row that shows it, or shows what is around it."""
    alone: dict[str, int] = {}
    """Blocked stretches of nothing that is shown: one row for each name."""
    # In order of their ids, a span comes after the one it ran inside.
    for span in sorted(spans, key=lambda span: span.id):
        host_id = stands_for.get(span.parent) if span.parent is not None else None
        host = shown.spans.get(host_id) if host_id is not None else None
        if host is not None and span.kind == "blocked":
            shown.blocked.setdefault(host.id, []).append(span)
            stands_for[span.id] = host.id
        elif host is not None and _repeats(span, host):
            stands_for[span.id] = host.id
        elif span.kind == "blocked" and span.label in alone:
            shown.blocked.setdefault(alone[span.label], []).append(span)
            stands_for[span.id] = alone[span.label]
        else:
            shown.spans[span.id] = replace(span, parent=host.id if host else None)
            stands_for[span.id] = span.id
            if span.kind == "blocked":
                alone[span.label] = span.id
    return shown


def _row(span: Span, stretches: list[Span], path: tuple[tuple[str, str], ...]) -> Row:
    """The row of one span, with the stretches of it that blocked the loop."""
    pieces = (
        Piece(span.start, span.end, span.kind == "blocked"),
        *(Piece(stretch.start, stretch.end, True) for stretch in stretches),
    )
    blocking = [each.label for each in (span, *stretches) if each.kind == "blocked"]
    return Row(
        span.label,
        span.kind,
        min(len(path) - 1, 3),
        pieces,
        path,
        blocked_by=unique(blocking),
        where=next((stretch.where for stretch in stretches if stretch.where), span.where),
    )


def _turn(span: Span) -> tuple[float, bool, str, float, int]:
    """Where a span stands among others. Threads that begin at one moment race for their ids.

    A call to an upstream that stands in no request was made in a thread, or might have been.
    """
    if span.kind != "thread" and (span.kind != "upstream" or span.parent is not None):
        return (span.start, False, "", 0.0, span.id)
    return (span.start, True, span.label, math.inf if span.end is None else span.end, span.id)


def _repeats(span: Span, host: Span) -> bool:
    if span.label != host.label or abs(span.start - host.start) > SAME:
        return False
    if span.end is None or host.end is None:
        return span.end is host.end
    return abs(span.end - host.end) <= SAME


BEATS = 4
"""So many waits of one name, one after the other and inside no request, are a heartbeat."""


def _merge_beats(rows: list[Row]) -> list[Row]:
    """One row for each heartbeat, at the place of its first beat."""
    waits: dict[str, list[Row]] = {}
    for row in rows:
        if row.kind == "sleep" and len(row.path) == 1:
            waits.setdefault(row.label, []).append(row)
    beats = {label: each for label, each in waits.items() if len(each) >= BEATS and _in_turn(each)}
    merged: list[Row] = []
    for row in rows:
        beat = beats.get(row.label) if len(row.path) == 1 and row.kind == "sleep" else None
        if beat is None:
            merged.append(row)
        elif row is beat[0]:
            merged.append(_merged(beat, row.label))
    return merged


def _in_turn(rows: list[Row]) -> bool:
    """Whether each of these began when the one before had ended."""
    ends = [row.last for row in rows]
    following = zip(ends, rows[1:], strict=False)
    return all(end is not None and end <= row.first + SAME for end, row in following)


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
        blocked_by=unique(name for row in rows for name in row.blocked_by),
    )


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, in the order in which they came."""
    return tuple(dict.fromkeys(names))
