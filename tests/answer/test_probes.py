"""What the probes write down: blocking calls, exceptions, dropped coroutines, queries, with the answer's line."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import sys
import textwrap
from typing import Any

import pytest

from kata.answer.probes import Blocked, Probes, Raised, listening
from kata.spec.expect import Expect
from kata.spec.world import World
from tests.helpers.trial import HEAD, def_handler, handler, lifespan, tried

POSTS = "https://posts.example/posts"

# Blocking calls


async def blocked_calls(world: World, expect: Expect) -> list[Blocked]:
    """What blocked the loop while one request was served, which must succeed."""
    world.upstream.get(POSTS).respond(json=[])
    expect.status(await world.client.get("/"), 200)
    return world.probes.blocked


IN_TIME = {
    "time.sleep(2)": ("time.sleep", 2.0),
    "threading.Event().wait(3)": ("Event.wait", 3.0),
    "import queue\ntry: queue.Queue().get(timeout=4)\nexcept queue.Empty: pass": ("Queue.get", 4.0),
    "import select\nselect.select([], [], [], 5)": ("select.select", 5.0),
    "import concurrent.futures\n"
    "with contextlib.suppress(TimeoutError): concurrent.futures.Future().result(2)": (
        "Future.result",
        2.0,
    ),
    "one = threading.Thread(target=time.sleep, args=(2,))\none.start()\none.join()": (
        "Thread.join",
        None,
    ),
    f"httpx.get('{POSTS}')": ("httpx.get", None),
    f"with httpx.Client() as one: one.get('{POSTS}')": ("Client.get", None),
    "import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''])": ("subprocess.run", None),
    "import os\nos.system('true')": ("os.system", None),
    "from concurrent.futures import ThreadPoolExecutor\n"
    "pool = ThreadPoolExecutor(1)\npool.submit(time.sleep, 2)\npool.shutdown()": (
        "ThreadPoolExecutor.shutdown",
        None,
    ),
    "end = time.monotonic() + 1\nwhile time.monotonic() < end: pass": (
        "a loop that watches the clock",
        None,
    ),
    "end = time.thread_time() + 0.25\nwhile time.thread_time() < end: pass": (
        "a computation",
        None,
    ),
}


@pytest.mark.parametrize("call", IN_TIME)
def test_a_call_that_blocks_the_loop_is_named_with_its_line(call: str) -> None:
    what, seconds = IN_TIME[call]

    first, *_ = tried(handler(call), blocked_calls, serves=True).result

    assert first.what == what
    assert first.code in call.splitlines()
    assert what.rpartition(".")[2] in first.code or what.startswith("a ")
    assert first.request == "GET /"
    if seconds is not None:
        assert first.seconds == seconds


def test_a_blocking_call_is_named_where_the_answer_calls_it() -> None:
    answer = {
        "main.py": handler("helper.fetch()\nreturn {}").replace("kept = []", "import helper"),
        "helper.py": f"import httpx\n\ndef fetch():\n    httpx.get('{POSTS}')\n",
    }

    (first,) = tried(answer, blocked_calls, serves=True).result

    assert first.where is not None
    assert first.where.endswith("helper.py:4")
    assert first.code == f"httpx.get('{POSTS}')"


NOT_BLOCKING = {
    "asyncio.sleep": handler("await asyncio.sleep(2)"),
    "a sleep in a thread": handler("await asyncio.to_thread(time.sleep, 2)"),
    "a sleep in a thread of anyio": handler("await anyio.to_thread.run_sync(time.sleep, 2)"),
    "a sleep in a plain def": def_handler("time.sleep(2)"),
    "a wait in a plain def": def_handler("threading.Event().wait(2)"),
    "a sync client in a plain def": def_handler(f"httpx.get('{POSTS}')"),
    "a process in a plain def": def_handler(
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''])"
    ),
    "a process of asyncio": handler(
        "import sys\n"
        "one = await asyncio.create_subprocess_exec(sys.executable, '-c', '')\nawait one.wait()"
    ),
    "a computation in a thread": def_handler(
        "end = time.thread_time() + 0.25\nwhile time.thread_time() < end: pass"
    ),
    "a short computation": handler("sum(range(10_000))"),
    "a pool whose one thread has delivered, and is slow to end": handler(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(1)\n"
        "made = pool.submit(time.sleep, 2)\n"
        "got = asyncio.wrap_future(made)\n"
        "made.add_done_callback(lambda _: [sum(range(1000)) for _ in range(3000)])\n"
        "await got\n"
        "pool.shutdown()"
    ),
    "a thread that has delivered, and is slow to end": handler(
        "got = asyncio.Event()\n"
        "loop = asyncio.get_running_loop()\n"
        "def make():\n"
        "    time.sleep(2)\n"
        "    loop.call_soon_threadsafe(got.set)\n"
        "    [sum(range(1000)) for _ in range(3000)]\n"
        "one = threading.Thread(target=make)\n"
        "one.start()\n"
        "await got.wait()\n"
        "one.join()"
    ),
    "a wait that is over": handler("one = threading.Event()\none.set()\none.wait()"),
    "a thread that has ended": handler(
        "one = threading.Thread(target=print)\none.start()\nawait asyncio.sleep(1)\none.join()"
    ),
    "a future that is done": handler(
        "import concurrent.futures\n"
        "one = concurrent.futures.Future()\none.set_result(1)\none.result()"
    ),
    "a lock that is free": handler("with threading.Lock(): pass"),
    "a connection of aiosqlite": handler(
        "async with aiosqlite.connect('test.db') as one: await one.execute('SELECT 1')"
    ),
    "a client of httpx": handler(
        f"async with httpx.AsyncClient() as one: await one.get('{POSTS}')"
    ),
    "a look at the clock": handler("return time.monotonic() > time.perf_counter() + 1"),
}


@pytest.mark.parametrize("name", NOT_BLOCKING)
def test_no_blocking_call_is_seen_in(name: str) -> None:
    assert tried(NOT_BLOCKING[name], blocked_calls, serves=True).result == []


def test_at_startup_and_shutdown_a_blocking_call_belongs_to_no_request() -> None:
    async def spec(world: World, expect: Expect) -> list[str | None]:
        async with world.serve() as client:
            await client.get("/")
        expect.not_blocked()
        return [each.request for each in world.probes.blocked]

    answer = lifespan("time.sleep(1)\nyield\ntime.sleep(1)")

    assert tried(answer, spec).result == [None, None]


def test_a_blocking_call_belongs_to_its_request_also_in_a_task_of_its_own() -> None:
    async def spec(world: World, expect: Expect) -> list[str | None]:
        await world.client.get("/?a=1")
        return [each.request for each in world.probes.blocked]

    answer = handler(
        """
        async def nap():
            time.sleep(1)
        await asyncio.create_task(nap())
        """
    )

    assert tried(answer, spec, serves=True).result == ["GET /"]


def test_a_flood_of_blocking_calls_is_not_kept_for_ever() -> None:
    async def spec(world: World, expect: Expect) -> int:
        await world.client.get("/")
        return len(world.probes.blocked)

    answer = handler("for _ in range(2000): time.sleep(0.001)")

    assert tried(answer, spec, serves=True).result == 1000


# Exceptions


async def raised(world: World, expect: Expect) -> list[Raised]:
    """What the handler raised; the answer is a 500."""
    expect.status(await world.client.get("/"), 500)
    return world.probes.raised


def test_an_exception_is_named_with_its_line_and_its_request() -> None:
    (fact,) = tried(handler("int('seven')"), raised, serves=True).result

    assert (fact.type, fact.during, fact.code) == ("ValueError", "GET /", "int('seven')")
    assert fact.message == "invalid literal for int() with base 10: 'seven'"
    assert not fact.group
    assert not fact.unfinished


def test_an_exception_is_named_at_the_innermost_line_of_the_answer() -> None:
    answer = HEAD + "import json\ndef deep():\n    json.loads('{')\n" + handler("deep()")

    (fact,) = tried(answer, raised, serves=True).result

    assert fact.code == "json.loads('{')"


def test_an_exception_in_a_thread_is_named_at_its_line() -> None:
    (fact,) = tried(def_handler("int('seven')"), raised, serves=True).result

    assert fact.code == "int('seven')"


@pytest.mark.parametrize(
    "group",
    [
        "async with asyncio.TaskGroup() as group: group.create_task(fail())",
        "async with anyio.create_task_group() as group: group.start_soon(fail)",
        "raise ExceptionGroup('a', [ExceptionGroup('b', [await caught(fail())])])",
    ],
)
def test_a_group_is_named_by_the_first_exception_inside(group: str) -> None:
    answer = (
        HEAD
        + "async def fail():\n    int('seven')\n"
        + "async def caught(it):\n    try: await it\n    except ValueError as e: return e\n"
        + handler(group).removeprefix(HEAD)
    )

    (fact,) = tried(answer, raised, serves=True).result

    assert (fact.type, fact.code, fact.group) == ("ValueError", "int('seven')", True)


def test_an_exception_behind_the_handler_is_named_at_the_handler() -> None:
    answer = handler("return 'seven'").replace("(request: Request)", "() -> int")

    (fact,) = tried(answer, raised, serves=True).result

    assert fact.type == "ResponseValidationError"
    assert fact.code == "@app.get('/')" or fact.code.startswith("async def root")


def test_a_long_message_is_cut_and_has_one_line() -> None:
    (fact,) = tried(handler("raise ValueError('a\\nb' + 'x' * 500)"), raised, serves=True).result

    assert fact.message == "a b" + "x" * 157 + "…"


def test_the_exceptions_of_a_flood_are_not_kept_for_ever() -> None:
    async def spec(world: World, expect: Expect) -> int:
        await world.asgi.flood("/", 1100)
        return len(world.probes.raised)

    assert tried(handler("1 / 0"), spec, serves=True).result == 1000


def test_an_http_exception_is_no_exception_of_the_handler() -> None:
    async def spec(world: World, expect: Expect) -> list[Raised]:
        expect.status(await world.client.get("/"), 404)
        return world.probes.raised

    assert tried(handler("raise HTTPException(404)"), spec, serves=True).result == []


def test_what_is_not_written_yet_is_told_from_what_is_wrong() -> None:
    for body, unfinished in {
        "raise NotImplementedError": True,
        "raise NotImplementedError('soon')": True,
        "raise RuntimeError('not implemented')": False,
    }.items():
        (fact,) = tried(handler(body), raised, serves=True).result
        assert fact.unfinished is unfinished


def test_what_a_library_has_not_implemented_is_not_unfinished() -> None:
    line = "await httpx.AsyncBaseTransport().handle_async_request(None)"

    (fact,) = tried(handler(line), raised, serves=True).result

    assert (fact.type, fact.code) == ("NotImplementedError", line)
    assert not fact.unfinished


def test_what_is_not_written_yet_is_told_also_in_a_task_and_in_a_thread() -> None:
    answer = HEAD + "def later():\n    raise NotImplementedError\n"
    for call in ("await asyncio.to_thread(later)", "kept.append(later())"):
        body = handler(call).removeprefix(HEAD)
        (fact,) = tried(answer + body, raised, serves=True).result
        assert fact.unfinished
        assert fact.code == "raise NotImplementedError"


def test_an_exception_that_was_put_into_a_group_is_named_at_the_line_of_the_group() -> None:
    line = "raise ExceptionGroup('a', [ValueError('b')])"

    (fact,) = tried(handler(line), raised, serves=True).result

    assert (fact.type, fact.code, fact.group) == ("ValueError", line, True)


# Forgiveness


def test_an_exception_that_was_asked_for_explains_no_other_failure() -> None:
    async def spec(world: World, expect: Expect) -> None:
        expect.status(await world.client.get("/"), 500)
        expect.status(await world.client.get("/openapi.json"), 201, why="This is another matter.")

    failed = tried(handler("1 / 0"), spec, serves=True).failed

    assert failed.teaches == "This is another matter."


def test_an_exception_that_nobody_asked_for_explains_a_failure() -> None:
    async def spec(world: World, expect: Expect) -> None:
        await world.client.get("/")
        expect.status(await world.client.get("/openapi.json"), 201, why="This is another matter.")

    failed = tried(handler("1 / 0"), spec, serves=True).failed

    assert failed.teaches == "The handler raised ZeroDivisionError: division by zero."


def test_an_exception_that_was_asked_for_explains_a_failure_of_its_own_request() -> None:
    async def spec(world: World, expect: Expect) -> None:
        response = await world.client.get("/")
        expect.status(response, 500)
        expect.json(response, {}, why="No.")

    failed = tried(handler("1 / 0"), spec, serves=True).failed

    assert failed.teaches == "The handler raised ZeroDivisionError: division by zero."


def test_an_exception_that_was_asked_for_explains_no_later_request_of_the_same_route() -> None:
    async def spec(world: World, expect: Expect) -> None:
        expect.status(await world.client.get("/?fail=1"), 500)
        expect.status(await world.client.get("/"), 201, why="This is another matter.")

    answer = handler("return 1 / ('fail' not in request.query_params)")
    failed = tried(answer, spec, serves=True).failed

    assert failed.teaches == "This is another matter."


# Dropped coroutines


async def dropped(world: World, expect: Expect) -> list[tuple[str, str]]:
    """The coroutines that nobody awaited: their names, and the lines that made them."""
    await world.client.get("/")
    world.leaks()
    return [(each.name, each.code) for each in world.probes.never_awaited]


@pytest.mark.parametrize(
    ("drop", "name"),
    [
        ("asyncio.sleep(1)", "sleep"),
        ("asyncio.gather", ""),
        ("load()", "load"),
        ("_ = load()", "load"),
        ("Loader().load()", "Loader.load"),
        ("httpx.AsyncClient().aclose()", "AsyncClient.aclose"),
        ("await load()", ""),
        ("asyncio.create_task(load())", ""),
    ],
)
def test_a_coroutine_that_was_dropped_is_named_with_its_line(drop: str, name: str) -> None:
    answer = (
        HEAD
        + "async def load():\n    pass\n"
        + "class Loader:\n    async def load(self):\n        pass\n"
        + handler(drop).removeprefix(HEAD)
    )

    assert tried(answer, dropped, serves=True).result == ([(name, drop)] if name else [])


def test_a_coroutine_that_a_library_drops_is_not_the_answers() -> None:
    with listening(probes := Probes(lambda filename: False)):
        coroutine = asyncio.sleep(1)
        probes.saw_never_awaited(coroutine)  # type: ignore[arg-type]
        coroutine.close()

    assert probes.never_awaited == []


def test_listening_leaves_the_interpreter_as_it_was() -> None:
    before = sys.get_coroutine_origin_tracking_depth()
    sys.set_coroutine_origin_tracking_depth(3)
    try:
        with listening(Probes(lambda filename: False)):
            pass
        assert sys.get_coroutine_origin_tracking_depth() == 3
    finally:
        sys.set_coroutine_origin_tracking_depth(before)


# The database held


QUERIES = {
    "aiosqlite": handler(
        "async with aiosqlite.connect('test.db') as one:\n"
        "    async with one.execute('SELECT 7') as rows:\n        return (await rows.fetchone())[0]"
    ),
    "aiosqlite, opened at startup": lifespan(
        "async with aiosqlite.connect('test.db') as one:\n    app.state.one = one\n    yield",
        "async with request.app.state.one.execute('SELECT 7') as rows:\n"
        "    return (await rows.fetchone())[0]",
    ),
    "sqlite3 in a plain def": def_handler(
        "with contextlib.closing(sqlite3.connect('test.db')) as one:\n"
        "    return one.execute('SELECT 7').fetchone()[0]"
    ),
    "sqlite3 in a thread": handler(
        "def ask():\n"
        "    with contextlib.closing(sqlite3.connect('test.db')) as one:\n"
        "        return one.execute('SELECT 7').fetchone()[0]\n"
        "return await asyncio.to_thread(ask)"
    ),
    "one with a progress handler of its own": def_handler(
        "with contextlib.closing(sqlite3.connect('test.db')) as one:\n"
        "    one.set_progress_handler(lambda: 0, 1000)\n"
        "    return one.execute('SELECT 7').fetchone()[0]"
    ),
    "a name bound at import": handler("return await asyncio.to_thread(ask)").replace(
        "kept = []",
        "from sqlite3 import connect\ndef ask():\n"
        "    with contextlib.closing(connect('test.db')) as one:\n"
        "        return one.execute('SELECT 7').fetchone()[0]",
    ),
}


@pytest.mark.parametrize("way", QUERIES)
def test_a_query_waits_while_the_database_is_held(way: str) -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        async with world.database.held():
            asked = asyncio.create_task(world.client.get("/"))
            await world.client.get("/openapi.json")
            for _ in range(50):
                await asyncio.sleep(0.1)
            seen: list[Any] = [asked.done()]
        return [*seen, (await asked).json(), world.probes.blocked]

    assert tried(QUERIES[way], spec, serves=True).result == [False, 7, []]


def test_a_spec_that_waits_for_a_held_query_is_a_deadlock() -> None:
    async def spec(world: World, expect: Expect) -> None:
        async with world.database.held():
            await world.client.get("/")

    failed = tried(QUERIES["aiosqlite"], spec, serves=True).failed

    assert failed.code == "async with one.execute('SELECT 7') as rows:"
    assert "cut off" not in failed.came


def test_a_query_on_the_loop_is_let_through_and_blocks() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        async with world.database.held():
            answer = (await world.client.get("/")).json()
        (event,) = world.probes.blocked
        return [answer, event.what, event.code, event.request]

    line = "return sqlite3.connect('test.db').execute('SELECT 7').fetchone()[0]"

    assert tried(handler(line), spec, serves=True).result == [
        7,
        "a query of sqlite3",
        line,
        "GET /",
    ]


def test_the_time_of_the_answer_goes_on_while_its_query_is_held() -> None:
    async def spec(world: World, expect: Expect) -> tuple[int, float]:
        async with world.database.held():
            return (await world.client.get("/")).status_code, world.clock.now

    answer = lifespan(
        "async with aiosqlite.connect('test.db') as one:\n    app.state.one = one\n    yield",
        """
        try:
            async with asyncio.timeout(2):
                await request.app.state.one.execute("SELECT 7")
        except TimeoutError:
            raise HTTPException(504)
        """,
    )

    assert tried(answer, spec, serves=True).result == (504, 2.0)


def test_when_the_block_ends_nothing_is_held() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        async with world.database.held():
            pass
        with pytest.raises(ZeroDivisionError):
            async with world.database.held():
                raise ZeroDivisionError
        return (await world.client.get("/")).json()

    assert tried(QUERIES["aiosqlite"], spec, serves=True).result == 7


def test_several_held_queries_go_on_together() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        async with world.database.held():
            asked = [asyncio.create_task(world.client.get("/")) for _ in range(5)]
            await asyncio.sleep(1)
        return [(await each).json() for each in asked]

    assert tried(QUERIES["aiosqlite"], spec, serves=True).result == [7] * 5


def test_a_query_that_was_held_and_fetches_its_rows_on_the_loop_is_blocking() -> None:
    async def spec(world: World, expect: Expect) -> list[str]:
        async with world.database.held():
            asked = asyncio.create_task(world.client.get("/"))
            await asyncio.sleep(0.1)
        await asked
        return [event.code for event in world.probes.blocked]

    answer = handler(
        "one = sqlite3.connect('test.db', check_same_thread=False)\n"
        "ask = 'SELECT 1 UNION ALL SELECT 2'\n"
        "with contextlib.closing(one):\n"
        "    rows = await asyncio.to_thread(one.execute, ask)\n"
        "    return rows.fetchall()"
    )

    assert tried(answer, spec, serves=True).result == ["return rows.fetchall()"]


# The database held after a commit


TABLE = "CREATE TABLE t (n)"
INSERT, SELECT, COUNT = "INSERT INTO t VALUES (1)", "SELECT n FROM t", "SELECT count(*) FROM t"


def statements(*lines: str, connect: str = "aiosqlite.connect('test.db')") -> str:
    """An answer whose `GET /` does this with a connection, and whose `GET /read` only reads.

    After each of these it writes down which one it was.
    """
    body = "".join(
        f"    {line}\n    open('log', 'a').write('{n}')\n" for n, line in enumerate(lines)
    )
    return (
        handler(f"async with {connect} as one:\n{body}\nreturn 'done'")
        + "@app.get('/read')\nasync def read():\n"
        + "    async with aiosqlite.connect('test.db') as one:\n"
        + f"        async with one.execute('{COUNT}') as rows:\n"
        + "            return (await rows.fetchone())[0]\n"
    )


async def held_after_commit(world: World, expect: Expect) -> list[Any]:
    """What a request had done while it was held, what another could read, and how the first ended."""
    log = world.life.own_copy.folder / "log"
    await world.database.execute(TABLE)
    async with world.database.held(after_commit=True):
        asked = asyncio.create_task(world.client.get("/"))
        await asyncio.sleep(10)
        seen: list[Any] = [asked.done(), log.read_text()]
        seen.append((await world.client.get("/read")).json())
    return [*seen, (await asked).json()]


def execute(sql: str) -> str:
    return f"await one.execute('{sql}')"


AFTER_COMMIT: dict[str, tuple[str, list[Any]]] = {
    "a query after a commit": (
        statements(execute(INSERT), "await one.commit()", execute(SELECT)),
        [False, "01", 1, "done"],
    ),
    "the next transaction": (
        statements(execute(INSERT), "await one.commit()", execute(INSERT), "await one.commit()"),
        [False, "01", 1, "done"],
    ),
    "a query after what was committed at once": (
        statements(
            execute(INSERT),
            execute(SELECT),
            connect="aiosqlite.connect('test.db', isolation_level=None)",
        ),
        [False, "0", 1, "done"],
    ),
    "queries before the commit, and the commit": (
        statements(execute(SELECT), execute(INSERT), execute(SELECT), "await one.commit()"),
        [True, "0123", 1, "done"],
    ),
    "a connection that has written nothing": (
        statements(execute(SELECT), "await one.commit()", execute(SELECT)),
        [True, "012", 0, "done"],
    ),
    "the closing of a connection": (
        statements(execute(INSERT), "await one.commit()", "await one.close()"),
        [True, "012", 1, "done"],
    ),
}


READS = {
    "all at once": "await rows.fetchall()",
    "one by one": "[row async for row in rows]",
    "one by one, by hand": "[await rows.fetchone(), await rows.fetchone(), await rows.fetchone()][:2]",
    "in portions": "[*await rows.fetchmany(2), *await rows.fetchmany(2)]",
}


@pytest.mark.parametrize("reads", READS.values(), ids=READS)
def test_held_results_are_those_from_before_what_others_write(reads: str) -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        for sql in (TABLE, INSERT, INSERT):
            await world.database.execute(sql)
        async with world.database.held_results():
            asked = asyncio.create_task(world.client.get("/"))
            await asyncio.sleep(10)
            held, wrote = not asked.done(), await world.database.execute_if_free(INSERT)
        return [held, wrote, (await asked).json(), len(await world.database.fetch(SELECT))]

    body = f"async with aiosqlite.connect('test.db') as one, one.execute('{SELECT}') as rows:\n"
    answer = handler(body + f"    return len({reads})")
    assert tried(answer, spec, serves=True).result == [True, True, 2, 3]


def test_nothing_is_executed_while_the_answer_keeps_the_file_locked() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        await world.database.execute(TABLE)
        async with world.database.held_results():
            asked = asyncio.create_task(world.client.get("/"))
            await asyncio.sleep(10)
            wrote = await world.database.execute_if_free(INSERT)
        await asked
        return [wrote, await world.database.execute_if_free(INSERT)]

    answer = handler(
        "async with aiosqlite.connect('test.db') as one:\n"
        f"    await one.execute('BEGIN EXCLUSIVE')\n    await one.execute_fetchall('{SELECT}')\n"
        "    await one.commit()\n"
    )
    assert tried(answer, spec, serves=True).result == [False, True]


@pytest.mark.parametrize("name", AFTER_COMMIT)
def test_held_after_a_commit(name: str) -> None:
    answer, expected = AFTER_COMMIT[name]

    assert tried(answer, held_after_commit, serves=True).result == expected


def test_a_connection_that_has_committed_long_before_is_held() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        await world.database.execute(TABLE)
        async with world.serve() as client:
            async with world.database.held(after_commit=True):
                asked = asyncio.create_task(client.get("/"))
                await asyncio.sleep(10)
                seen: list[Any] = [asked.done()]
            return [*seen, (await asked).json()]

    answer = lifespan(
        f"""
        async with aiosqlite.connect('test.db') as one:
            await one.execute('{INSERT}')
            await one.commit()
            app.state.one = one
            yield
        """,
        f"async with request.app.state.one.execute('{SELECT}') as rows:\n"
        "    return (await rows.fetchone())[0]",
    )

    assert tried(answer, spec).result == [False, 1]


def test_what_is_held_after_a_commit_has_read_nothing_yet() -> None:
    async def spec(world: World, expect: Expect) -> Any:
        await world.database.execute(TABLE)
        async with world.database.held(after_commit=True):
            asked = asyncio.create_task(world.client.get("/"))
            await asyncio.sleep(1)
            await world.database.execute(INSERT)
        return (await asked).json()

    answer = handler(
        f"""
        async with aiosqlite.connect('test.db') as one:
            await one.execute('{INSERT}')
            await one.commit()
            async with one.execute('{COUNT}') as rows:
                return (await rows.fetchone())[0]
        """
    )

    assert tried(answer, spec, serves=True).result == 2


@pytest.mark.parametrize("after_commit", [False, True])
@pytest.mark.parametrize(
    ("body", "opened_then", "dropped_then"),
    [
        ("one = sqlite3.connect('test.db')", 0, 0),
        ("one = sqlite3.connect('test.db')\nkept.append(one)", 1, 0),
        ("one = await aiosqlite.connect('test.db')\nkept.append(one)", 1, 0),
        ("one = await aiosqlite.connect('test.db')", None, 1),
    ],
)
def test_a_connection_that_was_watched_is_seen_as_dropped_or_left_open(
    body: str, opened_then: int | None, dropped_then: int, after_commit: bool
) -> None:
    # To watch its queries must not keep a connection alive that its owner has forgotten.
    async def spec(world: World, expect: Expect) -> list[int | None]:
        await world.database.execute(TABLE)
        async with world.database.held(after_commit=after_commit):
            await world.client.get("/")
        gc.collect()
        # Whether a thread has closed a dropped one by now, nobody knows.
        return [
            world.database.connections if opened_then is not None else None,
            len(world.probes.dropped),
        ]

    assert tried(handler(body), spec, serves=True).result == [opened_then, dropped_then]


# Since Python 3.12 a cached statement is mixed up, if two threads run it at once.
SHARED = "sqlite3.connect(':memory:', check_same_thread=False, cached_statements=0)"


def test_threads_may_share_a_connection() -> None:
    async def spec(world: World, expect: Expect) -> list[int]:
        replies = await asyncio.gather(*(world.asgi.get("/") for _ in range(200)))
        return sorted({reply.status for reply in replies})

    answer = def_handler(
        "if not kept:\n"
        f"    kept.append({SHARED})\n"
        "return kept[0].execute('SELECT ?', [1]).fetchall()"
    )
    assert tried(answer, spec, serves=True).result == [200]


def test_threads_that_share_a_connection_are_held_side_by_side() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        await world.asgi.get("/")
        async with world.database.held():
            asked = [asyncio.create_task(world.asgi.get("/")) for _ in range(20)]
            await asyncio.sleep(5)
            seen = [each.done() for each in asked]
        return [any(seen), {(await each).status for each in asked}, world.clock.now]

    answer = def_handler(
        "if not kept:\n"
        f"    kept.append({SHARED})\n"
        "return kept[0].execute('SELECT ?', [1]).fetchall()"
    )
    assert tried(answer, spec, serves=True).result == [False, {200}, 5.0]


OWN_CLASSES = {
    "a class of connections": """
        class Own(sqlite3.Connection):
            def execute(self, *args):
                kept.append("execute")
                return super().execute(*args)
        with contextlib.closing(sqlite3.connect("test.db", factory=Own)) as one:
            assert type(one).__name__ == "Own" and isinstance(one, Own)
            found = one.execute("SELECT 7").fetchone()[0]
        assert kept == ["execute"]
        kept.clear()
        return found
    """,
    "the class by its position": """
        class Own(sqlite3.Connection):
            pass
        one = sqlite3.connect("test.db", 5.0, 0, None, True, Own)
        with contextlib.closing(one):
            return one.execute("SELECT 7").fetchone()[0]
    """,
    "a class of connections that brings its cursor": """
        class Rows(sqlite3.Cursor):
            def first(self):
                return self.fetchone()[0]
        class Own(sqlite3.Connection):
            def cursor(self):
                return super().cursor(Rows)
        with contextlib.closing(sqlite3.connect("test.db", factory=Own)) as one:
            return one.cursor().execute("SELECT 7").first()
    """,
    "no call of connect": """
        with contextlib.closing(sqlite3.Connection("test.db")) as one:
            return sqlite3.Cursor(one).execute("SELECT 7").fetchone()[0]
    """,
    "a function that makes the connection": """
        import functools
        class Own(sqlite3.Connection):
            def __init__(self, *args, name, **kwargs):
                super().__init__(*args, **kwargs)
                self.name = name
        own = functools.partial(Own, name="the only one")
        with contextlib.closing(sqlite3.connect("test.db", factory=own)) as one:
            return one.execute("SELECT 7").fetchone()[0]
    """,
    "rows by name, one by one": """
        with contextlib.closing(sqlite3.connect("test.db")) as one:
            one.row_factory = sqlite3.Row
            return [row["n"] for row in one.cursor().execute("SELECT 7 AS n")][0]
    """,
    "many at once, and a script": """
        with contextlib.closing(sqlite3.connect(":memory:")) as one:
            one.executescript("CREATE TABLE t (n)")
            with one:
                one.executemany("INSERT INTO t VALUES (?)", [(3,), (4,)])
            return one.execute("SELECT sum(n) FROM t").fetchmany(size=1)[0][0]
    """,
}


@pytest.mark.parametrize("way", OWN_CLASSES)
def test_whatever_class_a_connection_is_of_its_queries_are_held_and_failed(way: str) -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        seen: list[Any] = []
        async with world.database.held():
            asked = asyncio.create_task(world.client.get("/"))
            await asyncio.sleep(5)
            seen.append(asked.done())
        seen.append((await asked).json())
        with world.database.failing():
            seen.append((await world.client.get("/")).status_code)
        return seen

    body = textwrap.dedent(OWN_CLASSES[way]).strip()
    assert tried(def_handler(body), spec, serves=True).result == [False, 7, 500]


def test_an_exception_of_a_query_does_not_keep_the_locks_of_a_closed_connection() -> None:
    async def spec(world: World, expect: Expect) -> Any:
        await world.database.execute("CREATE TABLE t (n UNIQUE)")
        await world.database.execute(INSERT)
        return (await world.client.get("/")).json()

    answer = handler(
        f"""
        one = sqlite3.connect("test.db")
        try:
            one.execute("{INSERT}")
        except sqlite3.IntegrityError as error:
            kept.append(error)
        one.close()
        with contextlib.closing(sqlite3.connect("test.db", timeout=0)) as other:
            other.execute("INSERT INTO t VALUES (2)")
            other.commit()
        return str(kept.pop())
        """
    )
    assert tried(answer, spec, serves=True).result == "UNIQUE constraint failed: t.n"


def test_the_line_of_a_row_factory_that_fails_is_known() -> None:
    async def spec(world: World, expect: Expect) -> str:
        await world.client.get("/")
        (fact,) = world.probes.raised
        return fact.code

    answer = def_handler(
        """
        def first(cursor, row):
            return row[1]
        with contextlib.closing(sqlite3.connect(":memory:")) as one:
            one.row_factory = first
            return one.execute("SELECT 7").fetchone()
        """
    )
    assert tried(answer, spec, serves=True).result == "return row[1]"


def test_a_transaction_that_cannot_be_committed_is_rolled_back() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        await world.database.execute(TABLE)
        asked = asyncio.create_task(world.client.get("/"))
        await asyncio.sleep(1)
        with world.database.failing():
            status = (await asked).status_code
        return [status, await world.database.fetch(SELECT)]

    answer = handler(
        f"""
        one = sqlite3.connect("test.db")
        kept.append(one)
        with one:
            one.execute("{INSERT}")
            await asyncio.sleep(2)
        """
    )
    assert tried(answer, spec, serves=True).result == [500, []]


# The database failing, refusing, locked


@pytest.mark.parametrize("way", QUERIES)
def test_a_query_raises_while_the_database_fails(way: str) -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        with world.database.failing():
            failed = await world.client.get("/")
        (fact,) = world.probes.raised
        assert (fact.type, fact.message) == ("OperationalError", "interrupted")
        return [failed.status_code, (await world.client.get("/")).json()]

    assert tried(QUERIES[way], spec, serves=True).result == [500, 7]


def test_a_query_can_fail_as_in_a_file_that_is_locked() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        with world.database.failing(as_locked=True):
            locked = (await world.client.get("/")).json()
        with world.database.failing():
            return [locked, (await world.client.get("/")).json()]

    answer = handler(
        """
        try:
            with contextlib.closing(sqlite3.connect("test.db")) as one:
                one.execute("SELECT 7")
        except sqlite3.OperationalError as error:
            return [str(error), getattr(error, "sqlite_errorname", "")]
        """
    )
    assert tried(answer, spec, serves=True).result == [
        ["database is locked", "SQLITE_BUSY"],
        ["interrupted", ""],
    ]


def test_another_program_can_have_the_file_open_in_wal_mode() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        database = world.database
        await database.execute(TABLE)
        async with database.open_elsewhere():
            before = database.path.read_bytes()
            await database.execute(INSERT)
            unchanged = database.path.read_bytes() == before
            return [unchanged, (await world.client.get("/")).json()]

    answer = handler(
        f"""
        with contextlib.closing(sqlite3.connect("test.db")) as one:
            return one.execute("{SELECT}").fetchall()
        """
    )
    unchanged, rows = tried(answer, spec, serves=True).result
    assert unchanged, "what is committed stands beside the file"
    assert len(rows) == 1


def test_only_what_reads_fails_where_reads_fail() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        with world.database.failing("reads"):
            statuses = [(await world.client.get("/")).status_code]
        statuses.append((await world.client.get("/")).status_code)
        return [statuses, await world.database.fetch(SELECT)]

    answer = handler(
        f"""
        with contextlib.closing(sqlite3.connect("test.db", isolation_level=None)) as one:
            one.execute("BEGIN")
            one.execute("{TABLE}")
            one.execute("{INSERT}")
            one.execute("COMMIT")
            return [one.execute("  select n FROM t").fetchall()]
        """
    )
    status, rows = tried(answer, spec, serves=True).result
    assert status == [500, 500]  # the second one finds the table that the first has made
    assert len(rows) == 1


@pytest.mark.parametrize("way", ["aiosqlite", "sqlite3 in a plain def", "a name bound at import"])
def test_no_connection_can_be_opened_while_the_database_refuses(way: str) -> None:
    async def spec(world: World, expect: Expect) -> list[int]:
        seen: list[int] = []
        with world.database.refusing(after=1):
            for _ in range(3):
                seen.append((await world.client.get("/")).status_code)
        return [*seen, (await world.client.get("/")).status_code]

    assert tried(QUERIES[way], spec, serves=True).result == [200, 500, 500, 200]


def test_the_spec_may_look_while_the_database_is_held_failing_and_refusing() -> None:
    async def spec(world: World, expect: Expect) -> list[dict[str, Any]]:
        await world.database.execute("CREATE TABLE t (n)")
        async with world.database.held():
            with world.database.failing(), world.database.refusing():
                await world.database.execute("INSERT INTO t VALUES (?)", 7)
                return await world.database.fetch("SELECT n FROM t")

    assert tried(QUERIES["aiosqlite"], spec, serves=True).result == [{"n": 7}]


def test_an_answer_that_keeps_the_file_locked_is_told_to_commit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kata.spec.database.PATIENCE_SECONDS", 0.1)

    async def spec(world: World, expect: Expect) -> None:
        await world.database.execute("CREATE TABLE t (n)")
        await world.client.get("/")
        await world.database.execute("INSERT INTO t VALUES (1)")

    answer = handler(
        """
        kept.append(await aiosqlite.connect('test.db'))
        await kept[0].execute('INSERT INTO t VALUES (7)')
        """
    )

    failed = tried(answer, spec, serves=True).failed

    assert "the database is locked" in failed.came
    assert failed.teaches == "Closing does not commit: commit each write."


def test_a_read_transaction_that_is_not_ended_locks_writers_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kata.spec.database.PATIENCE_SECONDS", 0.1)

    async def spec(world: World, expect: Expect) -> None:
        await world.database.execute("CREATE TABLE t (n)")
        await world.client.get("/")
        await world.database.execute("INSERT INTO t VALUES (1)")

    answer = handler(
        """
        kept.append(await aiosqlite.connect('test.db'))
        await kept[0].execute('BEGIN')
        await kept[0].execute_fetchall('SELECT * FROM t')
        """
    )

    assert tried(answer, spec, serves=True).failed.teaches.startswith("A transaction that only")


def test_a_wrong_statement_of_the_spec_is_the_specs_own_fault() -> None:
    async def spec(world: World, expect: Expect) -> None:
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            await world.database.fetch("SELECT * FROM nowhere")

    assert tried(QUERIES["aiosqlite"], spec, serves=True).passed


# No network


@pytest.mark.parametrize(
    "reach",
    [
        "import socket\nsocket.create_connection(('example.com', 80))",
        "import socket\nsocket.socket().connect(('192.0.2.1', 80))",
        "import socket\nsocket.getaddrinfo(b'example.com', 80)",
        "import urllib.request\nurllib.request.urlopen('http://example.com')",
        "await asyncio.open_connection('example.com', 80)",
        "await asyncio.open_connection('192.0.2.1', 80)",
    ],
)
def test_who_leaves_the_machine_is_told_that_there_is_no_network(reach: str) -> None:
    (fact,) = tried(handler(reach), raised, serves=True).result

    assert "the specs have no network, and this tried to reach" in fact.message
    assert "example.com" in fact.message or "192.0.2.1" in fact.message
    assert fact.code == reach.splitlines()[-1]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_machine_itself_can_be_reached(host: str) -> None:
    async def spec(world: World, expect: Expect) -> Any:
        return (await world.client.get("/")).json()

    answer = handler(
        f"""
        async def greet(reader, writer):
            writer.write(b"hello")
            writer.close()
        server = await asyncio.start_server(greet, "{host}", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("{host}", port)
            said = await reader.read()
            writer.close()
            return said.decode()
        """
    )

    assert tried(answer, spec, serves=True).result == "hello"
