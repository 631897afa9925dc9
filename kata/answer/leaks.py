"""What an answer leaves open: connections, tasks, threads. Found, named, and cleaned up."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kata.answer.loading import display
from kata.answer.probes import NeverAwaited, Probes, SqliteConnection, short_code, short_code_at
from kata.clock.awaiting import awaiting_frames
from kata.clock.sqlite_threads import close_on_worker
from kata.clock.whose_thread import belongs_to_a_pool


@dataclass(frozen=True)
class Leak:
    """One thing that is still open. `what` is said in words."""

    kind: str
    what: str
    where: str | None
    code: str = ""

    @property
    def is_in_a_pool(self) -> bool:
        """True for a connection that its user has given back. Whoever reads of it is told all that is to do."""
        return self.kind in ("pool", "async pool")


def left_open(
    probes: Probes,
    connection_log: Sequence[Mapping[str, Any]],
    tasks: Iterable[asyncio.Task[Any]],
) -> list[Leak]:
    """Everything that is open after the shutdown of the answer.

    `connection_log` is the upstream's, `tasks` are those that still run and belong to the answer.
    """
    found: list[Leak] = []
    gc.collect()
    open_now = probes.open_sqlite()
    for record in [*open_now, *(r for r in probes.dropped if r not in open_now)]:
        leak = _of_a_connection(record, probes)
        if not (leak.is_in_a_pool and leak in found):  # how many there are depends on the threads
            found.append(leak)
    left = [entry for entry in connection_log if not entry["closed"]]
    for entry in left:
        where, code = _shown(entry["where"])
        what = f"a connection to {entry['host']}"
        if len(left) == 1 and entry["calls"] > 1:
            # So it is not the client of one request that was left.
            what += f", over which {entry['calls']} calls went"
        found.append(Leak("upstream", what, where, code))
    for task in tasks:
        if _lives_with_the_process(task):
            continue
        where, code = _task_place(task, probes)
        name = getattr(task.get_coro(), "__qualname__", task.get_name())
        kind = "cancelled task" if task.cancelling() else "task"
        found.append(Leak(kind, f"the task {name.split('<locals>.')[-1]}", where, code))
    for thread in probes.threads:
        if thread.is_alive() and not thread.daemon and not belongs_to_a_pool(thread):
            found.append(Leak("thread", f"the thread {thread.name}", None))
    return found


_WITH_THE_PROCESS = frozenset({("sse_starlette.sse", "_shutdown_watcher")})
"""(module, coroutine function) of tasks that a library starts for itself, once for each loop, and never ends.

It keeps no handle, so an answer cannot end them. A library's task that ends when something is closed is a leak."""


def _lives_with_the_process(task: asyncio.Task[Any]) -> bool:
    coroutine: Any = task.get_coro()
    frame = getattr(coroutine, "cr_frame", None)
    return frame is not None and (
        (frame.f_globals.get("__name__"), coroutine.__qualname__) in _WITH_THE_PROCESS
    )


def _of_a_connection(record: SqliteConnection, probes: Probes) -> Leak:
    kept = probes.engine_pools.keeping(record.handle)
    if kept is None:
        code = short_code_at(record.where)
        return Leak("database", "a connection to the database", record.where, code)
    kind = "async pool" if kept.is_async else "pool"
    where, code = kept.made
    if where is None:
        where, code = record.where, short_code_at(record.where)
    return Leak(kind, "the pool of an SQLAlchemy engine", where, code)


def _shown(where: str | None) -> tuple[str | None, str]:
    """A place as the upstream knows it, `/path/to/main.py:21`, and the code that stands there."""
    if where is None:
        return None, ""
    name, _, line = where.rpartition(":")
    return f"{display(Path(name))}:{line}", short_code(name, int(line))


def _task_place(task: asyncio.Task[Any], probes: Probes) -> tuple[str | None, str]:
    """Where the answer's code waits in the task: it may be wrapped, as in `wait_for`."""
    for frame in awaiting_frames(task.get_coro()):
        where, code = probes.place(frame)
        if where is not None:
            return where, code
    return None, ""


def dropped(fact: NeverAwaited) -> Leak:
    """A coroutine that nobody awaited, where a spec asks that nothing is left."""
    return Leak("await", f"the coroutine {fact.name}, never awaited", fact.where, fact.code)


def close(probes: Probes) -> None:
    """Close the connections that are left, so that neither the next spec nor the end of the run meets them."""
    for record in probes.open_sqlite():
        handle = record.handle
        if handle is not None and not close_on_worker(record.thread, handle):
            with contextlib.suppress(sqlite3.Error):
                handle.close()
        record.handle = None
