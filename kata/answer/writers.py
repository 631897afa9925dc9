"""Who has an SQLite file, and who waits for that: on the clock, and not in SQLite, in real time."""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from kata.answer.holding import Holding
from kata.answer.locks import (
    file_is_locked,
    file_of,
    is_locked_out,
    patience,
    without_patience,
    writes_ahead,
)
from kata.clock.machine_time import real_monotonic, real_sleep

T = TypeVar("T")

_BETWEEN_LOOKS = 0.1
"""Seconds of the clock, as long as SQLite sleeps at most before it looks again."""

_BETWEEN_LOOKS_AT_STRANGERS = 0.001
"""Real seconds. SQLite begins with so many, too."""

_AN_INSTANT = 1e-6
"""Seconds. What is nearer is now: a sum of floats is never quite what it should be."""

_MOST_LOOKS = 60
"""After so many, longer and longer ones. The usual patience ends before."""


@dataclass(eq=False)
class _Writer:
    """The connection that has a file to itself, as far as others want to write."""

    connection: weakref.ref[sqlite3.Connection]
    begins: bool = True
    """Its first statement is under way, so that SQLite may still refuse it."""
    shuts_readers_out: bool = False


class _Wait:
    """A wait of so many seconds of the clock, in which somebody looks now and then."""

    def __init__(self, seconds: float) -> None:
        self._began = time.monotonic()
        self._seconds = seconds
        self._looks = 0
        self._next = 0.0

    def left(self) -> float:
        return self._until(self._seconds)

    def until_next_look(self) -> float:
        """Seconds until then. Reckoned from the beginning, so that no error adds up."""
        while not self._until(self._next):
            self._looks += 1
            few = self._looks <= _MOST_LOOKS
            self._next = self._looks * _BETWEEN_LOOKS if few else 2 * self._next
        return min(self._until(self._next), self.left())

    def _until(self, moment: float) -> float:
        left = self._began + moment - time.monotonic()
        return left if left > _AN_INSTANT else 0.0


class _WaitForStrangers:
    """A wait of so many real seconds for who is not seen here, as SQLite waits: it looks again and again."""

    def __init__(self, seconds: float) -> None:
        self._until = real_monotonic() + seconds

    def goes_on(self) -> bool:
        """Wait a little. False at the end of all patience."""
        if real_monotonic() >= self._until:
            return False
        real_sleep(_BETWEEN_LOOKS_AT_STRANGERS)
        return True


class Writers:
    """The connections of one spec's answer that write, and those that wait until they may.

    A transaction that has written keeps a file from others who want to write, and an exclusive one from those who want
    to read too. Who reads keeps others from committing. They wait here as long as SQLite would let them, in seconds of
    the clock, and never in SQLite: a thread that does so is at work, so no time passes for the one that it waits for.
    For who is not seen here (another process, a table that is made in a transaction) they wait in real time. Only a
    script, a statement with many rows, and who changes the journal wait in SQLite.
    """

    def __init__(self, new_holding: Callable[[], Holding]) -> None:
        self._line = new_holding()
        """Those who wait for another to end its transaction, before they ask SQLite."""
        self._refused = new_holding()
        """Those whom SQLite has refused, and who wait for anything to change."""
        self._line.hold()
        self._refused.hold()
        self._writers: dict[str, _Writer] = {}
        self._files: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
        self._readers: weakref.WeakSet[Any] = weakref.WeakSet()
        """Connections in a transaction that has read."""
        self._cursors: weakref.WeakSet[Any] = weakref.WeakSet()
        """Cursors that may have rows left, and then read still."""
        # Reentrant, since a finalizer may run in the middle.
        self._lock: Any = threading.RLock()

    def take(self, connection: sqlite3.Connection, *, alone: bool = False) -> None:
        """Be the one who writes; nobody reads beside one who wants to be `alone`.

        Waits for another who writes. Raises sqlite3.OperationalError if the file stays locked.
        """
        file = self._file_of(connection)

        def taken() -> bool:
            if self._other_writer(file, connection) is not None:
                return False
            own = self._writers.get(file)
            if own is None or own.connection() is not connection:
                own = self._writers[file] = _Writer(weakref.ref(connection))
            return True

        if not file:
            return
        self._stand_in_line(connection, taken)
        if alone:
            # Asked when nobody else is alone any more: to answer, SQLite reads the file.
            shuts_out = not writes_ahead(connection)
            for own in self._writing(connection):
                own.shuts_readers_out = shuts_out

    def wait_to_read(self, connection: sqlite3.Connection) -> None:
        """Wait while another writes who shuts readers out. Raises as `take`."""
        if not self._writers:
            return
        file = self._file_of(connection)

        def lets_read() -> bool:
            writer = self._other_writer(file, connection)
            return writer is None or not writer.shuts_readers_out

        self._stand_in_line(connection, lets_read)

    def has_read(self, connection: sqlite3.Connection) -> None:
        """It reads, in a transaction."""
        with self._lock:
            self._readers.add(connection)

    def has_rows(self, cursor: sqlite3.Cursor) -> None:
        """There may be rows to fetch."""
        with self._lock:
            self._cursors.add(cursor)

    def has_fetched(self) -> None:
        """A row was fetched. It may have been the last, and then SQLite is done with the statement."""
        _wake(self._refused)

    def has_no_rows(self, cursor: sqlite3.Cursor) -> None:
        """There are no more rows to fetch."""
        with self._lock:
            self._cursors.discard(cursor)
        _wake(self._refused)

    def keeps_others_out(self, but: sqlite3.Connection | None = None) -> bool:
        """Whether a connection of the answer may have a file locked now, `but` this one aside."""
        with self._lock:
            others = [writer.connection() for writer in self._writers.values()]
            others += [*self._readers, *(cursor.connection for cursor in self._cursors)]
        return any(other is not None and other is not but for other in others)

    def run(self, connection: sqlite3.Connection, act: Callable[[], T]) -> T:
        """Run a statement, as often as it takes while others have the file. Raises as `take`."""
        if connection in self._readers:
            return act()  # SQLite never lets it wait
        seconds = patience(connection)
        with without_patience(connection, seconds):
            return self.patiently(act, seconds, connection)

    def run_alone(self, connection: sqlite3.Connection, act: Callable[[], T]) -> T:
        """Do what commits, or shuts readers out, as often as it takes while others read. Raises as `take`.

        Where SQLite has waited for them in vain it lets nobody begin to read any more, until the transaction ends.
        """

        def tried() -> T:
            try:
                return act()
            except sqlite3.OperationalError as error:
                if is_locked_out(error):
                    for own in self._writing(connection):
                        own.shuts_readers_out = not writes_ahead(connection)
                raise

        seconds = patience(connection)
        with without_patience(connection, seconds):
            return self.patiently(tried, seconds, connection)

    def patiently(
        self, act: Callable[[], T], seconds: float, connection: sqlite3.Connection | None = None
    ) -> T:
        """Do this again, for so many seconds of the clock, while others than this connection have a file locked."""
        wait: _Wait | None = None  # most wait for nobody, and then the clock is not to be looked at
        strangers: _WaitForStrangers | None = None
        while True:
            times = self._refused.times
            try:
                return act()
            except sqlite3.OperationalError as error:
                if not is_locked_out(error):
                    raise
                if self.keeps_others_out(connection):
                    wait = wait or _Wait(seconds)
                    goes_on = self._goes_on(wait, self._refused, since=times)
                else:
                    strangers = strangers or _WaitForStrangers(seconds)
                    goes_on = strangers.goes_on()
                if not goes_on:
                    raise

    def statement_ended(
        self, connection: sqlite3.Connection, error: BaseException | None = None
    ) -> None:
        """A statement of this connection is over, with this error if it has failed."""
        own = self._writing(connection)
        if own:
            refused = is_locked_out(error) and any(each.begins for each in own)
            if refused or not connection.in_transaction:
                self._make_way(connection)
            for each in own:
                each.begins = False
        _wake(self._refused)

    def transaction_ended(self, connection: sqlite3.Connection) -> None:
        """The connection has committed or rolled back."""
        with self._lock:
            self._readers.discard(connection)
        self._make_way(connection)
        _wake(self._refused)

    def closed(self, connection: sqlite3.Connection) -> None:
        """The connection is closed. SQLite goes on with it as long as a cursor has rows left."""
        self.transaction_ended(connection)

    def wake(self) -> None:
        """Let all who wait look again."""
        _wake(self._line)
        _wake(self._refused)

    def _writing(self, connection: sqlite3.Connection) -> list[_Writer]:
        with self._lock:
            return [each for each in self._writers.values() if each.connection() is connection]

    def _make_way(self, connection: sqlite3.Connection) -> None:
        own = self._writing(connection)
        if own:
            with self._lock:
                self._writers = {f: each for f, each in self._writers.items() if each not in own}
            _wake(self._line)

    def _stand_in_line(self, connection: sqlite3.Connection, may_go: Callable[[], bool]) -> None:
        """Wait until `may_go`, which is asked whenever a writer has ended, and at the end of its patience."""
        wait: _Wait | None = None
        while True:
            times = self._line.times
            with self._lock:
                # To one who reads and wants to write SQLite says at once that somebody else does.
                if may_go() or connection in self._readers:
                    return
            wait = wait or _Wait(patience(connection))
            if not self._goes_on(wait, self._line, since=times):
                raise file_is_locked()

    def _goes_on(self, wait: _Wait, line: Holding, *, since: int) -> bool:
        """Wait until it is time to look again. False at the end of all patience."""
        # A cursor that is forgotten tells nobody.
        seconds = wait.until_next_look() if self._cursors else wait.left()
        if seconds:
            line.wait(seconds, since=since)
        return seconds > 0

    def _other_writer(self, file: str, connection: sqlite3.Connection) -> _Writer | None:
        writer = self._writers.get(file)
        other = None if writer is None else writer.connection()
        if writer is None or other is None or other is connection:
            return None
        try:
            return writer if writer.begins or other.in_transaction else None
        except sqlite3.ProgrammingError:
            return None  # it is closed

    def _file_of(self, connection: sqlite3.Connection) -> str:
        if connection not in self._files:
            file = file_of(connection)
            if file is None:
                return ""
            self._files[connection] = file
        return self._files[connection]


def _wake(line: Holding) -> None:
    line.let_go()
    line.hold()
