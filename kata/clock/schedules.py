"""Legal orders of threads, for a spec to ask for.

Under the virtual clock a worker thread begins as soon as it is handed its work, threads that are due at one moment go
on in the order in which they fell asleep, before the timers of the loop, and the loop goes on as soon as one of them
has a result for it. A real machine promises none of this. A race between requests that one order hides shows every
time in another:

    async with schedule.threads_begin_late():
        replies = await asyncio.gather(*(client.get(f"/report?name={name}") for name in names))

A right answer is right in every order. asyncio's own order (callbacks run in the order in which they became ready) is
documented and stays. So does the machine's order, with `--real-time` and for threads that nothing announces.

The idea is that of systematic concurrency testing, as in CHESS and Fray: choose the schedule, do not wait for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager
from typing import Generic, Protocol, TypeAlias, TypeVar

REST_TURNS = 1_000
"""Turns of a loop that never rests, after which threads that wait for its rest begin all the same."""

PATIENCE_SECONDS = 0.02
"""Idle real seconds that others are kept waiting for threads which stand still where no clock sees it, as in SQLite."""

Place: TypeAlias = tuple[bool, float, int, int]
"""Waits that end at the same moment are ordered by it."""


class Worker(Protocol):
    """Who waits: the loop that the spec lives on, which is the primary one, or the `number`th piece of work."""

    @property
    def primary(self) -> bool: ...
    @property
    def number(self) -> int: ...


class Wait(Protocol):
    """A wait, which may have ended already."""

    @property
    def turn(self) -> Worker: ...
    @property
    def released(self) -> bool: ...


W = TypeVar("W", bound=Wait)


class Schedule:
    """The fixture `schedule`: which of the legal orders the clock takes. Each clock has one."""

    def __init__(self) -> None:
        self.late = False
        self.together = False
        self._backwards = False
        self._meeting = False
        self._awake_at = 0.0

    # For specs

    @contextlib.asynccontextmanager
    async def threads_begin_late(self) -> AsyncGenerator[None]:
        """Until the block ends, work in a thread begins only when the loop has nothing left to do at this moment.

        What a thread reads that belongs to no request alone, others have written by then.
        """
        self.late, before = True, self.late
        try:
            yield
        finally:
            self.late = before

    @contextlib.asynccontextmanager
    async def threads_end_together(self) -> AsyncGenerator[None]:
        """Until the block ends, the loop goes on only when every thread that is at work or due now is done or waits.

        What a thread leaves where it belongs to no request alone, others have overwritten by then.
        """
        self.together, before = True, self.together
        try:
            yield
        finally:
            self.together = before

    @contextlib.asynccontextmanager
    async def threads_end_backwards(self) -> AsyncGenerator[None]:
        """Until the block ends, of threads that are due at one moment the one goes on first that fell asleep last."""
        self._backwards, before = True, self._backwards
        try:
            yield
        finally:
            self._backwards = before

    @contextlib.asynccontextmanager
    async def threads_meet(self) -> AsyncGenerator[None]:
        """Until the block ends, a thread that sleeps wakes only when all do that sleep by then, and they end together.

        So threads that began at different moments meet inside the given function. Such a sleep takes longer than was
        asked for, as on a busy machine: measure no seconds in the block.
        """
        self._meeting, before = True, self._meeting
        try:
            async with self.threads_end_together():
                yield
        finally:
            self._meeting = before

    # For the clock

    @property
    def is_another(self) -> bool:
        """True where it may keep somebody waiting."""
        return self.late or self.together

    def place(self, worker: Worker, now: float, number: int) -> Place:
        """Where a wait that begins `now` stands among those that end at the same moment; `number` counts the waits.

        Threads come before the loop, in the order in which they fell asleep; of those that did so at one moment, who
        was handed its work first. So nothing depends on which of them the machine let run first.
        """
        if self._backwards and not worker.primary:
            return False, -now, -worker.number, -number
        return worker.primary, now, worker.number, number

    def sleeps(self, until: float) -> None:
        """A thread falls asleep, until this moment."""
        if self._meeting:
            self._awake_at = max(self._awake_at, until)

    def oversleeps(self, now: float) -> float:
        """For how many more seconds a thread sleeps that has slept enough."""
        return self._awake_at - now if self._meeting else 0.0


class KeptWaiting(Generic[W]):
    """Whom a schedule keeps waiting although they could go on.

    It shares the `lock` of its clock: `hold_back` and `hurry` take it, and for the others it is taken already. `let_go`
    ends a wait, with the lock taken.
    """

    def __init__(self, lock: AbstractContextManager[object], let_go: Callable[[W], None]) -> None:
        self._lock = lock
        self._let_go = let_go
        self._threads: list[W] = []
        self._loops: list[W] = []
        self._turns = 0

    def __bool__(self) -> bool:
        return bool(self._threads or self._loops)

    def thread(self, wait: W) -> None:
        """A thread has been handed work, and begins with it when nobody else is at work."""
        self._threads.append(wait)

    def hold_back(self, loop: W) -> None:
        """A loop goes on when no thread is at work or due any more. For a thread at work that has something for it."""
        with self._lock:
            self._loops.append(loop)

    def hurry(self) -> None:
        """Whoever is at work waits for one whom the schedule keeps waiting, so this one goes on."""
        with self._lock:
            for wait in self.next(thread_is_due=False):
                self._let_go(wait)

    def next(self, *, thread_is_due: bool) -> list[W]:
        """Who goes on now that nobody is at work: first a thread, then the loop.

        `thread_is_due` says that a thread goes on at this moment by itself, and so before the loop.
        """
        self._turns = 0
        if self._threads:
            first = min(self._threads, key=lambda wait: wait.turn.number)
            self._threads.remove(first)
            return [first]
        if thread_is_due:
            return []
        loops, self._loops = self._loops, []
        return [loop for loop in loops if not loop.released]

    def long_enough(self) -> bool:
        """The loop had something to do, and has not rested. Whether a thread waits for its rest no longer."""
        self._turns = self._turns + 1 if self._threads else 0
        return self._turns > REST_TURNS
