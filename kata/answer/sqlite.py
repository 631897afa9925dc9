"""The answer's queries to SQLite, which a spec can hold or fail.

While a spec runs, `sqlite3.Connection` and `sqlite3.Cursor` are classes that ask here before they hand a query to
SQLite. It has handlers for such things, but it calls them in the middle of a query, with its own lock taken. Written
in Python they also need the interpreter's lock, and two threads that share a connection would then wait for each
other, for ever.
"""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from kata import patches
from kata.clock.clock import Park, mine


class _OwnWork(threading.local):
    active = False


own_work = _OwnWork()
"""`own_work.active` is true on a thread that works for the kata itself, whose queries nobody holds."""

_PATIENCE_SECONDS = 200.0
"""Real seconds that a query is held on a thread that no clock knows of: longer than any spec takes."""


@dataclass
class Queries:
    """What becomes of the queries of one spec's answer.

    A query on the loop's thread cannot be held, since nothing would go on: `on_the_loop` tells such a thread, and
    `saw_on_the_loop` is called instead. `in_a_request` tells whether the running code belongs to a request.
    """

    on_the_loop: Callable[[], bool]
    in_a_request: Callable[[], bool]
    saw_on_the_loop: Callable[[], None]
    failing: bool = False
    connects_left: int | None = None
    _holding: bool = False
    _has_held: bool = False
    _only_after_commit: bool = False
    _held: list[Park | threading.Event] = field(default_factory=list[Park | threading.Event])
    _lock: Any = field(default_factory=threading.Lock)

    def hold(self, *, after_commit: bool = False) -> None:
        """From now on no query of the answer begins, or none that follows a commit of its connection."""
        self._only_after_commit = after_commit
        self._holding = self._has_held = True

    def let_go(self) -> None:
        """The queries that are held go on, and no more are held."""
        with self._lock:
            self._holding = False
            held, self._held = self._held, []
        for wait in held:
            if isinstance(wait, Park):
                wait.release()
            else:
                wait.set()

    @property
    def holds_one(self) -> bool:
        """True while a query of the answer is held, not only if one would be."""
        return bool(self._held)

    # What a connection asks

    def may_connect(self) -> None:
        """Raises sqlite3.OperationalError when the spec lets the answer open no more connections."""
        with self._lock:
            if self.connects_left is None:
                return
            if self.connects_left == 0:
                raise sqlite3.OperationalError("unable to open database file")
            self.connects_left -= 1

    def may_begin(self, connection: sqlite3.Connection) -> None:
        """Before a query. Returns when it may go on. Raises sqlite3.OperationalError when it fails."""
        if self._holding and (not self._only_after_commit or _has_committed(connection)):
            self._wait()
        self._may_succeed()

    def may_fetch(self) -> None:
        """Before rows of a query are fetched, which lets SQLite go on with it. As `may_begin`."""
        if self._has_held and self.on_the_loop() and self.in_a_request():
            self.saw_on_the_loop()  # a query that was held elsewhere, and goes on here
        elif self._holding and not self._only_after_commit:
            self._wait()
        self._may_succeed()

    def _may_succeed(self) -> None:
        if self.failing:
            raise sqlite3.OperationalError("interrupted")

    def _wait(self) -> None:
        if self.on_the_loop():
            self.saw_on_the_loop()
            return
        turn, clock = mine.turn, mine.clock
        with self._lock:
            if not self._holding:
                return
            wait = threading.Event() if turn is None or clock is None else Park(clock, turn)
            self._held.append(wait)
        if isinstance(wait, Park):
            # Parked, the query keeps nobody's time: a spec that waits for it is a deadlock, seen at once.
            wait.clock.wait(wait, None)
        else:
            wait.wait(_PATIENCE_SECONDS)


def _has_committed(connection: sqlite3.Connection) -> bool:
    """Whether a connection has written something, and is in no transaction now."""
    return connection.total_changes > 0 and not connection.in_transaction


Method = TypeVar("Method", bound=Callable[..., Any])


def _forgotten(method: Method) -> Method:
    """A method whose exceptions do not keep the object, as those of a method written in C do not.

    Otherwise a traceback would keep a cursor, and a cursor keeps SQLite's locks even when its connection is closed.
    """

    @functools.wraps(method)
    def forgotten(this: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(this, *args, **kwargs)
        except BaseException as error:
            del this
            _leave_out_this_module(error)
            raise

    return cast("Method", forgotten)


def _leave_out_this_module(error: BaseException) -> None:
    """Take the frames of this module off the top of a traceback. Below may be a line of the answer: a row factory."""
    inner = error.__traceback__
    while inner is not None and inner.tb_frame.f_globals is globals():
        inner = inner.tb_next
    error.__traceback__ = inner


class Cursor(sqlite3.Cursor):
    """A cursor that asks before it begins a query, and before it fetches rows."""

    @_forgotten
    def execute(self, *args: Any) -> Cursor:
        self._may_begin()
        super().execute(*args)
        return self

    @_forgotten
    def executemany(self, *args: Any) -> Cursor:
        self._may_begin()
        super().executemany(*args)
        return self

    @_forgotten
    def executescript(self, *args: Any) -> Cursor:
        self._may_begin()
        super().executescript(*args)
        return self

    @_forgotten
    def fetchone(self) -> Any:
        self._may_fetch()
        return super().fetchone()

    @_forgotten
    def fetchmany(self, *args: Any, **kwargs: Any) -> list[Any]:
        self._may_fetch()
        return super().fetchmany(*args, **kwargs)

    @_forgotten
    def fetchall(self) -> list[Any]:
        self._may_fetch()
        return super().fetchall()

    @_forgotten
    def __next__(self) -> Any:
        self._may_fetch()
        return super().__next__()

    def _may_begin(self) -> None:
        if (queries := _queries_of(self.connection)) is not None:
            queries.may_begin(self.connection)

    def _may_fetch(self) -> None:
        if (queries := _queries_of(self.connection)) is not None:
            queries.may_fetch()


class Connection(sqlite3.Connection):
    """A connection that asks before it opens, and before each query. A rollback is not asked for: it loses nothing."""

    kata_queries: Queries | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not own_work.active:
            self.kata_queries = _Watching.queries
        if self.kata_queries is not None:
            self.kata_queries.may_connect()
        super().__init__(*args, **kwargs)

    def cursor(self, factory: Any = Cursor) -> Any:
        return super().cursor(factory)

    # With a plain cursor, whatever a class of the answer has for `cursor`: so it is in sqlite3.

    @_forgotten
    def execute(self, *args: Any) -> sqlite3.Cursor:
        return Connection.cursor(self).execute(*args)

    @_forgotten
    def executemany(self, *args: Any) -> sqlite3.Cursor:
        return Connection.cursor(self).executemany(*args)

    @_forgotten
    def executescript(self, *args: Any) -> sqlite3.Cursor:
        return Connection.cursor(self).executescript(*args)

    @_forgotten
    def commit(self) -> None:
        self._may_commit()
        super().commit()

    @_forgotten
    def __exit__(self, *error: Any) -> Any:
        if error[:1] == (None,):
            try:
                self._may_commit()
            except sqlite3.OperationalError as failed:
                super().__exit__(type(failed), failed, failed.__traceback__)
                raise
        return super().__exit__(*error)

    def _may_commit(self) -> None:
        if self.in_transaction and self.kata_queries is not None:
            self.kata_queries.may_begin(self)


def _queries_of(connection: sqlite3.Connection) -> Queries | None:
    return connection.kata_queries if isinstance(connection, Connection) else None


class _Watching:
    """Whom the connections ask that are opened now."""

    queries: Queries | None = None


_POSITION_OF_FACTORY = 5
"""Where `sqlite3.connect` takes the class of the connection, for those who do not name it."""


@contextlib.contextmanager
def watched(queries: Queries) -> Generator[None]:
    """Let every connection to SQLite that is opened while the block lasts ask `queries`."""

    def replacement(real: Callable[..., sqlite3.Connection]) -> Callable[..., sqlite3.Connection]:
        def connect(*args: Any, **kwargs: Any) -> sqlite3.Connection:
            if len(args) <= _POSITION_OF_FACTORY:
                kwargs.setdefault("factory", Connection)
            return real(*args, **kwargs)

        return connect

    replacements: dict[tuple[str, str], Any] = {}
    for module in ("sqlite3", "sqlite3.dbapi2"):
        replacements[module, "connect"] = replacement(patches.original(module, "connect"))
        replacements[module, "Connection"] = Connection
        replacements[module, "Cursor"] = Cursor
    with patches.replaced(replacements):
        _Watching.queries = queries
        try:
            yield
        finally:
            _Watching.queries = None
