"""How a thread waits in virtual time: it parks, and blocks until somebody or the clock wakes it."""

from __future__ import annotations

from kata.clock.clock import Clock
from kata.clock.turns import Park, Turn


def sleep(clock: Clock, turn: Turn, seconds: float) -> None:
    """Park the calling thread for so many virtual seconds."""
    park = Park(clock, turn)
    clock.park(park, clock.now + seconds)
    if not park.released:
        park.wait()
    elif park.error is not None:
        raise park.error


def join(clock: Clock, turn: Turn, other: Turn, timeout: float | None) -> bool:
    """Park until the work `other` is over. False if `timeout` virtual seconds came first."""
    park = Park(clock, turn)
    if not clock.wakes_at_end_of(other, park):
        return True
    return wait(clock, park, timeout)


def wait(clock: Clock, park: Park, timeout: float | None) -> bool:
    """Park until released, or for `timeout` virtual seconds. False if the time-out came first."""
    clock.park(park, None if timeout is None else clock.now + max(timeout, 0.0))
    if not park.released:
        return park.wait()
    if park.error is not None:
        raise park.error
    return not park.due


def wait_to_begin(clock: Clock, turn: Turn) -> None:
    """A thread is about to do what it was handed. Returns when the schedule lets it begin."""
    if not clock.schedule.late:
        return
    park = Park(clock, turn)
    if not clock.keeps_waiting(park):
        return
    try:
        wait(clock, park, None)
    except BaseException:
        # If the spec is over, the work meets that by itself.
        if clock.abandoned is None:
            raise
