"""What the life of the database connection is held to."""

import asyncio
import contextlib

from kata.spec import Client, Clock, Database, Expect, Serve

STATUS = "The status is 200 unless you ask for another one."
TAKEN_AWAY = (
    "A failed request took something away from the others: a connection closed, or not given back. "
    "Only the shutdown closes, and `finally` or `async with` gives back."
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


async def test_health_asks_the_database(
    client: Client, expect: Expect, database: Database, clock: Clock
) -> None:
    """`GET /health` runs `SELECT 1`: no answer comes while the database takes its time."""
    async with database.held():
        health = asyncio.create_task(client.get("/health"))
        await everybody_else_waits(clock)
        answered = health.done()
    await health

    expect.not_blocked()
    expect.that(
        not answered,
        expected="/health waits for the database",
        came="/health answered although the database had not",
        why="The 1 must come from the database: a health check that asks nobody is always green.",
    )


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
    """If the query fails the status is 500 or above, and after that `/health` answers well again."""
    await client.get("/health")
    with expect.an_end(if_stuck=TAKEN_AWAY):
        with database.failing():
            for _ in range(20):
                failed = await client.get("/health")
                expect.that(
                    failed.status_code >= 500,
                    expected="status 500 or above",
                    came=f"status {failed.status_code} with the body {failed.text}",
                    why="A health check that is green while the database fails is worse than none.",
                )
                # It was meant to fail, so its exception explains nothing that comes later.
                expect.status(failed, failed.status_code)

        response = await client.get("/health")

    expect.status(response, 200, why=TAKEN_AWAY)


async def test_the_server_can_be_started_again(serve: Serve, expect: Expect) -> None:
    """The server can be stopped, and started again on the same file."""
    async with serve() as client:
        await client.get("/health")
    async with serve() as client:
        response = await client.get("/health")

    expect.status(
        response,
        200,
        why="The second life differs from the first: something from the first is still there.",
    )


async def test_a_startup_without_its_database_fails(
    serve: Serve, expect: Expect, database: Database
) -> None:
    """If `./test.db` cannot be opened, the startup fails."""
    refused = False
    with database.refusing():
        try:
            async with serve():
                pass
        except serve.StartupFailed:
            refused = True

    expect.that(
        refused,
        expected="the startup raises, because ./test.db cannot be opened",
        came="the server started",
        why="Let the error leave the startup: then the server refuses to run, and says why.",
    )


async def test_nothing_is_left_when_the_server_has_stopped(serve: Serve, expect: Expect) -> None:
    """When the server has stopped, nothing is left: no connection, no task, no thread."""
    async with serve() as client:
        await client.get("/health")

    expect.nothing_left(why="Here the shutdown left it open.")


async def test_nothing_is_left_when_the_server_has_stopped_after_failures(
    serve: Serve, expect: Expect, database: Database
) -> None:
    """After failed requests too, nothing is left when the server has stopped."""
    async with serve() as client:
        with database.failing():
            for _ in range(3):
                await client.get("/health")

    expect.nothing_left(why="Here a failed request left it open.")


async def test_nothing_is_left_after_a_startup_that_failed_half_way(
    serve: Serve, expect: Expect, database: Database
) -> None:
    """After a startup that failed half way, nothing is left."""
    for trouble in (database.failing(), database.refusing(after=1)):
        with trouble, contextlib.suppress(serve.StartupFailed):
            async with serve():
                pass

        expect.nothing_left(
            why="Here the startup raised after it had opened it, and no line below `yield` ever ran."
        )


async def everybody_else_waits(clock: Clock) -> None:
    """Come back when all that is left to do is to wait: the clock does not move before that."""
    await clock.sleep(0.05)
