"""What the route that reads rows is held to."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

import httpx

from kata.spec.types import Client, Clock, Database, Expect, Serve, Values

IN_ANY_ORDER = (
    "Users stand in the order of their ids, the lowest first, -1 before 0. Rows come in any order that suits "
    "the database, unless you write ORDER BY id."
)
TABLE_OF_OTHERS = (
    "The table was there, with three users, and they are gone. Others may have written its CREATE in another way: "
    "a table of that name is used as it is."
)
LARGEST = 2**63 - 1
"""The highest id that SQLite can hold."""

TWO_USERS: list[dict[str, int | str]] = [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Grace"}]
THREE_USERS: list[dict[str, int | str]] = [
    *TWO_USERS,
    {"id": 10, "name": ""},
]
MIXED_UP = (
    "Requests run at the same time: what they share, such as a cursor or a list, gets mixed up."
)
REFUSED = "Others ask at the same time: let each wait for its turn, and refuse none."
UNHARMED = (
    "A failed request changes nothing for the next one: what they share stays open, what it took is "
    "given back (`finally` or `async with`), and nothing remembers the failure."
)
AS_NEW = "It serves as if it were new: what the shutdown has set or closed, the next startup sets and opens anew."
LEFT_BEGUN = (
    "The request before had begun a transaction, and its SELECT failed: a transaction ends with a rollback then, or "
    "the next one cannot begin."
)
NO_LIST = (
    "A list says that these are all users. Who could not read them, or gave up, says so with an error: let "
    "it out, or raise an HTTPException."
)
OLD_BY_NOW = (
    "What was read before is old by now: read the rows in every request, also if nothing seems to have "
    "changed, and keep no transaction open after it."
)


async def test_a_new_database_has_no_users(client: Client, expect: Expect) -> None:
    """With a new database, `GET /users` answers 200 with an empty list, each time."""
    for _ in range(2):
        response = await client.get("/users")

        expect.status(response, 200, why=about_the_status(response))
        expect.json(response, [], why=about_no_rows(response))


async def test_the_table_is_there_before_the_first_request(
    serve: Serve, database: Database, expect: Expect
) -> None:
    """At startup ./test.db gets the table `users`: `id` a primary key, `name` not null."""
    # The statements of the startup take a moment: a startup that does not wait for them ends before.
    async with database.slow(seconds=0.5), serve():
        columns = await columns_of_users(database)

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
        why="SQLite numbers rows only for a column that is declared INTEGER PRIMARY KEY, in full.",
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
        TWO_USERS,
        why=about_the_rows(response),
    )


async def test_every_user_is_served(
    client: Client, database: Database, values: Values, expect: Expect
) -> None:
    """Every user is served, however many there are, with the id and the name that stand in the file."""
    names = ['Rosa "Rosie" Ray', "", " Ada ", "grace hopper", "Zoë 李\n", "\ufeffAda"]
    names += values.odd_names()
    names += [f"User {number % 50}" for number in range(1077)]
    # The ids begin with -1 and have gaps, and their rows are written in another order.
    rows = [(number * 31 % 1999 - 1, name) for number, name in enumerate(names)]
    for number in values.ids(3, at_least=5_000):
        rows += [(number, values.name()), (-number, values.name())]
    rows += [(LARGEST, "Last"), (-LARGEST - 1, "First")]
    refused = ""
    try:
        for begin in range(0, len(rows), 275):
            some = rows[begin : begin + 275]
            await database.execute(
                f"INSERT INTO users (id, name) VALUES {', '.join(['(?, ?)'] * len(some))}",
                *(each for row in some for each in row),
            )
    except sqlite3.IntegrityError as error:
        refused = str(error)
    expect.that(
        not refused,
        expected='a table that takes all users: several called User 1, one called "", one with the id -1',
        came=f"a table that refuses some: {refused}",
        why="Ask of a name only that it is not null, and of an id only that it is the primary key.",
    )
    response = await client.get("/users")

    expect.status(response, 200, why=about_the_status(response))
    expect.json(
        response,
        [{"id": number, "name": name} for number, name in sorted(rows)],
        why=about_all_users(response, sorted(rows), values),
    )


async def test_a_name_of_digits_stays_text(
    client: Client, database: Database, expect: Expect
) -> None:
    """A name is text: digits stay as they were written, and what was written as a number becomes text."""
    await database.execute("INSERT INTO users (id, name) VALUES (?, ?)", 1, "007")
    await database.execute("INSERT INTO users (id, name) VALUES (?, ?)", 2, 7)
    response = await client.get("/users")
    stored = await database.fetch("SELECT typeof(name) AS type FROM users")

    expect.json(
        response,
        [{"id": 1, "name": "007"}, {"id": 2, "name": "7"}],
        why=about_the_digits({row["type"] for row in stored}),
    )


async def test_a_row_written_later_is_served_too(
    client: Client, database: Database, clock: Clock, values: Values, expect: Expect
) -> None:
    """What is added, changed or deleted after a request shows in the next one."""
    first, second, third = sorted(values.ids(3, at_least=-LARGEST))
    old, new = values.names(2)
    rows = {second: old, third: old}
    for number, name in rows.items():
        await database.execute("INSERT INTO users (id, name) VALUES (?, ?)", number, name)
    await client.get("/users")
    changes: list[tuple[str, str, tuple[object, ...], dict[int, str]]] = [
        (
            "an UPDATE",
            "UPDATE users SET name = ? WHERE id = ?",
            (new, second),
            {second: new, third: old},
        ),
        ("a DELETE", "DELETE FROM users WHERE id = ?", (third,), {second: new}),
        ("an INSERT", "INSERT INTO users VALUES (?, ?)", (first, ""), {first: "", second: new}),
        ("a DELETE of all", "DELETE FROM users", (), {}),
        ("another INSERT", "INSERT INTO users VALUES (?, ?)", (third, new), {third: new}),
    ]
    for number, (what, sql, parameters, expected) in enumerate(changes):
        await database.execute(sql, *parameters)
        response = await client.get("/users")

        expect.status(response, 200, why=about_the_status(response))
        expect.json(
            response,
            [{"id": number, "name": name} for number, name in expected.items()],
            why=f"This came after {what}. {OLD_BY_NOW}",
        )
        if number == len(changes) - 2:
            # Long idleness: longer than anybody keeps a connection or what was read.
            await clock.sleep(600)

    users = [{"id": third, "name": new}]
    async with database.held_results():
        before = asyncio.create_task(client.get("/users"))
        await clock.sleep(0.05)
        if await database.execute_if_free("INSERT INTO users VALUES (?, ?)", second, old):
            users.insert(0, {"id": second, "name": old})
        meanwhile = asyncio.create_task(client.get("/users"))
        await clock.sleep(0.05)
    expect.status(await before, 200, why="A slow query is no error: wait for its rows.")
    expect.json(
        await meanwhile,
        users,
        why="This row came while the query of another request was under way. Let each request ask for itself.",
    )


async def test_requests_at_the_same_time_all_get_the_rows(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """Requests at the same time all get every user once, also when others come while they wait."""
    await three_users(database)
    together = [asyncio.create_task(client.get("/users")) for _ in range(5)]
    responses = [await each for each in together]
    async with database.held():
        waiting = [asyncio.create_task(client.get("/users"))]
        await clock.sleep(0.05)
        waiting += [asyncio.create_task(client.get("/users")) for _ in range(4)]
        await clock.sleep(0.05)
    for response in (*responses, *[await each for each in waiting]):
        refused = response.status_code in (429, 503)
        expect.status(response, 200, why=REFUSED if refused else MIXED_UP)
        expect.json(response, THREE_USERS, why=MIXED_UP)


async def test_other_requests_go_on_during_a_slow_query(
    client: Client, database: Database, expect: Expect
) -> None:
    """While a query of `GET /users` takes long, `GET /ping` is answered."""
    await three_users(database)
    async with database.held():
        # More of them than a narrow pool has connections.
        users = [asyncio.create_task(client.get("/users")) for _ in range(10)]
        pings = [asyncio.create_task(client.get("/ping")) for _ in range(5)]
        answers = [await each for each in pings]

    for ping in answers:
        expect.status(ping, 200, why="The route /ping was written already: leave it as it was.")
        expect.json(ping, {"ping": "pong"}, why="The route /ping was written already.")
    responses = [await each for each in users]
    expect.not_blocked(why="The query ran on the event loop: await it, or use a worker thread.")
    for served in responses:
        expect.status(served, 200, why="A slow query is no error: wait for its rows.")
        expect.json(served, THREE_USERS, why=f"Ten requests waited for slow queries. {MIXED_UP}")


async def test_the_rows_survive_a_restart(serve: Serve, database: Database, expect: Expect) -> None:
    """The file and its rows survive a restart, also of the same app."""
    async with serve():
        await three_users(database)
    for same_app in (True, False):
        async with serve(same_app=same_app) as client:
            response = await client.get("/users")

            expect.status(
                response,
                200,
                request="GET /users after the server has stopped and started again",
                why=AS_NEW if response.status_code >= 500 else about_the_status(response),
            )
            expect.json(
                response,
                THREE_USERS,
                why="The rows are gone: keep the file, and create the table only if it is missing.",
            )


async def test_a_file_without_the_table_gets_it(
    serve: Serve, database: Database, expect: Expect
) -> None:
    """At startup the table is created also in a file that is there without it, and at every start."""
    await database.execute("CREATE TABLE users_old (text TEXT)")
    for same_app, file in ((False, "has had another one only"), (True, "has lost it since")):
        async with serve(same_app=same_app):
            columns = await columns_of_users(database)

        expect.that(
            columns,
            expected=f"the table users, in a file that {file}",
            came="no such table",
            why="Ask the file at each start whether the table is there: IF NOT EXISTS does so.",
        )
        await database.execute("DROP TABLE users")


async def test_users_stand_in_the_order_of_their_ids(
    serve: Serve, database: Database, expect: Expect
) -> None:
    """Users stand in the order of their ids, also when the table was there and has an index."""
    # Others spell it in another way.
    await database.execute(
        'create table "users"(\n  id integer primary key,\n  name text not null\n)'
    )
    await database.execute("CREATE INDEX users_by_name ON users (name)")
    for number, name in ((2, "Barbara"), (3, "Ada"), (1, "Grace")):
        await database.execute("INSERT INTO users (id, name) VALUES (?, ?)", number, name)
    # SQLite takes the index for small, and reads it in place of the table where no order is asked for.
    await database.execute("ANALYZE")
    await database.execute("UPDATE sqlite_stat1 SET stat = '3 1 sz=1' WHERE idx = 'users_by_name'")
    async with serve() as client:
        response = await client.get("/users")

        expect.json(
            response,
            [
                {"id": 1, "name": "Grace"},
                {"id": 2, "name": "Barbara"},
                {"id": 3, "name": "Ada"},
            ],
            why=IN_ANY_ORDER if list_in(response) else TABLE_OF_OTHERS,
        )

    indexes = await database.fetch("SELECT name FROM sqlite_master WHERE type = 'index'")
    expect.equal(
        [row["name"] for row in indexes],
        ["users_by_name"],
        "the indexes of the table afterwards",
        why="A table that is there is used as it is: create it only if it is missing.",
    )


async def test_nothing_is_left_open(serve: Serve, expect: Expect) -> None:
    """After shutdown nothing is left open or running, and the same app can start again."""
    for same_app in (False, True):
        async with serve(same_app=same_app) as client:
            await client.get("/users")
            response = await client.get("/users")

        expect.status(response, 200, why=about_the_status(response))
        expect.nothing_left(why="Open it with `async with`, or close it in `finally`.")


async def test_a_query_that_takes_long_is_no_empty_list(
    serve: Serve, database: Database, clock: Clock, expect: Expect
) -> None:
    """Whoever waits for a slow query gets every user, or an error once it is given up, and no other list."""
    async with serve() as client:
        await three_users(database)
        for what, slow in (("begin", database.held), ("give its rows", database.held_fetches)):
            async with slow():
                waiting = [asyncio.create_task(client.get("/users")) for _ in range(2)]
                await clock.sleep(6.5)
            for response in [await each for each in waiting]:
                if response.status_code >= 500:
                    expect.status(response, response.status_code)
                    continue
                expect.that(
                    not is_given_up(response),
                    expected=f"every user, or an error: the query took 6.5 s to {what}",
                    came=f"status {response.status_code} with the body {response.text}",
                    why=NO_LIST,
                )
                expect.status(response, 200, why="A slow query is no error: wait for its rows.")
                expect.json(
                    response,
                    THREE_USERS,
                    why=f"Two requests waited for slow queries. {MIXED_UP}",
                )
            # So many that each connection of a pool has its turn.
            for _ in range(6):
                later = await client.get("/users")

                expect.status(later, 200, why=f"A request before was slow. {UNHARMED}")
                expect.json(later, THREE_USERS, why=f"A request before was slow. {UNHARMED}")

    expect.nothing_left(why="Here queries had taken long, and were given up or not.")


async def test_a_query_that_fails_harms_one_request_only(
    serve: Serve, database: Database, expect: Expect
) -> None:
    """A query that fails is answered with 500 or above. Then `/users` answers again, and nothing is left open."""
    async with serve() as client:
        await three_users(database)
        with expect.an_end(if_stuck=UNHARMED):
            with database.failing():
                failed(await client.get("/users"), expect)
            again = await client.get("/users")
            expect.status(again, 200, why=UNHARMED)
            # Here a BEGIN succeeds, and the SELECT behind it fails.
            with database.failing("reads"):
                unread = await client.get("/users")
            if unread.status_code < 500:
                # Who has asked, in another way, whether the file has changed needs no SELECT.
                expect.json(unread, THREE_USERS, why=about_the_failure(unread))
            expect.status(unread, unread.status_code)
            again = await client.get("/users")
            expect.status(again, 200, why=LEFT_BEGUN)
            expect.json(again, THREE_USERS, why=LEFT_BEGUN)
            for number in range(15):
                with database.failing(as_locked=number % 2 == 0):
                    failed(await client.get("/users"), expect)
            expect.not_blocked(why="That holds for a pause before another try too.")
            with database.failing():
                together = [asyncio.create_task(client.get("/users")) for _ in range(5)]
                for each in together:
                    failed(await each, expect)
            with database.refusing():
                # Who has a connection already needs no other.
                refused = await client.get("/users")
            if refused.status_code < 500:
                why = f"The file could not be opened. {about_the_failure(refused)}"
                expect.json(refused, THREE_USERS, why=why)
            expect.status(refused, refused.status_code)

            response = await client.get("/users")

        expect.status(response, 200, why=UNHARMED)
        expect.json(response, THREE_USERS, why=UNHARMED)

    expect.nothing_left(why="Here requests had failed before the shutdown.")


async def three_users(database: Database) -> None:
    for user in THREE_USERS:
        await database.execute("INSERT INTO users VALUES (?, ?)", user["id"], user["name"])


def failed(response: httpx.Response, expect: Expect) -> None:
    expect.that(
        response.status_code >= 500,
        expected="status 500 or above, because the query failed",
        came=f"status {response.status_code} with the body {response.text[:80]}",
        why=about_the_failure(response),
    )
    # It was meant to fail, so its exception explains nothing that comes later.
    expect.status(response, response.status_code)


def about_the_failure(response: httpx.Response) -> str:
    if 400 <= response.status_code < 500:
        return (
            "A 4xx says that the client asked for something wrong. Here the database failed: let the error "
            "out, or raise an HTTPException with 500 or above."
        )
    return NO_LIST


def is_given_up(response: httpx.Response) -> bool:
    """Whether this is no error and not every user."""
    return response.status_code < 400 and list_in(response) != THREE_USERS


async def columns_of_users(database: Database) -> list[dict[str, Any]]:
    return await database.fetch("SELECT * FROM pragma_table_info('users')")


def about_the_columns(columns: list[dict[str, Any]]) -> str:
    if not columns:
        return (
            "Startup is what stands before `yield` in the lifespan: create the table there, in "
            "./test.db, wait until that is done, and commit if you began a transaction: others see nothing "
            "before."
        )
    if any(column["dflt_value"] for column in columns):
        return (
            "Declare the name as TEXT NOT NULL, and no more: a DEFAULT lets rows in that have none."
        )
    if any(column["name"] == "name" and not column["notnull"] for column in columns):
        return "A user without a name must not get in: declare the name as NOT NULL."
    return "Two columns are asked for: `id INTEGER PRIMARY KEY` and `name TEXT NOT NULL`."


def about_the_column(column: dict[str, object]) -> str:
    if column["dflt_value"]:
        return f"{column['dflt_value']} unless somebody says more"
    if column["pk"]:
        return "primary key"
    return "not null" if column["notnull"] else "may be null"


def about_the_status(response: httpx.Response) -> str:
    if response.status_code == 404:
        return "No rows are no error: the answer is an empty list."
    return "The status is 200 unless you ask for another one."


def about_all_users(response: httpx.Response, rows: list[tuple[int, str]], values: Values) -> str:
    served = list_in(response)
    if served is None:
        return "Give FastAPI the list: it writes the JSON, whatever stands in a name."
    ids: list[Any] = [row.get("id") for row in served if hasattr(row, "get")]
    if len(served) < len(rows):
        names: list[str] = [str(row.get("name")) for row in served if hasattr(row, "get")]
        if sorted(names) == sorted({name for _, name in rows}):
            return "Some users are missing: several may have one name, so serve each of them."
        missing = [number for number, _ in rows if number not in ids]
        these = "Some users are missing"
        if missing:
            these += f" ({len(missing)} of {len(rows)}, the first is {missing[0]})"
        return f"{these}: serve all rows, without a limit, whatever their ids and names."
    wanted = [number for number, _ in rows]
    if ids != wanted and rounded(ids) == rounded(wanted):
        return "An id has up to 64 bits, and a float holds 53 of them: serve it as you read it."
    if sorted(map(str, ids)) != sorted(str(number) for number, _ in rows):
        return (
            "The ids are those of the rows in the file, gaps and all: read them, and count nothing."
        )
    if ids == sorted(ids, key=str):
        return "Ids are numbers, and 2 comes before 10: let the database sort, with ORDER BY id."
    if ids == [number for number, _ in rows]:
        named = zip(served, rows, strict=True)
        wrong = next((name for user, (_, name) in named if user.get("name") != name), "")
        said = "Names are served as they stand in the file: change nothing, not even a space."
        if any(not isinstance(user.get("name"), str) for user in served):
            said = "A name is text: declare the column as TEXT, and make no number of one."
        return f"{said} The first that differs is {values.what_is(wrong)}: {wrong[:40]!r}."
    return IN_ANY_ORDER


def rounded(ids: Sequence[Any]) -> list[float]:
    """The ids as floats; nothing for what is no number."""
    return [float(each) for each in ids if isinstance(each, int | float)]


def about_no_rows(response: httpx.Response) -> str:
    if list_in(response):
        return "Nobody has written a user yet: write none yourself, and serve none that is not in ./test.db."
    return "No rows are an empty list, with nothing round it."


def about_the_digits(types_in_the_file: set[str]) -> str:
    if types_in_the_file == {"text"}:
        return "In ./test.db the names are text: serve them as you read them, and make no number of one."
    return "Declare the column as TEXT: it keeps as text whatever is written into it."


def about_the_rows(response: httpx.Response) -> str:
    rows = list_in(response)
    if rows is None:
        return "The answer is the list of users, with nothing round it."
    if any(isinstance(row, list) for row in rows):
        return "A row is a bare tuple unless you set a `row_factory`, and then take `dict(row)`."
    if not rows:
        return OLD_BY_NOW
    if len(rows) < 2:
        return "Two rows are in ./test.db: read all of them."
    if rows[::-1] == TWO_USERS:
        return IN_ANY_ORDER
    return "Each user is an object with two keys, `id` and `name`."


def list_in(response: httpx.Response) -> list[Any] | None:
    """The list that was answered, if the body is one in JSON."""
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, list) else None  # pyright: ignore[reportUnknownVariableType]
