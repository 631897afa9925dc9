"""The clock of a learner's tests: sockets on the loopback are part of its world."""

from __future__ import annotations

import contextlib
import select
from collections.abc import Generator

from kata.clock.clock import Clock

LONGEST_TEST = 600.0
"""A test that has lived through so many virtual seconds will never end by itself."""

MOST_JUMPS = 20_000
"""The same for the number of steps in which time moved on."""

READABLE = getattr(select, "POLLIN", 0)
WRITABLE = getattr(select, "POLLOUT", 0)


class SuiteClock(Clock):
    """A clock for which sockets on the loopback are part of the world.

    What is sent over the loopback has arrived when `send` returns. So when everything waits and no socket has
    anything to read, nothing is under way, and time may jump.
    """

    def __init__(self) -> None:
        super().__init__()
        self._watched: dict[int, int] = {}

    @contextlib.contextmanager
    def watching(self, descriptor: int, events: int) -> Generator[None]:
        """Somebody waits for this socket or selector: time stands still as soon as it is ready."""
        self._watched[descriptor] = events
        try:
            yield
        finally:
            self._watched.pop(descriptor, None)

    def elapse(self, seconds: float, *, although_held: bool = False) -> None:
        if not although_held and hasattr(select, "poll"):
            if any(ready(*each) for each in list(self._watched.items())):
                return
            with self._lock:
                park = self.parked.earliest()
                if self.nothing_but_time and self.on_stall is not None:
                    self.on_stall(self)
                    return
            if park is not None and park.deadline is not None:
                seconds = max(park.deadline - self.now, 0.0)
        super().elapse(seconds, although_held=although_held)

    @property
    def progress_made(self) -> object:
        """Changes whenever anything moves on: somebody waits or is woken, or a loop turns."""
        return self.version, self.effort.turns, self.effort.round_trips

    def allow_time(self) -> None:
        """A new test begins: it may take as long as the one before."""
        self.longest = self.now + LONGEST_TEST
        self.most_jumps = self.jumps + MOST_JUMPS
        self.strangers.come_again()


def ready(descriptor: int, events: int, wait: float = 0.0) -> bool:
    """Whether a socket or selector has something for us, after at most `wait` real seconds."""
    poll = select.poll()
    poll.register(descriptor, events)
    return any(came & ~select.POLLNVAL for _, came in poll.poll(wait * 1000))
