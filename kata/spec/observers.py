"""The observers that write the timeline of a spec: what blocked, slept, was called, and ran in threads."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
from collections.abc import Callable, Generator
from contextvars import Context
from dataclasses import replace
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

from kata.answer.probes import Blocked, Probes, current_request
from kata.clock import spec_loop
from kata.clock.clock import Clock
from kata.clock.libraries import is_of_a_library
from kata.clock.mine import mine
from kata.clock.watch import watch
from kata.feedback.timeline import CUT_SHORT, Kind, Origin, Span, Timeline
from kata.network.upstream import Upstream
from kata.spec.served import current_span

AT_ONCE = 0.01
"""Seconds before its time at which a wait has not been cut short, but ended as it should."""

_OF_A_CALLBACK = asyncio.Handle._run.__code__  # pyright: ignore[reportPrivateUsage]
"""Runs a callback of the loop. Below its frame on the stack there is no answer."""

Way = list[tuple[str, str]]
"""(function, `file:line`) of the answer's calls, the outermost first, as in `Origin`."""

_OF_THE_REQUEST = Origin(0, None, None, ())


class Observers:
    """Writes into the timeline and the probes what the loop, the threads and the upstream tell."""

    def __init__(
        self,
        *,
        clock: Clock,
        timeline: Timeline,
        probes: Probes,
        upstream: Upstream,
        real_time: bool,
    ) -> None:
        self._clock = clock
        self._timeline = timeline
        self._probes = probes
        self._upstream = upstream
        self._real_time = real_time
        self._calls: dict[int, Span] = {}
        self._tasks: WeakKeyDictionary[asyncio.Task[Any], Origin] = WeakKeyDictionary()
        self._numbers = itertools.count(1)

    @contextlib.contextmanager
    def looking(self, *, ending: Callable[[BaseException], bool]) -> Generator[None]:
        """Observe until the block ends. `ending` is told of what would end the program (see `spec_loop.watch`)."""
        self._probes.on_blocked = self.saw_blocked
        watch.blocked = self._probes.saw_blocking
        watch.thread = self._probes.threads.append
        watch.place = lambda frame: self._probes.place(frame)[0]
        watch.slept = self.saw_thread_sleep
        spec_loop.watch.sleeping = self.saw_sleep
        spec_loop.watch.made_task = self.saw_task
        spec_loop.watch.hog = self.saw_hog
        spec_loop.watch.ending = ending
        try:
            yield
        finally:
            watch.blocked = watch.thread = None
            watch.place = watch.slept = None
            spec_loop.watch.sleeping = spec_loop.watch.hog = spec_loop.watch.ending = None
            spec_loop.watch.made_task = None

    def _begin(self, kind: Kind, label: str, where: str | None = None) -> Span:
        return self._timeline.start(kind, label, self._clock.now, where, parent=current_span.get())

    def saw_blocked(self, event: Blocked) -> None:
        """Something held up the loop's thread."""
        if not event.seconds or event.what == "a loop that watches the clock":
            return
        span = self._begin("blocked", event.what, event.where)
        self._timeline.end(span, self._clock.now + (0.0 if self._real_time else event.seconds))

    def saw_hog(self, seconds: float, context: Context) -> None:
        """One callback burnt so many CPU seconds."""
        self._probes.saw_hog(seconds, context.get(current_request))

    def saw_task(self, task: asyncio.Task[Any], frame: FrameType) -> None:
        """A task was made. It counts as one of the answer's if a line of the answer made it, in a request."""
        if current_span.get() is None:
            return
        origin = self._origin(self._way(frame))
        if origin.way:
            self._tasks[task] = replace(origin, by=next(self._numbers), made=self._clock.now)

    def _origin(self, way: Way) -> Origin:
        """Of what the running task does now."""
        task = asyncio.current_task()
        made = self._tasks.get(task, _OF_THE_REQUEST) if task else _OF_THE_REQUEST
        return replace(made, way=(*made.way, *way))

    def _way(self, frame: FrameType | None) -> Way:
        """The answer's own calls on the stack, the outermost first, as far as the loop."""
        way: Way = []
        while frame is not None and frame.f_code is not _OF_A_CALLBACK:
            if self._probes.owns(frame.f_code.co_filename):
                way.append((frame.f_code.co_qualname, self._probes.place(frame)[0] or ""))
            frame = frame.f_back
        return way[::-1]

    def saw_sleep(self, when: float, frame: FrameType) -> Callable[[], None] | None:
        """A coroutine sleeps. Returns what to call at its end, if it is the answer's."""
        if way := self._way(frame):
            label, where = way[-1]
        elif (task := asyncio.current_task()) is not None and task in self._tasks:
            # A library's coroutine, such as `asyncio.sleep` itself, in a task that the answer has made.
            label, where = frame.f_code.co_name, self._tasks[task].way[-1][1]
        else:
            return None
        span = self._begin("sleep", label.rpartition(".")[2], where)
        span.origin = self._origin(way)
        ends = self._clock.now + max(0.0, when - asyncio.get_running_loop().time())

        def ended() -> None:
            now = self._clock.now
            if now < ends - AT_ONCE:
                span.note = CUT_SHORT
            self._timeline.end(span, now)

        return ended

    def saw_thread_sleep(self, seconds: float, frame: FrameType) -> None:
        """A worker thread sleeps for so long."""
        found = self._probes.own_frame(frame)
        if found is not None:
            label, where = found[0].f_code.co_name, self._probes.place(found[0])[0]
        else:
            # Handed to the thread as it is: a given function, or `time.sleep` itself.
            label = "time.sleep" if is_of_a_library(frame) else frame.f_code.co_name
            where = mine.turn.where if mine.turn is not None else None
        span = self._begin("thread", label, where)
        if (turn := mine.turn) is not None and turn.begun is not None:
            way = (("", turn.where),) if turn.where else ()
            span.origin = Origin(id(turn), turn.made, turn.begun, way)
        self._timeline.end(span, self._clock.now + seconds)

    def saw_upstream(self, event: dict[str, Any]) -> None:
        """A call to the upstream begins or ends."""
        if event["phase"] == "start":
            self._calls[event["id"]] = self._begin("upstream", event["label"])
            if self._upstream.connection_log[-1]["blocking"]:
                # However quick the upstream is, a sync client on the loop's thread holds it up.
                self._probes.saw_blocking("a sync client", None, sys._getframe(1))  # pyright: ignore[reportPrivateUsage]
        elif (span := self._calls.pop(event["id"], None)) is not None:
            self._timeline.end(span, self._clock.now)
