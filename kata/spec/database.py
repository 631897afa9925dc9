"""The SQLite file of the answer, seen from outside."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any, Literal

from kata.answer.probes import Probes
from kata.answer.sqlite import Held, own_work

PATIENCE_SECONDS = 3.0
"""Seconds that a statement of the spec waits for the answer to let go of the file.

Of the clock, where a connection of the answer is seen to have it, and of real time in SQLite otherwise.
"""


_UNTIL_HELD = 0.05
"""Seconds, real ones with --real-time, until a thread that holds the queries does so."""


class Locked(AssertionError):
    """The answer keeps others out of the database, mostly by a transaction that it has not ended."""


class Database:
    """`./test.db` of the working folder, through a connection of the spec's own, never on the loop."""

    def __init__(self, path: Callable[[], Path], probes: Probes) -> None:
        self._path = path
        self._probes = probes

    @property
    def path(self) -> Path:
        """Where the file is, or will be."""
        return self._path()

    @property
    def connections(self) -> int:
        """Connections to SQLite that the answer has open now, whatever library opened them."""
        return len(self._probes.open_sqlite())

    @property
    def opened(self) -> int:
        """Connections to SQLite that the answer has opened in all."""
        return self._probes.sqlite_opened

    async def execute(self, sql: str, *parameters: Any) -> None:
        """Run one statement and commit it."""
        await self._run(sql, parameters)

    async def execute_if_free(self, sql: str, *parameters: Any) -> bool:
        """As `execute`, but False, and nothing is done, if the answer keeps the file locked."""
        try:
            await asyncio.to_thread(self._in_thread, sql, parameters, patience=0)
        except Locked:
            return False
        return True

    async def fetch(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        """The rows of one SELECT, each as a dictionary."""
        return await self._run(sql, parameters)

    async def _run(self, sql: str, parameters: tuple[Any, ...]) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self._in_thread, sql, parameters)

    def _in_thread(
        self, sql: str, parameters: tuple[Any, ...], patience: float = PATIENCE_SECONDS
    ) -> list[dict[str, Any]]:
        def run() -> list[dict[str, Any]]:
            # Who waits in SQLite is at work, so no time would pass for the one that it waits for.
            with contextlib.closing(self._connect(patience=0)) as connection, connection:
                connection.row_factory = sqlite3.Row
                return [dict(row) for row in connection.execute(sql, parameters)]

        writers = self._probes.queries.commits.writers
        try:
            with _own_statements():
                return writers.patiently(run, patience)
        finally:
            writers.wake()

    def _connect(self, patience: float = PATIENCE_SECONDS) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=patience, check_same_thread=False)

    @contextlib.contextmanager
    def failing(
        self, which: Literal["all", "reads"] = "all", *, as_locked: bool = False
    ) -> Generator[None]:
        """Until the block ends, queries of the answer raise `sqlite3.OperationalError: interrupted`.

        With "reads", each SELECT does, and what comes before it succeeds: a BEGIN, a PRAGMA. `as_locked` raises what
        SQLite does at once where somebody else keeps the file locked and a connection waits for no lock.
        """
        queries = self._probes.queries
        queries.failing, queries.fails_as_locked = which, as_locked
        try:
            yield
        finally:
            queries.failing = "none"

    @contextlib.contextmanager
    def refusing(self, *, after: int = 0) -> Generator[None]:
        """Until the block ends, the answer can open `after` connections; more of them raise OperationalError."""
        queries = self._probes.queries
        queries.connects_left = after
        try:
            yield
        finally:
            queries.connects_left = None

    @contextlib.contextmanager
    def failing_commits(self, *, times: int = 1) -> Generator[None]:
        """So many commits of the answer raise `sqlite3.OperationalError: database is locked`, as while others read.

        What they were to commit is still to be committed, or to be rolled back.
        """
        commits = self._probes.queries.commits
        commits.to_fail = times
        try:
            yield
        finally:
            commits.to_fail = 0

    @contextlib.asynccontextmanager
    async def held_fetches(self) -> AsyncGenerator[None]:
        """Until the block ends, queries begin, and their rows are not fetched."""
        with self._held("fetches"):
            yield

    @contextlib.asynccontextmanager
    async def held_results(self) -> AsyncGenerator[None]:
        """Until the block ends, queries read all their rows, and whoever asked does not get them.

        So what others write meanwhile is not among them, and SQLite keeps nobody from writing, unless the answer has
        begun a transaction.
        """
        with self._held("results"):
            yield

    @contextlib.asynccontextmanager
    async def held(self, *, after_commit: bool = False) -> AsyncGenerator[None]:
        """Until the block ends, no query of the answer finishes.

        With `after_commit`, only those queries are held that a connection makes after it has written and
        committed something: so others can write in between.

        Each query waits on the thread that runs it, before SQLite gets it.
        A query on the loop's own thread would wait for ever: it is written down as blocking, and
        let go.
        """
        with self._held("queries after a commit" if after_commit else "queries"):
            yield

    @contextlib.contextmanager
    def _held(self, what: Held) -> Generator[None]:
        queries = self._probes.queries
        queries.hold(what)
        try:
            yield
        finally:
            queries.let_go()

    @contextlib.asynccontextmanager
    async def held_commits(self) -> AsyncGenerator[None]:
        """Until the block ends, no commit of the answer finishes, in whatever way it commits.

        Nobody sees what it has written, and who else wants to write waits, as long as SQLite lets it: five
        seconds of the clock unless the answer says otherwise. Reads go on. Commits of nothing are not held, nor
        are those on the loop's own thread, which are written down as blocking.
        """
        commits = self._probes.queries.commits
        commits.hold()
        try:
            yield
        finally:
            commits.let_go()

    @contextlib.asynccontextmanager
    async def locked_by_a_reader(self) -> AsyncGenerator[None]:
        """Until the block ends, somebody outside is in a transaction that reads.

        Others read, and write too, but cannot commit: each commit waits as long as its connection is ready to wait
        (five seconds of the clock unless the answer says otherwise), and then fails as locked. With the journal in
        WAL mode, a reader keeps nobody waiting.
        """
        reader, blocks = await asyncio.to_thread(self._begin_to_read)
        commits = self._probes.queries.commits
        if blocks:
            commits.hold(for_a_reader=True)
        try:
            yield
        finally:
            try:
                await asyncio.to_thread(reader.close)
            finally:
                commits.let_go()

    def _begin_to_read(self) -> tuple[sqlite3.Connection, bool]:
        """A connection that reads, and whether that keeps others from committing."""
        with _own_statements():
            reader = self._connect()
            (mode,) = reader.execute("PRAGMA journal_mode").fetchone()
            reader.execute("BEGIN").execute("SELECT count(*) FROM sqlite_master").fetchone()
            return reader, mode != "wal"

    @contextlib.asynccontextmanager
    async def open_elsewhere(self) -> AsyncGenerator[None]:
        """Until the block ends, another program has the file open, in WAL mode.

        So what is committed meanwhile stands in `test.db-wal` beside it, and the file itself does not change.
        """
        other = await asyncio.to_thread(self._open_in_wal_mode)
        try:
            yield
        finally:
            await asyncio.to_thread(other.close)

    def _open_in_wal_mode(self) -> sqlite3.Connection:
        with _own_statements():
            other = self._connect()
            other.execute("PRAGMA journal_mode = WAL").fetchone()
            other.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return other

    @contextlib.asynccontextmanager
    async def slow(self, *, seconds: float) -> AsyncGenerator[None]:
        """Hold every query for the next `seconds`, also while a startup keeps the loop's thread waiting for one."""

        async def hold() -> None:
            async with self.held():
                await asyncio.sleep(seconds)

        holding = asyncio.create_task(asyncio.to_thread(asyncio.run, hold()))
        await asyncio.sleep(_UNTIL_HELD)
        try:
            yield
        finally:
            await holding


@contextlib.contextmanager
def _own_statements() -> Generator[None]:
    """The block works for the kata itself, so nothing holds it. Raises Locked if the answer locks the file."""
    own_work.active = True
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise Locked("the database is locked: the answer keeps others out") from None
        raise
    finally:
        own_work.active = False
