"""What the route that reads rows is held to."""

import asyncio
import sqlite3
from typing import Any

import httpx

from kata.spec import Client, Database, Expect, Serve

IN_ANY_ORDER = "Rows come in any order that suits the database, unless you write ORDER BY id."
OLD_BY_NOW = (
    "What was read before is old by now: ask the database in every request, and keep no transaction "
    "open after it."
)


async def test_a_new_database_has_no_users(client: Client, expect: Expect) -> None:
    """With a new database, `GET /users` answers 200 with an empty list."""
    response = await client.get("/users")

    expect.status(response, 200, why=about_the_status(response))
    expect.json(response, [], why="No rows are an empty list, with nothing round it.")


async def test_the_table_is_there_before_the_first_request(
    client: Client, database: Database, expect: Expect
) -> None:
    """At startup ./test.db gets the table `users`: `id` a primary key, `name` not null."""
    columns = await database.fetch("SELECT * FROM pragma_table_info('users')")

    expect.equal(
        {column["name"]: about_the_column(column) for column in columns},
        {"id": "primary key", "name": "not null"},
        "the columns of the table users in ./test.db",
        why=about_the_columns(columns),
    )


async def test_the_table_numbers_its_rows(
    client: Client, database: Database, expect: Expect
) -> None:
    """A row written without an id gets one: 1, then 2."""
    await database.execute("INSERT INTO users (name) VALUES (?)", "Ada")
    await database.execute("INSERT INTO users (name) VALUES (?)", "Grace")

    expect.equal(
        [row["id"] for row in await database.fetch("SELECT id FROM users ORDER BY name")],
        [1, 2],
        "the ids of two rows that were written without one",
        why="SQLite numbers rows only for a column that is called INTEGER PRIMARY KEY, in full.",
    )


async def test_rows_are_served_as_objects(
    client: Client, database: Database, expect: Expect
) -> None:
    """Rows that somebody else wrote are served as objects with `id` and `name`."""
    await database.execute("INSERT INTO users (id, name) VALUES (?, ?)", 1, "Ada")
    await database.execute("INSERT INTO users (id, name) VALUES (?, ?)", 2, "Grace")
    response = await client.get("/users")

    expect.status(response, 200, why=about_the_status(response))
    expect.json(
        response,
        [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Grace"}],
        why=about_the_rows(response),
    )


async def test_every_user_is_served(client: Client, database: Database, expect: Expect) -> None:
    """Every user is served, however many there are, with the id and the name that stand in the file."""
    # The ids have gaps and are written in no order, and some users have the same name.
    rows = [(number * 37 % 1009, f"User {number % 50}") for number in range(1, 121)]
    values = ", ".join(["(?, ?)"] * len(rows))
    refused = ""
    try:
        await database.execute(
            f"INSERT INTO users (id, name) VALUES {values}", *(each for row in rows for each in row)
        )
    except sqlite3.IntegrityError as error:
        refused = str(error)
    expect.that(
        not refused,
        expected="a table that takes 120 users, some with the same name",
        came=f"a table that refuses them: {refused}",
        why="Two users may have the same name: ask of a name only that it is not null.",
    )
    response = await client.get("/users")

    expect.status(response, 200, why=about_the_status(response))
    expect.json(
        response,
        [{"id": number, "name": name} for number, name in sorted(rows)],
        why=about_all_users(response, sorted(rows)),
    )


async def test_a_name_of_digits_stays_text(
    client: Client, database: Database, expect: Expect
) -> None:
    """A name is text, also one that consists of digits: it is served as it was written."""
    await database.execute("INSERT INTO users (id, name) VALUES (?, ?)", 1, "007")
    response = await client.get("/users")

    expect.json(
        response,
        [{"id": 1, "name": "007"}],
        why="Declare the column as TEXT: from digits in an INTEGER column SQLite makes a number.",
    )


async def test_a_row_written_later_is_served_too(
    client: Client, database: Database, expect: Expect
) -> None:
    """A row that is written after a request is served to the next one."""
    await database.execute("INSERT INTO users (id, name) VALUES (?, ?)", 1, "Ada")
    await client.get("/users")
    await database.execute("INSERT INTO users (id, name) VALUES (?, ?)", 2, "Grace")
    response = await client.get("/users")

    expect.json(
        response,
        [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Grace"}],
        why=OLD_BY_NOW,
    )


async def test_other_requests_go_on_during_a_slow_query(
    client: Client, database: Database, expect: Expect
) -> None:
    """While a query of `GET /users` takes long, `GET /ping` is answered."""
    async with database.held():
        users = asyncio.create_task(client.get("/users"))
        pings = [asyncio.create_task(client.get("/ping")) for _ in range(5)]
        ping = [await each for each in pings][-1]

    expect.status(ping, 200, why="The route /ping was written already: leave it as it was.")
    expect.json(ping, {"ping": "pong"}, why="The route /ping was written already.")
    expect.not_blocked(why="The query ran on the event loop: await it, or use a worker thread.")
    expect.status(await users, 200, why="A slow query is no error: wait for its rows.")


async def test_the_rows_survive_a_restart(serve: Serve, database: Database, expect: Expect) -> None:
    """The file and its rows survive a restart."""
    async with serve():
        await database.execute("INSERT INTO users (id, name) VALUES (?, ?)", 1, "Ada")
    async with serve() as client:
        response = await client.get("/users")

        expect.json(
            response,
            [{"id": 1, "name": "Ada"}],
            why="The rows are gone: keep the file, and create the table only if it is missing.",
        )


async def test_users_stand_in_the_order_of_their_ids(
    serve: Serve, database: Database, expect: Expect
) -> None:
    """Users stand in the order of their ids, also when the table was there and keeps another."""
    await database.execute(
        "CREATE TABLE users (id INTEGER, name TEXT NOT NULL, PRIMARY KEY (id DESC)) WITHOUT ROWID"
    )
    for number, name in ((2, "Barbara"), (3, "Ada"), (1, "Grace")):
        await database.execute("INSERT INTO users (id, name) VALUES (?, ?)", number, name)
    async with serve() as client:
        response = await client.get("/users")

        expect.json(
            response,
            [
                {"id": 1, "name": "Grace"},
                {"id": 2, "name": "Barbara"},
                {"id": 3, "name": "Ada"},
            ],
            why=IN_ANY_ORDER,
        )


async def test_nothing_is_left_open(serve: Serve, expect: Expect) -> None:
    """After shutdown no connection to the database is left open."""
    async with serve() as client:
        await client.get("/users")
        response = await client.get("/users")

    expect.status(response, 200, why=about_the_status(response))
    expect.nothing_left(why="Open it with `async with`, or close it in `finally`.")


def about_the_columns(columns: list[dict[str, Any]]) -> str:
    if not columns:
        return "Startup is what stands before `yield` in the lifespan: create the table there."
    if any(column["name"] == "name" and not column["notnull"] for column in columns):
        return "A user without a name must not get in: declare the name as NOT NULL."
    return "Two columns are asked for: `id INTEGER PRIMARY KEY` and `name TEXT NOT NULL`."


def about_the_column(column: dict[str, object]) -> str:
    if column["pk"]:
        return "primary key"
    return "not null" if column["notnull"] else "may be null"


def about_the_status(response: httpx.Response) -> str:
    if response.status_code == 404:
        return "No rows are no error: the answer is an empty list."
    return "The status is 200 unless you ask for another one."


def about_all_users(response: httpx.Response, rows: list[tuple[int, str]]) -> str:
    served: list[Any] = response.json() if response.text.startswith("[") else []
    ids: list[Any] = [row.get("id") for row in served if hasattr(row, "get")]
    if len(served) < len(rows):
        return "Some users are missing: serve all rows, without a limit."
    if sorted(map(str, ids)) != sorted(str(number) for number, _ in rows):
        return (
            "The ids are those of the rows in the file, gaps and all: read them, and count nothing."
        )
    if ids == sorted(ids, key=str):
        return "Ids are numbers, and 2 comes before 10: let the database sort, with ORDER BY id."
    return IN_ANY_ORDER


def about_the_rows(response: httpx.Response) -> str:
    rows: list[Any] = response.json() if response.text.startswith("[") else []
    if not response.text.startswith("["):
        return "The answer is the list of users, with nothing round it."
    if any(isinstance(row, list) for row in rows):
        return "A row is a bare tuple unless you set a `row_factory`, and then take `dict(row)`."
    if not rows:
        return OLD_BY_NOW
    if len(rows) < 2:
        return "Two rows are in ./test.db: read all of them."
    return "Each user is an object with two keys, `id` and `name`."
