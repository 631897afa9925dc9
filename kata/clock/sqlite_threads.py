"""aiosqlite's threads, one for each connection: the turn travels with the query."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

from kata.clock import blocking
from kata.clock.mine import mine
from kata.clock.turns import Turn, Workers
from kata.clock.watch import placed


class SqliteQueue:
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


_sqlite_queues: weakref.WeakValueDictionary[int, SqliteQueue] = weakref.WeakValueDictionary()


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


def worker_of(real: Callable[[Any], None]) -> Callable[[Any], None]:
    """What stands at `aiosqlite.core._connection_worker_thread`: the last piece of work is paid for when it ends."""

    def _connection_worker_thread(tx: Any) -> None:
        try:
            real(tx)
        except RuntimeError as error:
            # Of a connection that was dropped: nobody waits for it any more, not even its loop.
            if "closed" not in str(error):
                raise
        finally:
            if isinstance(tx, SqliteQueue):
                tx.thread_ended()

    _connection_worker_thread.__module__ = "aiosqlite.core"
    return _connection_worker_thread


class SqliteThread(threading.Thread):
    """A connection that is never closed must not keep the interpreter alive."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.daemon = True
