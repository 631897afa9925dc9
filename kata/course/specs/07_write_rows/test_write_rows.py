"""What the routes that write a row and read it back are held to."""

import asyncio
from typing import Any
from unicodedata import normalize

import httpx

from kata.spec.expect import Response
from kata.spec.types import Asgi, Client, Clock, Database, Expect, Serve

NAMES = [
    "Eve'), ('Mallory",
    "Robert'); DROP TABLE users; --",
    "Grace O'Malley",
    'Ada "the first" ? :name %s',
    "  Zoë 李, twice\n",
    "grace hopper",
    "x" * 300,
    "Ada\0Lovelace'",
    "\tZoe\u0308 \ufb01n\t\U0001f375\r\n",
    "&lt;b&gt; <b>",
    "null",
]


async def test_the_table_is_there_before_the_first_request(
    serve: Serve, database: Database, expect: Expect
) -> None:
    """At startup ./test.db gets the table `users` of lesson 06: `id` a primary key, `name` not null."""
    # The statements of the startup take a moment: a startup that does not wait for them ends before.
    async with database.slow(seconds=0.5), serve() as client:
        columns = await database.fetch("SELECT * FROM pragma_table_info('users')")
        response = await client.post("/users", json={"name": "Ada"})

    expect.equal(
        {column["name"]: about_the_column(column) for column in columns},
        {"id": "primary key", "name": "not null"},
        "the columns of the table users in ./test.db after startup",
        why=about_the_columns(columns),
    )
    accepted(response, expect)


async def test_a_new_user_comes_back_with_an_id(client: Client, expect: Expect) -> None:
    """`POST /users` with {"name": "Ada"} answers 201 with the user: its `id` and its `name`."""
    response = await client.post("/users", json={"name": "Ada"})

    expect.status(response, 201, why=about_the_status(response))
    expect.json(
        response,
        {"id": id_of(response), "name": "Ada"},
        why="The answer is an object with two keys: `id`, a whole number, and the `name`.",
    )


async def test_the_row_is_committed_before_the_answer_leaves(
    client: Client, asgi: Asgi, database: Database, expect: Expect
) -> None:
    """When the 201 arrives, the row is committed: another connection sees it in ./test.db."""
    async with asgi.answered("POST", "/users", json={"name": "Ada"}) as response:
        names = await names_in(database, expect)

    accepted(response, expect)
    expect.equal(
        names,
        ["Ada"],
        "the names that another connection reads when the 201 arrives",
        why=about_the_commit(names, await names_in(database, expect)),
    )


async def test_the_next_request_reads_the_user(
    client: Client, clock: Clock, expect: Expect
) -> None:
    """`GET /users/{id}` answers 200 with the user that was written."""
    await posted(client, clock, "Ada")
    created = await posted(client, clock, "Grace")
    response = await client.get(f"/users/{id_of(created)}")

    expect.status(response, 200, why="The row is not found: look for the id that POST answered.")
    expect.json(
        response,
        {"id": id_of(created), "name": "Grace"},
        why="The answer is one object with `id` and `name`, for the id in the path.",
    )


async def test_an_unknown_id_is_not_found(client: Client, clock: Clock, expect: Expect) -> None:
    """`GET /users/{id}` answers 404 with {"detail": "User not found"} if there is no such user."""
    created = await posted(client, clock, "Ada")
    accepted(created, expect)
    for number in (4711, 0):
        response = await client.get(f"/users/{number}")

        expect.status(response, 404, why=about_the_missing(response))
        expect.json(
            response,
            {"detail": "User not found"},
            why="The second argument of HTTPException is what stands under `detail`.",
        )


async def test_an_id_that_was_unknown_is_found_once_a_user_has_it(
    client: Client, clock: Clock, expect: Expect
) -> None:
    """`GET /users/{id}` answers 200 with a user that was written, also if the id was unknown before."""
    for number in (1, 2, 3):
        await client.get(f"/users/{number}")
    created = await posted(client, clock, "Ada")
    response = await client.get(f"/users/{id_of(created)}")

    expect.status(
        response,
        200,
        why="Who was unknown before may be there by now: ask the database in every request.",
    )


async def test_an_id_that_is_no_number_is_refused(
    client: Client, clock: Clock, expect: Expect
) -> None:
    """`GET /users/{id}` answers 422 if the id is not a whole number."""
    created = await posted(client, clock, "Ada")
    accepted(created, expect)
    for path in ("/users/ada", "/users/1.5", "/users/1%20OR%201=1"):
        response = await client.get(path)

        expect.status(response, 422, why="Declare the id as `int`, and FastAPI checks it for you.")


async def test_a_user_without_a_name_is_refused(
    client: Client, database: Database, expect: Expect
) -> None:
    """`POST /users` answers 422 if the name is missing or null, and writes nothing."""
    for body in ({}, {"name": None}):
        response = await client.post("/users", json=body)

        expect.status(response, 422, why=NO_NAME)
    expect.equal(
        await names_in(database, expect),
        [],
        "the names in ./test.db",
        why="A body that is refused leaves no row.",
    )


async def test_any_name_is_stored_as_it_came(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """A name is data, whatever stands in it: it is stored and answered as it came, and not obeyed."""
    for number, name in enumerate(NAMES):
        response = await posted(client, clock, name)

        accepted(response, expect, why=about_the_name(name, []))
        written = (await names_in(database, expect))[number:]
        expect.equal(
            written,
            [name],
            "the names that this request wrote into ./test.db",
            why=about_the_name(name, written) if written else NOT_THERE,
        )
        user = {"id": id_of(response), "name": name}
        expect.json(response, user, why="The answer holds the name as it is stored.")
        read = await client.get(f"/users/{id_of(response)}")
        expect.status(read, 200, why="The row is in ./test.db: find it, whatever the name is.")
        expect.json(read, user, why="Answer a name as it is stored: change nothing in it.")
    expect.equal(await names_in(database, expect), NAMES, "the names in ./test.db", why=BIND)


async def test_a_name_of_digits_stays_text(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """Names are stored as they came: one that consists of digits stays text."""
    response = await posted(client, clock, "007")

    accepted(response, expect)
    expect.equal(await names_in(database, expect), ["007"], "the names in ./test.db", why=TEXT)


async def test_other_requests_go_on_during_a_slow_write(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """While `POST /users` or `GET /users/{id}` waits for the database, `GET /ping` is answered."""
    created = await posted(client, clock, "Ada")
    for method, path, body in (
        ("POST", "/users", {"name": "Grace"}),
        ("GET", f"/users/{id_of(created)}", None),
    ):
        async with database.held():
            slow = asyncio.create_task(client.request(method, path, json=body))
            # Until it waits for the database.
            await clock.sleep(0.05)
            pings = [asyncio.create_task(client.get("/ping")) for _ in range(5)]
            ping = [await each for each in pings][-1]
        response = await slow

        expect.status(ping, 200, why="The route /ping was written already: leave it as it was.")
        expect.json(ping, {"ping": "pong"}, why="The route /ping was written already.")
        expect.not_blocked(why="Await an async library, or use a worker thread.")
        accepted(response, expect, why="A slow query is no error: wait for it.")


async def test_writers_at_once_lose_nothing(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """A dozen `POST /users` at once, two of each name, are all answered with 201, and all rows are there."""
    names = [f"User {number // 2:02}" for number in range(12)]
    responses = await asyncio.gather(*(posted(client, clock, name) for name in names))

    for response in responses:
        expect.status(response, 201, why="Writers got in each other's way: SQLite lets them queue.")
    written = sorted(await names_in(database, expect))
    expect.equal(
        written,
        names,
        "the names in ./test.db",
        why=about_the_lost(written, names),
    )
    expect.equal(
        {str(id_of(response)): response.json()["name"] for response in responses},
        {str(row["id"]): row["name"] for row in await rows_in(database, expect)},
        "the names by id: as answered, and as they stand in ./test.db",
        why="Ids were swapped, or given twice: ask your own INSERT for its id, with RETURNING or `lastrowid`.",
    )


async def test_each_writer_is_answered_with_its_own_id(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """Each writer is answered with the id of its own row, also if another row is written right after it."""
    async with database.held(after_commit=True):
        writing = [
            asyncio.create_task(posted(client, clock, name)) for name in ("Ada", "Grace", "Ada")
        ]
        # Until all are done, or look at the database once more.
        await clock.sleep(0.05)
    responses = await asyncio.gather(*writing)

    for response in responses:
        accepted(response, expect)
    expect.equal(
        sorted(str(id_of(response)) for response in responses),
        sorted(str(row["id"]) for row in await rows_in(database, expect)),
        "the ids: as answered, and as they stand in ./test.db",
        why="Another row came between writing and looking: ask your own INSERT for its id, with "
        "RETURNING or `lastrowid`.",
    )


async def test_a_refused_writer_takes_no_other_row_with_it(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """Requests that are refused at the same moment, with 422 or 404, cost the others nothing."""
    nobody = {"name": None}
    names = [f"User {number:02}" for number in range(18)]
    async with database.held():
        # Held together, the first is refused when the others have written, and have not committed.
        writing = [asyncio.create_task(client.post("/users", json=nobody))]
        await clock.sleep(0.05)
        for name in names[:6]:
            writing.append(asyncio.create_task(posted(client, clock, name)))
        await clock.sleep(0.05)
        writing.append(asyncio.create_task(client.post("/users", json=nobody)))
        await clock.sleep(0.05)
    first, *together, last = await asyncio.gather(*writing)

    writing = [asyncio.create_task(client.post("/users", json=nobody))]
    for name in names[6:]:
        writing.append(asyncio.create_task(posted(client, clock, name)))
        writing.append(asyncio.create_task(client.get("/users/4711")))
    another, *others = await asyncio.gather(*writing)

    for refused in (first, last, another):
        expect.status(refused, 422, why=NO_NAME)
    for response in (*together, *others[::2]):
        accepted(response, expect)
    expect.equal(
        sorted(await names_in(database, expect)),
        names,
        "the names in ./test.db, after some requests were refused",
        why="A rollback takes back whatever its connection has not committed, other requests' too.",
    )


async def test_the_users_survive_a_restart(serve: Serve, clock: Clock, expect: Expect) -> None:
    """A user that was written is there after a restart."""
    async with serve() as client:
        created = await posted(client, clock, "Ada")
    async with serve() as client:
        response = await client.get(f"/users/{id_of(created)}")

        expect.status(response, 200, why="The row is gone: create the table only if it is missing.")


async def test_rows_that_others_wrote_are_found_and_kept(
    serve: Serve, database: Database, clock: Clock, expect: Expect
) -> None:
    """Rows 4 and 25, which others wrote, are found, 2 and 24 are not, and no id is given again."""
    async with serve() as client:
        await posted(client, clock, "Ada")
    async with serve() as client:
        await database.execute("INSERT INTO users (id, name) VALUES (4, 'Eve'), (25, 'Mallory')")
        response = await client.get("/users/25")

        expect.status(response, 200, why=IN_THE_FILE)
        expect.json(
            response,
            {"id": 25, "name": "Mallory"},
            why="The answer is one object with `id` and `name`, for the id in the path.",
        )
        for number in (2, 24):
            response = await client.get(f"/users/{number}")

            expect.status(response, 404, why=about_the_missing(response))
        created = await posted(client, clock, "Grace")

        accepted(created, expect, why="Other rows stand in the file: let SQLite choose the id.")
        expect.equal(
            sorted(await names_in(database, expect)),
            ["Ada", "Eve", "Grace", "Mallory"],
            "the names in ./test.db",
            why="A POST adds one row, and nothing else changes what others wrote.",
        )


async def test_nothing_is_left_open(serve: Serve, clock: Clock, expect: Expect) -> None:
    """After shutdown no connection to the database is left open, also after requests that were refused."""
    async with serve() as client:
        created = await posted(client, clock, "Ada")
        await client.get(f"/users/{id_of(created)}")
        await client.get("/users/4711")
        await client.get("/users/ada")
        await client.post("/users", json={})

    accepted(created, expect)
    expect.nothing_left(why="Open it with `async with`, or close it in `finally`.")


NO_NAME = "Declare the body as a model with `name: str`, and FastAPI checks it for you."
TEXT = "Declare the column as TEXT: of digits in an INTEGER column SQLite makes a number."
NO_TABLE = "Create the table in the lifespan, before `yield`, in ./test.db and nowhere else."
NOT_THERE = "No other connection sees the row when the 201 arrives: commit before you return."
IN_THE_FILE = (
    "The row stands in ./test.db: look there in every request, and keep no users in memory."
)
BIND = "Values do not belong into the SQL: write `?` there, and pass them beside it."


def about_the_name(name: str, written: list[str]) -> str:
    if name in NAMES[:4]:
        return BIND
    if [normalize("NFKC", each) for each in written] == [normalize("NFKC", name)]:
        return "It may look the same and is another text: store a name without normalising it."
    return "Store a name as it came: strip nothing, change nothing, limit nothing."


def accepted(response: Response, expect: Expect, *, why: str = "") -> None:
    """Not refused. That it is 201 and not 200 is asked where the answer to a POST is looked at."""
    if response.status_code != 200:
        expect.status(response, 201, why=why or about_the_status(response))


def about_the_columns(columns: list[dict[str, Any]]) -> str:
    if not columns:
        return NO_TABLE
    if any(column["name"] == "name" and not column["notnull"] for column in columns):
        return "A user without a name must not get in: declare the name as NOT NULL."
    return "Two columns are asked for: `id INTEGER PRIMARY KEY` and `name TEXT NOT NULL`."


def about_the_column(column: dict[str, object]) -> str:
    if column["pk"]:
        return "primary key"
    return "not null" if column["notnull"] else "may be null"


async def posted(client: Client, clock: Clock, name: str) -> httpx.Response:
    """POST a user, and let a moment pass: one spec asks whether all was done before the answer left, and no other."""
    response = await client.post("/users", json={"name": name})
    await clock.sleep(0.05)
    return response


async def names_in(database: Database, expect: Expect) -> list[str]:
    return [row["name"] for row in await rows_in(database, expect)]


async def rows_in(database: Database, expect: Expect) -> list[dict[str, Any]]:
    expect.that(
        await database.fetch("SELECT name FROM pragma_table_info('users')"),
        expected="the table users in ./test.db",
        came="there is no such table",
        why=NO_TABLE,
    )
    return await database.fetch("SELECT id, name FROM users ORDER BY id")


def id_of(response: Response) -> object:
    """The id in the answer, or words that no answer equals."""
    body: dict[str, Any] = response.json() if response.text.startswith("{") else {}
    number = body.get("id")
    is_whole = isinstance(number, int) and not isinstance(number, bool)
    return number if is_whole else "a whole number"


def about_the_commit(names: list[str], names_afterwards: list[str]) -> str:
    if len(names) > 1:
        return "One request wrote several rows: insert the user once."
    if names_afterwards:
        return "The answer left before the commit: commit in the route, before you return."
    return "Until you commit, only your own connection sees the row."


def about_the_lost(written: list[str], names: list[str]) -> str:
    if written == sorted(set(names)):
        return "Two users may have the same name: each POST writes a row of its own."
    return "A row was lost between reading and writing: let one INSERT choose the id and write."


def about_the_missing(response: Response) -> str:
    if response.status_code == 200 and '"status_code":404' in response.text:
        return "An HTTPException is raised, not returned."
    if response.status_code == 500 and response.text.startswith("{"):
        return "You caught your own HTTPException: raise it outside the `try`."
    if response.status_code == 200 and isinstance(id_of(response), int):
        return "There is no such user: look for this id and for no other, with `WHERE id = ?`."
    return "No row is `None`, not an error: look, and raise HTTPException(404, ...)."


def about_the_status(response: Response) -> str:
    status = response.status_code
    if status == 405:
        return "The route answers another method: `@app.post` for what writes."
    if status == 422 and '"loc":["query"' in response.text:
        return (
            "FastAPI looks for the name in the query: declare a model with `name: str` as the body."
        )
    if status == 422:
        return "FastAPI refused the body: it is an object with one key, `name`."
    if status == 200 and response.text.startswith("["):
        return (
            "FastAPI takes a tuple for a list: set the status in the decorator, or on a Response."
        )
    if status == 200:
        return "A row was created, and 201 says so: give `status_code=201` to the decorator."
    if 200 < status < 300:
        return "A row was created, and the status for that is 201."
    return "Who gives a name is not refused: create the user, and wait if others write just now."
