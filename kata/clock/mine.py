"""Each thread knows the turn that it works on."""

from __future__ import annotations

import _thread
import threading

from kata.clock.clock import Clock
from kata.clock.turns import Turn


class _Mine(threading.local):
    turn: Turn | None = None
    clock: Clock | None = None
    starting: bool = False

    def adopt(self, turn: Turn | None, clock: Clock | None) -> None:
        """From now on the calling thread works on `turn`."""
        self.turn, self.clock = turn, clock
        if turn is not None:
            turn.thread = _thread.get_ident()

    def drop(self) -> None:
        """The calling thread works on nothing of a spec any more."""
        self.turn = self.clock = None


mine = _Mine()
"""The turn that the calling thread works on, and its clock. Threads without one live in real time."""
