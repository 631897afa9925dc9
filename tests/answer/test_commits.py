"""Commits of the answer that a spec holds, in whatever way the answer commits."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from kata.answer.commits import statement_of
from kata.spec.expect import Expect
from kata.spec.world import World
from tests.helpers.trial import def_handler, handler, tried
from tests.helpers.verdicts import COURSE, gallery, name_of, skips

TABLE = "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
INSERT, SELECT = "INSERT INTO users (name) VALUES ('ada')", "SELECT name FROM users"


def in_a_thread(commits: str, options: str = "") -> str:
    """A plain `def` route that writes in this way."""
    return def_handler(
        f"with contextlib.closing(sqlite3.connect('test.db'{options})) as db:\n"
        + "".join(f"    {line}\n" for line in commits.splitlines())
        + "return 'done'"
    )


def with_aiosqlite(commits: str, options: str = "") -> str:
    return handler(
        f"async with aiosqlite.connect('test.db'{options}) as db:\n"
        + "".join(f"    {line}\n" for line in commits.splitlines())
        + "return 'done'"
    )


BY_ITSELF = ", isolation_level=None"

WAYS = {
    "commit()": in_a_thread(f'db.execute("{INSERT}")\ndb.commit()'),
    "commit() on a cursor's connection": in_a_thread(
        f'cursor = db.cursor()\ncursor.execute("{INSERT}")\ncursor.connection.commit()'
    ),
    "a with block": in_a_thread(f'with db:\n    db.execute("{INSERT}")'),
    "by itself": in_a_thread(f'db.execute("{INSERT}")', BY_ITSELF),
    "many by themselves": in_a_thread(
        "db.executemany('INSERT INTO users (name) VALUES (?)', [('ada',)])", BY_ITSELF
    ),
    "by itself, with RETURNING": in_a_thread(
        f'db.execute("{INSERT} RETURNING id").fetchone()', BY_ITSELF
    ),
    "a COMMIT statement": in_a_thread(
        f'db.execute("BEGIN")\ndb.execute("{INSERT}")\ndb.execute(" -- now\\n commit")', BY_ITSELF
    ),
    "an END statement": in_a_thread(
        f'db.execute("BEGIN IMMEDIATE")\ndb.execute("{INSERT}")\ndb.execute("END TRANSACTION")',
        BY_ITSELF,
    ),
    "a COMMIT after sqlite3's own BEGIN": in_a_thread(
        f'db.execute("{INSERT}")\ndb.execute("COMMIT")'
    ),
    "a savepoint": in_a_thread(
        f'db.execute("SAVEPOINT a")\ndb.execute("{INSERT}")\ndb.execute("RELEASE a")', BY_ITSELF
    ),
    "a script": in_a_thread(f'db.executescript("BEGIN; {INSERT}; COMMIT")'),
    "a script that commits what was begun": in_a_thread(
        f"""db.execute("{INSERT}")\ndb.executescript("SELECT 1")"""
    ),
    "WITH, which sqlite3 begins nothing for": in_a_thread(
        "db.execute(\"WITH one(name) AS (SELECT 'ada') INSERT INTO users (name) SELECT name FROM one\")"
    ),
    "aiosqlite's commit()": with_aiosqlite(f'await db.execute("{INSERT}")\nawait db.commit()'),
    "aiosqlite by itself": with_aiosqlite(f'await db.execute("{INSERT}")', BY_ITSELF),
    "a second transaction after one that was taken back": in_a_thread(
        f'db.execute("{INSERT}")\ndb.rollback()\ndb.execute("{INSERT}")\ndb.commit()'
    ),
}
if sys.version_info >= (3, 12):
    WAYS["autocommit=False"] = in_a_thread(
        f'db.execute("{INSERT}")\ndb.commit()', ", autocommit=False"
    )
    WAYS["autocommit=True"] = in_a_thread(f'db.execute("{INSERT}")', ", autocommit=True")


async def asked_during(world: World, held: Any) -> list[Any]:
    """Whether the answer came while commits could not finish, what others saw then, what came, what is there now."""
    await world.database.execute(TABLE)
    async with held:
        asked = asyncio.create_task(world.client.get("/"))
        await asyncio.sleep(1)
        seen: list[Any] = [asked.done(), len(await world.database.fetch(SELECT))]
    return [*seen, (await asked).json(), len(await world.database.fetch(SELECT))]


@pytest.mark.parametrize("way", WAYS)
def test_no_commit_finishes_while_commits_are_held(way: str) -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        return await asked_during(world, world.database.held_commits())

    trial = tried(WAYS[way], spec, serves=True)
    assert trial.result == [False, 0, "done", 1]
    assert trial.world.clock.now == 1
    assert not trial.world.probes.blocked


@pytest.mark.parametrize("way", WAYS)
def test_no_commit_finishes_while_somebody_reads(way: str) -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        return await asked_during(world, world.database.locked_by_a_reader())

    trial = tried(WAYS[way], spec, serves=True)
    assert trial.result == [False, 0, "done", 1]
    assert trial.world.clock.now == 1


NOT_HELD = {
    "a query": in_a_thread(f'db.execute("{SELECT}").fetchall()'),
    "a commit of nothing": in_a_thread(f'db.execute("{SELECT}").fetchall()\ndb.commit()'),
    "a transaction that reads": in_a_thread(
        f'db.execute("BEGIN")\ndb.execute("{SELECT}").fetchall()\ndb.execute("COMMIT")', BY_ITSELF
    ),
    "a write that is taken back": in_a_thread(f'db.execute("{INSERT}")\ndb.rollback()'),
    "a read after a write that was taken back": in_a_thread(
        f'db.execute("{INSERT}")\ndb.rollback()\ndb.execute("BEGIN")\ndb.execute("{SELECT}")\ndb.commit()'
    ),
    "a WITH that reads": in_a_thread(
        "db.execute(\"WITH one(update_) AS (SELECT replace('a', 'a', 'b')) SELECT * FROM one\")"
    ),
    "a table that is there": in_a_thread(f'db.execute("{TABLE}")\ndb.commit()'),
    "a script that reads": in_a_thread(f'db.executescript("{SELECT}")'),
}


@pytest.mark.parametrize("way", NOT_HELD)
def test_what_commits_nothing_is_not_held(way: str) -> None:
    async def spec(world: World, expect: Expect) -> list[list[Any]]:
        return [
            await asked_during(world, world.database.held_commits()),
            await asked_during(world, world.database.locked_by_a_reader()),
        ]

    assert tried(NOT_HELD[way], spec, serves=True).result == [[True, 0, "done", 0]] * 2


def test_a_commit_on_the_loops_own_thread_blocks() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        return await asked_during(world, world.database.held_commits())

    trial = tried(WAYS["commit()"].replace("def root", "async def root"), spec, serves=True)
    assert trial.result == [True, 1, "done", 1]
    assert trial.world.probes.blocked


async def of_two_writers(world: World, held: Any) -> list[Any]:
    """The statuses of two who write, and after how many seconds each was answered."""
    await world.database.execute(TABLE)

    async def ask() -> tuple[int, float]:
        response = await world.client.get("/")
        return response.status_code, world.clock.now

    async with held:
        asked = [asyncio.create_task(ask()) for _ in range(2)]
        await asyncio.sleep(7)
    return sorted([await each for each in asked])


def test_a_commit_on_the_loops_own_thread_waits_for_a_reader_on_the_clock() -> None:
    source = handler(
        "with contextlib.closing(sqlite3.connect('test.db', timeout=30)) as db:\n"
        f'    db.execute("{INSERT}")\n    try:\n        db.commit()\n'
        "    except sqlite3.OperationalError as error:\n        return str(error)"
    )

    async def spec(world: World, expect: Expect) -> list[Any]:
        return await asked_during(world, world.database.locked_by_a_reader())

    trial = tried(source, spec, serves=True)
    assert trial.result == [True, 0, "database is locked", 0]
    assert trial.world.clock.now == 30
    assert trial.world.probes.blocked


def test_who_wants_to_write_meanwhile_on_the_loops_own_thread_waits_on_the_clock() -> None:
    source = handler(
        "kept.append(1)\n"
        "if len(kept) == 1:\n"
        "    async with aiosqlite.connect('test.db') as db:\n"
        f'        await db.execute("{INSERT}")\n        await db.commit()\n'
        "else:\n"
        "    with contextlib.closing(sqlite3.connect('test.db')) as db:\n"
        f'        db.execute("{INSERT}")\n'
        "return 'done'"
    )

    async def spec(world: World, expect: Expect) -> list[Any]:
        await world.database.execute(TABLE)
        async with world.database.held_commits():
            patient = asyncio.create_task(world.client.get("/"))
            await asyncio.sleep(1)
            refused = await world.client.get("/")
            at = world.clock.now
        return [refused.status_code, at, (await patient).json()]

    assert tried(source, spec, serves=True).result == [500, 6, "done"]


def test_who_wants_to_write_meanwhile_waits_as_long_as_sqlite_lets_it() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        return await of_two_writers(world, world.database.held_commits())

    usual = tried(WAYS["commit()"], spec, serves=True).result
    assert usual == [(200, 7), (500, 5)]
    patient = in_a_thread(f'db.execute("{INSERT}")\ndb.commit()', ", timeout=30")
    assert tried(patient, spec, serves=True).result == [(200, 7), (200, 7)]
    told = in_a_thread(
        f'db.execute("PRAGMA busy_timeout = 2000")\ndb.execute("{INSERT}")\ndb.commit()'
    )
    assert tried(told, spec, serves=True).result == [(200, 7), (500, 2)]


def test_a_reader_is_waited_for_as_long_as_sqlite_lets_it() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        return await of_two_writers(world, world.database.locked_by_a_reader())

    assert tried(WAYS["commit()"], spec, serves=True).result[-1] == (500, 5)
    patient = in_a_thread(f'db.execute("{INSERT}")', f"{BY_ITSELF}, timeout=30")
    assert tried(patient, spec, serves=True).result == [(200, 7), (200, 7)]


@pytest.mark.parametrize(
    "begins",
    [
        f'db.isolation_level = "exclusive"\ndb.execute("{INSERT}")\ndb.commit()',
        f'db.execute("BEGIN EXCLUSIVE")\ndb.execute("{INSERT}")\ndb.commit()',
    ],
    ids=["by sqlite3", "by itself"],
)
def test_whoever_shuts_readers_out_waits_for_one_on_the_clock(begins: str) -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        await world.database.execute(TABLE)
        async with world.database.locked_by_a_reader():
            asked = [asyncio.create_task(world.client.get("/")) for _ in range(2)]
            await asyncio.sleep(3_000)
            early = [each.done() for each in asked]
        return [*early, *[(await each).status_code for each in asked], world.clock.now]

    patient = in_a_thread(begins, ", timeout=5_000")
    assert tried(patient, spec, serves=True).result == [False, False, 200, 200, 3_000]
    assert tried(in_a_thread(begins), spec, serves=True).result == [True, True, 500, 500, 3_000]


@pytest.mark.parametrize(
    ("mode", "waits"), [("DELETE", True), ("WAL", False)], ids=["a journal", "a write-ahead log"]
)
def test_whoever_is_shut_out_waits_on_the_clock(mode: str, waits: bool) -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        await world.database.execute(TABLE)
        await world.database.execute(f"PRAGMA journal_mode = {mode}")
        async with world.database.held_commits():
            writing = asyncio.create_task(world.client.post("/"))
            await asyncio.sleep(1)
            reading = asyncio.create_task(world.client.get("/"))
            await asyncio.sleep(3_000)
            early = reading.done()
        return [early, (await writing).status_code, (await reading).json(), world.clock.now]

    answer = """
    import contextlib, sqlite3
    from fastapi import FastAPI
    app = FastAPI()

    @app.post("/")
    def write():
        with contextlib.closing(sqlite3.connect("test.db", isolation_level="EXCLUSIVE")) as db:
            db.execute("INSERT INTO users (name) VALUES ('ada')")
            db.execute("INSERT INTO users (name) VALUES ('grace')")
            db.commit()

    @app.get("/")
    def read():
        with contextlib.closing(sqlite3.connect("test.db", timeout=5_000)) as db:
            return db.execute("SELECT count(*) FROM users").fetchone()[0]
    """
    rows = 2 if waits else 0
    came = tried(textwrap.dedent(answer), spec, serves=True).result
    assert came == [not waits, 200, rows, 3_001]


def test_a_commit_that_failed_says_what_sqlite_says_and_can_be_tried_again() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        await world.database.execute(TABLE)
        async with world.database.locked_by_a_reader():
            asked = asyncio.create_task(world.client.get("/"))
            await asyncio.sleep(6)
        return [(await asked).json(), await world.database.fetch(SELECT)]

    answer = in_a_thread(
        f'db.execute("{INSERT}")\n'
        "try:\n    db.commit()\n"
        "except sqlite3.OperationalError as error:\n"
        "    if (str(error), error.sqlite_errorname) == ('database is locked', 'SQLITE_BUSY'):\n"
        "        db.commit()"
    )
    assert tried(answer, spec, serves=True).result == ["done", [{"name": "ada"}]]


def test_sqlite_says_the_same_of_a_file_that_is_really_locked(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    reader, writer = sqlite3.connect(path, isolation_level=None), sqlite3.connect(path, timeout=0)
    reader.execute(TABLE)
    reader.execute("BEGIN").execute("SELECT * FROM sqlite_master").fetchall()
    writer.execute(INSERT)
    with pytest.raises(sqlite3.OperationalError, match="database is locked") as caught:
        writer.commit()
    assert caught.value.sqlite_errorname == "SQLITE_BUSY"
    reader.close()
    writer.commit()
    writer.close()


def test_with_a_write_ahead_log_a_reader_keeps_nobody_waiting() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        await world.database.execute("PRAGMA journal_mode = WAL")
        return await asked_during(world, world.database.locked_by_a_reader())

    assert tried(WAYS["commit()"], spec, serves=True).result == [True, 1, "done", 1]


def test_when_the_block_ends_nothing_is_held() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        first = await asked_during(world, world.database.held_commits())
        return [first[2], (await world.client.get("/")).json(), world.database.connections]

    assert tried(WAYS["commit()"], spec, serves=True).result == ["done", "done", 0]


def test_a_spec_that_waits_for_a_held_commit_is_a_deadlock() -> None:
    async def spec(world: World, expect: Expect) -> None:
        await world.database.execute(TABLE)
        async with world.database.held_commits():
            await world.client.get("/")

    failed = tried(WAYS["commit()"], spec, serves=True).failed
    assert failed.came == "all of them wait until the query is done"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("INSERT INTO a VALUES (1)", "writes"),
        ("  insert or ignore into a values (1)", "writes"),
        ("/* why */ REPLACE INTO a VALUES (1)", "writes"),
        ("-- why\nUPDATE a SET b = 1", "writes"),
        ("DELETE FROM a", "writes"),
        ("WITH x AS (SELECT 1) UPDATE a SET b = 1", "writes"),
        ("WITH x AS (SELECT 1) SELECT * FROM x", ""),
        ("SELECT 'INSERT INTO a'", ""),
        ("COMMIT", "commits"),
        ("end;", "commits"),
        ("RELEASE SAVEPOINT a", "commits"),
        ("BEGIN", ""),
        ("BEGIN IMMEDIATE TRANSACTION", "locks"),
        ("begin exclusive", "locks"),
        ("", ""),
        (";", ""),
        (None, ""),
    ],
)
def test_what_a_statement_is(sql: str | None, expected: str) -> None:
    statement = statement_of(sql)
    came = [name for name in ("writes", "commits", "locks") if getattr(statement, name)]
    assert came == ([expected] if expected else [])


# The answers of the gallery

SEVENTH = "07_write_rows"


def written(kind: str) -> list[Any]:
    return [each for each in gallery(kind) if each.values[0].name == SEVENTH]  # type: ignore[union-attr]


@pytest.mark.parametrize(("exercise", "answer"), written("right"))
def test_every_right_answer_waits_for_its_commit(exercise: object, answer: Path) -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        seen: list[Any] = []
        for hold in (world.database.held_commits, world.database.locked_by_a_reader):
            async with hold():
                body = {"name": "Ada"}
                asked = [
                    asyncio.create_task(world.client.post("/users", json=body)) for _ in range(3)
                ]
                await asyncio.sleep(2)
                ping = await world.client.get("/ping")
                seen += [any(each.done() for each in asked), ping.status_code]
            seen += [(await each).status_code for each in asked]
        return [*seen, len(await world.database.fetch(SELECT)), world.clock.now]

    trial = tried(answer.read_text("utf-8"), spec, serves=True)
    assert trial.passed
    *seen, rows, seconds = trial.result
    reader_blocks = "WAL" not in answer.read_text("utf-8")
    assert seen == [False, 200, 201, 201, 201, not reader_blocks, 200, 201, 201, 201]
    assert rows == 6
    assert seconds == pytest.approx(4, abs=0.3)  # some try again after a while


@pytest.mark.parametrize(
    "name", ["commit_after_yield", "written_in_the_background", "commit_without_await"]
)
def test_an_answer_that_does_not_wait_for_its_commit_is_seen(name: str) -> None:
    path = COURSE.root / "tests" / "gallery" / SEVENTH / "wrong" / f"{name}.py"
    assert name_of(path) == name
    assert not skips(path)

    async def spec(world: World, expect: Expect) -> list[Any]:
        async with world.database.held_commits():
            asked = asyncio.create_task(world.client.post("/users", json={"name": "Ada"}))
            await asyncio.sleep(2)
            done = asked.done()
        return [done, (await asked).status_code]

    assert tried(path.read_text("utf-8"), spec, serves=True).result == [True, 201]
