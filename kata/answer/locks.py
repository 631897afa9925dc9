"""What SQLite says of a connection and of a file that is locked."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Generator
from typing import Any

_DEFAULT_PATIENCE = 5.0
"""Seconds, as `sqlite3.connect` has it."""

_PlainCursor = sqlite3.Cursor
"""As it is before a spec runs: these queries are the kata's own."""


def file_is_locked() -> sqlite3.OperationalError:
    """What SQLite says of a file that stays locked."""
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    error.sqlite_errorname = "SQLITE_BUSY"
    return error


def patience(connection: sqlite3.Connection) -> float:
    """For how many seconds SQLite would wait for a lock: what `timeout=` or `PRAGMA busy_timeout` says."""
    rows = _pragma(connection, "busy_timeout")
    return rows[0][0] / 1000 if rows else _DEFAULT_PATIENCE


@contextlib.contextmanager
def without_patience(connection: sqlite3.Connection, seconds: float) -> Generator[None]:
    """Until the block ends, SQLite itself waits for no lock; afterwards it does so for that many seconds again."""
    _pragma(connection, "busy_timeout = 0")
    try:
        yield
    finally:
        _pragma(connection, f"busy_timeout = {round(seconds * 1000)}")


def writes_ahead(connection: sqlite3.Connection) -> bool:
    """With a write-ahead log nobody shuts readers out."""
    return _pragma(connection, "journal_mode") == [("wal",)]


def file_of(connection: sqlite3.Connection) -> str | None:
    """The file that it writes to; "" for a database in memory, which nobody shares, and None where nobody can tell."""
    rows = _pragma(connection, "database_list")
    return next((file for _, name, file in rows if name == "main"), "") if rows else None


def _pragma(connection: sqlite3.Connection, name: str) -> list[Any]:
    """What a PRAGMA says. Nothing where it cannot be asked: an authorizer of the answer's may forbid it."""
    try:
        cursor = _PlainCursor(connection)
        cursor.row_factory = None
        return cursor.execute(f"PRAGMA {name}").fetchall()
    except sqlite3.DatabaseError:
        return []


def is_locked_out(error: BaseException | None) -> bool:
    """Whether SQLite has waited in vain. With other codes, and of statements in progress, it says so at once."""
    code = getattr(error, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_BUSY and str(error) == "database is locked"
