"""Who polls moves the clock: how long time stands still for a loop that keeps turning.

Time stands still while anything works, and a loop of `sleep(0)`, of short calls through a thread or of queries works
without an end. So turns of a loop in which time does not move are counted, and so are its round trips: rests that
end because another thread has done its part. After so many of them time goes on to the next awaited moment although
the loop still turns; if there is none, nothing will ever come of it. Only counts decide, never real time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kata.clock.clock import NeverEnds
from kata.clock.machine_time import real_monotonic, real_sleep
from kata.clock.mine import mine

if TYPE_CHECKING:
    from kata.clock.clock import Clock
    from kata.clock.turns import Turn

PATIENT_TURNS = 25_000
"""Turns without a step in time after which time goes on although the loop still turns.

`while not done: await asyncio.sleep(0)` is legal code, and waits for something that needs time."""

PATIENT_ROUND_TRIPS = 10_000
"""The same for round trips. They cost ten times as much as a turn, and honest work has some thousand at one moment: an
answer that fetches a long table row by row, for several requests at once."""

ENDLESS_TURNS = 100_000
"""Turns after which such a loop is called endless, if nobody waits for any moment."""

ENDLESS_ROUND_TRIPS = 15_000
"""The same for round trips."""

IMPATIENT = 1 / 25
"""The share of this patience that is left once such a loop has been seen, until it rests until a later moment."""

WATCHING = 1 / 1250
"""The same for a loop that reads the clock as it turns, as `while loop.time() < end` does: any step will do for it."""

FIRST_STEPS = 64
"""So many steps for one that watches the clock are small ones."""

SMALL_STEP, LARGE_STEP = 1 / 1024, 1 / 64
"""Seconds of such steps. They add up without rounding; the large ones bring who watches for a minute to the end too."""

SHORTEST = 1 / 10_000
"""The least that is left. Whoever has polled through many moments may poll through thousands more."""

HALVED_AFTER = 16
"""So many moments that were polled through halve what is left."""

WATCHERS_HALVED_AFTER = 512
"""The same for so many steps of a loop that reads the clock."""

LOOKS_OF_WATCHERS = 1 / 8
"""A loop watches the clock if it reads it in so many of its turns. To set a time-out reads it too, but seldom."""

SETTLES = 16
"""Turns in which what a thread has done reaches who waits for it: a future, its task, and who waits for the task."""

MOST_DELAYS = 8
"""So often at one moment time waits for results to settle. Polls that go through a thread bring them without an end."""

OTHERS_MAY_TAKE = 0.05
"""Real seconds in which a loop that polls lets others come to rest, before it turns once more in the same moment."""


class Patience:
    """Counts the turns and the round trips of one loop, and moves the clock when they are in vain."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._effort = clock.effort
        self._left = 1.0
        self._skips = 0
        self._moment = clock.now
        self._turns = 0
        self._watching = 0
        self._results = 0
        self._quiet = 0
        self._beyond = 0
        self._at_work: set[Turn] = set()
        self._delays = 0

    def rested(self, *, since: float, looked: bool) -> None:
        """The loop had nothing to do since the moment `since`. It `looked` at the clock before."""
        if self._clock.now != since:
            self._left, self._skips = 1.0, 0
        else:
            self._count(looked)
            self._effort.round_trips += 1

    def turned(self, *, looked: bool, next_timer: Callable[[], float | None]) -> None:
        """The loop has something to do. Raises NeverEnds if it polls for what never comes."""
        self._count(looked)
        clock, effort = self._clock, self._effort
        effort.turns += 1
        self._hear_of_results()
        if max(effort.turns / PATIENT_TURNS, effort.round_trips / PATIENT_ROUND_TRIPS) < self._left:
            self._beyond = 0
            return
        if not self._has_settled():
            return
        watched = self._watching >= self._turns * LOOKS_OF_WATCHERS
        step = SMALL_STEP if self._skips < FIRST_STEPS else LARGE_STEP
        moved = self._skip(next_timer(), step if watched else None)
        if moved:
            self._skips += 1
            left, halved_after = (
                (WATCHING, WATCHERS_HALVED_AFTER) if watched else (IMPATIENT, HALVED_AFTER)
            )
            self._left = max(left * 0.5 ** (self._skips // halved_after), SHORTEST)
        elif moved is not None and (clock.nothing_but_time or self._endless()):
            effort.achieved()
            raise NeverEnds(POLLS)

    def _endless(self) -> bool:
        effort = self._effort
        return effort.turns > ENDLESS_TURNS or effort.round_trips > ENDLESS_ROUND_TRIPS

    def _hear_of_results(self) -> None:
        self._quiet = 0 if self._results != self._effort.results else self._quiet + 1
        self._results = self._effort.results

    def _has_settled(self) -> bool:
        """Whether what others have done has reached who waits for it. Then only the polls are left."""
        if self._at_work and all(turn.done or turn.park for turn in self._at_work):
            self._at_work = set()
            self._quiet = self._beyond = 0
        self._beyond += 1
        return self._quiet >= SETTLES or self._beyond > SETTLES

    def _count(self, looked: bool) -> None:
        if self._clock.now != self._moment:
            self._moment = self._clock.now
            self._turns = self._watching = self._delays = 0
        self._turns += 1
        self._watching += looked

    def _skip(self, moment: float | None, step: float | None) -> bool | None:
        """Move on, as soon as nobody else works. None if somebody does or did, and may have brought a result."""
        others = self._clock.at_work.others(mine.turn)
        moved = self._clock.skip_to(moment, step)
        if moved is not None:
            return moved
        self._at_work = others
        until = real_monotonic() + OTHERS_MAY_TAKE
        while self._clock.at_work.others(mine.turn):
            if real_monotonic() > until:
                self._delays = 0
                return None
            real_sleep(0.0001)
        self._delays += 1
        return None if self._delays <= MOST_DELAYS else self._clock.skip_to(moment, step)


POLLS = "it asks again and again, but what it waits for never comes"
