"""Work that waits where no clock sees it. After some idle seconds the clock follows real time for it."""

from __future__ import annotations

from typing import Protocol

from kata.clock.idleness import Idleness
from kata.clock.machine_time import real_monotonic

PATIENCE = 2.0
"""Idle real seconds, with work under way, after which real time is followed."""


class StandingClock(Protocol):
    """What is asked of a clock that stands still."""

    @property
    def version(self) -> int: ...
    @property
    def stalled(self) -> bool: ...
    @property
    def works_elsewhere(self) -> bool: ...
    def look_again(self) -> None: ...
    def elapse(self, seconds: float, *, although_held: bool = False) -> None: ...


class Stuck:
    """Notices work that stands still although it should not, and then lets real time pass.

    Work can wait in a place that nothing announces: a lock written in C, a socket. After `PATIENCE`
    idle seconds without any change the clock follows real time, so such work is slow but right. Time in
    which a thread only stands in line for a processor is not idle: a busy machine moves no clock.
    """

    def __init__(self, clock: StandingClock) -> None:
        self.clock = clock
        self.version = clock.version
        self.idle = Idleness()
        self.last = real_monotonic()

    def look(self) -> None:
        now = real_monotonic()
        if self.clock.version != self.version:
            self.version = self.clock.version
            self.idle.reset()
        elif self.clock.stalled:
            self.clock.look_again()
        elif self.idle.look() > PATIENCE and not self.clock.works_elsewhere:
            self.clock.elapse(now - self.last, although_held=True)
            self.version = self.clock.version
        self.last = now
