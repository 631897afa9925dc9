"""anyio's worker threads, in which FastAPI runs a `def` endpoint: the turn travels with the work."""

from __future__ import annotations

import queue
from typing import Any

from kata.clock import blocking
from kata.clock.mine import mine
from kata.clock.watch import placed


class AnyioQueue(queue.Queue[Any]):
    """The queue before one of anyio's worker threads. The turn travels with the item."""

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        clock = mine.clock
        turn = (
            placed(clock.begin("work in an anyio thread")) if clock and item is not None else None
        )
        super().put((turn, clock, item), block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        turn, clock, item = super().get(block, timeout)
        mine.adopt(turn, clock)
        if turn is not None:
            blocking.wait_to_begin(clock, turn)
        return item

    def task_done(self) -> None:
        # anyio calls this after it has posted the result to the loop.
        turn, clock = mine.turn, mine.clock
        mine.drop()
        if turn is not None and clock is not None:
            clock.finish(turn)
        super().task_done()
