"""What a spec can ask for. Each method either holds, or fails in words that teach."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json as jsonlib
import math
import re
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import replace
from typing import Any, Protocol, cast
from unicodedata import normalize

import httpx

from kata.answer.leaks import Leak, dropped
from kata.answer.probes import Probes, meant_to_fail
from kata.clock.clock import Clock
from kata.feedback.diagnosis import blocked_sentence, explained, in_requests, pictured
from kata.feedback.failure import Finding, SpecFailure, short
from kata.feedback.late_polls import late_by_a_look
from kata.feedback.leak_report import EVENTS, leak_finding
from kata.feedback.left_behind import left_behind
from kata.feedback.timeline import Timeline
from kata.network.upstream import Upstream
from kata.spec.supervision import Supervision

TOLERANCE = 0.1
"""Seconds. Who looks every few milliseconds whether something is done is late by a look; mistakes are far larger."""

REAL_TOLERANCE = 0.3
"""The same with `--real-time`."""

NO_ROUTE = "No route answers this path: compare the path in your decorator, letter by letter."
NOT_FOR_GET = "A route answers this path, but not for GET: compare the method in your decorator."
A_SLASH_MORE = "The path of your route differs by a slash: compare it, letter by letter."


class Response(Protocol):
    """What `client` and `asgi` answer with."""

    @property
    def status_code(self) -> int: ...
    @property
    def text(self) -> str: ...
    def json(self) -> Any: ...


class Expect:
    """The fixture `expect`. Every method takes `why`: the sentence that teaches, if no probe knows a better one."""

    def __init__(
        self,
        *,
        clock: Clock,
        probes: Probes,
        timeline: Timeline,
        upstream: Upstream,
        supervision: Supervision,
        leaks: Callable[[], list[Leak]],
    ) -> None:
        self._clock = clock
        self._probes = probes
        self._timeline = timeline
        self._upstream = upstream
        self._supervision = supervision
        self._leaks = leaks
        self._gave_up_at = -math.inf

    @property
    def tolerance(self) -> float:
        """Seconds within which two times count as the same: 0.1, or 0.3 with `--real-time`."""
        return REAL_TOLERANCE if self._supervision.real_time else TOLERANCE

    def status(self, response: Response, status: int, *, request: str = "", why: str = "") -> None:
        """The response has this status. If no route answers the request, that is said in place of `why`.

        `request` says which one of several it was: "the third of five that came at once".
        """
        if response.status_code != status:
            why = _about_the_path(response) or why
            self._fail(
                Finding(
                    expected=f"status {status}",
                    came=f"status {response.status_code}{_shown(response)}",
                    request=request,
                    teaches=why,
                ),
                about=_label(response),
            )
        elif status >= 500 and (label := _label(response)) is not None:
            # This request was meant to fail, so its exception explains nothing about others.
            self._probes.forgiven.add(label)

    def json(self, response: Response, value: Any, *, request: str = "", why: str = "") -> None:
        """The response is a success, or has been checked for its status, and its body is this JSON."""
        try:
            came = response.json()
        except (ValueError, RecursionError):
            self._fail(
                Finding(
                    expected=short(_as_json(value)),
                    came=f"a body that is not JSON{_shown(response)}, status {response.status_code}",
                    request=request,
                    teaches=why,
                ),
                about=_label(response),
            )
            return
        if came != value or _kinds(came) != _kinds(value):
            status = f", status {response.status_code}" if response.status_code >= 400 else ""
            shown, wanted = _told_apart(_as_json(came), _as_json(value))
            self._fail(
                Finding(expected=wanted, came=shown + status, request=request, teaches=why),
                about=_label(response),
            )

    @contextlib.contextmanager
    def may_fail(self) -> Generator[None]:
        """The requests of this block are meant to fail, and may be answered in any way.

        So what they raise explains nothing of what the spec finds afterwards.
        """
        token = meant_to_fail.set(True)
        try:
            yield
        finally:
            meant_to_fail.reset(token)

    def equal(self, came: object, expected: object, what: str, *, why: str = "") -> None:
        """Two values are equal; `what` says in words what they are."""
        if came != expected or _kinds(came) != _kinds(expected):
            shown, wanted = _told_apart(_as_text(came), _as_text(expected))
            if shown == wanted:
                shown, wanted = repr(came), repr(expected)
            self._fail(Finding(expected=f"{what}: {wanted}", came=f"{what}: {shown}", teaches=why))

    def that(self, condition: object, *, expected: str, came: str, why: str = "") -> None:
        """The condition is true; `expected` and `came` say in words what it is about."""
        if not condition:
            self._fail(Finding(expected=expected, came=came, teaches=why))

    @contextlib.contextmanager
    def seconds(
        self,
        exactly: float | None = None,
        what: str = "this",
        *,
        at_most: float | None = None,
        why: str = "",
        too_soon: str = "",
        if_stuck: str = "",
        expected: Sequence[tuple[str, float, float]] | None = None,
    ) -> Generator[None]:
        """The block takes exactly so many seconds of the clock, or at most so many.

        `too_soon` is the sentence in place of `why` for a block that takes less. `if_stuck` is said
        of one that never ends.

        `expected` draws what should happen: (name of the function that waits, start, end) in
        seconds from the start of the block.
        """
        clock = self._clock
        began = clock.now
        with self.an_end(if_stuck=if_stuck):
            yield
        took = clock.now - began
        limit = exactly if exactly is not None else at_most
        assert limit is not None, "say how many seconds"
        late = took > limit + self.tolerance
        early = exactly is not None and took < exactly - self.tolerance
        if not late and not early:
            return
        words = f"{_seconds(limit)}" if exactly is not None else f"at most {_seconds(limit)}"
        finding = Finding(
            expected=f"{_closed(what)} takes {words}",
            came=f"it {'was given up after' if self._gave_up_at > began else 'took'} {_seconds(took)}",
            teaches=too_soon if early and too_soon else why,
            too_soon=early,
        )
        since = [span for span in self._timeline.spans if span.start >= began]
        finding = (
            late_by_a_look(finding, since, took - limit)
            if late
            else left_behind(finding, since, clock.now)
        )
        self._fail(
            finding,
            began=began,
            drawn=expected,
            about_time=late,
        )

    async def given_up_after(
        self, seconds: float, request: Awaitable[httpx.Response]
    ) -> httpx.Response:
        """The response, or one with status 408 when the time is up: a caller does not wait for ever.

        Inside a block of `seconds` the failure says so.
        """
        try:
            async with asyncio.timeout(seconds):
                return await request
        except TimeoutError:
            self._gave_up_at = self._clock.now
            return httpx.Response(408, request=httpx.Request("GET", "http://kata/given-up"))

    @contextlib.contextmanager
    def an_end(self, *, if_stuck: str) -> Generator[None]:
        """The block ends, as everything must. `if_stuck` is said too when it never does."""
        self._supervision.if_stuck = if_stuck
        yield
        self._supervision.if_stuck = ""

    def not_blocked(self, *, why: str = "") -> None:
        """Until now, no request has held up the event loop's thread."""
        events = in_requests(self._probes)
        if not events:
            return
        event = events[0]
        how_long = f" for {_seconds(event.seconds)}" if event.seconds else ""
        finding = Finding(
            expected="the event loop is free while requests wait",
            came=f"{event.what} held it up{how_long} during {event.request}",
            where=event.where,
            code=event.code,
            teaches=blocked_sentence(event) + (f" {why}" if why else ""),
        )
        # In virtual time a query takes none, so a drawing would show a loop that is free.
        shows = any(span.kind == "blocked" for span in self._timeline.spans)
        raise SpecFailure(self._drawn(finding) if shows else finding)

    def nothing_left(self, *, why: str = "") -> None:
        """After shutdown: no connection, no task, no thread of the answer is left, no coroutine was dropped."""
        self._supervision.is_asked_for_leaks = True
        left = self._leaks()
        left += [dropped(fact) for fact in self._probes.never_awaited]
        if not left:
            return
        finding = leak_finding(left, self._probes)
        if any(fact.unfinished for fact in self._probes.raised):
            finding = explained(finding, self._probes)
        elif (
            why
            and not left[0].is_in_a_pool
            and not self._probes.never_awaited
            and finding.teaches not in EVENTS.values()
        ):
            finding = replace(finding, teaches=f"{finding.teaches} {why}")
        raise SpecFailure(finding)

    def _fail(
        self,
        finding: Finding,
        *,
        began: float = 0.0,
        drawn: Sequence[tuple[str, float, float]] | None = None,
        about_time: bool = False,
        about: str | None = None,
    ) -> None:
        # What an exception or a cycle still holds is dropped now, so that the probes see it.
        gc.collect()
        unexpected = self._upstream.unexpected
        if unexpected:
            called = f"{finding.came}; it called {unexpected[0]}, which nobody serves"
            finding = replace(finding, came=called)
        known = explained(finding, self._probes, about_time=about_time, about=about)
        if about_time or drawn:
            known = self._drawn(
                known, began=began, drawn=drawn, unexplained=known.teaches == finding.teaches
            )
        raise SpecFailure(known)

    def _drawn(
        self,
        finding: Finding,
        *,
        began: float = 0.0,
        drawn: Sequence[tuple[str, float, float]] | None = None,
        unexplained: bool = False,
    ) -> Finding:
        # Whether a thread has begun with what it was given at this very moment is up to the machine.
        spans = [
            span for span in self._timeline.spans if not span.begins_in_a_thread(self._clock.now)
        ]
        return pictured(
            finding,
            spans,
            since=began,
            expected=drawn,
            explain=unexplained and drawn is not None,
        )


def _label(response: Response) -> str | None:
    if isinstance(response, httpx.Response):
        return f"{response.request.method} {response.request.url.path}"
    return getattr(response, "label", None)


def _about_the_path(response: Response) -> str:
    if response.status_code == 404 and not _routed(response):
        return NO_ROUTE
    if response.status_code == 405 and (_label(response) or "").startswith("GET "):
        return NOT_FOR_GET
    return A_SLASH_MORE if response.status_code == 307 else ""


def _routed(response: Response) -> bool:
    """False if it is known that no route of the answer matched the path."""
    if isinstance(response, httpx.Response):
        return response.extensions.get("kata.routed", True)
    return getattr(response, "routed", True)


def _shown(response: Response) -> str:
    text = response.text.strip()
    return f" with the body {short(text, 120)}" if text else ""


def _as_json(value: Any) -> str:
    return jsonlib.dumps(value, ensure_ascii=False)


def _as_text(value: object) -> str:
    if isinstance(value, set) and value:
        # In one order, whatever the hashes of this process are.
        members = sorted(repr(each) for each in cast("set[object]", value))
        return f"{{{', '.join(members)}}}"
    if isinstance(value, str):
        return value
    return repr(cast("object", value))


def _told_apart(came: str, expected: str) -> tuple[str, str]:
    """Both texts, cut when they are long, but not so that what differs is lost."""
    if came != expected and normalize("NFC", came) == normalize("NFC", expected):
        # On a screen they are the same: a letter with its accent, in one sign or in two.
        came, expected = (
            text.encode("ascii", "backslashreplace").decode() for text in (came, expected)
        )
    shown, wanted = short(came), short(expected)
    if shown != wanted or came == expected:
        return shown, wanted
    pairs = enumerate(zip(came, expected, strict=False))
    begin = next((n for n, (one, other) in pairs if one != other), len(came)) - 60
    return _from(came, begin), _from(expected, begin)


def _from(text: str, begin: int) -> str:
    rest = text[begin:]
    return f"… {rest[:200]} …" if len(rest) > 200 else f"… {rest}"


def _kinds(value: Any) -> Any:
    """Tells `1` from `True`, which are equal in Python but not in JSON."""
    if isinstance(value, dict):
        return {key: _kinds(item) for key, item in value.items()}  # pyright: ignore
    if isinstance(value, list | tuple):
        return [_kinds(item) for item in value]  # pyright: ignore
    return bool if isinstance(value, bool) else None


def _seconds(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".") + " s"


def _closed(what: str) -> str:
    """A clause that a comma has opened is closed by one: "the call, if it fails, takes 1 s"."""
    opened = re.search(r", (if|when|while) ", what) and not what.endswith(",")
    return f"{what}," if opened else what
