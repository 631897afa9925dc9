"""The clock as a spec sees it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kata.clock.clock import Clock


QUIET = 3.0
"""Seconds without any sign of life that no watchdog minds."""


class SpecClock:
    """The spec's time: it stands still while anything works, and jumps when all are waiting."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @property
    def now(self) -> float:
        """Seconds since the spec began."""
        return self._clock.now

    def stood_still_at(self, moment: float) -> bool:
        """Whether something waited for this moment: in whatever way, or, with --real-time, on the event loop.

        It is right within a tenth of a second: where a process works outside, the clock follows real time.
        """
        return any(abs(each - moment) < 0.1 for each in self._clock.moments.copy())

    def stall(self, seconds: float) -> None:
        """Keep the event loop for so long, as a blocking call does."""
        time.sleep(seconds)

    async def sleep(self, seconds: float) -> None:
        """Let so many idle seconds pass. It is no standstill, however long it lasts in real time."""
        seconds = self._clock.shortened(seconds)
        while seconds > QUIET:
            await asyncio.sleep(QUIET)
            self._clock.effort.achieved()
            seconds -= QUIET
        await asyncio.sleep(seconds)
