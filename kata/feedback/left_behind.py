"""What came too soon while something goes on that it should have waited for: from the waits to that sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kata.answer.probes import short_code_at
from kata.feedback.failure import Finding
from kata.feedback.timeline import SAME, Span

GOES_ON = "When the answer left, this was still waiting."


def left_behind(finding: Finding, spans: Sequence[Span], now: float) -> Finding:
    """The finding with the line of a request's own that goes on waiting, if there is one."""
    for span in spans:
        waits = span.kind in ("sleep", "thread") and span.parent is not None
        if waits and span.where and (span.end is None or span.end > now + SAME):
            return replace(
                finding,
                where=span.where,
                code=short_code_at(span.where),
                teaches=f"{GOES_ON} {finding.teaches}",
            )
    return finding
