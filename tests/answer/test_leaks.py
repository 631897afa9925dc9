"""What an answer leaves open is named with its line, and cleaned up; what it has closed is not named."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import sys
import threading
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from kata.spec.expect import Expect
from kata.spec.world import World
from tests.helpers.trial import HEAD, def_handler, handler, lifespan, tried

POSTS = "https://posts.example/posts"


async def asked_once(world: World, expect: Expect) -> None:
    """The server starts, is asked once, and stops; then nothing is left."""
    world.upstream.get(POSTS).respond(json=[])
    async with world.serve() as client:
        await client.get("/")
    expect.nothing_left()


async def answered_once(world: World, expect: Expect) -> None:
    """The same, and the answer was no error."""
    world.upstream.get(POSTS).respond(json=[])
    async with world.serve() as client:
        expect.status(await client.get("/"), 200)
    expect.nothing_left()


@dataclass(frozen=True)
class Left:
    """An answer that leaves something open: what it is called, and the line that is named."""

    answer: str
    what: str
    code: str
    teaches: str


DATABASE = "a connection to the database"
CLOSE_IT = "Whoever opens a database connection closes it"
CLIENT = "An HTTP client keeps its connections open until it is closed"
TASK = "A task that nobody awaits or cancels runs on"
CANCELLED = "This task was cancelled, and goes on"
THREAD = "A thread that nobody ends keeps the whole process alive"

LEFT = {
    "a connection of aiosqlite": Left(
        handler("kept.append(await aiosqlite.connect('test.db'))\nreturn {}"),
        DATABASE,
        "kept.append(await aiosqlite.connect('test.db'))",
        CLOSE_IT,
    ),
    "a connection of aiosqlite that is thrown away": Left(
        handler("await aiosqlite.connect('test.db')\nreturn {}"),
        DATABASE,
        "await aiosqlite.connect('test.db')",
        CLOSE_IT,
    ),
    "a connection of aiosqlite in a cycle": Left(
        handler("one = [await aiosqlite.connect('test.db')]\none.append(one)\nreturn {}"),
        DATABASE,
        "one = [await aiosqlite.connect('test.db')]",
        CLOSE_IT,
    ),
    "a connection of sqlite3": Left(
        handler("kept.append(sqlite3.connect('test.db'))\nreturn {}"),
        DATABASE,
        "kept.append(sqlite3.connect('test.db'))",
        CLOSE_IT,
    ),
    "a connection of sqlite3 in a thread": Left(
        def_handler("kept.append(sqlite3.connect('test.db'))\nreturn {}"),
        DATABASE,
        "kept.append(sqlite3.connect('test.db'))",
        CLOSE_IT,
    ),
    "a connection in memory": Left(
        handler("kept.append(sqlite3.connect(':memory:'))\nreturn {}"),
        DATABASE,
        "kept.append(sqlite3.connect(':memory:'))",
        CLOSE_IT,
    ),
    "a connection that `with` commits and does not close": Left(
        handler("with sqlite3.connect('test.db') as one:\n    kept.append(one)\nreturn {}"),
        DATABASE,
        "with sqlite3.connect('test.db') as one:",
        CLOSE_IT,
    ),
    "a connection of a module, opened at import": Left(
        HEAD + "database = sqlite3.connect('test.db')\napp = FastAPI()\n",
        DATABASE,
        "database = sqlite3.connect('test.db')",
        CLOSE_IT,
    ),
    "a connection of the startup": Left(
        lifespan("app.state.database = await aiosqlite.connect('test.db')\nyield"),
        DATABASE,
        "app.state.database = await aiosqlite.connect('test.db')",
        CLOSE_IT,
    ),
    "a connection that an error leaves open": Left(
        handler("one = await aiosqlite.connect('test.db')\n1 / 0\nawait one.close()"),
        DATABASE,
        "one = await aiosqlite.connect('test.db')",
        "",
    ),
    "a client": Left(
        handler(f"kept.append(httpx.AsyncClient())\nawait kept[0].get('{POSTS}')\nreturn {{}}"),
        "a connection to posts.example",
        f"await kept[0].get('{POSTS}')",
        CLIENT,
    ),
    "a client of several requests": Left(
        handler(
            "kept.append(kept[0] if kept else httpx.AsyncClient())\n"
            + f"await kept[0].get('{POSTS}')\n" * 3
            + "return {}"
        ),
        "a connection to posts.example, over which 3 calls went",
        f"await kept[0].get('{POSTS}')",
        CLIENT,
    ),
    "a client that is thrown away": Left(
        handler(f"await httpx.AsyncClient().get('{POSTS}')\nreturn {{}}"),
        "a connection to posts.example",
        f"await httpx.AsyncClient().get('{POSTS}')",
        CLIENT,
    ),
    "a synchronous client": Left(
        def_handler(f"kept.append(httpx.Client())\nkept[0].get('{POSTS}')\nreturn {{}}"),
        "a connection to posts.example",
        f"kept[0].get('{POSTS}')",
        CLIENT,
    ),
    "a task": Left(
        handler("kept.append(asyncio.create_task(asyncio.sleep(3600)))\nreturn {}"),
        "the task sleep",
        "",
        TASK,
    ),
    "a task of the answer's own": Left(
        handler(
            """
            async def tick():
                while True:
                    await asyncio.sleep(1)  # ticks
            kept.append(asyncio.create_task(tick()))
            return {}
            """
        ),
        "the task tick",
        "await asyncio.sleep(1)  # ticks",
        TASK,
    ),
    "a task of the startup": Left(
        lifespan(
            """
            async def tick():
                await asyncio.Event().wait()
            kept.append(asyncio.create_task(tick()))
            yield
            """
        ),
        "the task tick",
        "await asyncio.Event().wait()",
        TASK,
    ),
    "a task that was told to stop and does not": Left(
        handler(
            """
            async def tick():
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    await asyncio.sleep(10)
            kept.append(asyncio.create_task(tick()))
            await asyncio.sleep(0)
            kept[0].cancel()
            return {}
            """
        ),
        "the task tick",
        "await asyncio.sleep(10)",
        CANCELLED,
    ),
    "a thread": Left(
        handler(
            "threading.Thread(target=threading.Event().wait, name='sweeper').start()\nreturn {}"
        ),
        "the thread sweeper",
        "",
        THREAD,
    ),
    "a thread of a module, started at import": Left(
        HEAD
        + "threading.Thread(target=threading.Event().wait, name='early').start()\napp = FastAPI()\n",
        "the thread early",
        "",
        THREAD,
    ),
    "a timer": Left(
        handler("threading.Timer(3600, print).start()\nreturn {}"), "the thread Thread-", "", THREAD
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_is_named_with_its_line(name: str) -> None:
    left = LEFT[name]

    failed = tried(left.answer, asked_once).failed

    assert failed.expected == "nothing is left open after shutdown"
    assert failed.came.startswith(f"still open: {left.what}")
    assert failed.code == left.code
    assert (failed.where is not None) == bool(left.code)
    assert left.teaches in failed.teaches


HANDLERS_THAT_LEAVE_NOTHING = {
    "a connection that was closed": "one = await aiosqlite.connect('test.db')\nawait one.close()",
    "a connection as a block": "async with aiosqlite.connect('test.db') as one:\n    kept.append(one)",
    "a connection of sqlite3 that was closed": "kept.append(sqlite3.connect('a.db'))\nkept[0].close()",
    "a connection of sqlite3 that nobody has any more": "sqlite3.connect('test.db')",
    "a connection that never came about": """
        with contextlib.suppress(sqlite3.OperationalError):
            async with aiosqlite.connect('no/such/folder/test.db'):
                pass
        """,
    "a client as a block": f"async with httpx.AsyncClient() as c:\n    await c.get('{POSTS}')",
    "a client that was closed": f"c = httpx.AsyncClient()\nawait c.get('{POSTS}')\nawait c.aclose()",
    "a client that was never used": "kept.append(httpx.AsyncClient())",
    "a client that keeps no connection": f"""
        kept.append(httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0)))
        await kept[0].get('{POSTS}')
        """,
    "a task that was awaited": "kept.append(asyncio.create_task(asyncio.sleep(1)))\nawait kept[0]",
    "a task that was cancelled": """
        kept.append(asyncio.create_task(asyncio.sleep(3600)))
        kept[0].cancel()
        """,
    "a task that has failed": """
        async def fail():
            raise ValueError
        kept.append(asyncio.create_task(fail()))
        """,
    "a task group": """
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(1))
        """,
    "a thread that has ended": """
        kept.append(threading.Thread(target=time.sleep, args=(1,)))
        kept[0].start()
        kept[0].join()
        """,
    "a daemon": "threading.Thread(target=threading.Event().wait, daemon=True).start()",
    "a thread of asyncio's pool": "await asyncio.to_thread(time.sleep, 1)",
    "a thread of anyio's": "await anyio.to_thread.run_sync(time.sleep, 1)",
    "a pool as a block": """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(1) as pool:
            await asyncio.wrap_future(pool.submit(time.sleep, 1))
        """,
    "a pool that is kept": """
        from concurrent.futures import ThreadPoolExecutor
        kept.append(ThreadPoolExecutor(1))
        await asyncio.get_running_loop().run_in_executor(kept[0], time.sleep, 1)
        """,
    "a timer that was cancelled": """
        kept.append(threading.Timer(3600, print))
        kept[0].start()
        kept[0].cancel()
        """,
    "a call for later": "asyncio.get_running_loop().call_later(3600, print)",
    "an asynchronous generator": """
        async def numbers():
            yield 1
            yield 2
        async for number in numbers():
            break
        """,
}


@pytest.mark.parametrize("name", HANDLERS_THAT_LEAVE_NOTHING)
def test_what_was_closed_is_not_named(name: str) -> None:
    assert tried(handler(HANDLERS_THAT_LEAVE_NOTHING[name]), answered_once).passed


# Wordings


def test_several_of_a_kind_are_counted() -> None:
    async def spec(world: World, expect: Expect) -> None:
        async with world.serve() as client:
            for _ in range(3):
                await client.get("/")
        expect.nothing_left()

    answer = handler("kept.append(await aiosqlite.connect('test.db'))\nreturn {}")

    assert tried(answer, spec).failed.came == "still open: 3 × a connection to the database"


def test_what_is_left_of_several_kinds_is_named_together() -> None:
    answer = handler(
        """
        kept.append(await aiosqlite.connect('test.db'))
        kept.append(asyncio.create_task(asyncio.sleep(3600), name="nap"))
        threading.Thread(target=threading.Event().wait, name="sweeper").start()
        return {}
        """
    )

    failed = tried(answer, asked_once).failed

    assert failed.came == (
        "still open: a connection to the database, the task sleep, the thread sweeper"
    )
    assert failed.code == "kept.append(await aiosqlite.connect('test.db'))"


def test_the_sentence_of_the_spec_follows_that_of_the_leak() -> None:
    async def spec(world: World, expect: Expect) -> None:
        async with world.serve() as client:
            await client.get("/")
        expect.nothing_left(why="The lesson says where.")

    answer = handler("kept.append(await aiosqlite.connect('test.db'))\nreturn {}")

    assert tried(answer, spec).failed.teaches.endswith("in between. The lesson says where.")


@pytest.mark.parametrize(
    "drop",
    [
        "answer_it()",
        "_ = answer_it()",
        "kept.append(answer_it())\nkept.clear()",
        "cycle = [answer_it()]\ncycle.append(cycle)",
    ],
)
def test_a_coroutine_that_nobody_awaits_is_named(drop: str) -> None:
    answer = HEAD + "async def answer_it():\n    pass\n" + handler(drop).removeprefix(HEAD)

    failed = tried(answer, asked_once).failed

    assert failed.came == "still open: the coroutine answer_it, never awaited"
    assert failed.code == drop.partition("\n")[0]
    assert "Put `await` before the call of answer_it." in failed.teaches


@pytest.mark.parametrize(
    ("started", "name", "code"),
    [
        ("outer()", "outer", "await inner()"),
        ("asyncio.wait_for(outer(), None)", "wait_for", "await inner()"),
        ("asyncio.sleep(3600)", "sleep", ""),
    ],
)
def test_a_task_is_named_at_the_line_where_it_waits(started: str, name: str, code: str) -> None:
    answer = handler(
        f"""
        async def inner():
            await asyncio.sleep(3600)
        async def outer():
            await inner()
        kept.append(asyncio.create_task({started}))
        return {{}}
        """
    )

    failed = tried(answer, asked_once).failed

    assert failed.came == f"still open: the task {name}"
    assert failed.code == code


# When


WATCHER = """
import asyncio
async def _shutdown_watcher():
    while True:
        await asyncio.sleep(0.5)
def stream():
    asyncio.get_running_loop().create_task({watcher}())
"""


@pytest.mark.parametrize(
    ("library", "watcher", "leaks"),
    [
        ("sse_starlette.sse", "_shutdown_watcher", False),
        ("sse_starlette.other", "_shutdown_watcher", True),
        ("another.sse", "_shutdown_watcher", True),
    ],
)
def test_a_task_that_a_library_keeps_for_the_process_is_not_the_answers(
    library: str, watcher: str, leaks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType(library)
    exec(compile(WATCHER.format(watcher=watcher), "/library/sse.py", "exec"), vars(module))
    monkeypatch.setitem(sys.modules, library, module)

    answer = handler(f"import sys\nsys.modules[{library!r}].stream()\nreturn {{}}")

    assert (tried(answer, answered_once).failure is not None) is leaks


def test_a_task_of_the_answer_with_the_name_of_one_that_a_library_keeps_is_named() -> None:
    answer = handler(
        """
        async def _shutdown_watcher():
            await asyncio.sleep(3600)
        kept.append(asyncio.create_task(_shutdown_watcher()))
        return {}
        """
    )

    assert tried(answer, answered_once).failed.came == "still open: the task _shutdown_watcher"


def test_a_startup_that_fails_leaves_what_it_had_opened() -> None:
    async def spec(world: World, expect: Expect) -> None:
        with pytest.raises(world.serve.StartupFailed):
            async with world.serve():
                pass
        expect.nothing_left()

    opened = "app.state.database = await aiosqlite.connect('test.db')"

    failed = tried(lifespan(f"{opened}\nraise RuntimeError('no')\nyield"), spec).failed

    assert failed.came == f"still open: {DATABASE}"
    assert failed.code == opened


def test_a_shutdown_that_fails_leaves_what_it_had_not_closed() -> None:
    async def spec(world: World, expect: Expect) -> None:
        with pytest.raises(world.serve.ShutdownFailed):
            async with world.serve():
                pass
        expect.nothing_left()

    answer = lifespan("one = await aiosqlite.connect('test.db')\nyield\n1 / 0\nawait one.close()")

    assert tried(answer, spec).failed.came == f"still open: {DATABASE}"


def test_each_life_of_a_server_is_looked_at() -> None:
    async def spec(world: World, expect: Expect) -> int:
        for _ in range(3):
            async with world.serve() as client:
                await client.get("/")
        return len(world.leaks())

    assert tried(handler("kept.append(sqlite3.connect('a.db'))\nreturn {}"), spec).result == 3


def test_while_the_server_runs_its_connections_are_counted() -> None:
    async def spec(world: World, expect: Expect) -> list[tuple[int, int]]:
        counts: list[tuple[int, int]] = []
        async with world.serve() as client:
            for _ in range(3):
                counts.append((world.database.connections, world.database.opened))
                await client.get("/")
        counts.append((world.database.connections, world.database.opened))
        return counts

    answer = lifespan(
        "async with aiosqlite.connect('test.db'):\n    yield",
        "async with aiosqlite.connect('test.db'):\n    return {}",
    )

    assert tried(answer, spec).result == [(1, 1), (1, 2), (1, 3), (0, 4)]


def test_a_look_of_the_spec_into_the_database_is_no_connection_of_the_answer() -> None:
    async def spec(world: World, expect: Expect) -> tuple[int, int]:
        async with world.serve():
            await world.database.execute("CREATE TABLE t (n)")
            await world.database.execute("INSERT INTO t VALUES (?)", 7)
            assert await world.database.fetch("SELECT n FROM t") == [{"n": 7}]
        expect.nothing_left()
        return world.database.connections, world.database.opened

    assert tried(handler("return {}"), spec).result == (0, 0)


# Afterwards


async def without_a_look(world: World, expect: Expect) -> None:
    """The spec ends without asking what is left."""
    world.upstream.get(POSTS).respond(json=[])
    async with world.serve() as client:
        await client.get("/")


@pytest.mark.parametrize("name", LEFT)
def test_no_thread_and_no_client_outlives_the_spec(name: str) -> None:
    before = set(threading.enumerate())

    world = tried(LEFT[name].answer, without_a_look).world

    assert world.upstream.open_connections == 0
    assert not any(task for task in world.supervision.answer_tasks() if not task.done())
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive(), thread


@pytest.mark.parametrize(
    "opened",
    [
        "kept.append(await aiosqlite.connect('test.db'))",
        "kept.append(sqlite3.connect('test.db'))",
        "kept.append(sqlite3.connect('test.db', check_same_thread=False))",
    ],
)
def test_no_connection_to_the_database_outlives_the_spec(opened: str) -> None:
    handles: list[Any] = []
    before = set(threading.enumerate())

    async def spec(world: World, expect: Expect) -> None:
        await without_a_look(world, expect)
        handles.extend(record.handle for record in world.probes.open_sqlite())

    tried(handler(opened), spec)

    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    (handle,) = handles
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        handle.total_changes  # noqa: B018


def test_what_one_answer_leaves_is_not_counted_against_the_next() -> None:
    tried(LEFT["a connection of aiosqlite"].answer, without_a_look)
    gc.collect()

    assert tried(handler("return {}"), answered_once).passed


def test_a_spec_that_does_not_ask_passes() -> None:
    assert tried(LEFT["a connection of aiosqlite"].answer, without_a_look).passed


def test_where_no_spec_of_an_exercise_asks_each_reports_what_is_left() -> None:
    def reports(world: World) -> None:
        world.supervision.reports_leaks = True

    trial = tried(LEFT["a connection of aiosqlite"].answer, without_a_look, prepare=reports)

    assert trial.failed.came == f"still open: {DATABASE}"


def test_a_leak_after_another_failure_is_not_reported() -> None:
    async def spec(world: World, expect: Expect) -> None:
        async with world.serve() as client:
            expect.json(await client.get("/"), 1)

    def reports(world: World) -> None:
        world.supervision.reports_leaks = True

    failed = tried(LEFT["a connection of aiosqlite"].answer, spec, prepare=reports).failed

    assert "still open" not in failed.text()


def test_the_specs_own_tasks_are_not_the_answers() -> None:
    async def spec(world: World, expect: Expect) -> None:
        async with world.serve() as client:
            await asyncio.gather(client.get("/"), client.get("/"))
        expect.nothing_left()

    assert tried(handler("await asyncio.sleep(1)"), spec).passed
