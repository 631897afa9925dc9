"""When a statement commits, and what becomes of a commit that a spec holds."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

from kata.answer.holding import Holding

_FIRST_WORDS = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$)|;)*(\w+)(?:\s+(\w+))?", re.DOTALL
)
_WRITES = re.compile(
    r"\b(?:INSERT|REPLACE)\s+(?:OR\s+\w+\s+)?INTO\b|\bDELETE\s+FROM\b|\bUPDATE\b", re.IGNORECASE
)
_COMMITS = ("COMMIT", "END", "RELEASE")
_READS = ("SELECT", "WITH", "VALUES")
_LOCKS = ("IMMEDIATE", "EXCLUSIVE")
_BEGUN_BY_SQLITE3 = ("INSERT", "UPDATE", "DELETE", "REPLACE")
"""Before these, `sqlite3` begins a transaction by itself, unless it was told not to."""

_IN_NONE_OF_ITS_OWN = -1
"""What `Connection.autocommit` is, since Python 3.12, where `isolation_level` rules. Before, nothing else does."""

_DEFAULT_PATIENCE = 5.0


def _autocommit(connection: sqlite3.Connection) -> Any:
    return getattr(connection, "autocommit", _IN_NONE_OF_ITS_OWN)


class Statement:
    """What a statement is to a transaction."""

    def __init__(self, sql: object) -> None:
        text = sql if isinstance(sql, str) else ""
        found = _FIRST_WORDS.match(text)
        first, second = (
            (word.upper() if word else "" for word in found.groups()) if found else ("", "")
        )
        self.commits = first in _COMMITS
        self.writes = first in (*_BEGUN_BY_SQLITE3, "WITH") and bool(_WRITES.search(text))
        self.locks = first == "BEGIN" and second in _LOCKS
        self.reads = first in _READS and not self.writes
        self._first = first
        self._begins_exclusively = first == "BEGIN" and second == "EXCLUSIVE"

    def commits_by_itself(self, connection: sqlite3.Connection) -> bool:
        """Whether it writes outside any transaction, so that what it has written is committed when it is done."""
        if not self.writes or connection.in_transaction:
            return False
        begins = connection.isolation_level is not None and self._first in _BEGUN_BY_SQLITE3
        return _autocommit(connection) is True or not begins

    def shuts_out_readers(self, connection: sqlite3.Connection) -> bool:
        """Whether it begins a transaction that lets nobody else read, for which it waits until nobody does."""
        if self._first not in _BEGUN_BY_SQLITE3 or connection.in_transaction:
            return self._begins_exclusively
        level = str(connection.isolation_level or "").upper()
        return level == "EXCLUSIVE" and _autocommit(connection) == _IN_NONE_OF_ITS_OWN


class Commits:
    """The commits of one spec's answer, which a spec can hold.

    A transaction that has written keeps the file from others who want to write, and an exclusive one from those who
    want to read too. While commits are held, they wait here as long as SQLite would let them, in seconds of the
    clock, and then get what SQLite says. Nothing of this is left to SQLite's own waiting, which takes real time.
    """

    def __init__(self, new_holding: Callable[[], Holding]) -> None:
        self.to_fail = 0
        """How many of the next commits raise that the database is locked."""
        self._holding = new_holding()
        self._line = new_holding()
        """Those who wait for the one who writes."""
        self._a_reader_is_there = False
        self._written_before: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._writer: weakref.ref[sqlite3.Connection] | None = None
        self._writer_begins = False
        self._writer_shuts_readers_out = False
        # Reentrant, since a finalizer may run in the middle.
        self._lock: Any = threading.RLock()

    def hold(self, *, for_a_reader: bool = False) -> None:
        """From now on no commit finishes. With `for_a_reader`, each waits as long as its connection is ready to."""
        self._a_reader_is_there = for_a_reader
        self._writer = None
        self._line.hold()
        self._holding.hold()

    def let_go(self) -> None:
        """The commits that are held go on, and so do those who waited for them."""
        self._holding.let_go()
        self._line.let_go()

    @property
    def holds_one(self) -> bool:
        """True while a commit is held, not only if one would be."""
        return self._holding.holds_one

    def before(self, connection: sqlite3.Connection, sql: object) -> None:
        """Before a statement. Returns when it may begin. Raises sqlite3.OperationalError if the file stays locked."""
        if not connection.in_transaction:
            self.rest(connection)
        if not self._holding.active and not self.to_fail:
            return
        statement = Statement(sql)
        if statement.commits:
            self.before_commit(connection)
        elif statement.commits_by_itself(connection):
            self._commit_at_once(connection)
        elif statement.writes or statement.locks:
            alone = statement.shuts_out_readers(connection)
            self._take_the_file(connection, alone=alone)
            if alone and self._a_reader_is_there:
                self._wait_for_the_reader(connection)
        elif statement.reads:
            self._stand_in_line(connection, lambda: not self._is_shut_out(connection))

    def before_script(self, connection: sqlite3.Connection, sql: object) -> None:
        """Before several statements in one text, for which `sqlite3` first commits what was begun."""
        self.before_commit(connection)
        if not isinstance(sql, str) or not _WRITES.search(sql):
            return
        self._commit_at_once(connection)

    def before_commit(self, connection: sqlite3.Connection) -> None:
        """Before a commit. Returns when it may begin. Raises sqlite3.OperationalError if the file stays locked."""
        if not self._has_written(connection):
            return
        if self._holding.active:
            self._wait_to_commit(connection)
        self._may_succeed()

    def after(self, connection: sqlite3.Connection) -> None:
        """After a statement, whatever came of it."""
        if not self._holding.active:
            return
        with self._lock:
            if self._writer is None or self._writer() is not connection:
                return
            self._writer_begins = False
            if connection.in_transaction:
                return
            self._writer = None
        self._line.let_go()
        self._line.hold()

    def rest(self, connection: sqlite3.Connection) -> None:
        """The connection is in no transaction, or in one that has written nothing."""
        self._written_before[connection] = connection.total_changes
        self.after(connection)

    def _has_written(self, connection: sqlite3.Connection) -> bool:
        before = self._written_before.get(connection, 0)
        return connection.in_transaction and connection.total_changes != before

    def _take_the_file(self, connection: sqlite3.Connection, *, alone: bool = False) -> None:
        """Be the one who writes; nobody reads beside one who wants to be `alone`. Waits for another who writes."""

        def take() -> bool:
            if self._another_writes(connection):
                return False
            goes_on = self._writer is not None and self._writer() is connection
            if not goes_on or alone:
                self._writer_shuts_readers_out = alone and not _writes_ahead(connection)
            self._writer, self._writer_begins = weakref.ref(connection), True
            return True

        self._stand_in_line(connection, take)

    def _stand_in_line(self, connection: sqlite3.Connection, may_go: Callable[[], bool]) -> None:
        """Wait until `may_go`, which is asked whenever a writer has ended."""
        until: float | None = None
        while True:
            with self._lock:
                if not self._holding.active or may_go():
                    return
            until = until or time.monotonic() + _patience(connection)
            if not self._line.wait(until - time.monotonic()):
                raise file_is_locked()

    def _is_shut_out(self, connection: sqlite3.Connection) -> bool:
        return self._writer_shuts_readers_out and self._another_writes(connection)

    def _wait_for_the_reader(self, connection: sqlite3.Connection) -> None:
        """As before a commit. In vain, it leaves the file to others."""
        try:
            self._wait_to_commit(connection)
        except sqlite3.OperationalError:
            self.after(connection)
            raise

    def _another_writes(self, connection: sqlite3.Connection) -> bool:
        writer = None if self._writer is None else self._writer()
        if writer is None or writer is connection:
            return False
        try:
            return self._writer_begins or writer.in_transaction
        except sqlite3.ProgrammingError:
            return False  # it is closed

    def _commit_at_once(self, connection: sqlite3.Connection) -> None:
        if self._holding.active:
            self._take_the_file(connection)
            self._wait_to_commit(connection)
        self._may_succeed()

    def _may_succeed(self) -> None:
        with self._lock:
            fails = self.to_fail > 0
            self.to_fail -= fails
        if fails:
            raise file_is_locked()

    def _wait_to_commit(self, connection: sqlite3.Connection) -> None:
        seconds = _patience(connection) if self._a_reader_is_there else None
        if not self._holding.wait(seconds):
            raise file_is_locked()


def file_is_locked() -> sqlite3.OperationalError:
    """What SQLite says of a file that stays locked."""
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    error.sqlite_errorname = "SQLITE_BUSY"
    return error


def _writes_ahead(connection: sqlite3.Connection) -> bool:
    """With a write-ahead log nobody shuts readers out."""
    try:
        row = sqlite3.Cursor(connection).execute("PRAGMA journal_mode").fetchone()
    except sqlite3.DatabaseError:  # an authorizer of the answer's may forbid it
        row = None
    return row is not None and row[0] == "wal"


def _patience(connection: sqlite3.Connection) -> float:
    """For how many seconds SQLite would wait for a lock: what `timeout=` or `PRAGMA busy_timeout` says."""
    try:
        row = sqlite3.Cursor(connection).execute("PRAGMA busy_timeout").fetchone()
    except sqlite3.DatabaseError:  # an authorizer of the answer's may forbid it
        row = None
    return _DEFAULT_PATIENCE if row is None else row[0] / 1000
