"""When a statement commits, and what becomes of a commit that a spec holds."""

from __future__ import annotations

import re
import sqlite3
import threading
import weakref
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from kata.answer.holding import Holding
from kata.answer.locks import file_is_locked, patience
from kata.answer.writers import Writers

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

_LEFT_TO_SQLITE = ("BUSY_TIMEOUT", "JOURNAL_MODE")
"""The first is how long a connection waits. To change the second, SQLite waits for readers only."""

_IN_NONE_OF_ITS_OWN = -1
"""What `Connection.autocommit` is, since Python 3.12, where `isolation_level` rules. Before, nothing else does."""


def _autocommit(connection: sqlite3.Connection) -> Any:
    return getattr(connection, "autocommit", _IN_NONE_OF_ITS_OWN)


class Statement:
    """What a statement is to a transaction."""

    def __init__(self, text: str) -> None:
        found = _FIRST_WORDS.match(text)
        first, second = (
            (word.upper() if word else "" for word in found.groups()) if found else ("", "")
        )
        self.commits = first in _COMMITS
        self.writes = first in (*_BEGUN_BY_SQLITE3, "WITH") and bool(_WRITES.search(text))
        self.locks = first == "BEGIN" and second in _LOCKS
        self.reads = first in _READS and not self.writes
        self.is_left_to_sqlite = first == "PRAGMA" and second in _LEFT_TO_SQLITE
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


_statement = lru_cache(maxsize=256)(Statement)


def statement_of(sql: object) -> Statement:
    """What a statement is, looked at once however often it runs. Anything but text is none."""
    return _statement(sql if isinstance(sql, str) else "")


class Commits:
    """The commits of one spec's answer, which a spec can hold.

    While they are held they wait here as long as SQLite would let them, in seconds of the clock, and then get what
    SQLite says.
    """

    def __init__(self, new_holding: Callable[[], Holding]) -> None:
        self.to_fail = 0
        """How many of the next commits raise that the database is locked."""
        self._holding = new_holding()
        self.writers = Writers(new_holding)
        """Those who write, and those who wait for them."""
        self._a_reader_is_there = False
        self._written_before: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        # Reentrant, since a finalizer may run in the middle.
        self._lock: Any = threading.RLock()

    def hold(self, *, for_a_reader: bool = False) -> None:
        """From now on no commit finishes. With `for_a_reader`, each waits as long as its connection is ready to."""
        self._a_reader_is_there = for_a_reader
        self._holding.hold()

    def let_go(self) -> None:
        """The commits that are held go on, and so do those who waited for them."""
        self._holding.let_go()
        self.writers.wake()

    @property
    def holds_one(self) -> bool:
        """True while a commit is held, not only if one would be."""
        return self._holding.holds_one

    def before(self, connection: sqlite3.Connection, sql: object) -> None:
        """Before a statement. Returns when it may begin. Raises sqlite3.OperationalError if the file stays locked."""
        if not connection.in_transaction:
            self.rest(connection)
        statement = statement_of(sql)
        if statement.commits:
            self.before_commit(connection)
        elif statement.commits_by_itself(connection):
            self._commit_at_once(connection)
        elif statement.writes or statement.locks:
            alone = statement.shuts_out_readers(connection)
            self.writers.take(connection, alone=alone)
            if alone and self._a_reader_is_there:
                self._wait_for_the_reader(connection)
        elif statement.reads:
            self.writers.wait_to_read(connection)

    def run(
        self, connection: sqlite3.Connection, act: Callable[[], object], sql: object = None
    ) -> None:
        """Run this statement, more than once if the file is locked."""
        statement = statement_of(sql)
        commits = statement.commits or statement.commits_by_itself(connection)
        if statement.is_left_to_sqlite:
            act()
        elif commits or statement.shuts_out_readers(connection):
            self.writers.run_alone(connection, act)
        else:
            self.writers.run(connection, act)
            if statement.reads and connection.in_transaction:
                self.writers.has_read(connection)

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

    def rest(self, connection: sqlite3.Connection) -> None:
        """The connection is in no transaction, or in one that has written nothing."""
        self._written_before[connection] = connection.total_changes
        self.writers.transaction_ended(connection)

    def _has_written(self, connection: sqlite3.Connection) -> bool:
        before = self._written_before.get(connection, 0)
        return connection.in_transaction and connection.total_changes != before

    def _wait_for_the_reader(self, connection: sqlite3.Connection) -> None:
        """As before a commit. In vain, it leaves the file to others."""
        try:
            self._wait_to_commit(connection)
        except sqlite3.OperationalError as error:
            self.writers.statement_ended(connection, error)
            raise

    def _commit_at_once(self, connection: sqlite3.Connection) -> None:
        self.writers.take(connection)
        try:
            if self._holding.active:
                self._wait_to_commit(connection)
            self._may_succeed()
        except sqlite3.OperationalError as error:
            self.writers.statement_ended(connection, error)
            raise

    def _may_succeed(self) -> None:
        with self._lock:
            fails = self.to_fail > 0
            self.to_fail -= fails
        if fails:
            raise file_is_locked()

    def _wait_to_commit(self, connection: sqlite3.Connection) -> None:
        seconds = patience(connection) if self._a_reader_is_there else None
        if not self._holding.wait(seconds):
            raise file_is_locked()
