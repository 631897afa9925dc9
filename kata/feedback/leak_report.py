"""The failure that names what an answer has left open."""

from __future__ import annotations

from collections.abc import Sequence

from kata.answer.leaks import Leak
from kata.answer.probes import Probes
from kata.feedback.diagnosis import explained
from kata.feedback.failure import Finding

_TEACHES = {
    "database": "Whoever opens a database connection closes it, whatever happens in between.",
    "pool": "An engine keeps connections open in its pool, although each session was closed: "
    "call `engine.dispose()` at shutdown.",
    "async pool": "An engine keeps connections open in its pool, although each session was closed: "
    "call `await engine.dispose()` at shutdown.",
    "upstream": "An HTTP client keeps its connections open until it is closed.",
    "task": "A task that nobody awaits or cancels runs on after its server has gone.",
    "cancelled task": "This task was cancelled, and goes on after its server has gone: await its end, and where that "
    "never comes, let `CancelledError` out.",
    "thread": "A thread that nobody ends keeps the whole process alive.",
    "await": "You built a coroutine and dropped it: nothing in it ran. Put `await` before the call.",
}

EVENTS = {
    "shutdown ignored": "Beside a `lifespan`, `on_event` is silently ignored: this shutdown never ran. Its lines "
    "belong below the `yield` of the lifespan.",
    "startup twice": "The `on_event` handlers of an included router run twice: what the second startup opened took "
    "the place of what the first had opened, and that is left. Use a `lifespan`.",
}
"""What is said of a connection that is left because FastAPI did not run `on_event` as one would guess."""


MOST_NAMED = 4
"""So many kinds of what is left are named; the others are counted."""


def leak_finding(left: Sequence[Leak], probes: Probes) -> Finding:
    """The failure that names what is left."""
    first = left[0]
    counted: dict[str, int] = {}
    for leak in left:
        counted[leak.what] = counted.get(leak.what, 0) + 1
    named = [what if n == 1 else f"{n} × {what}" for what, n in counted.items()]
    more = [f"{len(named) - MOST_NAMED} more"] if len(named) > MOST_NAMED else []
    came = ", ".join(named[:MOST_NAMED] + more)
    found = Finding(
        expected="nothing is left open after shutdown",
        came=f"still open: {came}",
        where=first.where,
        code=first.code,
        teaches=EVENTS.get(probes.events, _TEACHES[first.kind]),
    )
    if probes.never_awaited:
        return explained(found, probes)
    return found
