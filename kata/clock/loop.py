"""The event loop of the specs: an asyncio selector loop that takes its time from a `Clock`."""

from __future__ import annotations

import asyncio
import concurrent.futures
import selectors
from collections.abc import Callable
from contextvars import Context
from typing import Any

from kata.clock.clock import EPOCH, Clock, NeverEnds
from kata.clock.forks import leave_if_forked
from kata.clock.idleness import Idleness
from kata.clock.machine_time import real_monotonic
from kata.clock.mine import mine
from kata.clock.polling import Patience
from kata.clock.schedules import PATIENCE_SECONDS
from kata.clock.stuck import Stuck
from kata.clock.turns import SLICE, Park, Turn

DEFAULT_THREADS = 32
"""How many threads `asyncio.to_thread` has in a spec: what asyncio gives a machine with many processors."""


class VirtualSelector(selectors.DefaultSelector):
    """Where a loop rests. Instead of waiting for a timer, it asks the clock to move on."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        leave_if_forked()
        if timeout is not None and timeout <= 0:
            self.loop.count_turn()
            return super().select(0)
        return self.loop.rest(timeout, super().select)


class ManyThreads(asyncio.SelectorEventLoop):
    """A loop whose `asyncio.to_thread` has as many threads on every machine."""

    def run_in_executor(
        self,
        executor: concurrent.futures.Executor | None,
        func: Callable[..., Any],
        *args: Any,
    ) -> asyncio.Future[Any]:
        if executor is None and not getattr(self, "_default_executor", None):
            # Usually as large as the machine has processors, and then a verdict would depend on it.
            threads = concurrent.futures.ThreadPoolExecutor(DEFAULT_THREADS, "asyncio")
            self.set_default_executor(threads)
        return super().run_in_executor(executor, func, *args)


class VirtualLoop(ManyThreads):
    """An asyncio loop in virtual time: `sleep(2)` takes exactly 2 s of its clock, and no real time.

    While a thread or a socket still owes it a callback, its timers stand still. A loop that has
    nothing to do and nothing to wait for calls the clock's `on_stall`.
    """

    is_the_specs = False
    """The spec and the answer's requests live on this loop, and not on one that the answer has made."""

    work_may_be_unannounced = False
    """Work may leave unannounced, so that resting loops must follow real time: slow, but right."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._rest: Park | None = None
        self._still: asyncio.Future[None] | None = None
        self._patience = Patience(clock)
        self._looks: int = 0
        self._looks_before: int = 0
        self.turns = 0
        self.on_fault: Callable[[BaseException], None] | None = None
        selector = VirtualSelector()
        selector.loop = self
        super().__init__(selector)
        self._selector_of_specs = selector
        # With the usual 1e-9 a very long sleep spins for ever: the sum of the two is the sum of
        # one.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        self._looks += 1
        return EPOCH + self.clock.now

    def run_forever(self) -> None:
        if mine.turn is not None:
            super().run_forever()
            return
        mine.adopt(self._first_turn(), self.clock)
        try:
            super().run_forever()
        finally:
            if mine.turn is not None:
                self.clock.finish(mine.turn)
            mine.drop()

    def _first_turn(self) -> Turn:
        return self.clock.begin("event loop")

    @property
    def resting(self) -> Park | None:
        """Where the loop waits, if it has nothing to do."""
        return self._rest

    async def stand_still(self, *, at_most: float) -> None:
        """Until all that works at this moment has come to rest. No time passes by it.

        If the loop never rests, it takes `at_most` seconds.
        """
        self._still = self.create_future()
        try:
            await asyncio.wait([self._still], timeout=at_most)
        finally:
            self._still = None  # else no time would ever pass again

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        if self._is_held_back():
            # As `call_soon_threadsafe` does, but the loop's thread is not woken.
            handle = self.call_soon(callback, *args, context=context)
        else:
            handle = super().call_soon_threadsafe(callback, *args, context=context)
        # First the callback, then this look: so either it is seen here that the loop rests, or the
        # loop sees the callback before it does.
        rest = self._rest
        if rest is not None and self._is_held_back():
            self.clock.kept_waiting.hold_back(rest)
        elif rest is not None:
            # The loop has work from this instant, not only when its thread wakes up.
            self.clock.release(rest)
        return handle

    def _is_held_back(self) -> bool:
        """Whether the schedule keeps this loop waiting for the calling thread, which has a result for it."""
        turn, schedule = mine.turn, self.clock.schedule
        if not schedule.together or turn is None or turn.primary or turn.park is not None:
            return False
        return self.is_the_specs and not self.get_debug()

    def rest(
        self,
        timeout: float | None,
        select: Callable[[float | None], list[tuple[selectors.SelectorKey, int]]],
    ) -> list[tuple[selectors.SelectorKey, int]]:
        """Nothing is ready: let time move on, or wait for whoever still works outside."""
        self.turns += 1
        turn = mine.turn
        if turn is None:
            return select(timeout)
        park = Park(self.clock, turn, wake=getattr(self, "_write_to_self"))  # noqa: B009
        park.hears_signals = bool(getattr(self, "_signal_handlers", None))
        self._rest = park
        if getattr(self, "_ready", None):
            self._rest = None
            return select(0)
        looked = self._has_looked(asyncios_own=1 if timeout is None else 2)
        real = self.work_may_be_unannounced or len(self._selector_of_specs.get_map()) > 1
        still = self._still
        now = self.clock.now
        deadline = None if timeout is None else now + timeout
        self.clock.park(park, now if still else deadline, real=real)
        events: list[tuple[selectors.SelectorKey, int]] = []
        if not park.released:
            events = self._wait_outside(park, select, real)
        # First back to work, then this note: who finds no note may then trust that the loop is at work. The other
        # way round, a thread that has just handed its result over would end its turn, and find nobody at work.
        self.clock.resume(park)
        self._rest = None
        if still is not None and park.due and not still.done():
            still.set_result(None)
        if park.error is not None:
            if self.on_fault is None:
                raise park.error
            self.on_fault(park.error)
        self._patience.rested(since=now, looked=looked)
        return events

    def _wait_outside(
        self,
        park: Park,
        select: Callable[[float | None], list[tuple[selectors.SelectorKey, int]]],
        real: bool,
    ) -> list[tuple[selectors.SelectorKey, int]]:
        stuck, idle, schedule = Stuck(self.clock), Idleness(), self.clock.schedule
        while True:
            before = real_monotonic()
            following = real or self.clock.parked.real > 0
            events = select(0.01 if following or schedule.is_another else SLICE)
            if events or park.released:
                return events
            if not self.clock.kept_waiting:
                idle.reset()
            elif idle.look() > PATIENCE_SECONDS:
                self.clock.kept_waiting.hurry()
                idle.reset()
            if following:
                self.clock.elapse(real_monotonic() - before)
            else:
                stuck.look()

    def count_turn(self) -> None:
        """A turn with work to do: most are honest, but a loop of `sleep(0)` waits for time to pass."""
        self.turns += 1
        if self.clock.kept_waiting.long_enough():
            self.clock.kept_waiting.hurry()
        self.clock.strangers.wait_anew()
        looked = self._has_looked(asyncios_own=1)
        try:
            self._patience.turned(looked=looked, next_timer=self._next_timer)
        except NeverEnds as error:
            if self.on_fault is not None:
                self.on_fault(error)

    def _has_looked(self, *, asyncios_own: int) -> bool:
        """Whether somebody has read the clock since the last turn, beside asyncio, which does so in each."""
        looked = self._looks > asyncios_own or self.clock.effort.looks != self._looks_before
        self._looks, self._looks_before = 0, self.clock.effort.looks
        if mine.turn is not None:
            mine.turn.reads = 0  # this loop turns, so it is none that blocks its thread
        return looked

    def _next_timer(self) -> float | None:
        scheduled: list[asyncio.TimerHandle] = getattr(self, "_scheduled", [])
        whens = [handle.when() for handle in scheduled[:1] if not handle.cancelled()]
        return whens[0] - EPOCH if whens else None
