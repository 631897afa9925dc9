"""Who is at work, and so holds the clock."""

from __future__ import annotations

from kata.clock.machine_time import real_monotonic
from kata.clock.turns import Turn, Workers


class AtWork:
    """Who holds the clock: the turns that work, and those in line behind a worker that is awake to take them.

    It has no lock: the clock calls it with its own taken. Only `turns`, `others` and
    `is_elsewhere` may be asked without.
    """

    def __init__(self) -> None:
        self._working: set[Turn] = set()
        self._queues: set[Workers] = set()

    def __bool__(self) -> bool:
        return bool(self._working) or self._is_in_line()

    def add(self, turn: Turn) -> None:
        """A turn works from now on."""
        self._working.add(turn)

    def queue(self, turn: Turn, workers: Workers) -> None:
        """A turn waits in line for one of `workers`."""
        workers.queued += 1
        workers.turns.add(turn)
        self._queues.add(workers)

    def take(self, turn: Turn) -> None:
        """A turn that waited in line works from now on."""
        self._unqueue(turn)
        self._working.add(turn)

    def finish(self, turn: Turn) -> None:
        """A turn is over, wherever it stood."""
        self._unqueue(turn)
        self._working.discard(turn)
        if turn.workers is not None:
            turn.workers.turns.discard(turn)

    def rest(self, turn: Turn) -> None:
        """A turn parks, and its worker is none that could take other work."""
        if turn.workers is not None:
            turn.workers.parked += 1
        self._working.discard(turn)

    def go_on(self, turn: Turn) -> None:
        """A turn that was parked works again."""
        if turn.workers is not None:
            turn.workers.parked -= 1
        self._working.add(turn)

    def _unqueue(self, turn: Turn) -> None:
        if turn.queued and turn.workers is not None:
            turn.queued = False
            turn.workers.queued -= 1
            if not turn.workers.queued:
                self._queues.discard(turn.workers)

    def _is_in_line(self) -> bool:
        # A copy, since a finalizer may announce work meanwhile.
        return any(workers.parked < workers.capacity for workers in self._queues.copy())

    @property
    def are_several(self) -> bool:
        """True if somebody works beside the one that asks."""
        return len(self._working) > 1 or self._is_in_line()

    def turns(self) -> list[Turn]:
        """The turns that work now."""
        return list(self._working.copy())

    def others(self, own: Turn | None) -> set[Turn]:
        """The turns that work now or stand in line, but for the caller's."""
        in_line = (turn for workers in self._queues.copy() for turn in workers.turns.copy())
        return {*self._working.copy(), *in_line} - {own}

    @property
    def is_elsewhere(self) -> bool:
        """True while one of them works in another process, which may still be starting up."""
        now = real_monotonic()
        return any(turn.elsewhere_until > now for turn in self.turns())
