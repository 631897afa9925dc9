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
from typing import Any, Literal, NoReturn, TypeVar, cast

from kata import patches
from kata.answer.commits import Commits
from kata.answer.holding import Holding
from kata.answer.locks import file_is_locked


class _OwnWork(threading.local):
    active = False


own_work = _OwnWork()
"""`own_work.active` is true on a thread that works for the kata itself, whose queries nobody holds."""


Held = Literal["queries", "queries after a commit", "fetches", "results"]
"""What a spec holds: queries before they begin, only those of a connection that has committed something, queries that
have begun before they give rows, or those that have given all of them.
"""


Failing = Literal["none", "all", "reads"]
"""Which queries of the answer fail. Reads are those that begin with SELECT."""


class Queries:
    """What becomes of the queries of one spec's answer.

    A query on the loop's thread cannot be held, since nothing would go on: `on_the_loop` tells such a thread, and
    `saw_on_the_loop` is called instead. `in_a_request` tells whether the running code belongs to a request.
    """

    def __init__(
        self,
        *,
        on_the_loop: Callable[[], bool],
        in_a_request: Callable[[], bool],
        saw_on_the_loop: Callable[[], None],
    ) -> None:
        self.on_the_loop = on_the_loop
        self.in_a_request = in_a_request
        self.saw_on_the_loop = saw_on_the_loop
        self.failing: Failing = "none"
        self.fails_as_locked = False
        self.connects_left: int | None = None
        holding = functools.partial(
            Holding, on_the_loop=on_the_loop, saw_on_the_loop=saw_on_the_loop
        )
        self.commits = Commits(holding)
        self._holding = holding()
        self._has_held = False
        self._what: Held = "queries"
        # Reentrant, since a finalizer may run in the middle.
        self._lock: Any = threading.RLock()

    def hold(self, what: Held = "queries") -> None:
        """From now on nothing of this kind goes on in the answer."""
        self._what = what
        self._has_held = True
        self._holding.hold()

    def let_go(self) -> None:
        """The queries that are held go on, and no more are held."""
        self._holding.let_go()

    @property
    def holds_one(self) -> bool:
        """True while a query or a commit of the answer is held, not only if one would be."""
        return self._holding.holds_one or self.commits.holds_one

    # What a connection asks

    def may_connect(self) -> None:
        """Raises sqlite3.OperationalError when the spec lets the answer open no more connections."""
        with self._lock:
            if self.connects_left is None:
                return
            if self.connects_left == 0:
                raise sqlite3.OperationalError("unable to open database file")
            self.connects_left -= 1

    def may_begin(self, connection: sqlite3.Connection, sql: object = None) -> None:
        """Before a query. Returns when it may go on. Raises sqlite3.OperationalError when it fails."""
        if self._holding.active and (
            self._what == "queries"
            or (self._what == "queries after a commit" and _has_committed(connection))
        ):
            self._holding.wait()
        if self.failing == "all" or (self.failing == "reads" and _reads(sql)):
            self._fail()
        self.commits.before(connection, sql)

    def may_commit(self, connection: sqlite3.Connection) -> None:
        """Before a commit, as `may_begin`."""
        self.may_begin(connection)
        self.commits.before_commit(connection)

    def may_fetch(self) -> None:
        """Before rows of a query are fetched, which lets SQLite go on with it. As `may_begin`."""
        if self._has_held and self.on_the_loop() and self.in_a_request():
            self.saw_on_the_loop()  # a query that was held elsewhere, and goes on here
        elif self._holding.active and self._what in ("queries", "fetches"):
            self._holding.wait()
        if self.failing == "all":
            self._fail()

    def has_all_rows(self) -> None:
        """After the last row was read, which ends the query for SQLite. Returns when the answer may have them."""
        if self._holding.active and self._what == "results":
            self._holding.wait()

    def _fail(self) -> NoReturn:
        if self.on_the_loop() and self.in_a_request():
            self.saw_on_the_loop()
        raise file_is_locked() if self.fails_as_locked else sqlite3.OperationalError("interrupted")


def _reads(sql: object) -> bool:
    return isinstance(sql, str) and sql.lstrip()[:6].upper() == "SELECT"


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
            _leave_out_this_package(error)
            raise

    return cast("Method", forgotten)


def _leave_out_this_package(error: BaseException) -> None:
    """Take the frames of this package off the top of a traceback. Below may be a line of the answer: a row factory."""
    inner = error.__traceback__
    while inner is not None and inner.tb_frame.f_globals.get("__package__") == __package__:
        inner = inner.tb_next
    error.__traceback__ = inner


class Cursor(sqlite3.Cursor):
    """A cursor that asks before it begins a query, and before it fetches rows."""

    @_forgotten
    def execute(self, *args: Any) -> Cursor:
        self._may_begin(*args[:1])
        run = functools.partial(super().execute, *args)
        if (queries := _queries_of(self.connection)) is not None:
            run = functools.partial(queries.commits.run, self.connection, run, *args[:1])
        return self._run(run)

    @_forgotten
    def executemany(self, *args: Any) -> Cursor:
        self._may_begin(*args[:1])
        return self._run(functools.partial(super().executemany, *args))

    @_forgotten
    def executescript(self, *args: Any) -> Cursor:
        self._may_begin()
        if (queries := _queries_of(self.connection)) is not None:
            queries.commits.before_script(self.connection, *args[:1])
        return self._run(functools.partial(super().executescript, *args))

    @_forgotten
    def close(self) -> None:
        super().close()
        self._has_no_rows()

    def _may_begin(self, sql: object = None) -> None:
        if (queries := _queries_of(self.connection)) is not None:
            queries.may_begin(self.connection, sql)

    def _run(self, run: Callable[[], object]) -> Cursor:
        queries = _queries_of(self.connection)
        if queries is None:
            run()
            return self
        writers = queries.commits.writers
        try:
            run()
        except BaseException as error:
            writers.statement_ended(self.connection, error)
            raise
        writers.statement_ended(self.connection)
        if self.description is not None:
            writers.has_rows(self)
        return self

    @_forgotten
    def fetchone(self) -> Any:
        self._may_fetch()
        row = super().fetchone()
        if row is None:
            self._has_all_rows()
        else:
            self._has_fetched()
        return row

    @_forgotten
    def fetchmany(self, *args: Any, **kwargs: Any) -> list[Any]:
        self._may_fetch()
        rows = super().fetchmany(*args, **kwargs)
        if not rows:
            self._has_all_rows()
        else:
            self._has_fetched()
        return rows

    @_forgotten
    def fetchall(self) -> list[Any]:
        self._may_fetch()
        rows = super().fetchall()
        self._has_all_rows()
        return rows

    @_forgotten
    def __next__(self) -> Any:
        self._may_fetch()
        try:
            row = super().__next__()
        except StopIteration:
            self._has_all_rows()
            raise
        self._has_fetched()
        return row

    def _may_fetch(self) -> None:
        if (queries := _queries_of(self.connection)) is not None:
            queries.may_fetch()

    def _has_fetched(self) -> None:
        if (queries := _queries_of(self.connection)) is not None:
            queries.commits.writers.has_fetched()

    def _has_all_rows(self) -> None:
        if (queries := _queries_of(self.connection)) is not None:
            queries.has_all_rows()
        self._has_no_rows()

    def _has_no_rows(self) -> None:
        if (queries := _queries_of(self.connection)) is not None:
            queries.commits.writers.has_no_rows(self)


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
        self._commit(super().commit)
        self._is_at_rest()

    @_forgotten
    def rollback(self) -> None:
        super().rollback()
        self._is_at_rest()

    @_forgotten
    def close(self) -> None:
        super().close()
        if self.kata_queries is not None:
            self.kata_queries.commits.writers.closed(self)

    @_forgotten
    def __exit__(self, *error: Any) -> Any:
        if error[:1] == (None,):
            try:
                self._commit(super().commit)
            except BaseException as failed:
                super().__exit__(type(failed), failed, failed.__traceback__)
                self._is_at_rest()
                raise
        came = super().__exit__(*error)
        self._is_at_rest()
        return came

    def _commit(self, commit: Callable[[], None]) -> None:
        if self.kata_queries is None or not self.in_transaction:
            commit()  # there is nothing to wait for
        else:
            self.kata_queries.may_commit(self)
            self.kata_queries.commits.writers.run_alone(self, commit)

    def _is_at_rest(self) -> None:
        if self.kata_queries is not None:
            self.kata_queries.commits.rest(self)


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
