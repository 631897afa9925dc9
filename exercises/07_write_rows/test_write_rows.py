"""What the routes that write a row and read it back are held to."""

import asyncio
from collections.abc import Sequence
from typing import Any
from unicodedata import normalize

import httpx

from kata.spec.expect import Response
from kata.spec.types import Asgi, Client, Clock, Database, Expect, Serve, Values

TOO_LARGE = 2**63
"""The first whole number that SQLite cannot hold."""


async def test_the_table_is_there_before_the_first_request(
    serve: Serve, database: Database, expect: Expect
) -> None:
    """At startup ./test.db gets the table `users` of lesson 06: `id` a primary key, `name` not null."""
    await database.execute("CREATE TABLE notes (text TEXT)")
    # The statements of the startup take a moment: a startup that does not wait for them ends before.
    async with database.slow(seconds=0.5), serve():
        columns = await database.fetch("SELECT * FROM pragma_table_info('users')")

    expect.equal(
        {column["name"]: about_the_column(column) for column in columns},
        {"id": "primary key", "name": "not null"},
        "the columns of the table users in ./test.db after startup",
        why=about_the_columns(columns),
    )


async def test_a_new_user_comes_back_with_an_id(client: Client, expect: Expect) -> None:
    """`POST /users` with {"name": "Ada"} answers 201 with the user: its `id` and its `name`."""
    for which, name in (("first", "Ada"), ("second", "Grace"), ("third", "Ada")):
        response = await client.post("/users", json={"name": name})

        expect.status(response, 201, why=of_many(which, "three POSTs", about_the_status(response)))
        expect.json(
            response,
            {"id": id_of(response), "name": name},
            why="The answer is an object with two keys: `id`, a whole number, and the `name`.",
        )


async def test_the_row_is_committed_before_the_answer_leaves(
    client: Client, asgi: Asgi, database: Database, expect: Expect
) -> None:
    """When the 201 arrives, the row is committed: another connection sees it in ./test.db."""
    names: list[str] = []
    for which, name in (("first", "Ada"), ("second", "Grace"), ("third", "Hedy")):
        async with asgi.answered("POST", "/users", json={"name": name}) as response:
            seen = await names_in(database, expect)
        names.append(name)

        accepted(response, expect)
        expect.equal(
            seen,
            names,
            f"the names that another connection reads when the {which} 201 arrives",
            why=about_the_commit(seen, names, await names_in(database, expect)),
        )
        # A request that is refused between two others changes nothing for them.
        await client.post("/users", json={"name": None})


async def test_no_201_arrives_before_a_slow_commit(
    client: Client, database: Database, clock: Clock, values: Values, expect: Expect
) -> None:
    """When the 201 arrives, the row is committed, once, also if the commit takes long."""
    await posted(client, clock, "Ada")
    for seconds, name in ((values.moment(at_most=2), "Grace"), (6.5, "Hedy")):
        async with database.held_commits():
            writing = asyncio.create_task(posted(client, clock, name))
            await clock.sleep(seconds)
            came_early = writing.done()
            seen = await names_in(database, expect) if came_early else [name]
        response = await writing

        expect.that(
            response.status_code != 201 or name in seen,
            expected=f"the answer waits for the commit, which takes {seconds:g} s",
            came="status 201, and another connection does not see the row yet",
            why="A task, a thread or a time limit lets the answer leave before the commit: await the "
            "commit itself, and then return.",
        )
        # Who gives up after some seconds has not created the user, and says so.
        if seconds < 5 or response.status_code < 500:
            accepted(response, expect, why="A commit that takes long is no error: wait for it.")
        expect.status(response, response.status_code)
        written = (await names_in(database, expect)).count(name)
        expect.that(
            response.status_code >= 500 or written == 1,
            expected=f"one row after a commit that took {seconds:g} s",
            came=f"{written} rows",
            why=WRITTEN_AGAIN,
        )


def why_of_the_rows(rows: int, wanted: int) -> str:
    if rows > wanted:
        return WRITTEN_AGAIN
    if rows:
        return "Two people may have one name: each POST writes a row of its own."
    return "A 201 says that the row is there: let the error out."


async def test_each_201_stands_for_one_row(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """Each 201 stands for one row, also for a name that is there, and after commits and queries that failed."""
    with database.failing_commits():
        refused = await posted(client, clock, "Ada")
    expect.status(refused, refused.status_code)
    with database.failing():
        failed = await posted(client, clock, "Grace")
    expect.status(failed, failed.status_code)
    # A BEGIN succeeds here, if there is one.
    with database.failing("reads"):
        unread = await client.get("/users/1")
    expect.status(unread, unread.status_code)
    created = await posted(client, clock, "Hedy")
    namesake = await posted(client, clock, "Hedy")

    written = await names_in(database, expect)
    for response, name, what in (
        (refused, "Ada", "whose first commit failed"),
        (failed, "Grace", "whose queries all failed"),
        (created, "Hedy", "after others had failed"),
    ):
        rows, wanted = written.count(name), 1
        if response is created and namesake.status_code == 201:
            what, wanted = "after others had failed, and of another with the same name", 2
        expect.that(
            response.status_code != 201 or rows == wanted,
            expected=f"{'one row' if wanted == 1 else 'two rows'} for the 201 of the POST {what}",
            came=f"{rows} rows" if rows != 1 else "1 row",
            why=why_of_the_rows(rows, wanted),
        )


async def test_the_next_request_reads_the_user(
    client: Client, clock: Clock, values: Values, expect: Expect
) -> None:
    """`GET /users/{id}` answers 200 with the user that was written."""
    users: dict[object, str] = {}
    for name in ("Ada", "Grace", "Hedy", "Ivan"):
        created = await posted(client, clock, name)
        accepted(created, expect)
        users[id_of(created)] = name
        newest = list(users)[-1]
        for number in (newest, values.choice(list(users))):
            response = await client.get(f"/users/{number}")

            expect.status(
                response, 200, why="The row is not found: look for the id that POST answered."
            )
            expect.json(response, {"id": number, "name": users[number]}, why=ONE_OBJECT)


async def test_an_unknown_id_is_not_found(
    client: Client, clock: Clock, values: Values, expect: Expect
) -> None:
    """`GET /users/{id}` answers 404 with {"detail": "User not found"} if there is no such user."""
    created = await posted(client, clock, "Ada")
    accepted(created, expect)
    unknown = values.id(at_least=1_000)
    # More of them than a pool of usual size has connections.
    for number in (4711, 0, -1, unknown, unknown, *range(100, 112)):
        response = await client.get(f"/users/{number}")

        expect.status(response, 404, why=about_the_missing(response))
        expect.json(response, NOT_FOUND, why=DETAIL)


async def test_an_id_that_was_unknown_is_found_once_a_user_has_it(
    client: Client, clock: Clock, expect: Expect
) -> None:
    """`GET /users/{id}` answers 200 with a user that was written, also if the id was unknown before."""
    for number in (1, 2, 3):
        await client.get(f"/users/{number}")
    created = await posted(client, clock, "Ada")
    accepted(created, expect)
    response = await client.get(f"/users/{id_of(created)}")

    expect.status(
        response,
        200,
        why="Who was unknown before may be there by now: ask the database in every request.",
    )


async def test_what_others_write_change_and_delete_is_seen_and_kept(
    client: Client, database: Database, clock: Clock, values: Values, expect: Expect
) -> None:
    """`GET` shows the file as it is now, whoever wrote into it, and no id that stands there is given again."""
    created = await posted(client, clock, "Ada")
    accepted(created, expect)
    ada = id_of(created)
    await database.execute("INSERT INTO users (name) VALUES ('Eve'), ('Oscar')")
    await database.execute("INSERT INTO users (id, name) VALUES (75, 'Mallory')")
    far, name = values.id(at_least=1_000), values.name()
    await database.execute("INSERT INTO users (id, name) VALUES (?, ?)", far, name)
    await found(client, expect, {75: "Mallory", far: name})
    await missing(client, expect, (7, 74, 750, far + 1))

    created = await posted(client, clock, "Grace")
    accepted(created, expect, why="Others have written rows: let SQLite choose the id.")
    stands = {row["id"]: row["name"] for row in await rows_in(database, expect)}
    expect.equal(
        sorted(stands.values()),
        sorted(["Ada", "Eve", "Oscar", "Mallory", name, "Grace"]),
        "the names in ./test.db after a POST for Grace",
        why="A POST adds one row, and nothing else changes what others wrote.",
    )
    await found(client, expect, {id_of(created): "Grace"})

    await database.execute("UPDATE users SET name = 'Lovelace' WHERE id = ?", ada)
    await database.execute("DELETE FROM users WHERE id IN (75, ?)", id_of(created))
    await found(client, expect, {ada: "Lovelace"})
    await missing(client, expect, (75, id_of(created)))
    await database.execute("INSERT INTO users (id, name) VALUES (75, 'Trudy')")
    await found(client, expect, {75: "Trudy"})

    async with database.open_elsewhere():
        await found(client, expect, {75: "Trudy"}, why=IN_WAL_MODE)
        await database.execute("UPDATE users SET name = 'Victor' WHERE id = 75")
        await database.execute("DELETE FROM users WHERE id = ?", ada)
        await found(client, expect, {75: "Victor"}, why=IN_WAL_MODE)
        await missing(client, expect, (ada,), why=IN_WAL_MODE)


async def test_any_name_is_stored_as_it_came(
    client: Client, database: Database, clock: Clock, values: Values, expect: Expect
) -> None:
    """A name is any text, even an empty one: it is stored and answered as it came, and not obeyed."""
    users: list[tuple[object, str]] = []
    for name in ("O'Brien", *values.names(2), *values.odd_names(with_nul=True)):
        response = await posted(client, clock, name)

        accepted(response, expect, why=about_the_name(name, [], values))
        users.append((id_of(response), name))
        user = {"id": id_of(response), "name": name}
        expect.json(response, user, why=AS_IT_CAME)
    rows = await rows_in(database, expect)
    stored = {row["id"]: row["name"] for row in rows}
    for number, name in users:
        expect.equal(
            {number: stored.get(number)},
            {number: name},
            f"the id and the name in ./test.db after {values.what_is(name)}",
            why=about_the_name(name, [stored.get(number)], values),
        )
        read = await client.get(f"/users/{number}")
        expect.status(
            read,
            200,
            why=f"The row is in ./test.db: find it, whatever the name is. Here it is {name[:40]!r}.",
        )
        expect.json(
            read,
            {"id": number, "name": name},
            why="Answer a name as it is stored: change nothing in it.",
        )
    expect.equal(len(rows), len(users), "the number of rows after as many POSTs", why=BIND)


async def test_an_id_that_is_no_number_is_refused(
    client: Client, clock: Clock, values: Values, expect: Expect
) -> None:
    """`GET /users/{id}` answers 422 if the id is not a whole number."""
    created = await posted(client, clock, "Ada")
    accepted(created, expect)
    others = values.sample(("null", "1e3", "0x1", "1,2", "NaN", "one", "*", "1;2", "2024-01-01"), 3)
    # More of them than a pool of usual size has connections.
    for path in (*("ada", "1.5", "1%20OR%201=1", "--1", "%C2%B2"), *others, *(6 * ["ada"])):
        response = await client.get(f"/users/{path}")

        expect.status(response, 422, why="Declare the id as `int`, and FastAPI checks it for you.")
    # Nobody who was refused holds what a writer needs.
    accepted(await posted(client, clock, "Grace"), expect)


async def test_an_id_that_sqlite_cannot_hold_is_not_found(
    client: Client, clock: Clock, database: Database, values: Values, expect: Expect
) -> None:
    """`GET /users/{id}` answers 404 if SQLite cannot hold the id: nobody has it."""
    created = await posted(client, clock, "Ada")
    accepted(created, expect)
    largest, smallest = TOO_LARGE - 1, -TOO_LARGE + 1
    await database.execute(
        "INSERT INTO users (id, name) VALUES (?, ?), (?, ?)", largest, "Eve", smallest, "Mallory"
    )
    digits = "".join(str(values.number(1, 9)) for _ in range(values.number(20, 3_900)))
    huge = {
        "99999999999999999999": 99999999999999999999,
        "2**63": TOO_LARGE,
        "-2**63 - 1": -TOO_LARGE - 1,
        f"a number of {len(digits)} digits": int(digits),
        f"a number of {len(digits)} digits, below zero": -int(digits),
    }
    for words, number in huge.items():
        response = await client.get(f"/users/{number}")

        request = f"the id is {words}"
        expect.status(response, 404, request=request, why=about_the_huge(response))
        expect.json(response, NOT_FOUND, request=request, why=DETAIL)
    for number, name in ((largest, "Eve"), (smallest, "Mallory"), (id_of(created), "Ada")):
        response = await client.get(f"/users/{number}")

        expect.status(
            response,
            200,
            why=f"SQLite holds the id {number}, and others wrote its row: look in ./test.db.",
        )
        expect.json(response, {"id": number, "name": name}, why=ONE_OBJECT)


async def test_a_user_without_a_name_is_refused(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """`POST /users` answers 422 if the name is missing or null, and writes nothing."""
    # More of them than a pool of usual size has connections.
    for body in ({}, {"name": None}, {"nom": "Ada"}) * 4:
        response = await client.post("/users", json=body)

        expect.status(response, 422, why=NO_NAME)
    created = await posted(client, clock, "Ada")
    again = await client.post("/users", json={})

    expect.status(again, 422, why=NO_NAME)
    accepted(created, expect)
    expect.equal(
        await names_in(database, expect),
        ["Ada"],
        "the names in ./test.db, after POSTs without a name and one for Ada",
        why="A body that is refused leaves no row.",
    )


async def test_other_requests_go_on_during_a_slow_write(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """While `POST /users` or `GET /users/{id}` waits for the database, `GET /ping` is answered."""
    created = await posted(client, clock, "Ada")
    accepted(created, expect)
    for method, path, body, held in (
        ("POST", "/users", {"name": "Grace"}, database.held),
        ("POST", "/users", {"name": "Hedy"}, database.held_commits),
        ("GET", f"/users/{id_of(created)}", None, database.held),
    ):
        async with held():
            slow = asyncio.create_task(client.request(method, path, json=body))
            # Until it waits for the database.
            await clock.sleep(0.05)
            pings = [asyncio.create_task(client.get("/ping")) for _ in range(5)]
            answers = [await each for each in pings]
            await clock.sleep(2)
            answers.append(await client.get("/ping"))
        response = await slow

        for ping in answers:
            expect.status(ping, 200, why="The route /ping was written already: leave it as it was.")
            expect.json(ping, {"ping": "pong"}, why="The route /ping was written already.")
        expect.not_blocked(why="Await an async library, or use a worker thread.")
        accepted(response, expect, why="A slow query is no error: wait for it.")
    expect.equal(
        sorted(await names_in(database, expect)),
        ["Ada", "Grace", "Hedy"],
        "the names in ./test.db after two POSTs that waited for two seconds",
        why=WRITTEN_AGAIN,
    )

    # Somebody else keeps the file, for longer than a connection waits.
    with database.failing(as_locked=True):
        writing = asyncio.create_task(posted(client, clock, "Ida"))
        await clock.sleep(2.5)
    kept_out = await writing
    expect.status(kept_out, kept_out.status_code)
    expect.not_blocked(why="That holds for a pause before another try too.")


async def test_readers_at_once_get_each_their_own_user(
    client: Client, database: Database, clock: Clock, values: Values, expect: Expect
) -> None:
    """Several `GET /users/{id}` at once, for different ids, are each answered with their own user, or 404."""
    users = dict(zip(values.ids(5), values.names(5), strict=True))
    for number, name in users.items():
        await database.execute("INSERT INTO users (id, name) VALUES (?, ?)", number, name)
    asked = values.shuffled([*users, *users, *(number + 1 for number in list(users)[:3])])
    async with database.held():
        reading = [asyncio.create_task(client.get(f"/users/{each}")) for each in asked]
        await clock.sleep(0.05)
    for number, response in zip(asked, await asyncio.gather(*reading), strict=True):
        if number in users:
            expect.status(response, 200, why=f"{number} is the id of a user. {MIXED_UP}")
            expect.json(response, {"id": number, "name": users[number]}, why=MIXED_UP)
        else:
            expect.status(response, 404, why=f"Nobody has the id {number}. {MIXED_UP}")


async def test_writers_at_once_lose_nothing(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """A dozen `POST /users` at once, two of each name, are all answered with 201, and all rows are there."""
    names = [f"User {number // 2:02}" for number in range(12)]
    responses = await asyncio.gather(*(posted(client, clock, name) for name in names))

    for response in responses:
        expect.status(response, 201, why=IN_TURN)
    written = sorted(await names_in(database, expect))
    expect.equal(written, names, "the names in ./test.db", why=about_the_lost(written, names))
    expect.equal(
        [response.json()["name"] for response in responses],
        names,
        "the names in the answers, in the order of the requests",
        why=MIXED_UP,
    )
    expect.equal(
        {str(id_of(response)): response.json()["name"] for response in responses},
        {str(row["id"]): row["name"] for row in await rows_in(database, expect)},
        "the names by id: as answered, and as they stand in ./test.db",
        why=f"Ids were swapped, or given twice: {OWN_ID}",
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
        why=f"Another row came between writing and looking: {OWN_ID}",
    )


async def test_a_refused_request_takes_no_other_row_with_it(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """Requests that are refused at the same moment, with 422 or 404, cost the others nothing."""
    names = [f"User {number:02}" for number in range(12)]
    nobody = {"name": None}
    refused: list[asyncio.Task[httpx.Response]] = []
    writing: list[asyncio.Task[httpx.Response]] = []

    def refuse_a_body() -> None:
        refused.append(asyncio.create_task(client.post("/users", json=nobody)))

    def refuse_an_id(unknown: int) -> None:
        refused.append(asyncio.create_task(client.get(f"/users/{unknown}")))

    def write(name: str) -> None:
        writing.append(asyncio.create_task(posted(client, clock, name)))

    async with database.held():
        # Held together, the first is refused when the others have written, and have not committed.
        refuse_a_body()
        await clock.sleep(0.05)
        for name in names[:4]:
            write(name)
        await clock.sleep(0.05)
        refuse_a_body()
        await clock.sleep(0.05)
    await asyncio.gather(*writing, *refused)
    refuse_a_body()
    for number, name in enumerate(names[4:10]):
        write(name)
        refuse_an_id(99999999999999999999 if number % 2 else 4711)
    await asyncio.gather(*writing, *refused)
    async with database.held_fetches():
        # The one that finds nobody learns so when the other has written, and has not committed.
        refuse_an_id(4711)
        await clock.sleep(0.05)
        for name in names[10:]:
            write(name)
        for _ in range(50):
            await asyncio.sleep(0)
    responses = await asyncio.gather(*writing, *refused)

    for response in responses[len(names) :]:
        found = response.request.method == "GET"
        expect.status(response, 404 if found else 422, why="" if found else NO_NAME)
    for response in responses[: len(names)]:
        accepted(response, expect)
    written = await names_in(database, expect)
    lost = [name for name in names if name not in written]
    expect.that(
        not lost,
        expected=f"a row in ./test.db for each of the {len(names)} writers who got a 201",
        came=f"no row for {lost}",
        why="A rollback takes back whatever its connection has not committed, other requests' too.",
    )


async def test_the_users_survive_a_restart(
    serve: Serve, database: Database, clock: Clock, expect: Expect
) -> None:
    """A user that was written is there after a restart, also of the same app."""
    # Somebody else has made the file, and a first user.
    await database.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    await database.execute("INSERT INTO users VALUES (5, 'Barbara')")
    users: dict[object, str] = {5: "Barbara"}
    for name, same_app in (("Ada", True), ("Grace", True), ("Hedy", False)):
        async with serve(same_app=same_app) as client:
            for number, known in users.items():
                response = await client.get(f"/users/{number}")

                expect.status(
                    response, 200, why="The row is gone: create the table only if it is missing."
                )
                expect.json(response, {"id": number, "name": known}, why=ONE_OBJECT)
            created = await posted(client, clock, name)
            accepted(created, expect, why="Other rows stand in the file: let SQLite choose the id.")
            users[id_of(created)] = name
    expect.equal(
        await names_in(database, expect),
        list(users.values()),
        "the names in ./test.db after two restarts",
        why="A POST adds one row, and nothing else changes what was written before.",
    )


async def test_nothing_is_left_open(
    serve: Serve, database: Database, clock: Clock, expect: Expect
) -> None:
    """After shutdown nothing is left open or running, also after requests that were refused."""
    async with serve() as client:
        created = await posted(client, clock, "Ada")
        await client.get(f"/users/{id_of(created)}")
        for path in ("4711", "ada", "99999999999999999999"):
            await client.get(f"/users/{path}")
        await client.post("/users", json={})

    accepted(created, expect)
    expect.nothing_left(why="Open it with `async with`, or close it in `finally`.")

    async with serve(same_app=True) as client:
        again = await posted(client, clock, "Hedy")
        with database.failing():
            for response in (await client.get("/users/1"), await posted(client, clock, "Grace")):
                expect.status(response, response.status_code)

    accepted(again, expect)
    expect.nothing_left(why="Here a query had failed before the shutdown.")


NO_NAME = "Declare the body as a model with `name: str`, and FastAPI checks it for you."
TEXT = "Declare the column as TEXT: of digits in an INTEGER column SQLite makes a number."
NO_TABLE = (
    "Create the table in the lifespan, before `yield`, in ./test.db and nowhere else, and commit if you began "
    "a transaction: others see nothing before."
)
AS_IT_CAME = "A name is answered as it came: strip nothing, change nothing."
IN_TURN = "SQLite lets writers queue: let each wait for its turn, and refuse none."
IN_THE_FILE = (
    "The row stands in ./test.db: look there in every request, and keep no users in memory, nor "
    "ids that were unknown."
)
IN_WAL_MODE = (
    "Another program writes into the table. It has ./test.db open in WAL mode, so its commits stand in "
    "./test.db-wal at first: let SQLite read in every request, with a plain connection, and keep nothing by the time "
    "of the file."
)
BIND = "Values do not belong into the SQL: write `?` there, and pass them beside it."
ONE_OBJECT = "The answer is one object with `id` and `name`, for the id in the path."
NOT_FOUND = {"detail": "User not found"}
DETAIL = "The second argument of HTTPException is what stands under `detail`."
OWN_ID = (
    "ask your own INSERT for its id, with RETURNING or with `lastrowid` of a cursor of its own."
)
MIXED_UP = (
    "Requests run at the same time: what they share, such as a cursor, a global or `app.state`, gets "
    "mixed up. Keep what belongs to one request in variables of its own."
)
WRITTEN_AGAIN = (
    "What was tried once may still be written: before you try again, roll it back and know that it has "
    "ended, or let the error out."
)


async def found(client: Client, expect: Expect, users: dict[Any, str], *, why: str = "") -> None:
    why = why or IN_THE_FILE
    for number, name in users.items():
        response = await client.get(f"/users/{number}")

        expect.status(response, 200, why=why)
        about = why if response.json().get("id") == number else ONE_OBJECT
        expect.json(response, {"id": number, "name": name}, why=about)


async def missing(
    client: Client, expect: Expect, numbers: Sequence[object], *, why: str = ""
) -> None:
    for number in numbers:
        response = await client.get(f"/users/{number}")

        expect.status(response, 404, why=why or about_the_missing(response, number))


def of_many(which: str, of: str, why: str) -> str:
    return why if which == "first" else f"This was the {which} of {of}. {why}"


def about_the_name(name: str, written: list[str | None], values: Values) -> str:
    what = f"This was {values.what_is(name)}. ".replace("This was a name. ", "")
    if name.isdecimal():
        return TEXT
    if "'" in name or '"' in name or "SQL" in what:
        if any(
            each and each.replace(2 * quote, quote) == name != each
            for each in written
            for quote in "'\""
        ):
            return f"{what}Beside a `?` a quote means nothing: pass the name as it came."
        return f"{what}{BIND}"
    if [each and normalize("NFKC", each) for each in written] == [normalize("NFKC", name)]:
        return "It may look the same and is another text: store a name without normalising it."
    return f"{what}Store a name as it came: strip nothing, change nothing, limit nothing."


def accepted(response: Response, expect: Expect, *, why: str = "") -> None:
    """Not refused. That it is 201 and not 200 is asked where the answer to a POST is looked at."""
    if response.status_code != 200:
        expect.status(response, 201, why=why or about_the_status(response))


def about_the_columns(columns: list[dict[str, Any]]) -> str:
    if not columns:
        return NO_TABLE
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


def about_the_commit(seen: list[str], names: list[str], seen_afterwards: list[str]) -> str:
    if len(seen) > len(names):
        return "One request wrote several rows: insert the user once."
    if len(seen_afterwards) >= len(names):
        return "The answer left before the commit: commit in the route, before you return."
    return "Until you commit, only your own connection sees the row."


def about_the_lost(written: list[str], names: list[str]) -> str:
    if written == sorted(set(names)):
        return "Two users may have the same name: each POST writes a row of its own."
    return "A row was lost between reading and writing: let one INSERT choose the id and write."


def about_the_huge(response: Response) -> str:
    if response.status_code == 500:
        return (
            "SQLite holds whole numbers from -2**63 to 2**63 - 1, and sqlite3 raises OverflowError for others: "
            "catch it, or compare before you ask."
        )
    return about_the_missing(response)


def about_the_missing(response: Response, number: object = None) -> str:
    if response.status_code == 422:
        return "An id may be any whole number, negative or very large: one that no row has is a 404, and never a 422."
    if response.status_code == 200 and '"status_code":404' in response.text:
        return "An HTTPException is raised, not returned."
    if response.status_code == 500 and response.text.startswith("{"):
        return "You caught your own HTTPException: raise it outside the `try`."
    if response.status_code == 200 and id_of(response) == number:
        return IN_THE_FILE.replace("The row stands", "The row does not stand")
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
