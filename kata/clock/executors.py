"""Pools of `concurrent.futures`: each piece of work is announced when it is submitted, and paid for when it is done."""

from __future__ import annotations

import concurrent.futures
import threading
import weakref
from collections.abc import Callable
from typing import Any

from kata.clock import blocking
from kata.clock.clock import Clock
from kata.clock.mine import mine
from kata.clock.threads import has_to_wait_for
from kata.clock.turns import Turn, Workers
from kata.clock.watch import placed, tell_blocked

_workers: weakref.WeakKeyDictionary[Any, Workers] = weakref.WeakKeyDictionary()


class _Submitting(threading.local):
    executor: Any = None


_submitting = _Submitting()


def submit_of(real: Callable[..., Any]) -> Callable[..., Any]:
    """What stands at `ThreadPoolExecutor.submit`: the work that it makes is known to be this pool's."""

    def submit(self: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if mine.clock is None:
            return real(self, fn, *args, **kwargs)
        _submitting.executor = self
        try:
            return real(self, fn, *args, **kwargs)
        finally:
            _submitting.executor = None

    return submit


def shutdown_of(real: Callable[..., None]) -> Callable[..., None]:
    """What stands at `ThreadPoolExecutor.shutdown`: whoever waits for the pool waits on the clock."""

    def shutdown(self: Any, wait: bool = True, *, cancel_futures: bool = False) -> None:
        turn, clock, workers = mine.turn, mine.clock, _workers.get(self)
        if wait and turn is not None and clock is not None and workers is not None:
            # What the pool still does takes virtual time. Then its threads end at once.
            real(self, wait=False, cancel_futures=cancel_futures)
            for other in list(workers.turns):
                if turn.primary and has_to_wait_for(other):
                    tell_blocked(turn, "ThreadPoolExecutor.shutdown", None)
                if not other.done:
                    blocking.join(clock, turn, other, None)
        real(self, wait=wait, cancel_futures=cancel_futures)

    return shutdown


def unfinished(executor: Any) -> int:
    """How many pieces of work an executor was given by a spec and has not done yet."""
    workers = _workers.get(executor)
    return len(workers.turns) if workers is not None else 0


def work_item_init_of(real: Callable[..., None]) -> Callable[..., None]:
    """What stands at `_WorkItem.__init__`: the work stands in line for one of the pool's threads."""

    def __init__(self: Any, future: Any, *args: Any) -> None:
        real(self, future, *args)
        clock, executor = mine.clock, _submitting.executor
        if clock is None or executor is None:
            return
        workers = _workers.setdefault(executor, Workers(executor._max_workers))
        turn = placed(clock.queue("work in a thread pool", workers))
        self.turn, self.clock = turn, clock

        def forget_if_cancelled(future: concurrent.futures.Future[Any]) -> None:
            if future.cancelled():
                clock.finish(turn)

        future.add_done_callback(forget_if_cancelled)

    return __init__


def work_item_run_of(real: Callable[..., None]) -> Callable[..., None]:
    """What stands at `_WorkItem.run`: a thread takes the work out of the line, and does it on its turn."""

    def run(self: Any, *args: Any) -> None:
        turn: Turn | None = getattr(self, "turn", None)
        if turn is None or turn.done:
            real(self, *args)
            return
        clock: Clock = self.clock
        clock.take(turn)
        mine.adopt(turn, clock)
        blocking.wait_to_begin(clock, turn)
        try:
            # Every callback of the future, so also the one that posts to the loop, runs in here.
            real(self, *args)
        finally:
            mine.drop()
            clock.finish(turn)

    return run


def initializer_failed_of(real: Callable[[Any], None]) -> Callable[[Any], None]:
    """What stands at `ThreadPoolExecutor._initializer_failed`: nobody waits for work that nobody will ever take."""

    def _initializer_failed(self: Any) -> None:
        real(self)
        workers = _workers.get(self)
        # All that stands in the line has got an exception by now, and nobody will ever take it. Nothing can join it.
        for turn in list(workers.turns) if workers is not None else []:
            if turn.queued and turn.clock is not None:
                turn.clock.finish(turn)

    return _initializer_failed
