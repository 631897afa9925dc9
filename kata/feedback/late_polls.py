"""Who looks seldom whether something is done is late by a look: from the record of sleeps to that sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from kata.answer.probes import short_code_at
from kata.feedback.failure import Finding
from kata.feedback.timeline import Span

LOOKS = 3
"""So many sleeps of one length, one after the other at one line of one request, are polls."""

SAME = 1e-6


def late_by_a_look(finding: Finding, spans: Sequence[Span], late: float) -> Finding:
    """The finding with the line that polls, if what came so many seconds `late` was late by no more than one pause."""
    for last in (span for span in spans if span.kind == "sleep" and span.end is not None):
        pause = (last.end or 0.0) - last.start
        if late > pause + SAME:
            continue
        looks = [span for span in spans if _is_a_look_like(span, last, pause)]
        if len(looks) >= LOOKS and _follow_each_other(looks):
            return replace(
                finding,
                where=last.where,
                code=short_code_at(last.where),
                teaches=f"This line looks every {pause:g} s whether it may go on, and so it is late by up to "
                f"{pause:g} s: await what it waits for, or look more often.",
            )
    return finding


def _is_a_look_like(span: Span, other: Span, pause: float) -> bool:
    alike = (span.kind, span.where, span.parent) == (other.kind, other.where, other.parent)
    return alike and span.end is not None and abs(span.end - span.start - pause) < SAME


def _follow_each_other(looks: Sequence[Span]) -> bool:
    return all(abs((one.end or 0.0) - next_.start) < SAME for one, next_ in pairwise(looks))
