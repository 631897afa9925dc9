"""The SQLite file of the answer, seen from outside."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any

from kata.answer.probes import Probes
from kata.answer.sqlite import own_work

PATIENCE_SECONDS = 3.0
"""Real seconds that a statement of the spec waits for the answer to let go of the file."""


_UNTIL_HELD = 0.05
"""Seconds, real ones with --real-time, until a thread that holds the queries does so."""


class Locked(AssertionError):
    """The answer keeps the database locked: it began a transaction and has not ended it."""


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

    async def fetch(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        """The rows of one SELECT, each as a dictionary."""
        return await self._run(sql, parameters)

    async def _run(self, sql: str, parameters: tuple[Any, ...]) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self._in_thread, sql, parameters)

    def _in_thread(self, sql: str, parameters: tuple[Any, ...]) -> list[dict[str, Any]]:
        own_work.active = True
        try:
            with contextlib.closing(
                sqlite3.connect(self.path, timeout=PATIENCE_SECONDS)
            ) as connection:
                connection.row_factory = sqlite3.Row
                with connection:
                    return [dict(row) for row in connection.execute(sql, parameters)]
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise Locked(
                    "the database is locked: the answer keeps a transaction open"
                ) from None
            raise
        finally:
            own_work.active = False

    @contextlib.contextmanager
    def failing(self) -> Generator[None]:
        """Until the block ends, each query of the answer raises `sqlite3.OperationalError: interrupted`."""
        queries = self._probes.queries
        queries.failing = True
        try:
            yield
        finally:
            queries.failing = False

    @contextlib.contextmanager
    def refusing(self, *, after: int = 0) -> Generator[None]:
        """Until the block ends, the answer can open `after` connections; more of them raise OperationalError."""
        queries = self._probes.queries
        queries.connects_left = after
        try:
            yield
        finally:
            queries.connects_left = None

    @contextlib.asynccontextmanager
    async def held(self, *, after_commit: bool = False) -> AsyncGenerator[None]:
        """Until the block ends, no query of the answer finishes.

        With `after_commit`, only those queries are held that a connection makes after it has written and
        committed something: so others can write in between.

        Each query waits on the thread that runs it, before SQLite gets it.
        A query on the loop's own thread would wait for ever: it is written down as blocking, and
        let go.
        """
        queries = self._probes.queries
        queries.hold(after_commit=after_commit)
        try:
            yield
        finally:
            queries.let_go()

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
