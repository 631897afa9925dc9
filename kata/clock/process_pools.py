"""Off-loop work in other processes: work in a process pool takes virtual time too.

The child runs the work on a clock of its own and sends back how many virtual seconds it took. The parent's
clock stands still until the result is there, and hands it over when that many seconds have passed. As in life,
work waits until one of the pool's processes is free.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from types import BuiltinFunctionType
from typing import Any

from kata import patches
from kata.clock import blocking
from kata.clock.clock import Clock
from kata.clock.mine import mine
from kata.clock.strangers import introduce
from kata.clock.turns import Park, Turn

PATIENCE_SECONDS = 30.0
"""Real seconds that a process may take to start and to work before it is called stuck."""

_Thread = threading.Thread
_real_start = threading.Thread.start


def timed(call: bytes) -> tuple[Any, float]:
    """Runs in the child: the result of the pickled call, and the virtual seconds that it took."""
    import pickle  # only whoever has process pools needs it

    from kata.clock.virtual_time import virtual_time

    clock = Clock()
    with contextlib.ExitStack() as stack:
        # The real one is written in C. A child that was forked has the replaced names already.
        if isinstance(time.sleep, BuiltinFunctionType):
            stack.enter_context(virtual_time())
        mine.adopt(clock.begin("work in a process"), clock)
        stack.callback(mine.drop)
        # Only now, since the call may be one of `time.sleep`, which is found by its name.
        fn, args, kwargs = pickle.loads(call)
        return fn(*args, **kwargs), clock.now


@dataclass(eq=False)
class _Work:
    clock: Clock
    turn: Turn
    submitted: float
    outer: concurrent.futures.Future[Any]
    inner: concurrent.futures.Future[Any] | None = None


@dataclass(eq=False)
class _Pool:
    """When each process of one pool is free, and the work that it was given, in order."""

    free: list[float]
    given: deque[_Work] = field(default_factory=deque[_Work])
    lock: Any = field(default_factory=threading.Lock)


_pools: weakref.WeakKeyDictionary[Any, _Pool] = weakref.WeakKeyDictionary()


@contextlib.contextmanager
def _as_the_pool_lives() -> Generator[None]:
    """The pool's own threads live in real time, and to start one is no wait of the answer's."""
    turn, clock = mine.turn, mine.clock
    mine.turn = mine.clock = None
    try:
        yield
    finally:
        mine.turn, mine.clock = turn, clock


def _submit(real: Callable[..., Any]) -> Callable[..., Any]:
    # Whoever has process pools has paid for this import already; no other run should.
    from multiprocessing.reduction import ForkingPickler

    def submit(
        self: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> concurrent.futures.Future[Any]:
        clock = mine.clock
        if clock is None:
            return real(self, fn, *args, **kwargs)
        outer: concurrent.futures.Future[Any] = concurrent.futures.Future()
        try:
            call = bytes(ForkingPickler.dumps((fn, args, kwargs)))
        except Exception as error:
            # As in life, the future tells of it.
            outer.set_exception(error)
            return outer
        pool = _pools.setdefault(self, _Pool([0.0] * self._max_workers))
        work = _Work(
            clock,
            clock.begin("work in another process", elsewhere=PATIENCE_SECONDS),
            clock.now,
            outer,
        )
        try:
            threads = set(threading.enumerate())
            with _as_the_pool_lives():
                inner: concurrent.futures.Future[Any] = real(self, timed, call)
            for thread in set(threading.enumerate()) - threads:
                introduce(thread)
        except BaseException:
            clock.finish(work.turn)
            raise
        work.outer.set_running_or_notify_cancel()
        with pool.lock:
            work.inner = inner
            pool.given.append(work)
        inner.add_done_callback(lambda _: _hand_over_what_is_done(pool))
        return work.outer

    return submit


def _hand_over_what_is_done(pool: _Pool) -> None:
    with pool.lock:
        while pool.given and pool.given[0].inner is not None and pool.given[0].inner.done():
            work = pool.given.popleft()
            process = pool.free.index(min(pool.free))
            pool.free[process] = end = max(work.submitted, pool.free[process]) + _took(work)
            thread = _Thread(
                target=_deliver, args=(work, end), name="kata process pool", daemon=True
            )
            with _as_the_pool_lives():
                _real_start(thread)
                introduce(thread)


def _took(work: _Work) -> float:
    inner = work.inner
    if inner is None or inner.cancelled() or inner.exception() is not None:
        return 0.0
    return inner.result()[1]


def _deliver(work: _Work, end: float) -> None:
    inner = work.inner
    assert inner is not None
    with contextlib.suppress(BaseException):  # the spec may be over by now
        blocking.wait(work.clock, Park(work.clock, work.turn), end - work.clock.now)
        if inner.cancelled():
            work.outer.set_exception(concurrent.futures.CancelledError())
        elif (error := inner.exception()) is not None:
            work.outer.set_exception(error)
        else:
            work.outer.set_result(inner.result()[0])
    work.clock.finish(work.turn)


@contextlib.contextmanager
def announced_work_of_processes() -> Generator[None]:
    """Announce work for other processes until the block ends.

    Only if the answer has imported process pools: that import is slow, so never ours.
    """
    if "concurrent.futures.process" not in sys.modules:
        yield
        return
    key = ("concurrent.futures", "ProcessPoolExecutor.submit")
    with patches.replaced({key: _submit(patches.original(*key))}):
        yield
