"""From facts to the one sentence: which known mistake explains what a spec saw."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kata.answer.probes import (
    Blocked,
    NeverAwaited,
    Probes,
    Raised,
    Strayed,
    short_code_at,
)
from kata.feedback.advice import OUT_OF_TIME, advice_for, advice_for_message
from kata.feedback.failure import CODE_INDENT, Finding
from kata.feedback.overlap import explain_overlap
from kata.feedback.timeline import Span


def explained(
    finding: Finding, probes: Probes, *, about_time: bool = False, about: str | None = None
) -> Finding:
    """The finding with the sentence and the line of the mistake that caused it, if a probe saw one.

    `about` is the request that the finding is about, such as `GET /users`, if it is about one.
    Exceptions of a request that was meant to fail explain nothing about others.
    """
    unfinished = [fact for fact in probes.raised if fact.unfinished]
    if unfinished:
        return replace(
            finding,
            not_started=True,
            came=f"NotImplementedError: {unfinished[0].message}".rstrip(": "),
            where=unfinished[0].where,
            code=unfinished[0].code,
            teaches="This part is not written yet. The lesson says what it should do.",
        )
    if probes.strayed:
        return _strayed(finding, probes.strayed[0])
    raised = [f for f in probes.raised if f.during == about or f.during not in probes.forgiven]
    if about is not None and any(fact.during == about for fact in raised):
        raised = [fact for fact in raised if fact.during == about]
    if probes.never_awaited and not (raised and not _may_come_of_a_dropped_one(raised[-1])):
        return _dropped(finding, probes.never_awaited[0])
    if raised:
        return _raised(finding, raised[-1], awaited_in_vain(raised[-1], probes))
    if about_time and (blocked := in_requests(probes)):
        return _blocked(finding, blocked[0])
    return finding


def _may_come_of_a_dropped_one(fact: Raised) -> bool:
    """Whether such an exception comes of a coroutine that was built and dropped: used, or sorely missed."""
    signs = ("coroutine", "'Result' object", "no such table")
    return any(sign in fact.message for sign in signs)


def in_requests(probes: Probes) -> list[Blocked]:
    """Blocking calls while requests were served. At startup nobody waits, so there they do no harm."""
    return [event for event in probes.blocked if event.request is not None]


def _strayed(finding: Finding, fact: Strayed) -> Finding:
    """Whether an exception of that library's own came out, or somebody caught it, this is the cause."""
    return replace(
        finding,
        came=f"{finding.came}; a call to {fact.host} that the specs cannot see",
        where=fact.where or finding.where,
        code=fact.code if fact.where else finding.code,
        teaches="It was another library than `httpx` that made this call. In the specs there is no network: "
        "the kata plays the internet for `httpx` alone.",
    )


def _dropped(finding: Finding, fact: NeverAwaited) -> Finding:
    return replace(
        finding,
        where=fact.where,
        code=fact.code,
        teaches="You built a coroutine and dropped it: nothing in it ran. "
        f"Put `await` before the call of {fact.name}.",
    )


def awaited_in_vain(fact: Raised, probes: Probes) -> str:
    """The sentence about an `await` before a call that blocks: without the `await` it would block as before. Or "" """
    if not re.search(r"'await' expression|can't be awaited", fact.message):
        return ""
    event = next((each for each in in_requests(probes) if each.where == fact.where), None)
    if event is None:
        return ""
    said = f"{event.what} is no coroutine: it blocks the event loop, with `await` before it or without."
    if event.what == "time.sleep":
        return f"{said} The sleep that can be awaited is that of asyncio."
    return f"{said} Hand it to a worker thread, and await that."


def _raised(finding: Finding, fact: Raised, in_vain: str = "") -> Finding:
    if fact.type.startswith("CutOff"):
        return replace(
            finding,
            came="nothing moved on for a long time, so the spec was cut off",
            where=fact.where,
            code=fact.code,
            teaches=advice_for(fact.type, fact.message, fact.code),
            cut_off=True,
        )
    if fact.type in ("Deadlock", "NeverEnds"):
        # It was raised in the handler itself, which waits without `await`.
        sentence = deadlock if fact.type == "Deadlock" else never_ends
        said = sentence(fact.during)
        return replace(said, where=fact.where, code=fact.code, picture=finding.picture)
    said = f"{fact.type}: {fact.message}" if fact.message else fact.type
    teaches = f"{fact.part} raised {said.rstrip('.')}."
    if fact.type == "HandlerEnded":
        teaches = f"{fact.part} did what none may do: {fact.message}."
    elif fault := _ON_THE_WIRE.get(fact.type):
        advice = advice_for(fact.type, fact.message, fact.code)
        teaches = f"The response {fault}: {fact.message.rstrip('.')}. {advice}".strip()
    elif fact.type == "CancelledError" and fact.message:
        teaches = f"{fact.part} gave no answer, since `CancelledError` left it: {fact.message}."
    elif fact.group:
        teaches += f" {advice_for_message(fact.message) or _in_a_group(fact)}"
    elif fact.never_opened:
        teaches += f" {NEVER_OPENED}"
    elif fact.type == "ResponseNotRead" and fact.beside:
        teaches += " Another request, under way beside it, put its response in this place: each needs its own variable."
    elif fact.type == "PoolTimeout" and finding.expected == "status 200":
        teaches += f" {WAITED_FOR_THE_POOL}"
    elif fact.type.endswith("Timeout") and (finding.expected == "status 200" or finding.too_soon):
        teaches += f" {OUT_OF_TIME}"
    elif aid := in_vain or advice_for(fact.type, fact.message, fact.code):
        teaches += f" {aid}"
    came = finding.came
    if "500" in came and fact.type not in came and fact.type not in _OWN:
        came += f" ({fact.type})"
    return replace(
        finding,
        came=came,
        where=fact.where or finding.where,
        code=fact.code if fact.where else finding.code,
        teaches=teaches,
    )


_ON_THE_WIRE = {"NotHttp": "cannot be sent", "Undecodable": "cannot be read"}

_OWN = ("HandlerEnded", *_ON_THE_WIRE)
"""Exceptions of the kata's own, whose names say nothing to a learner."""


def _in_a_group(fact: Raised) -> str:
    wrapped = "It left wrapped in an ExceptionGroup, which no handler of FastAPI matches."
    if fact.during in ("startup", "shutdown"):
        wrapped = "It came in an ExceptionGroup, as from a TaskGroup, in which one task that fails ends all the others."
    if fact.type == "HTTPStatusError":
        return wrapped
    # Taken out of its group, it might be caught by nobody all the same.
    return f"{advice_for(fact.type, fact.message, fact.code)} {wrapped}".strip()


NEVER_OPENED = (
    "This connection was never opened: put `await` before the call of `connect`, or `async with`."
)


WAITED_FOR_THE_POOL = (
    "No connection of the pool came free in time: let whoever waits for one wait without a time-out, and close "
    "each response."
)


STANDSTILL = Finding(
    expected="an end",
    came="nothing can ever happen again: everything waits, no timer is set, nobody is at work",
)


def deadlock(during: str, *, was_cancelled: bool = False) -> Finding:
    """Nothing can happen any more. `during` is a request, "startup" or "shutdown".

    `was_cancelled` tells of the task that waits.
    """
    part = f" in the {during}" if during in ("startup", "shutdown") else ""
    waits = "this line waits for something that nothing will ever bring."
    if was_cancelled:
        waits = (
            "this task was cancelled, and instead of ending it waits here for something that nothing will ever bring. "
            "Who catches `CancelledError` lets it out again."
        )
    return replace(STANDSTILL, teaches=f"A deadlock{part}: {waits}")


def died_unasked(error: BaseException) -> Finding:
    """Nothing can happen any more, and a task has ended with this exception, for which nobody has asked."""
    return replace(
        STANDSTILL,
        teaches=f"A task ended at this line with {type(error).__name__}, and nobody has asked for its result: whoever "
        "waits for what it was to do waits for ever.",
    )


NOT_DONE = "`join` waits until `task_done` has been called once for each thing that was put into the queue."
"""For a deadlock in which somebody waits in `Queue.join`."""


def waits_for_a_query(*, at_a_line: bool) -> Finding:
    """Nothing can happen until a query ends, and the spec lets it end only when others were answered.

    `at_a_line` says whether a line of the answer is known that waits.
    """
    waits = (
        "This line waits for the slow query. Nobody else may wait for it: "
        "hold nothing meanwhile that others need."
    )
    in_line = (
        "They stand in line behind the slow queries: what serves them, such as the threads of plain `def` routes, is "
        "all in use."
    )
    return Finding(
        expected="other requests go on during a slow query",
        came="all of them wait until the query is done",
        teaches=waits if at_a_line else in_line,
    )


def locked(*, writes: bool) -> str:
    """The sentence for an answer that keeps others out of the database."""
    if writes:
        return "Closing does not commit: commit each write."
    return (
        "A transaction that only reads keeps writers out too, and so does a statement such as PRAGMA "
        "journal_mode whose answer was never fetched: read to the end, then end the transaction. "
        "`locking_mode=EXCLUSIVE` never lets go."
    )


def never_ends(during: str) -> Finding:
    """Time ran on for ever. `during` is a request, "startup", "shutdown", or "done" after that."""
    return Finding(
        expected="an end",
        came="timers go off again and again, but what the spec waits for never comes",
        teaches=_NEVER_ENDS.get(
            during, "This line waits again and again for something that never comes."
        ),
    )


_NEVER_ENDS = {
    "startup": "The startup never ends. Put work that goes on into a task, then `yield`.",
    "shutdown": "The shutdown never ends: tell what goes on to stop, then wait for it.",
    "done": "The server has stopped, and this goes on although it was cancelled: let `CancelledError` out.",
}


THREAD_NEVER_ENDS = Finding(
    expected="an end",
    came="the server has stopped, and waits at its end for work in a thread that goes on",
    teaches="Nobody can cancel work in a thread: tell it to end in the shutdown, or let none wait for ever.",
)


def blocked_sentence(event: Blocked) -> str:
    """The sentence about one blocking call."""
    if event.what == "a computation":
        return f"A computation of {event.seconds or 0:.1f} s ran on the event loop: `await` does not make it yield."
    if event.what == "a loop that watches the clock":
        return (
            "A loop that watches the clock blocks the event loop: nothing else moves until it ends."
        )
    what = event.what.capitalize() if event.what.startswith("a ") else event.what
    return f"{what} blocks the event loop: nothing else moves until this line returns."


def _blocked(finding: Finding, event: Blocked) -> Finding:
    return replace(finding, where=event.where, code=event.code, teaches=blocked_sentence(event))


def pictured(
    finding: Finding,
    spans: Sequence[Span],
    *,
    since: float = 0.0,
    expected: Sequence[tuple[str, float, float]] | None = None,
    explain: bool = False,
) -> Finding:
    """The finding with a drawing of what happened from `since` on.

    With `explain`, two waits that should have overlapped and did not give the sentence.
    """
    from kata.feedback.text_chart import draw  # nobody looks at a chart of what passes

    recent = [span for span in spans if span.end is None or span.end > since or span.start >= since]
    picture = draw(recent, expected=expected, since=since) if recent or expected else ""
    finding = replace(finding, picture="\n".join("  " + line for line in picture.splitlines()))
    if not explain or (late := explain_overlap(recent)) is None:
        return finding
    code = f"\n{CODE_INDENT}".join(short_code_at(line) for line in late.lines)
    where = late.lines[0] if late.lines else finding.where
    return replace(finding, teaches=f"{late.sentence}.", where=where, code=code or finding.code)
