"""The code that no exception may break into from outside: it would leave the clock half changed."""

from __future__ import annotations

import inspect

from kata.clock import (
    anyio_threads,
    at_work,
    blocking,
    clock,
    executors,
    mine,
    new_loops,
    off_loop,
    parked,
    process_waits,
    schedules,
    sqlite_threads,
    strangers,
    stuck,
    threads,
    turns,
    virtual_time,
)

FILES = frozenset(
    inspect.getsourcefile(module) or ""
    for module in (
        anyio_threads,
        at_work,
        blocking,
        clock,
        executors,
        mine,
        new_loops,
        off_loop,
        parked,
        process_waits,
        schedules,
        sqlite_threads,
        strangers,
        stuck,
        threads,
        turns,
        virtual_time,
    )
)
"""The files of that code, as its frames name them."""
