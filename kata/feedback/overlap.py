"""The sentence about two things that should have overlapped in time, and did not."""

import math
from collections.abc import Iterable, Iterator

from kata.feedback.timeline import SAME, Span


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
