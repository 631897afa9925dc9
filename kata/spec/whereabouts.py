"""Where an answer stands: the line that waits, the line that another thread is in, the line that raised."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Collection, Iterable, Iterator
from types import FrameType

from kata.answer.loading import own_line
from kata.answer.probes import Probes
from kata.clock.awaiting import awaiting_frames
from kata.clock.clock import Clock
from kata.clock.spec_loop import RealSpecLoop, VirtualSpecLoop

SpecLoop = VirtualSpecLoop | RealSpecLoop

_JOIN = asyncio.Queue[object].join.__code__


class Whereabouts:
    """Finds the answer's own line, as `file:line`, whoever has to be asked for it."""

    def __init__(self, clock: Clock, probes: Probes) -> None:
        self._clock = clock
        self._probes = probes

    def raised(self, error: BaseException) -> str | None:
        """The answer's innermost line in the traceback of an exception."""
        return own_line(error, self._probes.owns)

    def waiting(
        self, loop: SpecLoop | None, own_tasks: Collection[asyncio.Task[object]]
    ) -> tuple[str | None, str, bool]:
        """The line of the answer that waits for something, its code, and whether its task was cancelled before.

        `own_tasks` are the kata's.
        """
        found = next(self._waiting_frames(loop, own_tasks), None)
        if found is None:
            return None, "", False
        task, frame = found
        return (*self._probes.place(frame), task.cancelling() > 0)

    def died(self, loop: SpecLoop | None) -> tuple[BaseException, str] | None:
        """The exception of the newest task that has ended with one, for which nobody has asked, and its line."""
        ends = [] if loop is None else [(loop.number_of(each), each) for each in _unasked(loop)]
        for _, task in sorted(ends, key=lambda end: end[0], reverse=True):
            error = task.exception()
            if error is not None and (where := self.raised(error)) is not None:
                return error, where
        return None

    def _waiting_frames(
        self, loop: SpecLoop | None, own_tasks: Collection[asyncio.Task[object]]
    ) -> Iterator[tuple[asyncio.Task[object], FrameType]]:
        """The frames of the answer that wait for something, and their tasks, the most telling first."""
        if loop is None:
            return
        # The newest waits for something itself, and not for a task that it has made.
        tasks = sorted(
            asyncio.all_tasks(loop),
            key=lambda task: (task in own_tasks, _has_a_name(task), -loop.number_of(task)),
        )
        for task in tasks:
            for frame in reversed(list(awaiting_frames(task.get_coro()))):
                if self._probes.owns(frame.f_code.co_filename):
                    yield task, frame

    def joining(self, loop: SpecLoop | None) -> FrameType | None:
        """The answer's frame that waits in `Queue.join`, if one does. Whoever waits for more work is only at rest."""
        for task in asyncio.all_tasks(loop) if loop is not None else ():
            own = None
            for frame in awaiting_frames(task.get_coro()):
                if frame.f_code is _JOIN and own is not None:
                    return own
                own = frame if self._probes.owns(frame.f_code.co_filename) else own
        return None

    def outside(self) -> str | None:
        """The answer's line in a thread that is at work."""
        frames = sys._current_frames()  # pyright: ignore[reportPrivateUsage]
        for turn in self._clock.at_work.turns():
            if turn.thread is not None and turn.thread in frames:
                where = self._probes.place(frames[turn.thread])[0] or turn.where
                if where:
                    return where
        return None

    def of_threads(self, threads: Iterable[threading.Thread]) -> str | None:
        """The answer's line in the first of these threads that is in one."""
        frames = sys._current_frames()  # pyright: ignore[reportPrivateUsage]
        there = (frames.get(thread.ident or 0) for thread in threads)
        lines = (self._probes.place(frame)[0] for frame in there)
        return next(filter(None, lines), None)


def _unasked(loop: SpecLoop) -> list[asyncio.Task[object]]:
    """Tasks of this loop that have ended with an exception. No list of asyncio has those that are done."""
    tasks = (each for each in gc.get_objects() if issubclass(type(each), asyncio.Task))
    return [
        each
        for each in tasks
        # What asyncio itself asks before it says "exception was never retrieved".
        if each.get_loop() is loop and getattr(each, "_log_traceback", False)
    ]


def _has_a_name(task: asyncio.Task[object]) -> bool:
    """Whether somebody has named it: the kata does so with the tasks of requests."""
    return not task.get_name().removeprefix("Task-").isdecimal()
