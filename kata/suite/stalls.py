"""A deadlock in a learner's tests ends in the instant in which it is there."""

from __future__ import annotations

import asyncio
from typing import Any

from kata.clock.awaiting import awaiting_frames
from kata.clock.clock import Clock, NeverEnds
from kata.containment.watchdog import real_exit
from kata.suite.suite_clock import SuiteClock

MOST_STALLS = 30
"""After so many deadlocks, one after the other, the run is given up."""

STALLED = 71
"""The status of a process that was given up."""


class Stalled(Exception):
    """Everything waits for something that nothing will ever bring."""


class Stalls:
    """Ends a deadlock: the test that waits fails, in that instant."""

    def __init__(self, clock: SuiteClock, room: str) -> None:
        self.clock = clock
        self.room = room
        self.count = 0
        self.sentence = ""

    def on_stall(self, clock: Clock) -> None:
        """The clock has found that nothing will happen any more. Runs under its lock."""
        self.count += 1
        if self.count > MOST_STALLS:
            real_exit(STALLED)
        park = clock.parked.primary()
        if park is not None:
            clock.fail(park, self._error(never_ends=clock.nothing_but_time))

    def in_a_loop(self, loop: asyncio.AbstractEventLoop, error: BaseException) -> None:
        """Raise it in the coroutines that wait: there, the learner's own line is in the traceback."""
        if isinstance(error, NeverEnds):
            error = self._error(never_ends=True)
        waiting: list[tuple[bool, asyncio.Future[Any]]] = []
        for task in asyncio.all_tasks(loop):
            waits_for: asyncio.Future[Any] | None = getattr(task, "_fut_waiter", None)
            if waits_for is None or isinstance(waits_for, asyncio.Task) or waits_for.done():
                continue
            waiting.append((self._is_the_tests_own(task), waits_for))
        own = [future for is_own, future in waiting if is_own]
        for future in own or [future for _, future in waiting]:
            future.set_exception(Stalled(*error.args))
        if not waiting:
            raise error

    def _is_the_tests_own(self, task: asyncio.Task[Any]) -> bool:
        """True if a line of the tests, or of the app, is among those that wait in this task."""
        return any(
            frame.f_code.co_filename.startswith(self.room)
            for frame in awaiting_frames(task.get_coro())
        )

    def _error(self, *, never_ends: bool) -> Stalled:
        self.clock.grant_time_to_clean_up()
        sentence = (
            "it goes on for ever: time passes, but what it waits for never comes"
            if never_ends
            else "a deadlock: everything waits, no timer is set, nobody is at work"
        )
        # Whatever goes wrong afterwards, while the test is being cleared away, is a consequence.
        self.sentence = self.sentence or sentence
        return Stalled(self.sentence)
