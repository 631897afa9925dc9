"""Who waits: for a moment, or for somebody who wakes them."""

from __future__ import annotations

import heapq
import itertools

from kata.clock.schedules import Place, Schedule
from kata.clock.turns import Park


class Parked:
    """All waits that have not ended, and which of them ends first.

    It has no lock: the clock calls it with its own taken. Only `primary` may be asked without.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.real = 0
        """How many of them may be ended by a real socket or process."""
        self._parks: set[Park] = set()
        self._deadlines: list[tuple[float, Place, Park]] = []
        self._order = itertools.count()
        self._schedule = schedule

    def __bool__(self) -> bool:
        return bool(self._parks)

    def __contains__(self, park: Park) -> bool:
        return park in self._parks

    def add(self, park: Park, deadline: float | None, *, now: float) -> None:
        """A wait begins `now`, until `deadline` at the latest."""
        self.real += park.real
        self._parks.add(park)
        park.deadline = deadline
        if deadline is not None:
            place = self._schedule.place(park.turn, now, next(self._order))
            heapq.heappush(self._deadlines, (deadline, place, park))

    def remove(self, park: Park) -> None:
        """A wait has ended: it says that it is `released`."""
        self._parks.discard(park)
        self.real -= park.real

    def earliest(self) -> Park | None:
        """The wait whose deadline comes first, if any has one."""
        while self._deadlines and self._deadlines[0][2].released:
            heapq.heappop(self._deadlines)
        return self._deadlines[0][2] if self._deadlines else None

    def all(self) -> list[Park]:
        """All of them, in no order."""
        return list(self._parks)

    @property
    def hear_signals(self) -> bool:
        """True if a signal may end one of them."""
        return any(park.hears_signals for park in self._parks.copy())

    def primary(self) -> Park | None:
        """Where the spec's own loop waits, if it does."""
        return next((park for park in self._parks.copy() if park.turn.primary), None)
