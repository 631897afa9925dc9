"""The failure that names what an answer has left open."""

from __future__ import annotations

from collections.abc import Sequence

from kata.answer.leaks import Leak
from kata.answer.probes import Probes
from kata.feedback.diagnosis import explained
from kata.feedback.failure import Finding

_TEACHES = {
    "database": "Whoever opens a database connection must close it at shutdown, whatever happened before.",
    "pool": "An engine keeps connections open in its pool, although each session was closed: "
    "call `engine.dispose()` at shutdown.",
    "async pool": "An engine keeps connections open in its pool, although each session was closed: "
    "call `await engine.dispose()` at shutdown.",
    "upstream": "An HTTP client keeps its connections open until it is closed: close it, or use `async with`.",
    "task": "A task that nobody awaits or cancels runs on after its server has gone.",
    "thread": "A thread that nobody ends keeps the whole process alive.",
    "await": "You built a coroutine and dropped it: nothing in it ran. Put `await` before the call.",
}


def leak_finding(left: Sequence[Leak], probes: Probes) -> Finding:
    """The failure that names what is left."""
    first = left[0]
    counted: dict[str, int] = {}
    for leak in left:
        counted[leak.what] = counted.get(leak.what, 0) + 1
    came = ", ".join(what if n == 1 else f"{n} × {what}" for what, n in list(counted.items())[:4])
    found = Finding(
        expected="nothing is left open after shutdown",
        came=f"still open: {came}",
        where=first.where,
        code=first.code,
        teaches=_TEACHES[first.kind],
    )
    if probes.never_awaited:
        return explained(found, probes)
    return found
