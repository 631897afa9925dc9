"""Who works and who waits: each piece of work has a turn, and each wait of it is a park."""

from __future__ import annotations

import _thread
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from kata.clock.stuck import StandingClock, Stuck

WATCHING_READS = 10_000
"""So many looks at a clock that stands still mean that somebody waits for it to move."""

WATCHING_STEP = 1 / 1024
"""How far time then moves on, in seconds. Such steps add up without rounding."""


SLICE = 0.25
"""How long a wait for a wake-up lasts, in real seconds, before it looks round for stuck work."""


class ClockOfTurns(StandingClock, Protocol):
    """What a turn and its waits ask of their clock."""

    def finish(self, turn: Turn) -> None: ...
    def release(self, park: Park) -> None: ...


@dataclass(eq=False)
class Workers:
    """The threads that serve one queue: an executor's, or the single one of a connection.

    Work queued behind them holds the clock only while one of them is awake to take it.
    """

    capacity: int
    parked: int = 0
    queued: int = 0
    turns: set[Turn] = field(default_factory=set["Turn"])
    """The work that is not done yet."""


@dataclass(eq=False)
class Turn:
    """One piece of work that holds the clock while it is neither parked nor queued."""

    name: str
    workers: Workers | None = None
    clock: ClockOfTurns | None = None
    primary: bool = False
    queued: bool = False
    done: bool = False
    where: str | None = None
    thread: int | None = None
    elsewhere_until: float = 0.0
    park: Park | None = None
    reads: int = 0
    reads_at: float = 0.0
    joiners: list[Park] = field(default_factory=list["Park"])
    made: float | None = None
    """When the work was handed over, in seconds of the clock."""
    begun: float | None = None
    """When a thread began with it."""
    number: int = field(default_factory=itertools.count().__next__)
    """Turns are numbered in the order in which the work was handed over."""

    def watches(self, now: float) -> bool:
        """Count one look at the clock, which says `now`. True if somebody plainly waits for it to move."""
        if self.reads_at != now:
            # Having moved the clock once, the watcher need not prove itself again.
            self.reads = max(self.reads - 50, 0) if self.reads >= WATCHING_READS else 0
            self.reads_at = now
        self.reads += 1
        return self.reads > WATCHING_READS


class Park:
    """One wait: until `deadline` (virtual seconds, or None), or until somebody calls `release`.

    It has the two methods that `threading.Condition` needs of a waiter, so it can stand in for one.
    """

    def __init__(
        self, clock: ClockOfTurns, turn: Turn, wake: Callable[[], None] | None = None
    ) -> None:
        self.clock = clock
        self.turn = turn
        self.deadline: float | None = None
        self.released = False
        self.due = False
        self.real = False
        self.hears_signals = False
        self.error: BaseException | None = None
        self._lock = _thread.allocate_lock()
        self._lock.acquire()
        self._wake = wake

    def wake(self) -> None:
        if self._wake is None:
            self._lock.release()
        else:
            self._wake()

    def release(self) -> None:
        """Wake this wait: the work it belongs to holds the clock from this instant."""
        self.clock.release(self)

    def wait(self) -> bool:
        """Block the calling thread until released. False if the deadline came first."""
        stuck = Stuck(self.clock)
        while not self._lock.acquire(True, SLICE):
            stuck.look()
        if self.error is not None:
            raise self.error
        return not self.due
