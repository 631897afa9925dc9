"""Off-loop work: whatever leaves the event loop holds the clock until it is back.

A naive virtual clock fires timers before a thread's answer comes. So every way to hand work to a
thread announces it (see `kata.clock.turns.Turn`) before it leaves, and pays only when the result has been
posted: executors, anyio's worker threads, aiosqlite's connection threads, threads of the answer's
own. Inside such a thread `time.sleep`, every wait on `threading.Condition` (Event, Queue,
Future.result, ...) and on a `SimpleQueue` are virtual too.

`announced_work()` replaces the names while a session runs. Threads that work on no turn notice nothing.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import queue
import select
import sqlite3
import sys
import threading
import time
import weakref
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from types import CodeType
from typing import Any

from kata import patches
from kata.clock import blocking, wall_clock
from kata.clock.clock import EPOCH, Clock
from kata.clock.loop import VirtualLoop, forked
from kata.clock.machine_time import real_monotonic, real_sleep
from kata.clock.mine import mine
from kata.clock.simple_queue import SimpleQueue
from kata.clock.strangers import introduce, introduce_myself
from kata.clock.thread_locks import lock_of, rlock_of
from kata.clock.turns import WATCHING_STEP, Park, Turn, Workers
from kata.clock.watch import placed, tell_blocked, watch
from kata.clock.whose_thread import works_by_itself, works_unannounced

# time


def _virtual_sleep(real: Callable[[float], None]) -> Callable[[float], None]:
    def sleep(seconds: float, /) -> None:
        turn, clock = mine.turn, mine.clock
        if turn is None:
            return real(seconds)
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        tell_blocked(turn, "time.sleep", float(seconds))
        if clock is None:
            return real(seconds)
        if not turn.primary and watch.slept is not None:
            watch.slept(float(seconds), sys._getframe(1))  # pyright: ignore[reportPrivateUsage]
        if not turn.primary:
            clock.schedule.sleeps(until=clock.now + seconds)
        blocking.sleep(clock, turn, float(seconds))
        while not turn.primary and (longer := clock.schedule.oversleeps(clock.now)) > 0:
            blocking.sleep(clock, turn, longer)

    return sleep


def _virtual_reading(real: Callable[[], Any], reading: Callable[[Clock], Any]) -> Callable[[], Any]:
    def read() -> Any:
        turn, clock = mine.turn, mine.clock
        if turn is None or clock is None:
            return real()
        clock.effort.looks += 1
        if turn.watches(clock.now):
            if turn.primary:
                tell_blocked(turn, "a loop that watches the clock", WATCHING_STEP)
            blocking.sleep(clock, turn, WATCHING_STEP)
        return reading(clock)

    return read


_LIKE_MONOTONIC = {
    getattr(time, name)
    for name in ("CLOCK_MONOTONIC", "CLOCK_MONOTONIC_RAW", "CLOCK_BOOTTIME")
    if hasattr(time, name)
}
"""The clocks of the system that count seconds from some moment, as `time.monotonic` does."""


def _virtual_gettime(
    real: Callable[[int], Any], virtual: Callable[[], Any]
) -> Callable[[int], Any]:
    def gettime(clk_id: int, /) -> Any:
        if mine.turn is None or mine.clock is None or clk_id not in _LIKE_MONOTONIC:
            return real(clk_id)
        return virtual()

    return gettime


def _since_epoch(clock: Clock) -> float:
    return EPOCH + clock.now


def _since_epoch_ns(clock: Clock) -> int:
    return round((EPOCH + clock.now) * 1e9)


def _wall_ns(clock: Clock) -> int:
    # The sum of the two as one float would be out by some hundred nanoseconds.
    return int(clock.wall) * 1_000_000_000 + round(clock.now * 1e9)


@contextmanager
def virtual_time() -> Generator[None]:
    """Until the block ends, `time` and `datetime` read and move the clock of the calling thread's work."""
    with patches.replaced(_names_of_time()), _virtual_wall_clock():
        yield


def _virtual_wall_clock() -> AbstractContextManager[None]:
    return wall_clock.telling(_virtual_reading(wall_clock.real_ns, _wall_ns))


def _names_of_time() -> dict[tuple[str, str], Any]:
    readings: dict[str, tuple[Callable[[], Any], Callable[[Clock], Any]]] = {
        "monotonic": (time.monotonic, _since_epoch),
        "monotonic_ns": (time.monotonic_ns, _since_epoch_ns),
        "perf_counter": (time.perf_counter, _since_epoch),
        "perf_counter_ns": (time.perf_counter_ns, _since_epoch_ns),
    }
    names: dict[tuple[str, str], Any] = {
        ("time", name): _virtual_reading(real, reading)
        for name, (real, reading) in readings.items()
    }
    names["time", "sleep"] = _virtual_sleep(time.sleep)
    for gettime, like in (("clock_gettime", "monotonic"), ("clock_gettime_ns", "monotonic_ns")):
        if hasattr(time, gettime):  # not on Windows
            names["time", gettime] = _virtual_gettime(getattr(time, gettime), names["time", like])
    # These two have bound `time.monotonic` to names of their own.
    names["threading", "_time"] = names["queue", "time"] = names["time", "monotonic"]
    return {**names, **wall_clock.NAMES}


# threading


def _start(real: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
    def start(self: threading.Thread) -> None:
        clock = mine.clock
        turn: Turn | None = None
        if clock is not None and watch.thread is not None:
            watch.thread(self)
        if clock is not None and works_unannounced(self):
            _follow_real_time(self, clock)
        elif clock is not None and works_by_itself(self):
            turn = placed(clock.begin(f"thread {self.name}"))
            _run_on_turn(self, clock, turn)
        mine.starting = True
        try:
            real(self)
            if clock is not None:
                introduce(self)
        except BaseException:
            if clock is not None and turn is not None:
                clock.finish(turn)
            raise
        finally:
            mine.starting = False

    return start


def _start_new(real: Callable[..., int]) -> Callable[..., int]:
    """For threads that are started without the module `threading`."""

    def start_new_thread(
        function: Callable[..., object],
        args: tuple[Any, ...],
        kwargs: dict[str, Any] | None = None,
        /,
    ) -> int:
        clock = mine.clock
        if clock is None or not callable(function):
            return real(function, args, *(() if kwargs is None else (kwargs,)))
        turn = placed(clock.begin("a thread without a name"))

        def run_on_turn() -> None:
            introduce_myself()
            with _on_turn(clock, turn):
                function(*args, **(kwargs or {}))

        try:
            return real(run_on_turn, ())
        except BaseException:
            clock.finish(turn)
            raise

    return start_new_thread


_turn_of_thread: weakref.WeakKeyDictionary[threading.Thread, Turn] = weakref.WeakKeyDictionary()


def _run_on_turn(thread: threading.Thread, clock: Clock, turn: Turn) -> None:
    run = thread.run

    def run_on_turn() -> None:
        with _on_turn(clock, turn):
            run()

    thread.run = run_on_turn
    _turn_of_thread[thread] = turn


@contextmanager
def _on_turn(clock: Clock, turn: Turn) -> Generator[None]:
    """All that the calling thread does is done on this turn."""
    mine.adopt(turn, clock)
    blocking.wait_to_begin(clock, turn)
    try:
        yield
    except BaseException as error:
        # A thread that outlived its spec was told to end: that is no news.
        if not isinstance(error, type(clock.abandoned)):
            raise
    finally:
        mine.drop()
        clock.finish(turn)


def waits_for_a_process(code: CodeType) -> bool:
    """True for the code in here that may be broken into: it only stands round a wait of the system's."""
    return code in _PROCESS_WAITS


@contextmanager
def _in_real_time(clock: Clock, turn: Turn) -> Generator[None]:
    """The thread waits for another process: time follows real time meanwhile."""
    park = Park(clock, turn)
    clock.park(park, None, real=True)
    try:
        yield
    finally:
        clock.resume(park)


def _follow_real_time(thread: threading.Thread, clock: Clock) -> None:
    run = thread.run
    turn = clock.begin(f"thread {thread.name}")

    def run_in_real_time() -> None:
        try:
            with _in_real_time(clock, turn):
                run()
        finally:
            clock.finish(turn)

    thread.run = run_in_real_time


def _process_wait(real: Callable[..., Any]) -> Callable[..., Any]:
    def wait(*args: Any, **kwargs: Any) -> Any:
        turn, clock = mine.turn, mine.clock
        if turn is None or clock is None or turn.park is not None or mine.starting:
            return real(*args, **kwargs)
        if not turn.primary:
            with _in_real_time(clock, turn):
                return real(*args, **kwargs)
        return wait_for_process(clock, turn, lambda: real(*args, **kwargs))

    return wait


def wait_for_process(clock: Clock, turn: Turn, wait: Callable[[], Any]) -> Any:
    """Wait on the loop's own thread, where nobody is there to let time pass."""
    began = real_monotonic()
    mine.starting = True
    try:
        came = wait()
    finally:
        mine.starting = False
    blocking.sleep(clock, turn, real_monotonic() - began)
    return came


_PROCESS_WAITS = {_process_wait(print).__code__, wait_for_process.__code__}


ABOUT_TO_END = 5.0
"""Real seconds that somebody has who is at work and joined: far more than any machine needs for the last step."""


def _has_to_wait_for(other: Turn) -> bool:
    """Whether the loop is held up by this work if it joins it now.

    A thread that has delivered its result has one step left, and may not have come to it when the loop reads the
    result. So whoever is at work is let go on, until it has ended or waits for something itself.
    """
    until = real_monotonic() + ABOUT_TO_END
    while not (other.done or other.queued or other.park) and real_monotonic() < until:
        real_sleep(0.0001)
    return not other.done


def _join(real: Callable[..., None]) -> Callable[..., None]:
    def join(self: threading.Thread, timeout: float | None = None) -> None:
        turn, clock, other = mine.turn, mine.clock, _turn_of_thread.get(self)
        if turn is not None and clock is not None and other is not None and other is not turn:
            if turn.primary and _has_to_wait_for(other):
                tell_blocked(turn, "Thread.join", timeout)
            if not blocking.join(clock, turn, other, timeout):
                return None
            timeout = None
        return real(self, timeout)

    return join


def _condition_wait(real: Callable[..., bool]) -> Callable[..., bool]:
    def wait(self: Any, timeout: float | None = None) -> bool:
        turn, clock = mine.turn, mine.clock
        if turn is None or mine.starting or (timeout is not None and timeout <= 0):
            return real(self, timeout)
        tell_blocked(turn, "a wait for another thread", timeout)
        if clock is None:
            return real(self, timeout)
        if not self._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        # A Park has the `release` that `notify` calls, so the waker hands the clock over itself.
        park = Park(clock, turn)
        self._waiters.append(park)
        saved = self._release_save()
        notified = False
        try:
            notified = blocking.wait(clock, park, timeout)
            return notified
        finally:
            self._acquire_restore(saved)
            if not notified:
                try:
                    self._waiters.remove(park)
                except ValueError:
                    pass

    return wait


def _select(real: Callable[..., Any]) -> Callable[..., Any]:
    def select_(*args: Any) -> Any:
        turn, clock = mine.turn, mine.clock
        if turn is not None and clock is not None and len(args) > 3 and args[3] is not None:
            ready = real(*args[:3], 0)
            if any(ready) or args[3] <= 0:
                return ready
            tell_blocked(turn, "select.select", args[3])
            blocking.sleep(clock, turn, args[3])
            return real(*args[:3], 0)
        return real(*args)

    return select_


# Executors

_workers: weakref.WeakKeyDictionary[Any, Workers] = weakref.WeakKeyDictionary()


class _Submitting(threading.local):
    executor: Any = None


_submitting = _Submitting()


def _submit(real: Callable[..., Any]) -> Callable[..., Any]:
    def submit(self: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if mine.clock is None:
            return real(self, fn, *args, **kwargs)
        _submitting.executor = self
        try:
            return real(self, fn, *args, **kwargs)
        finally:
            _submitting.executor = None

    return submit


def _shutdown(real: Callable[..., None]) -> Callable[..., None]:
    def shutdown(self: Any, wait: bool = True, *, cancel_futures: bool = False) -> None:
        turn, clock, workers = mine.turn, mine.clock, _workers.get(self)
        if wait and turn is not None and clock is not None and workers is not None:
            # What the pool still does takes virtual time. Then its threads end at once.
            real(self, wait=False, cancel_futures=cancel_futures)
            for other in list(workers.turns):
                if turn.primary and _has_to_wait_for(other):
                    tell_blocked(turn, "ThreadPoolExecutor.shutdown", None)
                if not other.done:
                    blocking.join(clock, turn, other, None)
        real(self, wait=wait, cancel_futures=cancel_futures)

    return shutdown


def unfinished(executor: Any) -> int:
    """How many pieces of work an executor was given by a spec and has not done yet."""
    workers = _workers.get(executor)
    return len(workers.turns) if workers is not None else 0


def _work_item_init(real: Callable[..., None]) -> Callable[..., None]:
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


def _work_item_run(real: Callable[..., None]) -> Callable[..., None]:
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


def _initializer_failed(real: Callable[[Any], None]) -> Callable[[Any], None]:
    def _initializer_failed(self: Any) -> None:
        real(self)
        workers = _workers.get(self)
        # All that stands in the line has got an exception by now, and nobody will ever take it. Nothing can join it.
        for turn in list(workers.turns) if workers is not None else []:
            if turn.queued and turn.clock is not None:
                turn.clock.finish(turn)

    return _initializer_failed


# anyio


class _AnyioQueue(queue.Queue[Any]):
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


# aiosqlite


class _SqliteQueue:
    """The queue before the one thread of an aiosqlite connection. The turn travels with the item."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._workers = Workers(capacity=1)
        self._thread_has_ended = False

    def put_nowait(self, item: Any) -> None:
        clock = mine.clock
        turn: Turn | None = None
        if clock is not None:
            turn = placed(clock.queue("work in an aiosqlite thread", self._workers))
        self._queue.put_nowait((turn, clock, item))
        if self._thread_has_ended:
            self._pay_for_what_nobody_takes()

    put = put_nowait

    def get(self) -> Any:
        # Asking for more work means that the result of the last one has been posted.
        self.pay()
        _sqlite_queues[threading.get_ident()] = self
        turn, clock, item = self._queue.get()
        mine.adopt(turn, clock)
        if turn is not None:
            clock.take(turn)
            blocking.wait_to_begin(clock, turn)
        return item

    def pay(self) -> None:
        turn, clock = mine.turn, mine.clock
        mine.drop()
        if turn is not None and clock is not None:
            clock.finish(turn)

    def thread_ended(self) -> None:
        """Nobody will take what still stands in the line.

        A connection that was dropped asks its thread to stop when it is collected: perhaps much later, while another
        spec runs, whose clock must not wait for that."""
        self.pay()
        self._thread_has_ended = True
        self._pay_for_what_nobody_takes()

    def _pay_for_what_nobody_takes(self) -> None:
        for turn in list(self._workers.turns):
            if turn.clock is not None:
                turn.clock.finish(turn)

    def empty(self) -> bool:
        return self._queue.empty()


_sqlite_queues: weakref.WeakValueDictionary[int, _SqliteQueue] = weakref.WeakValueDictionary()


def close_on_worker(thread: int, handle: sqlite3.Connection) -> bool:
    """Close a connection on the aiosqlite thread that opened it, and end the thread. False if there is none."""
    tx = _sqlite_queues.get(thread)
    if tx is None:
        return False
    stop = getattr(sys.modules.get("aiosqlite.core"), "_STOP_RUNNING_SENTINEL", None)

    def close_and_stop() -> object:
        with contextlib.suppress(sqlite3.Error):
            handle.close()
        return stop

    tx.put_nowait((None, close_and_stop))
    return True


def _sqlite_worker(real: Callable[[Any], None]) -> Callable[[Any], None]:
    def _connection_worker_thread(tx: Any) -> None:
        try:
            real(tx)
        except RuntimeError as error:
            # Of a connection that was dropped: nobody waits for it any more, not even its loop.
            if "closed" not in str(error):
                raise
        finally:
            if isinstance(tx, _SqliteQueue):
                tx.thread_ended()

    _connection_worker_thread.__module__ = "aiosqlite.core"
    return _connection_worker_thread


class _SqliteThread(threading.Thread):
    """A connection that is never closed must not keep the interpreter alive."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.daemon = True


# Loops


def _new_event_loop(real: Callable[[], Any]) -> Callable[[], Any]:
    def new_event_loop() -> asyncio.AbstractEventLoop:
        return real() if mine.clock is None else VirtualLoop(mine.clock)

    return new_event_loop


def _selector_event_loop(real: type[asyncio.AbstractEventLoop]) -> type[asyncio.AbstractEventLoop]:
    class AnyOfThem(type(real)):
        """Whoever asks whether a loop is one of these means the real class."""

        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, real)

    class SelectorEventLoop(real, metaclass=AnyOfThem):
        """The loop that somebody makes by the name of its class."""

        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            if cls is not SelectorEventLoop or mine.clock is None:
                return super().__new__(cls)
            return VirtualLoop(mine.clock)

    SelectorEventLoop.__module__, SelectorEventLoop.__qualname__ = (
        real.__module__,
        real.__qualname__,
    )
    return SelectorEventLoop


def _forget_turns_in_child() -> None:
    if mine.turn is not None:
        forked()
    mine.drop()


os.register_at_fork(after_in_child=_forget_turns_in_child) if hasattr(
    os, "register_at_fork"
) else None


_TOGETHER = (
    {("threading", "Thread.start"), ("threading", "Thread.join"), ("threading", "Condition.wait")},
    {
        ("concurrent.futures", "ThreadPoolExecutor.submit"),
        ("concurrent.futures.thread", "_WorkItem.__init__"),
        ("concurrent.futures.thread", "_WorkItem.run"),
    },
    {
        ("aiosqlite.core", "SimpleQueue"),
        ("aiosqlite.core", "_connection_worker_thread"),
    },
)
"""Names that announce one kind of work together. If one of them has moved, the others must stay as they are."""


@contextmanager
def announced_work() -> Generator[None]:
    """Replace the names through which work leaves the loop, until the block ends."""
    names: dict[tuple[str, str], Any] = _names_of_time()
    names["select", "select"] = _select(select.select)
    names["queue", "SimpleQueue"] = SimpleQueue
    names["anyio._backends._asyncio", "Queue"] = _AnyioQueue
    names["aiosqlite.core", "SimpleQueue"] = _SqliteQueue
    names["aiosqlite.core", "Thread"] = _SqliteThread
    wrapped: dict[tuple[str, str], Callable[[Any], Any]] = {
        ("threading", "Thread.start"): _start,
        ("_thread", "start_new_thread"): _start_new,
        ("threading", "Thread.join"): _join,
        ("threading", "Condition.wait"): _condition_wait,
        ("threading", "Lock"): lock_of,
        ("threading", "RLock"): rlock_of,
        ("concurrent.futures", "ThreadPoolExecutor.submit"): _submit,
        ("concurrent.futures", "ThreadPoolExecutor.shutdown"): _shutdown,
        ("concurrent.futures", "ThreadPoolExecutor._initializer_failed"): _initializer_failed,
        ("concurrent.futures.thread", "_WorkItem.__init__"): _work_item_init,
        ("concurrent.futures.thread", "_WorkItem.run"): _work_item_run,
        ("subprocess", "Popen.wait"): _process_wait,
        ("subprocess", "Popen.communicate"): _process_wait,
        ("asyncio", "new_event_loop"): _new_event_loop,
        ("asyncio.events", "new_event_loop"): _new_event_loop,
        ("asyncio", "SelectorEventLoop"): _selector_event_loop,
        ("aiosqlite.core", "_connection_worker_thread"): _sqlite_worker,
    }
    missing: set[tuple[str, str]] = set()
    for key in [*names, *wrapped]:
        try:
            there = patches.original(*key)
        except patches.Missing:
            missing.add(key)
        else:
            if key in wrapped:
                names[key] = wrapped[key](there)
    for together in _TOGETHER:
        if together & missing:
            missing |= together
    VirtualLoop.work_may_be_unannounced = bool(missing)
    try:
        there = {key: names[key] for key in names if key not in missing}
        with patches.replaced(there), _virtual_wall_clock():
            yield
    finally:
        VirtualLoop.work_may_be_unannounced = False
