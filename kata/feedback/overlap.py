"""Two waits that should have overlapped and did not: which two, and what kept the second one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kata.feedback.timeline import SAME, Origin, Span


@dataclass(frozen=True)
class Late:
    """A sentence, and the answer's lines that it speaks of."""

    sentence: str
    lines: tuple[str, ...] = ()


def explain_overlap(spans: Iterable[Span]) -> Late | None:
    """Name two things of one request of which the second began only after the first had ended, and why.

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
                return _why(*pair)
    return None


def _why(first: Span, second: Span) -> Late:
    one, other = first.label, second.label
    known, before = second.origin, first.origin
    if known is None or before is None:
        return Late(
            f"{other} did not start until {one} had ended", _lines(second.where or first.where)
        )
    ended = first.end or math.inf
    if known.by == before.by:
        return _in_one_task(one, other, before, known)
    if known.begun is not None:
        return _in_a_thread(one, other, known, ended)
    if known.made is not None and known.made > ended - SAME:
        return Late(
            f"{other} was not made a task until {one} had ended: make both before you wait for either",
            _where_they_part(before, known)[1:],
        )
    return Late(_held(one, other), _lines(second.where))


def _in_one_task(one: str, other: str, before: Origin, known: Origin) -> Late:
    """The same task does both. It may do so in two lines or in one."""
    lines = _where_they_part(before, known)
    said = f"{other} did not start until {one} had ended"
    if len(lines) == 2:
        return Late(
            f"{said}: of two awaits, the second is not reached before the first is done", lines
        )
    return Late(f"{said}: this line awaits the one before it comes to the other", lines)


def _in_a_thread(one: str, other: str, known: Origin, ended: float) -> Late:
    lines = tuple(line for _, line in known.way[-1:])
    if known.made is not None and known.made > ended - SAME:
        return Late(
            f"{other} was not handed to a thread until {one} had ended: hand both over before you wait for "
            "either",
            lines,
        )
    if (known.begun or 0.0) > ended - SAME:
        return Late(
            f"{other} was handed over at once, and had no thread until {one} had ended: a pool needs a "
            "thread for each",
            lines,
        )
    return Late(_held(one, other), lines)


def _held(one: str, other: str) -> str:
    return (
        f"{other} was under way at once, and then was kept waiting until {one} had ended: they share "
        "something that only one can have, such as a lock"
    )


def _lines(where: str | None) -> tuple[str, ...]:
    return (where,) if where else ()


def _where_they_part(one: Origin, other: Origin) -> tuple[str, ...]:
    """The lines at which two ways part: two in one function, or the one that they have in common."""
    common = ""
    for (function, line), (other_function, other_line) in zip(one.way, other.way, strict=False):
        if line != other_line:
            return (line, other_line) if function == other_function else _lines(common)
        common = line
    return _lines(common)


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
