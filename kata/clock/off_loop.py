"""Off-loop work: whatever leaves the event loop holds the clock until it is back.

A naive virtual clock fires timers before a thread's answer comes. So every way to hand work to a
thread announces it (see `kata.clock.turns.Turn`) before it leaves, and pays only when the result has been
posted: executors, anyio's worker threads, aiosqlite's connection threads, threads of the answer's
own. Inside such a thread `time.sleep`, every wait on `threading.Condition` (Event, Queue,
Future.result, ...) and on a `SimpleQueue` are virtual too.

Each of these ways has a module of its own. `announced_work()` replaces their names while a session runs. Threads that
work on no turn notice nothing.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from kata import patches
from kata.clock.anyio_threads import AnyioQueue
from kata.clock.executors import (
    initializer_failed_of,
    shutdown_of,
    submit_of,
    work_item_init_of,
    work_item_run_of,
)
from kata.clock.loop import VirtualLoop
from kata.clock.new_loops import new_event_loop_of, selector_event_loop_of
from kata.clock.process_waits import wait_of
from kata.clock.simple_queue import SimpleQueue
from kata.clock.sqlite_threads import SqliteQueue, SqliteThread, worker_of
from kata.clock.thread_locks import lock_of, rlock_of
from kata.clock.threads import condition_wait_of, join_of, start_new_of, start_of
from kata.clock.virtual_time import names_of_time, select_of, virtual_wall_clock

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
    names: dict[tuple[str, str], Any] = names_of_time()
    names["select", "select"] = select_of(select.select)
    names["queue", "SimpleQueue"] = SimpleQueue
    names["anyio._backends._asyncio", "Queue"] = AnyioQueue
    names["aiosqlite.core", "SimpleQueue"] = SqliteQueue
    names["aiosqlite.core", "Thread"] = SqliteThread
    wrapped: dict[tuple[str, str], Callable[[Any], Any]] = {
        ("threading", "Thread.start"): start_of,
        ("_thread", "start_new_thread"): start_new_of,
        ("threading", "Thread.join"): join_of,
        ("threading", "Condition.wait"): condition_wait_of,
        ("threading", "Lock"): lock_of,
        ("threading", "RLock"): rlock_of,
        ("concurrent.futures", "ThreadPoolExecutor.submit"): submit_of,
        ("concurrent.futures", "ThreadPoolExecutor.shutdown"): shutdown_of,
        ("concurrent.futures", "ThreadPoolExecutor._initializer_failed"): initializer_failed_of,
        ("concurrent.futures.thread", "_WorkItem.__init__"): work_item_init_of,
        ("concurrent.futures.thread", "_WorkItem.run"): work_item_run_of,
        ("subprocess", "Popen.wait"): wait_of,
        ("subprocess", "Popen.communicate"): wait_of,
        ("asyncio", "new_event_loop"): new_event_loop_of,
        ("asyncio.events", "new_event_loop"): new_event_loop_of,
        ("asyncio", "SelectorEventLoop"): selector_event_loop_of,
        ("aiosqlite.core", "_connection_worker_thread"): worker_of,
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
        with patches.replaced(there), virtual_wall_clock():
            yield
    finally:
        VirtualLoop.work_may_be_unannounced = False
