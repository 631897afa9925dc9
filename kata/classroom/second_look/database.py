"""The answer's SQLite file as the judge sees it: through a process that runs statements as the answer's user."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any, Literal, NoReturn

from kata.classroom.second_look.host import Kept
from kata.classroom.second_look.not_seen import NotSeen, OnlyWhatIsSeen
from kata.classroom.second_look.tasks import MOST_BYTES
from kata.spec.database import Locked

HELD = "what happens while the database is held up or fails"
CONNECTIONS = "the connections that the answer has open"

_KINDS: dict[str, type[Exception]] = {
    each.__name__: each
    for each in (
        *(sqlite3.IntegrityError, sqlite3.OperationalError, sqlite3.DatabaseError),
        *(sqlite3.DataError, sqlite3.ProgrammingError, sqlite3.InterfaceError),
    )
}


class OutsideDatabase(OnlyWhatIsSeen):
    """Counterpart of `kata.spec.database.Database`. Of the answer's own connections it knows nothing.

    `start` starts the process, and is called when it is first needed.
    """

    def __init__(self, path: Path, start: Callable[[socket.socket], Kept]) -> None:
        self.path = path
        self._start = start
        self._kept: Kept | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._turn = asyncio.Lock()

    async def execute(self, sql: str, *parameters: Any) -> None:
        await self._run(sql, parameters)

    async def execute_if_free(self, sql: str, *parameters: Any) -> bool:
        try:
            await self._run(sql, parameters)
        except Locked:
            return False
        return True

    async def fetch(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        return await self._run(sql, parameters)

    async def close(self) -> None:
        """End the process."""
        if self._writer is not None:
            self._writer.close()
        if self._kept is not None:
            await self._kept.kill()

    async def _run(self, sql: str, parameters: tuple[Any, ...]) -> list[dict[str, Any]]:
        async with self._turn:
            reader, writer = await self._line()
            told = [
                {"bytes": each.hex()} if isinstance(each, bytes) else each for each in parameters
            ]
            writer.write(json.dumps([sql, told]).encode() + b"\n")
            await writer.drain()
            line = await reader.readline()
        came: dict[str, Any] = {"error": "", "text": "the database cannot be read"}
        if line:
            came = json.loads(line)
        if "rows" in came:
            return [{key: _plain(value) for key, value in row.items()} for row in came["rows"]]
        if "locked" in came["text"]:
            raise Locked("the database is locked: the answer keeps others out")
        raise _KINDS.get(came["error"], sqlite3.DatabaseError)(came["text"])

    async def _line(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            ours.setblocking(False)
            self._kept = self._start(theirs)
            self._reader, self._writer = await asyncio.open_unix_connection(
                sock=ours, limit=2 * MOST_BYTES
            )
        return self._reader, self._writer

    # What only the answer's own process could show

    @property
    def connections(self) -> int:
        raise NotSeen(CONNECTIONS)

    @property
    def opened(self) -> int:
        raise NotSeen(CONNECTIONS)

    @contextlib.contextmanager
    def failing(
        self, which: Literal["all", "reads"] = "all", *, as_locked: bool = False
    ) -> Generator[None]:
        _not_seen()
        yield

    @contextlib.contextmanager
    def refusing(self, *, after: int = 0) -> Generator[None]:
        _not_seen()
        yield

    @contextlib.contextmanager
    def failing_commits(self, *, times: int = 1) -> Generator[None]:
        _not_seen()
        yield

    @contextlib.asynccontextmanager
    async def held_fetches(self) -> AsyncGenerator[None]:
        _not_seen()
        yield

    @contextlib.asynccontextmanager
    async def held(self, *, after_commit: bool = False) -> AsyncGenerator[None]:
        _not_seen()
        yield

    @contextlib.asynccontextmanager
    async def held_commits(self) -> AsyncGenerator[None]:
        _not_seen()
        yield

    @contextlib.asynccontextmanager
    async def locked_by_a_reader(self) -> AsyncGenerator[None]:
        _not_seen()
        yield

    @contextlib.asynccontextmanager
    async def held_results(self) -> AsyncGenerator[None]:
        """Nobody is held: what comes in between comes after, and that holds all the same."""
        yield

    @contextlib.asynccontextmanager
    async def open_elsewhere(self) -> AsyncGenerator[None]:
        """Nobody else opens it: what is asked within holds all the same."""
        yield

    @contextlib.asynccontextmanager
    async def slow(self, *, seconds: float) -> AsyncGenerator[None]:
        """Nobody is slowed down: what is asked within holds all the same."""
        yield


def _not_seen() -> NoReturn:
    raise NotSeen(HELD)


def _plain(value: Any) -> Any:
    return bytes.fromhex(value["bytes"]) if isinstance(value, dict) else value  # pyright: ignore
