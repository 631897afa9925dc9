"""What an upstream sees: connections that open and close, calls that begin and end."""

from __future__ import annotations

import inspect
import itertools
import os
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypedDict

import httpx


class ConnectionRecord(TypedDict):
    """One connection, as plain data."""

    id: int
    host: str
    # Which of the clients' pools opened it, in the order in which they came; None if nobody knows.
    pool: int | None
    # The first call that went over it, "GET host/path"; "" while none has.
    opened_at: str
    # How many calls went over it.
    calls: int
    closed: bool
    # "file:line" of the answer's line that opened it, when one is on the stack.
    where: str | None
    # A sync client on the event loop's own thread opened it: every call over it blocks the loop.
    blocking: bool


class Traffic:
    """The connections and calls of one spec. Called by the network, from whatever thread.

    `on_event` is told when a call begins and ends, as plain data.
    """

    def __init__(self, answer_folder: str | os.PathLike[str] | None) -> None:
        self.on_event: Callable[[dict[str, Any]], None] | None = None
        self.connections: list[ConnectionRecord] = []
        self.endless_reads = 0
        """Reads for which the client has set no time limit."""
        self.peak = 0
        """The most calls that were in flight at once."""
        self._folders = _spellings(answer_folder)
        # Reentrant, since a finalizer may run in the middle.
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._labels: dict[int, str] = {}
        self._pools: dict[object, int] = {}
        self._open: dict[int, Callable[[], None]] = {}
        self._closed = False

    @property
    def in_flight(self) -> int:
        """Calls whose request has come and whose answer has not gone out to its last byte."""
        return len(self._labels)

    @property
    def open_connections(self) -> int:
        """How many connections the clients hold open now, idle ones too."""
        return len(self._open)

    def close(self) -> None:
        """Close what the clients left open, and what a thread still opens, so that nobody waits on it."""
        with self._lock:
            self._closed = True
            ends = list(self._open.values())
        for end in ends:
            end()

    def connection_opens(self, host: str, pool: object, *, blocking: bool) -> ConnectionRecord:
        """Write down a new connection. `pool` tells the pools of the clients apart."""
        record: ConnectionRecord = {
            "id": next(self._numbers),
            "host": host,
            "pool": None if pool is None else self._pools.setdefault(pool, len(self._pools)),
            "opened_at": "",
            "calls": 0,
            "closed": False,
            "where": self._answer_line(),
            "blocking": blocking,
        }
        self.connections.append(record)
        return record

    def connection_stands(self, connection: ConnectionRecord, end: Callable[[], None]) -> None:
        """From now on `close` ends this connection too, in whatever thread it runs, by calling `end`."""
        with self._lock:
            self._open[connection["id"]] = end
            too_late = self._closed
        if too_late:
            end()

    def connection_closes(self, connection: ConnectionRecord) -> None:
        """One of the two sides has closed a connection, or both have."""
        with self._lock:
            self._open.pop(connection["id"], None)
            connection["closed"] = True

    def call_begins(self, request: httpx.Request, connection: ConnectionRecord) -> int:
        """A request is complete on this connection: from now on the call is in flight."""
        label = f"{request.method} {request.url.host}{request.url.path}"
        number = next(self._numbers)
        with self._lock:
            self._labels[number] = label
            self.peak = max(self.peak, len(self._labels))
            connection["opened_at"] = connection["opened_at"] or label
            connection["calls"] += 1
        self._tell(number, label, "start", None)
        return number

    def call_ends(self, number: int, status: int | None) -> None:
        """The answer went out, or the client left. `status` is None if no answer had begun."""
        with self._lock:
            label = self._labels.pop(number, None)
        if label is not None:
            self._tell(number, label, "end", status)

    def _answer_line(self) -> str | None:
        frame = inspect.currentframe() if self._folders else None
        while frame is not None:
            if _is_inside(frame.f_code.co_filename, self._folders):
                return f"{frame.f_code.co_filename}:{frame.f_lineno or frame.f_code.co_firstlineno}"
            frame = frame.f_back
        return None

    def _tell(self, number: int, label: str, phase: str, status: int | None) -> None:
        if self.on_event is not None:
            self.on_event(
                {
                    "kind": "upstream",
                    "label": label,
                    "phase": phase,
                    "id": number,
                    "status": status,
                }
            )


def _spellings(folder: str | os.PathLike[str] | None) -> tuple[str, ...]:
    """A folder as it may stand at the head of a file's name, with and without links resolved."""
    if folder is None:
        return ()
    return tuple({os.path.abspath(folder) + os.sep, os.path.realpath(folder) + os.sep})


@lru_cache(maxsize=4096)
def _is_inside(filename: str, folders: tuple[str, ...]) -> bool:
    return os.path.abspath(filename).startswith(folders)
