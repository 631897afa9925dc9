"""`queue.SimpleQueue`, whose `get` waits on the clock.

It is written in C and waits there, where the clock cannot see it. Python's own copy of it, `queue._PySimpleQueue`,
would wait on a condition, but may not be used where this one may: executors put into it from a finalizer, which can
run while the same thread holds the copy's lock.
"""

from __future__ import annotations

import queue
from collections import deque
from typing import Any, Self

from kata.clock import blocking
from kata.clock.mine import mine
from kata.clock.turns import Park
from kata.clock.watch import tell_blocked


class SimpleQueue(queue.SimpleQueue[Any]):
    """A `SimpleQueue` that parks whoever waits for an item on a turn. Others wait as ever."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        # As the real one is, a queue is whole before a class of its own gets to initialise it, or does not.
        queue_ = super().__new__(cls)
        queue_._parked = deque()
        return queue_

    _parked: deque[Park]

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        super().put(item)
        self._wake_one()

    def put_nowait(self, item: Any) -> None:
        self.put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        turn, clock = mine.turn, mine.clock
        if turn is None or clock is None or mine.starting or not block:
            return super().get(block, timeout)
        if timeout is not None and timeout <= 0:
            return super().get(block, timeout)
        until = None if timeout is None else clock.now + timeout
        while True:
            try:
                item = super().get(False)
            except queue.Empty:
                if until is not None and clock.now >= until:
                    raise
            else:
                if not self.empty():
                    # The wake-up may have been another's, if this one came back just when two items came.
                    self._wake_one()
                return item
            tell_blocked(turn, "a wait for another thread", timeout)
            park = Park(clock, turn)
            self._parked.append(park)
            try:
                # Whoever puts an item after this look finds the park.
                if self.empty():
                    blocking.wait(clock, park, None if until is None else until - clock.now)
            finally:
                self._leave(park)

    def get_nowait(self) -> Any:
        return self.get(False)

    def _leave(self, park: Park) -> None:
        try:
            self._parked.remove(park)
        except ValueError:
            pass

    def _wake_one(self) -> None:
        try:
            park = self._parked.popleft()
        except IndexError:
            return
        park.release()
