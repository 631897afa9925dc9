"""The judge's clock, which is the real one, and the schedule of threads, which is the machine's own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable

from kata.classroom.second_look.not_seen import OnlyWhatIsSeen
from kata.clock.spec_loop import RealClock

ORDERS = "other orders of worker threads"


class OutsideClock(OnlyWhatIsSeen):
    """Counterpart of `kata.clock.spec_clock.SpecClock`."""

    def __init__(self) -> None:
        self._clock = RealClock()

    def restart(self) -> None:
        self._clock.restart()

    @property
    def now(self) -> float:
        """Seconds since the spec began, with those that were passed over."""
        return self._clock.now

    def stood_still_at(self, moment: float) -> bool:
        """Nobody outside sees what somebody waits for."""
        return False

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds pass. Of a long while the end is passed over, as with `--real-time`."""
        await asyncio.sleep(self._clock.shortened(seconds))


class OutsideSchedule(OnlyWhatIsSeen):
    """Counterpart of `kata.clock.schedules.Schedule`: the block runs, in whatever order the machine has."""

    def __init__(self, left_out: Callable[[str], None]) -> None:
        self._left_out = left_out
        self.threads_begin_late = self._as_it_comes
        self.threads_end_together = self._as_it_comes
        self.threads_end_backwards = self._as_it_comes
        self.threads_meet = self._as_it_comes

    @contextlib.asynccontextmanager
    async def _as_it_comes(self) -> AsyncGenerator[None]:
        self._left_out(ORDERS)
        yield
