"""Runs a coroutine on the virtual clock, the way a spec runs, but without a spec."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import Any

from kata.clock import off_loop
from kata.clock.clock import Clock, Deadlock, NeverEnds
from kata.clock.spec_loop import VirtualSpecLoop

real_monotonic = time.monotonic


@dataclass
class Lived:
    """What came of a run: its result, and how long it took on both clocks."""

    result: Any
    seconds: float
    real: float


def virtual_loop(clock: Clock) -> VirtualSpecLoop:
    """A spec's loop that raises what it finds: a deadlock, or work that never ends."""
    loop = VirtualSpecLoop(clock)

    def stalled(clock: Clock) -> None:
        park = clock.parked.primary()
        if park is not None:
            clock.fail(park, NeverEnds() if clock.nothing_but_time else Deadlock())

    def fault(error: BaseException) -> None:
        clock.abandon(error)
        raise error

    clock.on_stall = stalled
    loop.on_fault = fault
    return loop


def live(main: Callable[[], Awaitable[Any]], *, clock: Clock | None = None) -> Lived:
    """Run it in virtual time with all work announced."""
    clock = clock or Clock()

    async def timed() -> tuple[Any, float]:
        began = clock.now
        result = await main()
        return result, clock.now - began

    began = real_monotonic()
    with (
        off_loop.announced_work(),
        asyncio.Runner(loop_factory=lambda: virtual_loop(clock)) as runner,
    ):
        try:
            result, seconds = runner.run(timed())
        except (Deadlock, NeverEnds) as error:
            clock.abandon(error)
            raise
    return Lived(result, seconds, real_monotonic() - began)


@contextlib.contextmanager
def at_once(limit: float = 2.0) -> Generator[None]:
    """The block takes no real time worth speaking of, also on a busy machine."""
    began = real_monotonic()
    yield
    took = real_monotonic() - began
    assert took < limit, f"this took {took:.1f} s of real time"
