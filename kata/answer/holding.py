"""A gate in which a spec holds work of the answer that is under way in threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from kata.clock import blocking
from kata.clock.mine import mine
from kata.clock.turns import Park

PATIENCE_SECONDS = 200.0
"""Real seconds that work is held on a thread that no clock knows of: longer than any spec takes."""


class Holding:
    """Holds whoever comes, until it is let go.

    Work on the loop's own thread cannot be held until a spec lets it go, since nothing would go on: `on_the_loop` tells
    such a thread, and `saw_on_the_loop` is called.
    """

    def __init__(
        self, *, on_the_loop: Callable[[], bool], saw_on_the_loop: Callable[[], None]
    ) -> None:
        self._on_the_loop = on_the_loop
        self._saw_on_the_loop = saw_on_the_loop
        self._held: list[Park | threading.Event] = []
        # Reentrant, since a finalizer may run in the middle.
        self._lock: Any = threading.RLock()
        self.active = False
        """Whoever comes now is held."""
        self.times = 0
        """How often it has let go."""

    def hold(self) -> None:
        """From now on, whoever comes is held."""
        self.active = True

    def let_go(self) -> None:
        """All that are held go on, and no more are held."""
        with self._lock:
            self.active = False
            self.times += 1
            held, self._held = self._held, []
        for wait in held:
            if isinstance(wait, Park):
                wait.release()
            else:
                wait.set()

    @property
    def holds_one(self) -> bool:
        """True while somebody is held, not only if one would be."""
        return bool(self._held)

    def wait(self, seconds: float | None = None, *, since: int | None = None) -> bool:
        """Wait until let go, or for so many seconds of the clock. False if these came first.

        With `since`, which is what `times` was, nobody waits who was let go meanwhile. On the loop's thread only
        another thread can let it go, and without `seconds` it goes on at once.
        """
        turn, clock = mine.turn, mine.clock
        if self._on_the_loop():
            self._saw_on_the_loop()
            if seconds is None or turn is None or clock is None:
                return True
        with self._lock:
            if not self.active or since not in (None, self.times):
                return True
            wait = threading.Event() if turn is None or clock is None else Park(clock, turn)
            self._held.append(wait)
        try:
            if isinstance(wait, Park):
                assert clock is not None
                # Parked, the work keeps nobody's time: a spec that waits for it is a deadlock, seen at once.
                return blocking.wait(clock, wait, seconds)
            return wait.wait(PATIENCE_SECONDS if seconds is None else seconds)
        finally:
            with self._lock:
                if wait in self._held:
                    self._held.remove(wait)
