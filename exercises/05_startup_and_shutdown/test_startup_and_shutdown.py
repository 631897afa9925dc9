"""What the life of the database connection is held to."""

import asyncio
import contextlib
import sqlite3

from kata.spec.types import Client, Clock, Database, Expect, Serve

STATUS = "The status is 200 unless you ask for another one."
REFUSE = "Let the error leave the startup: then the server refuses to run, and says why."
UNHARMED = (
    "A failed request changes nothing for the next one: what they share stays open, what it took is "
    "given back (`finally` or `async with`), and nothing remembers the failure."
)
BESIDE_A_QUERY = "It came while the query of another request was under way: wait for that in a worker thread too."
SHARED = (
    "Requests run at the same time: what one of them uses, such as a cursor or a connection of a "
    "pool, another may want meanwhile."
)
NOT_KNOWN = (
    "The 1 must come from the database: until it has answered, nobody knows that it is well."
)
NO_CLIENTS_FAULT = (
    "That the database is slow is no fault of the client: a status of 500 or above says so."
)
NOT_OF_NOW = (
    "An answer of before is not the database's answer to this request: it says nothing of now."
)


async def test_health_answers_with_the_databases_one(client: Client, expect: Expect) -> None:
    """`GET /health` runs `SELECT 1`, and answers 200 with {"database": 1}."""
    response = await client.get("/health")

    expect.status(response, 200, why=STATUS)
    expect.json(
        response,
        {"database": 1},
        why="A row is a tuple, also when it has one value: take the value out of it.",
    )


async def test_the_query_does_not_run_on_the_loops_thread(
    client: Client, expect: Expect, database: Database, clock: Clock
) -> None:
    """The query does not run on the loop's thread."""
    async with database.held():
        health = asyncio.create_task(client.get("/health"))
        await everybody_else_waits(clock)
    await health

    expect.not_blocked(why="Await aiosqlite, or ask in a worker thread.")


async def test_health_asks_the_database(client: Client, expect: Expect, database: Database) -> None:
    """`GET /health` waits for its `SELECT 1`, or gives up with 500 or above and is well again later."""
    with expect.an_end(if_stuck=UNHARMED):
        for why in (NOT_KNOWN, NOT_OF_NOW):
            async with database.held():
                asked = [asyncio.create_task(client.get("/health")) for _ in range(6)]
                answered, _ = await asyncio.wait(asked, timeout=3)
            slow = await asyncio.gather(*asked)
            expect.not_blocked()
            for health, response in zip(asked, slow, strict=True):
                expect.that(
                    health not in answered or response.status_code >= 500,
                    expected="no answer before the database has answered, or a status of 500 or above",
                    came=f"status {response.status_code} with the body {response.text}",
                    why=NO_CLIENTS_FAULT if 400 <= response.status_code < 500 else why,
                )
                # Giving up is right, so its exception explains nothing that comes later.
                expect.status(response, response.status_code)

            response = await client.get("/health")
            expect.status(response, 200, why=UNHARMED)
            expect.json(response, {"database": 1}, why=UNHARMED)


async def test_the_database_is_open_before_the_first_request(
    client: Client, expect: Expect, database: Database
) -> None:
    """At least one connection is open before the first request."""
    expect.that(
        database.connections >= 1,
        expected="at least one connection after the startup",
        came="none",
        why="Open the connection in the startup, before `yield`, and keep it.",
    )


async def test_the_database_is_the_file(client: Client, expect: Expect, database: Database) -> None:
    """The database is the SQLite file `./test.db`."""
    await client.get("/health")

    expect.that(
        database.path.exists(),
        expected="a file test.db in the working folder",
        came="no such file",
        why="What you opened is another database: open ./test.db.",
    )


async def test_requests_open_no_further_connection(
    client: Client, expect: Expect, database: Database, clock: Clock
) -> None:
    """Ten requests, one after the other, open no further connection."""
    before = database.opened
    for _ in range(10):
        await client.get("/health")
        # What a request has borrowed may be given back after its answer.
        await everybody_else_waits(clock)

    expect.equal(
        database.opened - before,
        0,
        "connections opened by ten requests",
        why="Requests borrow the connection that the startup opened: they open none.",
    )


async def test_a_query_that_fails_harms_one_request_only(
    client: Client, expect: Expect, database: Database
) -> None:
    """If the query fails the status is 500 or above, nothing blocks, and then `/health` is well again."""
    await client.get("/health")
    with expect.an_end(if_stuck=UNHARMED):
        for number in range(20):
            with database.failing(as_locked=number % 2 == 1):
                failed = await client.get("/health")
            expect.that(
                failed.status_code >= 500,
                expected="status 500 or above",
                came=f"status {failed.status_code} with the body {failed.text}",
                why="A status below 500 says that the server is well: then nobody learns that its "
                "database fails.",
            )
            # It was meant to fail, so its exception explains nothing that comes later.
            expect.status(failed, failed.status_code)
        expect.not_blocked()
        # Here a BEGIN succeeds, if there is one, and the SELECT behind it fails.
        with database.failing("reads"):
            unread = await client.get("/health")
        expect.status(unread, unread.status_code)

        response = await client.get("/health")

    expect.status(response, 200, why=UNHARMED)
    expect.json(response, {"database": 1}, why=UNHARMED)


async def test_the_server_can_be_started_again(
    serve: Serve, expect: Expect, database: Database
) -> None:
    """The server can be stopped, and started again on the same file, the same `app` object too."""
    await database.execute("CREATE TABLE notes (text TEXT)")
    await database.execute("INSERT INTO notes VALUES ('hello')")
    await database.execute("PRAGMA user_version = 17")
    async with serve() as client:
        await client.get("/health")
    async with serve() as client:
        await expect_well(
            client,
            expect,
            why="The second life differs from the first: something from the first is still there.",
        )
    async with serve(same_app=True) as client:
        await expect_well(
            client,
            expect,
            why="The same app was started once more: make what it needs in the startup, not at import.",
        )

    table = await database.fetch("SELECT * FROM pragma_table_info('notes')")
    expect.that(
        table and await database.fetch("SELECT * FROM notes") == [{"text": "hello"}],
        expected="what somebody else put into ./test.db is still there",
        came="it is gone",
        why="The file outlives the server: open it and close it, and leave what stands in it.",
    )
    expect.equal(
        await database.fetch("PRAGMA user_version"),
        [{"user_version": 17}],
        "the number that somebody else has given to ./test.db, and reads",
        why="The version of the file belongs to who wrote it: leave what stands in it.",
    )
    async with database.open_elsewhere():
        await database.execute("INSERT INTO notes VALUES ('meanwhile')")
        async with serve() as client:
            await expect_well(client, expect, why="Another program has the file open, in WAL mode.")
        expect.that(
            {"text": "meanwhile"} in await notes_in(database),
            expected="what another program, which has ./test.db open, has committed is still there",
            came="it is gone, or cannot be read",
            why="In WAL mode it stands in test.db-wal: the files beside ./test.db are SQLite's own.",
        )


async def test_a_startup_without_its_database_fails(
    serve: Serve, expect: Expect, database: Database
) -> None:
    """If `./test.db` cannot be opened, the startup fails."""

    async def starts() -> bool:
        try:
            async with serve():
                return True
        except serve.StartupFailed:
            return False

    database.path.mkdir()
    expect.that(
        not await starts(),
        expected="the startup raises, because ./test.db is a folder",
        came="the server started with another database"
        if database.opened
        else "the server started",
        why="No other database stands in for ./test.db: let the error leave the startup."
        if database.opened
        else REFUSE,
    )
    database.path.rmdir()
    with database.refusing():
        expect.that(
            not await starts(),
            expected="the startup raises, because ./test.db cannot be opened",
            came="the server started",
            why=REFUSE,
        )


async def test_nothing_is_left_when_the_server_has_stopped(serve: Serve, expect: Expect) -> None:
    """When the server has stopped, nothing is left: no connection, no task, no thread that runs on."""
    async with serve() as client:
        await client.get("/health")

    expect.nothing_left(why="Here the shutdown left it open.")

    async with serve(same_app=True) as client:
        await client.get("/health")

    expect.nothing_left(why="Here the second shutdown of the same app left it open.")


async def test_requests_at_the_same_time_are_all_answered(serve: Serve, expect: Expect) -> None:
    """Five requests at the same time are all answered well, and leave nothing after the shutdown."""
    async with serve() as client:
        for response in await asyncio.gather(*(client.get("/health") for _ in range(5))):
            expect.status(response, 200, why=SHARED)
            expect.json(response, {"database": 1}, why=SHARED)

    expect.nothing_left(why="Here several requests had come at the same time.")


async def test_a_request_beside_a_slow_query_blocks_nobody(
    client: Client, expect: Expect, database: Database, clock: Clock
) -> None:
    """A request that comes while another one's query is under way blocks nobody, and is answered well."""
    async with database.held():
        first = asyncio.create_task(client.get("/health"))
        await everybody_else_waits(clock)
        second = asyncio.create_task(client.get("/health"))
        await everybody_else_waits(clock)
    for response in await asyncio.gather(first, second):
        expect.status(response, 200, why=BESIDE_A_QUERY)
    expect.not_blocked(why=BESIDE_A_QUERY)


async def test_nothing_is_left_when_the_server_has_stopped_after_failures(
    serve: Serve, expect: Expect, database: Database
) -> None:
    """After failed requests too, nothing is left when the server has stopped."""
    async with serve() as client:
        with database.failing():
            for _ in range(3):
                await client.get("/health")

    expect.nothing_left(why="Here requests had failed before the shutdown.")

    async with serve() as client:
        with database.failing():
            await asyncio.gather(*(client.get("/health") for _ in range(3)))

    expect.nothing_left(why="Here three requests had failed together.")


async def test_nothing_is_left_after_a_startup_that_failed_half_way(
    serve: Serve, expect: Expect, database: Database
) -> None:
    """After a startup that failed half way, nothing is left but the file, with what others put there."""
    await database.execute("CREATE TABLE notes (text TEXT)")
    for trouble in (
        database.failing(as_locked=True),
        database.failing(),
        database.refusing(),
        database.refusing(after=1),
    ):
        with trouble, expect.may_fail(), contextlib.suppress(serve.StartupFailed):
            async with serve():
                pass

        expect.nothing_left(
            why="Here the startup raised half way: `finally` or `async with` ends what it had begun."
        )
        expect.that(
            await database.fetch("SELECT * FROM sqlite_master"),
            expected="what somebody else put into ./test.db is still there, after a startup that failed",
            came="it is gone",
            why="A startup that cannot read the file says so, and leaves it alone.",
        )


async def notes_in(database: Database) -> list[dict[str, object]]:
    """The notes, or none where the file cannot be read."""
    with contextlib.suppress(sqlite3.Error):
        return await database.fetch("SELECT * FROM notes")
    return []


async def expect_well(client: Client, expect: Expect, *, why: str) -> None:
    """`/health` answers with the database's one."""
    response = await client.get("/health")
    expect.status(response, 200, why=why)
    expect.json(response, {"database": 1}, why=why)


async def everybody_else_waits(clock: Clock) -> None:
    """Come back when all that is left to do is to wait: the clock does not move before that."""
    await clock.sleep(0.05)
