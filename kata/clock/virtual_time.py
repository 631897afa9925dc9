"""Time as the answer reads it, and as it passes in a sleep: the clock's, for whoever works on a turn of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from kata import patches
from kata.clock import blocking, wall_clock
from kata.clock.clock import EPOCH, Clock
from kata.clock.mine import mine
from kata.clock.turns import WATCHING_STEP
from kata.clock.watch import tell_blocked, watch


def _sleep_of(real: Callable[[float], None]) -> Callable[[float], None]:
    def sleep(seconds: float, /) -> None:
        turn, clock = mine.turn, mine.clock
        if turn is None:
            return real(seconds)
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        tell_blocked(turn, "time.sleep", float(seconds))
        if clock is None:
            return real(seconds)
        if not turn.primary and watch.slept is not None:
            watch.slept(float(seconds), sys._getframe(1))  # pyright: ignore[reportPrivateUsage]
        if not turn.primary:
            clock.schedule.sleeps(until=clock.now + seconds)
        blocking.sleep(clock, turn, float(seconds))
        while not turn.primary and (longer := clock.schedule.oversleeps(clock.now)) > 0:
            blocking.sleep(clock, turn, longer)

    return sleep


def _reading_of(real: Callable[[], Any], reading: Callable[[Clock], Any]) -> Callable[[], Any]:
    def read() -> Any:
        turn, clock = mine.turn, mine.clock
        if turn is None or clock is None:
            return real()
        clock.effort.looks += 1
        if turn.watches(clock.now):
            if turn.primary:
                tell_blocked(turn, "a loop that watches the clock", WATCHING_STEP)
            blocking.sleep(clock, turn, WATCHING_STEP)
        return reading(clock)

    return read


_LIKE_MONOTONIC = {
    getattr(time, name)
    for name in ("CLOCK_MONOTONIC", "CLOCK_MONOTONIC_RAW", "CLOCK_BOOTTIME")
    if hasattr(time, name)
}
"""The clocks of the system that count seconds from some moment, as `time.monotonic` does."""


def _gettime_of(real: Callable[[int], Any], virtual: Callable[[], Any]) -> Callable[[int], Any]:
    def gettime(clk_id: int, /) -> Any:
        if mine.turn is None or mine.clock is None or clk_id not in _LIKE_MONOTONIC:
            return real(clk_id)
        return virtual()

    return gettime


def _since_epoch(clock: Clock) -> float:
    return EPOCH + clock.now


def _since_epoch_ns(clock: Clock) -> int:
    return round((EPOCH + clock.now) * 1e9)


def _wall_ns(clock: Clock) -> int:
    # The sum of the two as one float would be out by some hundred nanoseconds.
    return int(clock.wall) * 1_000_000_000 + round(clock.now * 1e9)


def names_of_time() -> dict[tuple[str, str], Any]:
    """What is to stand at the names of `time` and `datetime`, by module and attribute."""

    readings: dict[str, tuple[Callable[[], Any], Callable[[Clock], Any]]] = {
        "monotonic": (time.monotonic, _since_epoch),
        "monotonic_ns": (time.monotonic_ns, _since_epoch_ns),
        "perf_counter": (time.perf_counter, _since_epoch),
        "perf_counter_ns": (time.perf_counter_ns, _since_epoch_ns),
    }
    names: dict[tuple[str, str], Any] = {
        ("time", name): _reading_of(real, reading) for name, (real, reading) in readings.items()
    }
    names["time", "sleep"] = _sleep_of(time.sleep)
    for gettime, like in (("clock_gettime", "monotonic"), ("clock_gettime_ns", "monotonic_ns")):
        if hasattr(time, gettime):  # not on Windows
            names["time", gettime] = _gettime_of(getattr(time, gettime), names["time", like])
    # These two have bound `time.monotonic` to names of their own.
    names["threading", "_time"] = names["queue", "time"] = names["time", "monotonic"]
    return {**names, **wall_clock.NAMES}


def virtual_wall_clock() -> AbstractContextManager[None]:
    """Until the block ends, the time of day is the clock's."""

    return wall_clock.telling(_reading_of(wall_clock.real_ns, _wall_ns))


@contextmanager
def virtual_time() -> Generator[None]:
    """Until the block ends, `time` and `datetime` read and move the clock of the calling thread's work."""
    with patches.replaced(names_of_time()), virtual_wall_clock():
        yield


def select_of(real: Callable[..., Any]) -> Callable[..., Any]:
    """What stands at `select.select`: a wait for files that are not ready sleeps on the clock, and looks once more."""

    def select_(*args: Any) -> Any:
        turn, clock = mine.turn, mine.clock
        if turn is not None and clock is not None and len(args) > 3 and args[3] is not None:
            ready = real(*args[:3], 0)
            if any(ready) or args[3] <= 0:
                return ready
            tell_blocked(turn, "select.select", args[3])
            blocking.sleep(clock, turn, args[3])
            return real(*args[:3], 0)
        return real(*args)

    return select_
