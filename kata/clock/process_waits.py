"""Waits for another process. No clock of this one moves it, so time follows real time meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import CodeType
from typing import Any

from kata.clock import blocking
from kata.clock.clock import Clock
from kata.clock.machine_time import real_monotonic
from kata.clock.mine import mine
from kata.clock.turns import Park, Turn


def waits_for_a_process(code: CodeType) -> bool:
    """True for the code in here that may be broken into: it only stands round a wait of the system's."""
    return code in _PROCESS_WAITS


@contextmanager
def in_real_time(clock: Clock, turn: Turn) -> Generator[None]:
    """The thread waits for another process: time follows real time meanwhile."""
    park = Park(clock, turn)
    clock.park(park, None, real=True)
    try:
        yield
    finally:
        clock.resume(park)


def wait_of(real: Callable[..., Any]) -> Callable[..., Any]:
    """What stands at `Popen.wait` and `Popen.communicate`."""

    def wait(*args: Any, **kwargs: Any) -> Any:
        turn, clock = mine.turn, mine.clock
        if turn is None or clock is None or turn.park is not None or mine.starting:
            return real(*args, **kwargs)
        if not turn.primary:
            with in_real_time(clock, turn):
                return real(*args, **kwargs)
        return wait_for_process(clock, turn, lambda: real(*args, **kwargs))

    return wait


def wait_for_process(clock: Clock, turn: Turn, wait: Callable[[], Any]) -> Any:
    """Wait on the loop's own thread, where nobody is there to let time pass."""
    began = real_monotonic()
    mine.starting = True
    try:
        came = wait()
    finally:
        mine.starting = False
    blocking.sleep(clock, turn, real_monotonic() - began)
    return came


_PROCESS_WAITS = {wait_of(print).__code__, wait_for_process.__code__}
