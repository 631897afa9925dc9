"""Who has a file, and who waits for that on the clock: as SQLite would let them, without its real seconds."""

from __future__ import annotations

import asyncio
import sys
import textwrap
import time
from typing import Any

import pytest

from kata.spec.database import Locked
from kata.spec.expect import Expect
from kata.spec.world import World
from tests.helpers.trial import tried

TABLE = "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"

CONNECT = "sqlite3.connect('test.db', timeout=timeout)"
WRITE = "db.execute(INSERT)\ndb.commit()"
END = "await db.commit()"


def answer_of(*, write: str = WRITE, connect: str = CONNECT, end: str = END) -> str:
    """An answer that writes in several ways. A thread connects and writes so, and what holds the file ends so."""
    return f"""
import asyncio, contextlib, sqlite3, time
import aiosqlite
from fastapi import FastAPI

INSERT = "INSERT INTO users (name) VALUES ('ada')"
SELECT = "SELECT * FROM users"
kept = []
app = FastAPI()


@app.post("/held")
async def held(seconds: float, begin: str = "BEGIN"):
    "Writes, and commits only after so many seconds."
    async with aiosqlite.connect("test.db", isolation_level=None) as db:
        await db.execute(begin)
        await db.execute(INSERT)
        await asyncio.sleep(seconds)
        {end}


@app.post("/reads")
async def reads(seconds: float):
    "Has a row, and asks for the next one only after so many seconds."
    async with aiosqlite.connect("test.db") as db:
        async with db.execute("SELECT 1 UNION SELECT id FROM users") as rows:
            await rows.fetchone()
            await asyncio.sleep(seconds)


@app.post("/thread")
def in_a_thread(timeout: float = 5.0):
    with contextlib.closing({connect}) as db:
{textwrap.indent(write, " " * 8)}


@app.post("/loop")
async def on_the_loop():
    return in_a_thread()


@app.get("/count")
def count():
    with contextlib.closing(sqlite3.connect("test.db")) as db:
        return db.execute("SELECT count(*) FROM users").fetchone()[0]
"""


ANSWER = answer_of()


async def table_with_rows(world: World) -> None:
    await world.database.execute(TABLE)
    for _ in range(3):
        await world.database.execute("INSERT INTO users (name) VALUES ('grace')")


def came_of(*asked: tuple[str, float], answer: str = ANSWER) -> list[tuple[int, float]]:
    """A path to POST to and at which second: the status of each, and at which second of the clock it came."""

    async def spec(world: World, expect: Expect) -> list[tuple[int, float]]:
        await table_with_rows(world)

        async def ask(path: str, at: float) -> tuple[int, float]:
            await asyncio.sleep(at)
            response = await world.client.post(path)
            return response.status_code, round(world.clock.now, 6)

        return list(await asyncio.gather(*(ask(*each) for each in asked)))

    return tried(answer, spec, serves=True).result


# Who writes keeps others from writing


@pytest.mark.parametrize(
    "path", ["/thread", "/loop", "/held?seconds=0", "/held?seconds=0&begin=BEGIN IMMEDIATE"]
)
def test_who_wants_to_write_waits_on_the_clock(path: str) -> None:
    # On the loop nothing goes on meanwhile.
    came = [(200, 6), (500, 6)] if path == "/loop" else [(200, 3), (200, 3)]
    assert came_of(("/held?seconds=3", 0), (path, 1)) == came


def test_they_wait_as_long_as_sqlite_would_let_them_and_no_longer() -> None:
    began = time.monotonic()
    came = came_of(
        ("/held?seconds=90", 0),
        ("/thread", 1),
        ("/thread?timeout=60", 2),
        ("/thread?timeout=0", 3),
    )
    assert came == [(200, 90), (500, 6), (500, 62), (500, 3)]
    assert time.monotonic() - began < 60, "seconds of the clock, and not real ones"


def test_each_of_many_gets_its_turn() -> None:
    came = came_of(*[("/held?seconds=0.5", 0)] * 8)
    assert sorted(came) == [(200, n / 2) for n in range(1, 9)]


def test_who_has_read_in_its_transaction_is_told_at_once() -> None:
    """As by SQLite, which would otherwise let both wait for each other."""
    first = answer_of(
        write=f'db.execute("BEGIN")\ndb.execute(SELECT).fetchall()\n{WRITE}',
        connect="sqlite3.connect('test.db', isolation_level=None)",
    )
    assert came_of(("/held?seconds=3", 0), ("/thread", 1), answer=first) == [(200, 3), (500, 1)]


def test_who_is_shut_out_from_reading_waits_on_the_clock() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        await table_with_rows(world)
        writing = asyncio.create_task(world.client.post("/held?seconds=3&begin=BEGIN EXCLUSIVE"))
        await asyncio.sleep(1)
        count = (await world.client.get("/count")).json()
        return [count, world.clock.now, (await writing).status_code]

    assert tried(ANSWER, spec, serves=True).result == [4, 3, 200]


@pytest.mark.parametrize(
    "end", ["await db.rollback()", "await db.close()", "await db.execute('ROLLBACK')"]
)
def test_whatever_ends_a_transaction_lets_the_next_one_write(end: str) -> None:
    came = came_of(("/held?seconds=3", 0), ("/thread", 1), answer=answer_of(end=end))
    assert came == [(200, 3), (200, 3)]


def test_a_write_that_sqlite_refuses_keeps_nobody_waiting() -> None:
    """The transaction that `sqlite3` has begun for it has nothing to itself."""
    write = "try:\n    db.execute(INSERT)\nexcept sqlite3.OperationalError:\n    time.sleep(20)\n    raise"

    async def spec(world: World, expect: Expect) -> list[Any]:
        await table_with_rows(world)
        outside = await asyncio.to_thread(world.database._connect)  # pyright: ignore[reportPrivateUsage]
        outside.execute("BEGIN IMMEDIATE")
        first = asyncio.create_task(world.client.post("/thread?timeout=0"))
        await asyncio.sleep(1)
        outside.close()
        second = await world.client.post("/held?seconds=0")
        return [second.status_code, world.clock.now, (await first).status_code, world.clock.now]

    assert tried(answer_of(write=write), spec, serves=True).result == [200, 1, 500, 20]


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="sqlite3 has no autocommit before Python 3.12"
)
def test_a_connection_that_begins_its_next_transaction_at_once_keeps_nobody_waiting() -> None:
    answer = answer_of(
        write=f"{WRITE}\ntime.sleep(9)", connect="sqlite3.connect('test.db', autocommit=False)"
    )
    assert came_of(("/thread", 0), ("/held?seconds=0", 1), answer=answer) == [(200, 9), (200, 1)]


@pytest.mark.parametrize("name", ["other.db", ":memory:", ""])
def test_other_files_and_databases_in_memory_are_no_concern_of_theirs(name: str) -> None:
    answer = answer_of(
        write=f'db.execute("{TABLE}")\n{WRITE}', connect=f"sqlite3.connect({name!r})"
    )
    came = came_of(("/held?seconds=3", 0), ("/thread", 1), answer=answer)
    assert came == [(200, 3), (200, 1)]


def test_on_the_loop_one_waits_for_a_thread_that_makes_way() -> None:
    """A thread has the file for a moment, while the loop's own thread wants to write."""
    write = "db.execute(INSERT)\nfor _ in range(2_000):\n    db.execute('SELECT 1')\ndb.commit()"
    came = came_of(("/thread", 0), ("/loop", 0), ("/thread", 0), answer=answer_of(write=write))
    assert came == [(200, 0), (200, 0), (200, 0)]


# Who reads keeps others from committing


@pytest.mark.parametrize(
    "write",
    [
        WRITE,
        "with db:\n    db.execute(INSERT)",
        "db.isolation_level = None\ndb.execute(INSERT)",
        "db.isolation_level = None\ndb.execute('BEGIN')\ndb.execute(INSERT)\ndb.execute('COMMIT')",
        f"db.isolation_level = 'EXCLUSIVE'\n{WRITE}",
    ],
    ids=["commit()", "with", "by itself", "COMMIT", "exclusively"],
)
def test_a_commit_waits_for_a_reader_on_the_clock(write: str) -> None:
    came = came_of(
        ("/reads?seconds=7", 0),
        ("/thread", 1),
        ("/thread?timeout=0", 3),
        ("/thread?timeout=30", 6.5),
        answer=answer_of(write=write),
    )
    assert came == [(200, 7), (500, 6), (500, 3), (200, 7)]


def test_a_row_that_nobody_reads_keeps_the_file_until_its_cursor_is_gone() -> None:
    """The commit fails at once, and SQLite goes on with a connection that was closed. So do those who wait."""
    unread = "kept.append(db.execute(INSERT + ' RETURNING id'))\ndb.commit()"
    came = came_of(("/thread", 0), ("/held?seconds=0", 1), answer=answer_of(write=unread))
    assert came == [(500, 0), (500, 6)]
    gone = unread.replace("\n", "\ntry:\n    ") + "\nfinally:\n    kept.clear()"
    came = came_of(("/thread", 0), ("/held?seconds=0", 1), answer=answer_of(write=gone))
    assert came == [(500, 0), (200, 1)]


def test_who_is_past_the_line_when_a_commit_begins_waits_on_the_clock_too() -> None:
    """Inside of SQLite, its thread would be at work, and no time would pass for the reader who is in the way."""

    async def spec(world: World, expect: Expect) -> list[tuple[int, float]]:
        await table_with_rows(world)
        writers: Any = world.probes.queries.commits.writers
        writers.wait_to_read = repr  # it returns at once

        async def ask(method: str, path: str, at: float) -> tuple[int, float]:
            await asyncio.sleep(at)
            response = await world.client.request(method, path)
            return response.status_code, round(world.clock.now, 6)

        asked = ("POST", "/reads?seconds=1", 0), ("POST", "/thread", 0.25), ("GET", "/count", 0.5)
        return list(await asyncio.gather(*(ask(*each) for each in asked)))

    began = time.monotonic()
    assert tried(ANSWER, spec, serves=True).result == [(200, 1), (200, 1), (200, 1)]
    assert time.monotonic() - began < 4, "seconds of the clock, and not the five of SQLite"


def test_a_commit_goes_on_when_the_last_row_is_fetched() -> None:
    """SQLite is done with a statement when its last row was given, and that is before somebody asks for another."""
    fetch = "rows = db.execute('SELECT count(*) FROM users')\ntime.sleep(1)\nrows.fetchone()\ntime.sleep(1)"
    came = came_of(("/thread", 0), ("/held?seconds=0", 0.25), answer=answer_of(write=fetch))
    assert came == [(200, 2), (200, 1)]


def test_to_change_the_journal_nobody_waits_for_who_writes() -> None:
    """SQLite says at once that the file is locked, whatever the time-out."""
    journal = "db.execute('PRAGMA journal_mode = WAL')"
    came = came_of(("/held?seconds=3", 0), ("/thread", 1), answer=answer_of(write=journal))
    assert came == [(200, 3), (500, 1)]


# The spec's own statements


def test_the_spec_waits_for_the_answer_on_the_clock() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        await table_with_rows(world)
        short = asyncio.create_task(world.client.post("/held?seconds=2"))
        await asyncio.sleep(1)
        await world.database.execute("DELETE FROM users")
        at = world.clock.now
        long = asyncio.create_task(world.client.post("/held?seconds=9"))
        await asyncio.sleep(1)
        with pytest.raises(Locked):
            await world.database.execute("DELETE FROM users")
        later = world.clock.now
        return [at, later, (await short).status_code, (await long).status_code]

    assert tried(ANSWER, spec, serves=True).result == [2, 6, 200, 200]


def test_patience_is_what_it_was_afterwards() -> None:
    write = f"{WRITE}\nkept.append(db.execute('PRAGMA busy_timeout').fetchone()[0])\nassert kept == [9_000]"
    came = came_of(
        ("/reads?seconds=1", 0), ("/thread?timeout=9", 0.5), answer=answer_of(write=write)
    )
    assert came == [(200, 1), (200, 1)]
