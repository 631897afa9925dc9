"""What an answer did in one spec, counted from the records that the spec's world has of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from kata.feedback.remarks import Facts
from kata.feedback.timeline import SAME, Span
from kata.spec.world import World


def facts_of(world: World) -> Facts:
    """The facts of a spec that has ended."""
    spans = world.timeline.spans
    requests = _requests(spans)
    calls = [span for span in spans if span.kind == "upstream"]
    callers = {requests[call.id] for call in calls} - {None}
    sleeps = Counter(requests[span.id] for span in spans if span.kind == "sleep")
    return Facts(
        requests=sum(span.kind == "request" for span in spans),
        callers=len(callers),
        calls=len(calls),
        connections=world.upstream.connections,
        endless_reads=world.upstream.traffic.endless_reads,
        databases=world.probes.sqlite_opened,
        lives=world.life.lives,
        most_sleeps=max(sleeps.values(), default=0),
        most_threads=_most_at_once(span for span in spans if span.kind == "thread"),
    )


def _requests(spans: Sequence[Span]) -> dict[int, int | None]:
    """For each span the id of the request that it belongs to. Those that began earlier come first."""
    found: dict[int, int | None] = {}
    for span in spans:
        inside = found.get(span.parent) if span.parent is not None else None
        found[span.id] = span.id if span.kind == "request" else inside
    return found


def _most_at_once(spans: Iterable[Span]) -> int:
    """The most spans that were under way at one moment."""
    edges: list[tuple[float, int]] = []
    for span in spans:
        if span.end is not None and span.end > span.start + SAME:
            edges += [(span.start, 1), (span.end - SAME, -1)]
    now = most = 0
    for _, step in sorted(edges):
        now += step
        most = max(most, now)
    return most
