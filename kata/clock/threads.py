"""Threads of the answer's own: each holds the clock for as long as it works, and waits on it.

What waits on a `threading.Condition` does so too: an Event, a Queue, `Future.result`.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from kata.clock import blocking
from kata.clock.clock import Clock
from kata.clock.machine_time import real_monotonic, real_sleep
from kata.clock.mine import mine
from kata.clock.process_waits import in_real_time
from kata.clock.strangers import introduce, introduce_myself
from kata.clock.turns import Park, Turn
from kata.clock.watch import placed, tell_blocked, watch
from kata.clock.whose_thread import works_by_itself, works_unannounced


def start_of(real: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
    """What stands at `Thread.start`: a thread that works by itself begins on a turn of its own."""

    def start(self: threading.Thread) -> None:
        clock = mine.clock
        turn: Turn | None = None
        if clock is not None and watch.thread is not None:
            watch.thread(self)
        if clock is not None and works_unannounced(self):
            _follow_real_time(self, clock)
        elif clock is not None and works_by_itself(self):
            turn = placed(clock.begin(f"thread {self.name}"))
            _run_on_turn(self, clock, turn)
        mine.starting = True
        try:
            real(self)
            if clock is not None:
                introduce(self)
        except BaseException:
            if clock is not None and turn is not None:
                clock.finish(turn)
            raise
        finally:
            mine.starting = False

    return start


def start_new_of(real: Callable[..., int]) -> Callable[..., int]:
    """What stands at `_thread.start_new_thread`, for threads that are started without the module `threading`."""

    def start_new_thread(
        function: Callable[..., object],
        args: tuple[Any, ...],
        kwargs: dict[str, Any] | None = None,
        /,
    ) -> int:
        clock = mine.clock
        if clock is None or not callable(function):
            return real(function, args, *(() if kwargs is None else (kwargs,)))
        turn = placed(clock.begin("a thread without a name"))

        def run_on_turn() -> None:
            introduce_myself()
            with _on_turn(clock, turn):
                function(*args, **(kwargs or {}))

        try:
            return real(run_on_turn, ())
        except BaseException:
            clock.finish(turn)
            raise

    return start_new_thread


_turn_of_thread: weakref.WeakKeyDictionary[threading.Thread, Turn] = weakref.WeakKeyDictionary()


def _run_on_turn(thread: threading.Thread, clock: Clock, turn: Turn) -> None:
    run = thread.run

    def run_on_turn() -> None:
        with _on_turn(clock, turn):
            run()

    thread.run = run_on_turn
    _turn_of_thread[thread] = turn


@contextmanager
def _on_turn(clock: Clock, turn: Turn) -> Generator[None]:
    """All that the calling thread does is done on this turn."""
    mine.adopt(turn, clock)
    blocking.wait_to_begin(clock, turn)
    try:
        yield
    except BaseException as error:
        # A thread that outlived its spec was told to end: that is no news.
        if not isinstance(error, type(clock.abandoned)):
            raise
    finally:
        mine.drop()
        clock.finish(turn)


def _follow_real_time(thread: threading.Thread, clock: Clock) -> None:
    run = thread.run
    turn = clock.begin(f"thread {thread.name}")

    def run_in_real_time() -> None:
        try:
            with in_real_time(clock, turn):
                run()
        finally:
            clock.finish(turn)

    thread.run = run_in_real_time


ABOUT_TO_END = 5.0
"""Real seconds that somebody has who is at work and joined: far more than any machine needs for the last step."""


def has_to_wait_for(other: Turn) -> bool:
    """Whether the loop is held up by this work if it joins it now.

    A thread that has delivered its result has one step left, and may not have come to it when the loop reads the
    result. So whoever is at work is let go on, until it has ended or waits for something itself.
    """
    until = real_monotonic() + ABOUT_TO_END
    while not (other.done or other.queued or other.park) and real_monotonic() < until:
        real_sleep(0.0001)
    return not other.done


def join_of(real: Callable[..., None]) -> Callable[..., None]:
    """What stands at `Thread.join`: whoever joins a thread of an answer's waits on the clock."""

    def join(self: threading.Thread, timeout: float | None = None) -> None:
        turn, clock, other = mine.turn, mine.clock, _turn_of_thread.get(self)
        if turn is not None and clock is not None and other is not None and other is not turn:
            if turn.primary and has_to_wait_for(other):
                tell_blocked(turn, "Thread.join", timeout)
            if not blocking.join(clock, turn, other, timeout):
                return None
            timeout = None
        return real(self, timeout)

    return join


def condition_wait_of(real: Callable[..., bool]) -> Callable[..., bool]:
    """What stands at `Condition.wait`, on which Event, Queue and `Future.result` wait."""

    def wait(self: Any, timeout: float | None = None) -> bool:
        turn, clock = mine.turn, mine.clock
        if turn is None or mine.starting or (timeout is not None and timeout <= 0):
            return real(self, timeout)
        tell_blocked(turn, "a wait for another thread", timeout)
        if clock is None:
            return real(self, timeout)
        if not self._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        # A Park has the `release` that `notify` calls, so the waker hands the clock over itself.
        park = Park(clock, turn)
        self._waiters.append(park)
        saved = self._release_save()
        notified = False
        try:
            notified = blocking.wait(clock, park, timeout)
            return notified
        finally:
            self._acquire_restore(saved)
            if not notified:
                try:
                    self._waiters.remove(park)
                except ValueError:
                    pass

    return wait
