"""Whose a thread is that an answer has started: that tells whether it is work, and whether the clock hears of its work.

A thread of the answer's own is work itself. One that a library keeps for a pool waits for work, which is announced as
it is handed over. What some pools do is announced by nobody.
"""

from __future__ import annotations

import threading

from kata.clock.simple_queue import SimpleQueue

_POOLS = (
    *("concurrent.futures.thread", "concurrent.futures.process"),
    *("anyio._backends", "aiosqlite", "multiprocessing"),
)
"""Modules whose threads wait for work that is announced as it is handed over, so that only the work counts."""


def belongs_to_a_pool(thread: threading.Thread) -> bool:
    """True for a thread that a library keeps waiting for work, and ends by itself."""
    target = getattr(thread, "_target", None)
    modules = (type(thread).__module__, getattr(target, "__module__", None) or "")
    return any(module.startswith(_POOLS) for module in modules)


def works_by_itself(thread: threading.Thread) -> bool:
    """True for a thread that holds the clock for as long as it lives, but where it waits."""
    return _is_of_a_thread_pool(thread) or not belongs_to_a_pool(thread)


def _is_of_a_thread_pool(thread: threading.Thread) -> bool:
    """True for the threads of `multiprocessing.pool.ThreadPool` that wait on its `SimpleQueue`s, as any thread may."""
    if type(thread).__module__ == "multiprocessing.dummy":
        return True
    target = getattr(thread, "_target", None)
    if getattr(target, "__module__", "") != "multiprocessing.pool":
        return False
    # Those of a pool of processes are given the methods of a pipe in this place.
    _, method = (*getattr(thread, "_args", ()), None, None)[:2]
    return isinstance(getattr(method, "__self__", None), SimpleQueue)


def _looks_after_a_thread_pool(thread: threading.Thread) -> bool:
    """True for the thread of such a pool that only replaces threads which have ended: nobody waits for it."""
    target = getattr(thread, "_target", None)
    makes = [getattr(each, "__qualname__", "") for each in getattr(thread, "_args", ())]
    return getattr(target, "__name__", "") == "_handle_workers" and "ThreadPool.Process" in makes


def works_unannounced(thread: threading.Thread) -> bool:
    """True for asyncio's thread that waits for a subprocess, and for the threads of pools of processes that nothing
    announces: that of `multiprocessing`, and one of `concurrent.futures` that was imported late."""
    if _is_of_a_thread_pool(thread) or _looks_after_a_thread_pool(thread):
        return False
    target = getattr(getattr(thread, "_target", None), "__module__", "")
    return not _UNANNOUNCED.isdisjoint((target, type(thread).__module__))


_UNANNOUNCED = {
    "asyncio.unix_events",
    "concurrent.futures.process",
    "multiprocessing.pool",
}
