"""`threading.Lock` and `RLock`, which let whoever wants one wait on the clock.

They are written in C and let a thread wait there, where the clock cannot see it: time would have to follow real time
until the lock is free. So a lock that an answer makes is one of these. Those of the libraries stay as they are: hardly
anybody waits for them, and queues, conditions and events that an answer makes wait on the clock anyway.
"""

from __future__ import annotations

import _thread
import contextlib
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from kata.clock import blocking
from kata.clock.clock import Clock
from kata.clock.libraries import is_of_a_library
from kata.clock.mine import mine
from kata.clock.turns import Park, Turn

FOR_EVER = -1
"""The time-out of who waits for as long as it takes."""


class _WaitsOnTheClock:
    """A lock that parks the threads that wait for it. The loop's own thread waits as ever, and blocks the loop."""

    def __init__(self) -> None:
        self._real = _thread.allocate_lock()
        self._parked: deque[Park] = deque()

    def acquire(self, blocking: bool = True, timeout: float = FOR_EVER) -> bool:
        turn, clock = mine.turn, mine.clock
        if turn is None or turn.primary or clock is None or mine.starting:
            return self._real.acquire(blocking, timeout)
        if not blocking or not (timeout == FOR_EVER or timeout > 0):
            return self._real.acquire(blocking, timeout)
        if self._real.acquire(False):
            return True
        return self._wait(clock, turn, None if timeout == FOR_EVER else timeout)

    acquire_lock = acquire

    def release(self) -> None:
        self._real.release()
        self._wake_one()

    release_lock = release

    def locked(self) -> bool:
        return self._real.locked()

    locked_lock = locked

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *error: object) -> None:
        self.release()

    def __repr__(self) -> str:
        return repr(self._real)

    def _at_fork_reinit(self) -> None:
        self._real = _thread.allocate_lock()
        self._parked.clear()

    def _wait(self, clock: Clock, turn: Turn, timeout: float | None) -> bool:
        until = None if timeout is None else clock.now + timeout
        has_it = False
        try:
            while not has_it and (until is None or clock.now < until):
                park = Park(clock, turn)
                self._parked.append(park)
                try:
                    # Whoever lets it go after this look finds the park.
                    has_it = self._real.acquire(False)
                    if not has_it:
                        blocking.wait(clock, park, None if until is None else until - clock.now)
                finally:
                    with contextlib.suppress(ValueError):
                        self._parked.remove(park)
                has_it = has_it or self._real.acquire(False)
        finally:
            # A wake-up that came too late is another's.
            if not has_it and not self._real.locked():
                self._wake_one()
        return has_it

    def _wake_one(self) -> None:
        with contextlib.suppress(IndexError):
            self._parked.popleft().release()


_InPython: Any = getattr(threading, "_PyRLock")  # noqa: B009


class _WaitsOnTheClockAgain(_InPython):  # pyright: ignore[reportUntypedBaseClass]
    """Python's own copy of RLock, over a lock that waits on the clock."""

    def __init__(self) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType]
        self._block = _WaitsOnTheClock()


def lock_of(real: Callable[[], Any]) -> Any:
    """What stands at `threading.Lock`. To whoever asks whether something is one, the real ones are too."""
    return _standing_for(real, type(_thread.allocate_lock()), _WaitsOnTheClock)


def rlock_of(real: Callable[[], Any]) -> Any:
    """What stands at `threading.RLock`."""
    return _standing_for(real, type(threading.RLock()), _WaitsOnTheClockAgain)


def _standing_for(real: Callable[[], Any], kind: type, ours: type) -> Any:
    class Either(type):
        def __call__(cls) -> Any:
            made_by = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
            return real() if mine.clock is None or is_of_a_library(made_by) else ours()

        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, kind | ours)

    return Either(getattr(real, "__name__", kind.__name__), (), {"__module__": "threading"})
