"""The life cycle of an answer, and its requests at the level of ASGI, as a server runs both."""

from __future__ import annotations

import asyncio
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from kata.clock.spec_clock import SpecClock
from kata.feedback.failure import Finding
from kata.run.engine import run_spec
from kata.spec.expect import Expect
from kata.spec.world import World
from tests.helpers.made_up_course import write
from tests.helpers.small_course import FIRST, small_course
from tests.helpers.trial import HEAD, def_handler, handler, lifespan, tried

NOTHING_ELSE = HEAD + "app = FastAPI()\n"


# The life cycle


async def lived(world: World, expect: Expect) -> list[str]:
    """One life: what the startup and the shutdown raised, and what a request answered."""
    log: list[str] = []
    try:
        async with world.serve() as client:
            log.append(f"{(await client.get('/')).status_code}")
    except world.serve.StartupFailed as error:
        log.append(f"startup: {error}")
    except world.serve.ShutdownFailed as error:
        log.append(f"shutdown: {error}")
    return log


SAYS_OK = """\
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
        return
"""


def talks(body: str) -> str:
    """An application without a framework, which does this in the lifespan scope."""
    return f"{HEAD}async def app(scope, receive, send):\n{SAYS_OK}{textwrap.indent(body, '    ')}\n"


COMPLETE = "await send({'type': 'lifespan.startup.complete'})"
NO_DISK = "await send({'type': 'lifespan.startup.failed', 'message': 'no disk'})"
NO_ROOM = "await send({'type': 'lifespan.shutdown.failed', 'message': 'no room'})"
HEARS = "assert (await receive())['type'] == 'lifespan.{}'"
STARTS, STOPS = HEARS.format("startup"), HEARS.format("shutdown")

LIVES = {
    "yields once": (lifespan("yield"), ["200"]),
    "yields a state": (lifespan("yield {'a': 1}"), ["200"]),
    "raises before it yields": (lifespan("1 / 0\nyield"), ["startup: ZeroDivisionError"]),
    "raises after it has yielded": (
        lifespan("yield\n1 / 0"),
        ["200", "shutdown: ZeroDivisionError"],
    ),
    "yields twice": (lifespan("yield\nyield"), ["200", "shutdown: RuntimeError"]),
    "never yields": (lifespan("if False:\n    yield"), ["startup: RuntimeError"]),
    "is no generator": (
        HEAD + "async def lifespan(app):\n    pass\napp = FastAPI(lifespan=lifespan)\n",
        ["startup: TypeError"],
    ),
    "yields what is no state": (lifespan("yield 7"), ["startup: "]),
    "exits at startup": (
        lifespan("import sys\nsys.exit(3)\nyield"),
        ["startup: it tried to end the program"],
    ),
    "exits at shutdown": (
        lifespan("yield\nimport sys\nsys.exit(3)"),
        ["200", "shutdown: it tried to end the program"],
    ),
    "is interrupted at startup": (
        lifespan("raise KeyboardInterrupt\nyield"),
        ["startup: it tried to end the program"],
    ),
    "takes hours": (lifespan("await asyncio.sleep(9999)\nyield\nawait anyio.sleep(9999)"), ["200"]),
    "raises a group": (
        lifespan("raise ExceptionGroup('two', [ValueError('a'), TypeError('b')])\nyield"),
        ["startup: ExceptionGroup"],
    ),
    "does not exist": (handler("return {}"), ["200"]),
    "is refused by the application": (
        "async def app(scope, receive, send):\n"
        "    assert scope['type'] == 'http'\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "    await send({'type': 'http.response.body', 'body': b''})\n",
        ["200"],
    ),
    "is passed over": (talks("return"), ["200"]),
    "is heard, and then passed over": (talks(STARTS), ["200"]),
    "is left at the end of the startup": (talks(f"{STARTS}\n{COMPLETE}"), ["200"]),
    "is left without a word at the shutdown": (talks(f"{STARTS}\n{COMPLETE}\n{STOPS}"), ["200"]),
    "says that its startup failed": (
        talks(f"{STARTS}\n{NO_DISK}"),
        ["startup: SaidToHaveFailed: no disk"],
    ),
    "says that its startup failed, and listens on": (
        talks(f"{STARTS}\n{NO_DISK}\nwhile True: await receive()"),
        ["startup: SaidToHaveFailed: no disk"],
    ),
    "says that its startup failed, and not why": (
        talks(f"{STARTS}\n{NO_DISK}".replace(", 'message': 'no disk'", "")),
        ["startup: SaidToHaveFailed: no reason was given"],
    ),
    "says that its shutdown failed": (
        talks(f"{STARTS}\n{COMPLETE}\n{STOPS}\n{NO_ROOM}"),
        ["200", "shutdown: SaidToHaveFailed: no room"],
    ),
    "says that its shutdown failed, and listens on": (
        talks(f"{STARTS}\n{COMPLETE}\n{STOPS}\n{NO_ROOM}\nwhile True: await receive()"),
        ["200", "shutdown: SaidToHaveFailed: no room"],
    ),
    "says that it failed, and raises something else": (
        talks(f"{STARTS}\n{NO_DISK}\n1 / 0"),
        ["startup: ZeroDivisionError"],
    ),
}


@pytest.mark.parametrize("name", LIVES)
def test_a_life_cycle(name: str) -> None:
    answer, expected = LIVES[name]

    log = tried(answer, lived).result

    assert [each[: len(wanted)] for each, wanted in zip(log, expected, strict=True)] == expected


def test_an_exception_of_the_startup_is_explained_at_its_line() -> None:
    failed = tried(lifespan("int('seven')\nyield"), answers_200, serves=True).failed

    assert failed.expected == "startup succeeds"
    assert failed.code == "int('seven')"
    assert failed.teaches.startswith("The startup raised ValueError: invalid literal")


def test_an_exception_of_the_shutdown_is_explained_at_its_line() -> None:
    failed = tried(lifespan("yield\nint('seven')"), answers_200, serves=True).failed

    assert failed.expected == "shutdown succeeds"
    assert failed.code == "int('seven')"
    assert failed.teaches.startswith("The shutdown raised ValueError: invalid literal")


@pytest.mark.parametrize(
    ("part", "body", "message"),
    [
        ("startup", f"{STARTS}\n{NO_DISK}", "no disk"),
        ("shutdown", f"{STARTS}\n{COMPLETE}\n{STOPS}\n{NO_ROOM}", "no room"),
    ],
)
def test_what_the_answer_says_of_its_failure_is_in_the_failure(
    part: str, body: str, message: str
) -> None:
    failed = tried(talks(body), answers_200, serves=True).failed

    assert failed.expected == f"{part} succeeds"
    assert message in failed.came
    assert failed.teaches.startswith(f"The {part} ")
    assert message in failed.teaches


def test_the_exception_behind_a_failure_that_starlette_sends_is_the_one_that_counts() -> None:
    # Starlette sends `lifespan.startup.failed` with the traceback, and then lets the exception go on.
    failed = tried(lifespan("int('seven')\nyield"), answers_200, serves=True).failed

    assert "SaidToHaveFailed" not in failed.text()
    assert "Traceback" not in failed.text()


def test_a_life_cycle_that_leaves_early_does_not_hide_what_its_requests_do() -> None:
    async def spec(world: World, expect: Expect) -> tuple[int, float]:
        await asyncio.sleep(3)
        return (await world.asgi.get("/")).status, world.clock.now

    assert tried(talks(f"{STARTS}\n{COMPLETE}"), spec, serves=True).result == (200, 3.0)


async def answers_200(world: World, expect: Expect) -> Any:
    response = await world.asgi.get("/")
    expect.status(response, 200)
    return response.json()


def test_the_shutdown_runs_after_a_spec_that_fails() -> None:
    async def spec(world: World, expect: Expect) -> None:
        with pytest.raises(ZeroDivisionError):
            async with world.serve():
                raise ZeroDivisionError
        assert (world.life.own_copy.folder / "left").exists()

    assert tried(lifespan("yield\nopen('left', 'w').close()"), spec).passed


def test_requests_have_the_state_of_the_life_cycle() -> None:
    answer = lifespan("yield {'number': 7}", "return request.state.number")

    assert tried(answer, answers_200, serves=True).result == 7


def test_each_request_has_a_state_of_its_own() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        return [reply.json() for reply in await world.asgi.flood("/", 3)]

    answer = lifespan(
        "yield {'shared': []}",
        """
        seen = getattr(request.state, "mine", 0)
        request.state.mine = seen + 1
        request.state.shared.append(1)
        await asyncio.sleep(1)
        return [seen, len(request.state.shared)]
        """,
    )

    assert tried(answer, spec, serves=True).result == [[0, 3]] * 3


def test_a_request_outside_the_life_cycle_says_what_to_do() -> None:
    async def spec(world: World, expect: Expect) -> None:
        with pytest.raises(RuntimeError, match="inside `async with serve"):
            await world.asgi.get("/")

    assert tried(NOTHING_ELSE, spec).passed


# A restart


COUNTS = """
import os
from fastapi import FastAPI
lines = open("imports", "a")
lines.write("imported\\n")
lines.close()
app = FastAPI()
count = 0

@app.get("/")
async def root():
    global count
    count += 1
    return [count, len(open("imports").readlines())]
"""


def test_a_restart_imports_anew_and_keeps_the_files() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        seen: list[Any] = []
        for _ in range(2):
            async with world.serve() as client:
                seen += [(await client.get("/")).json() for _ in range(2)]
        return seen

    assert tried(COUNTS, spec).result == [[1, 1], [2, 1], [1, 2], [2, 2]]


def test_a_restart_imports_the_modules_beside_it_anew() -> None:
    async def spec(world: World, expect: Expect) -> list[int]:
        seen: list[int] = []
        for _ in range(2):
            async with world.serve() as client:
                seen.append((await client.get("/")).json())
        return seen

    answer = {
        "main.py": "import beside\n" + handler("beside.n += 1\nreturn beside.n"),
        "beside.py": "n = 0\n",
    }

    assert tried(answer, spec).result == [1, 1]


def test_an_import_that_fails_the_second_time_is_a_startup_that_fails() -> None:
    async def spec(world: World, expect: Expect) -> None:
        async with world.serve():
            pass
        with pytest.raises(world.serve.StartupFailed, match=r"FileExistsError.*imported again"):
            async with world.serve():
                pass

    assert tried("open('once', 'x').close()\n" + NOTHING_ELSE, spec).passed


def test_a_restart_imports_outside_the_running_loop() -> None:
    async def spec(world: World, expect: Expect) -> list[bool]:
        seen: list[bool] = []
        for _ in range(2):
            async with world.serve() as client:
                seen.append((await client.get("/")).json())
        return seen

    answer = handler("return RUNNING").replace(
        "kept = []",
        "try:\n    asyncio.get_running_loop()\n    RUNNING = True\nexcept RuntimeError:\n    RUNNING = False",
    )

    assert tried(answer, spec).result == [False, False]


def test_the_same_app_can_start_again_without_a_new_import() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        seen: list[Any] = []
        for same_app in (False, True, True, False):
            async with world.serve(same_app=same_app) as client:
                seen.append((await client.get("/")).json())
        return seen

    assert tried(COUNTS, spec).result == [[1, 1], [2, 1], [3, 1], [1, 2]]


def test_an_app_that_starts_only_once_is_noticed_when_the_same_one_starts_again() -> None:
    async def spec(world: World, expect: Expect) -> None:
        for same_app in (False, False):
            async with world.serve(same_app=same_app):
                pass
        with pytest.raises(world.serve.StartupFailed, match="cannot schedule new futures"):
            async with world.serve(same_app=True):
                pass

    pool = "await asyncio.wrap_future(pool.submit(int))\nyield\npool.shutdown()"
    answer = lifespan(pool).replace(
        "kept = []",
        "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)",
    )
    assert tried(answer, spec).passed


def test_two_servers_at_once_serve_the_same_file() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        async with world.serve() as first, world.serve() as second:
            return [(await each.get("/")).json() for each in (first, first, second)]

    assert tried(COUNTS, spec).result == [[1, 2], [2, 2], [1, 2]]


# Requests


def test_a_thousand_requests_at_once_wait_side_by_side() -> None:
    async def spec(world: World, expect: Expect) -> tuple[int, set[int], float]:
        replies = await world.asgi.flood("/", 1000)
        return len(replies), {reply.status for reply in replies}, world.clock.now

    trial = tried(handler("await asyncio.sleep(2)\nreturn {}"), spec, serves=True)

    assert trial.result == (1000, {200}, 2.0)


ECHO = """
import json

async def app(scope, receive, send):
    assert scope["type"] == "http"
    body = (await receive())["body"].decode()
    facts = {
        key: value.decode() if isinstance(value, bytes) else value
        for key, value in scope.items()
        if key in ("method", "path", "raw_path", "query_string", "root_path", "scheme", "asgi")
    }
    facts["headers"] = {name.decode(): value.decode() for name, value in scope["headers"]}
    facts["body"] = body
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"1")]})
    await send({"type": "http.response.body", "body": json.dumps(facts).encode()})
"""


def echo(method: str, path: str, **options: Any) -> Any:
    async def spec(world: World, expect: Expect) -> Any:
        return (await world.asgi.request(method, path, **options)).json()

    return tried(ECHO, spec, serves=True).result


def test_a_path_is_split_from_its_query_and_decoded() -> None:
    facts = echo("GET", "/a%20b/%C3%A9?q=%20&r=1")

    assert facts["path"] == "/a b/é"
    assert facts["raw_path"] == "/a%20b/%C3%A9"
    assert facts["query_string"] == "q=%20&r=1"
    assert facts["root_path"] == ""


def test_a_body_goes_as_json_with_its_length() -> None:
    facts = echo("POST", "/", json={"é": 1})

    assert facts["method"] == "POST"
    assert facts["body"] == '{"\\u00e9": 1}'
    assert facts["headers"] == {
        "host": "kata",
        "content-length": str(len(facts["body"])),
        "content-type": "application/json",
    }


def test_without_a_body_there_is_no_type() -> None:
    assert "content-type" not in echo("GET", "/")["headers"]


def test_headers_go_in_lower_case() -> None:
    assert echo("GET", "/", headers={"X-Token": "t"})["headers"]["x-token"] == "t"


def test_the_protocol_is_the_one_that_uvicorn_speaks() -> None:
    # Under 2.4 a streaming response of Starlette never hears of a disconnect.
    assert echo("GET", "/")["asgi"]["spec_version"] == "2.3"


def test_the_client_sends_what_the_raw_driver_sends() -> None:
    async def spec(world: World, expect: Expect) -> Any:
        return (await world.client.post("/a%20b?q=1", json={"a": 1}, headers={"X-A": "b"})).json()

    facts = tried(ECHO, spec, serves=True).result

    assert (facts["path"], facts["query_string"]) == ("/a b", "q=1")
    assert facts["body"].replace(" ", "") == '{"a":1}'
    assert facts["headers"]["x-a"] == "b"
    assert facts["headers"]["host"] == "kata"


def test_a_reply_to_head_has_no_body() -> None:
    async def spec(world: World, expect: Expect) -> tuple[bytes, str]:
        reply = await world.asgi.request("HEAD", "/")
        return reply.body, reply.headers["X-A"]

    assert tried(ECHO, spec, serves=True).result == (b"", "1")


def test_a_body_in_parts_leaves_in_its_own_time() -> None:
    async def spec(world: World, expect: Expect) -> Any:
        reply = await world.asgi.get("/")
        return reply.parts, reply.body

    answer = handler(
        """
        async def parts():
            for part in ("a", "b", "c"):
                yield part
                await asyncio.sleep(1)
        return StreamingResponse(parts())
        """
    )

    parts, body = tried(answer, spec, serves=True).result
    assert parts == [(0.0, b"a"), (1.0, b"b"), (2.0, b"c")]
    assert body == b"abc"


@pytest.mark.parametrize(
    ("reply", "length"),
    [("StreamingResponse(iter(['ab', 'c']))", None), ("PlainTextResponse('abc')", "3")],
)
def test_a_reply_has_the_content_length_that_was_sent_and_no_other(
    reply: str, length: str | None
) -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        response = await world.client.get("/")
        raw = await world.asgi.get("/")
        return [(each.headers.get("content-length"), each.text) for each in (response, raw)]

    answer = "from fastapi.responses import PlainTextResponse\n" + handler(f"return {reply}")
    assert tried(answer, spec, serves=True).result == [(length, "abc")] * 2


@pytest.mark.parametrize(("length", "said"), [("1", "longer"), ("9", "shorter")])
def test_a_body_of_another_length_than_promised_is_no_answer(length: str, said: str) -> None:
    async def spec(world: World, expect: Expect) -> Any:
        replies = [await world.client.get("/"), await world.asgi.get("/")]
        return [reply.status_code for reply in replies], world.probes.raised[0].message

    answer = handler(f"return PlainTextResponse('abc', headers={{'content-length': '{length}'}})")

    statuses, message = tried(
        "from fastapi.responses import PlainTextResponse\n" + answer, spec, serves=True
    ).result
    assert statuses == [500, 500]
    assert message == f"Response content {said} than Content-Length"


def test_a_head_request_may_promise_the_body_that_get_would_have() -> None:
    async def spec(world: World, expect: Expect) -> int:
        return (await world.asgi.request("HEAD", "/")).status_code

    answer = handler("return PlainTextResponse('', headers={'content-length': '7'})")
    answer = answer.replace("@app.get", "@app.head")

    assert (
        tried(
            "from fastapi.responses import PlainTextResponse\n" + answer, spec, serves=True
        ).result
        == 200
    )


def test_each_request_runs_in_a_task_and_a_context_of_its_own() -> None:
    answer = handler(
        """
        before, tasks = number.get(), len(kept)
        number.set(before + 1)
        kept.append(asyncio.current_task())
        return [before, len(set(kept)) - tasks]
        """
    ).replace(
        "kept = []",
        "kept = []\nimport contextvars\nnumber = contextvars.ContextVar('n', default=0)",
    )

    async def spec(world: World, expect: Expect) -> Any:
        first = await world.asgi.get("/")
        second = await world.client.get("/")
        return first.json(), second.json()

    assert tried(answer, spec, serves=True).result == ([0, 1], [0, 1])


# Requests that fail


FAILING = {
    "an exception": ("raise ValueError('no')", 500),
    "an exception before the answer": ("await asyncio.sleep(1)\n1 / 0", 500),
    "an HTTPException": ("raise HTTPException(418)", 418),
    "a value that is no JSON": ("return {1j: object()}", 500),
    "SystemExit": ("raise SystemExit(0)", 500),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", 500),
    "a BaseException of its own": ("class Stop(BaseException): pass\nraise Stop", 500),
    "CancelledError": ("raise asyncio.CancelledError", 500),
    "pytest.skip": ("import pytest\npytest.skip('no')", 500),
    "pytest.fail": ("import pytest\npytest.fail('no')", 500),
    "pytest.exit": ("import pytest\npytest.exit('no')", 500),
}


@pytest.mark.parametrize("name", FAILING)
def test_the_server_goes_on_after(name: str) -> None:
    body, status = FAILING[name]

    async def spec(world: World, expect: Expect) -> list[int]:
        statuses = [(await world.asgi.get("/")).status, (await world.client.get("/")).status_code]
        return [*statuses, (await world.client.get("/openapi.json")).status_code]

    assert tried(handler(body), spec, serves=True).result == [status, status, 200]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise SystemExit(0)", "it tried to end the program with SystemExit"),
        ("raise KeyboardInterrupt", "it tried to end the program with KeyboardInterrupt"),
        ("import pytest; pytest.skip('no')", "it tried to end the program with Skipped"),
    ],
)
def test_what_no_handler_may_do_is_said_with_its_line(body: str, said: str) -> None:
    failed = tried(handler(body), answers_200, serves=True).failed

    assert failed.teaches == f"The handler did what none may do: {said}."
    assert failed.code == body


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "asyncio.current_task().cancel(); await asyncio.sleep(1)",
            "`cancel()` was called on the task of this request",
        ),
        (
            "work = asyncio.ensure_future(asyncio.sleep(1)); work.cancel(); await work",
            "what it waited for was cancelled",
        ),
    ],
)
def test_whose_cancellation_left_a_handler_is_said(body: str, said: str) -> None:
    failed = tried(handler(body), answers_200, serves=True).failed

    assert failed.came.endswith("(CancelledError)")
    assert failed.teaches.endswith(f"since `CancelledError` left it: {said}.")
    assert failed.code == body


def test_what_an_earlier_shutdown_has_ended_is_told_so() -> None:
    async def spec(world: World, expect: Expect) -> None:
        for _ in range(2):
            async with world.serve(same_app=True):
                pass

    answer = "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor()\n"
    body = "with pool:\n    await asyncio.get_running_loop().run_in_executor(pool, int)\n    yield"
    failed = tried(answer + lifespan(body), spec).failed

    assert "It was shut down before, for everyone" in failed.teaches
    assert failed.teaches.endswith("each start needs a new one.")


def test_a_time_out_that_came_too_soon_is_told_so() -> None:
    async def spec(world: World, expect: Expect) -> None:
        world.upstream.get("https://a.example/", takes=3).respond(200)
        with expect.seconds(3, "GET /"):
            await world.client.get("/")

    call = "import httpx\nasync with httpx.AsyncClient(timeout=2) as one:\n    await one.get('https://a.example/')"
    failed = tried(handler(call), spec, serves=True).failed

    assert "wait longer where one does" in failed.teaches


# What would end the program


ENDING = (
    HEAD
    + "async def end():\n    raise ERROR\n"
    + "def stop(*_):\n    raise ERROR\n"
    + handler("START").removeprefix(HEAD)
)


def ending(error: str, start: str) -> str:
    """An answer whose `GET /` starts something, in these words, that raises this error."""
    body = textwrap.indent(start, "    ").lstrip()
    return ENDING.replace("ERROR", error).replace("START", body)


AWAITED = [
    "await end()",
    "await asyncio.create_task(end())",
    "await asyncio.gather(end())",
    "await asyncio.gather(end(), end())",
    "async with asyncio.TaskGroup() as group: group.create_task(end())",
    "async with anyio.create_task_group() as group: group.start_soon(end)",
    "await asyncio.to_thread(stop)",
]

NOT_AWAITED = [
    "kept.append(asyncio.create_task(end()))",
    "kept.append(asyncio.create_task(end()))\nawait asyncio.sleep(1)",
    "asyncio.get_running_loop().call_soon(stop)",
    "asyncio.get_running_loop().call_soon(stop)\nawait asyncio.sleep(1)",
    "asyncio.get_running_loop().call_later(1, stop)\nawait asyncio.sleep(2)",
    "one = asyncio.create_task(asyncio.sleep(1))\none.add_done_callback(stop)\nawait one",
]


@pytest.mark.parametrize("error", ["SystemExit(3)", "KeyboardInterrupt"])
@pytest.mark.parametrize("start", AWAITED)
def test_an_awaited_task_that_ends_the_program_fails_the_spec_in_words(
    start: str, error: str
) -> None:
    failed = tried(ending(error, start), answers_200, serves=True).failed

    name = error.removesuffix("(3)")
    assert failed.teaches == (
        f"The handler did what none may do: it tried to end the program with {name}."
    )
    assert failed.code == f"raise {error}"


@pytest.mark.parametrize("error", ["SystemExit(3)", "KeyboardInterrupt"])
@pytest.mark.parametrize("start", NOT_AWAITED)
def test_what_ends_the_program_fails_the_spec_though_nobody_awaits_it(
    start: str, error: str
) -> None:
    failed = tried(ending(error, start), answers_200, serves=True).failed

    name = error.removesuffix("(3)")
    assert failed.came == f"a task or a callback of the answer raised {name}"
    assert failed.teaches == "On a server nothing but the server itself may end the program."
    assert failed.code == f"raise {error}"


def test_a_request_goes_on_when_something_else_would_end_the_program() -> None:
    seen: list[Any] = []

    async def spec(world: World, expect: Expect) -> None:
        seen.append((await world.asgi.get("/")).status)
        seen.append((await world.asgi.get("/openapi.json")).status)
        seen.append(world.clock.now)

    start = "asyncio.get_running_loop().call_soon(stop)\nawait asyncio.sleep(1)"
    trial = tried(ending("SystemExit", start), spec, serves=True)

    assert seen == [200, 200, 1.0]
    assert trial.failed.code == "raise SystemExit"


@pytest.mark.parametrize("part", ["startup", "shutdown"])
@pytest.mark.parametrize(
    "start",
    [
        "await asyncio.create_task(end())",
        "async with anyio.create_task_group() as group: group.start_soon(end)",
    ],
)
def test_a_task_of_the_life_cycle_that_ends_the_program_fails_the_spec_in_words(
    start: str, part: str
) -> None:
    body = [start, "yield"]
    answer = lifespan("\n".join(body if part == "startup" else body[::-1])).replace(
        "kept = []", "async def end():\n    raise SystemExit"
    )

    failed = tried(answer, answers_200, serves=True).failed

    assert failed.expected == f"{part} succeeds"
    assert failed.teaches == (
        f"The {part} did what none may do: it tried to end the program with SystemExit."
    )
    assert failed.code == "raise SystemExit"


@pytest.mark.parametrize("error", ["SystemExit(3)", "KeyboardInterrupt"])
def test_the_run_and_its_other_specs_go_on_after(error: str, tmp_path: Path) -> None:
    answer = f"""\
import asyncio
from fastapi import FastAPI

app = FastAPI()
kept = []

async def end():
    raise {error}

@app.get("/first")
async def answer():
    kept.append(asyncio.create_task(end()))
    await asyncio.sleep(2)
    return {{"ok": True}}
"""
    root = small_course(tmp_path / "course")

    came = run_spec(FIRST, write(tmp_path / "answer.py", answer), root=root)

    assert came.ended == ""
    assert [spec.outcome for spec in came.specs] == ["failed"] * 3
    assert all("may end the program" in spec.teaches for spec in came.specs)
    assert {(spec.where or "").rpartition("/")[2] for spec in came.specs} == {"answer.py:8"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise GeneratorExit", "raised GeneratorExit"),
        ("class Stop(BaseException): pass\nraise Stop('now')", "raised Stop: now"),
        ("raise BaseExceptionGroup('a', [GeneratorExit()])", "raised GeneratorExit"),
        ("raise BaseExceptionGroup('a', [KeyboardInterrupt()])", "with KeyboardInterrupt"),
        ("raise BaseExceptionGroup('a', [SystemExit()])", "with SystemExit"),
    ],
)
def test_any_other_base_exception_is_named_with_its_line(body: str, said: str) -> None:
    failed = tried(handler(body), answers_200, serves=True).failed

    assert said in failed.teaches
    assert failed.code == body.splitlines()[-1]


# Requests that end in between


def test_an_error_after_the_first_part_cuts_the_body_short() -> None:
    async def spec(world: World, expect: Expect) -> tuple[int, bytes]:
        reply = await world.asgi.get("/")
        return reply.status, reply.body

    answer = handler(
        """
        async def parts():
            yield "a"
            raise ValueError("no")
        return StreamingResponse(parts())
        """
    )

    assert tried(answer, spec, serves=True).result == (200, b"a")


def test_an_application_that_answers_nothing_is_a_500() -> None:
    async def spec(world: World, expect: Expect) -> int:
        return (await world.asgi.get("/")).status

    answer = "async def app(scope, receive, send):\n    assert scope['type'] == 'http'\n"

    assert tried(answer, spec, serves=True).result == 500


# The end of a request


def test_work_after_the_reply_does_not_hold_it_up_and_is_waited_for() -> None:
    async def spec(world: World, expect: Expect) -> list[float]:
        times: list[float] = []
        async with world.serve() as client:
            await client.get("/")
            times.append(world.clock.now)
        times.append(round(world.clock.now))
        assert (world.life.own_copy.folder / "done").exists()
        return times

    answer = handler(
        """
        from fastapi import BackgroundTasks
        from fastapi.responses import JSONResponse
        tasks = BackgroundTasks()
        async def later():
            await asyncio.sleep(3)
            open("done", "w").close()
        tasks.add_task(later)
        return JSONResponse({}, background=tasks)
        """
    )

    assert tried(answer, spec).result == [0.0, 3]


def test_drain_waits_for_the_requests_of_the_raw_driver() -> None:
    async def spec(world: World, expect: Expect) -> list[float]:
        await world.asgi.get("/")
        before = world.clock.now
        await world.asgi.drain()
        return [before, world.clock.now]

    answer = (
        "import asyncio\n"
        "async def app(scope, receive, send):\n"
        "    assert scope['type'] == 'http'\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "    await send({'type': 'http.response.body', 'body': b''})\n"
        "    await asyncio.sleep(4)\n"
    )

    assert tried(answer, spec, serves=True).result == [0.0, 4.0]


def test_an_answered_block_stands_between_the_reply_and_what_follows() -> None:
    async def spec(world: World, expect: Expect) -> list[bool]:
        done = world.life.own_copy.folder / "done"
        async with world.asgi.answered("GET", "/") as reply:
            expect.json(reply, {})
            await asyncio.sleep(5)
            seen = [done.exists()]
        return [*seen, done.exists()]

    answer = (
        handler("return {}")
        .replace(
            "async def root(request: Request):",
            "async def root(_=Depends(later)):",
        )
        .replace(
            "app = FastAPI()",
            "async def later():\n    yield\n    open('done', 'w').close()\napp = FastAPI()",
        )
    )

    assert tried(answer, spec, serves=True).result == [False, True]


def test_an_answered_block_has_the_reply_of_a_handler_that_fails() -> None:
    async def spec(world: World, expect: Expect) -> int:
        async with world.asgi.answered("GET", "/") as reply:
            return reply.status

    assert tried(handler("1 / 0"), spec, serves=True).result == 500


# Disconnects


def test_a_call_that_is_given_up_ends_its_request() -> None:
    async def spec(world: World, expect: Expect) -> Any:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await world.asgi.get("/")
        return (
            (world.life.own_copy.folder / "ended").read_text(),
            world.probes.raised,
            world.clock.now,
        )

    answer = handler(
        """
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(1)
            open("ended", "w").write("in order")
        """
    )

    assert tried(answer, spec, serves=True).result == ("in order", [], 2.0)


def test_a_handler_hears_of_no_disconnect_while_its_client_waits() -> None:
    answer = handler("await asyncio.sleep(1)\nreturn await request.is_disconnected()")

    assert tried(answer, answers_200, serves=True).result is False


def test_after_the_reply_the_client_has_gone() -> None:
    async def spec(world: World, expect: Expect) -> Any:
        await world.asgi.get("/")
        await world.asgi.drain()
        return world.timeline.spans[0].end

    answer = (
        "import asyncio\n"
        "async def app(scope, receive, send):\n"
        "    assert scope['type'] == 'http'\n"
        "    await receive()\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "    gone = asyncio.create_task(receive())\n"
        "    await asyncio.sleep(2)\n"
        "    assert not gone.done()\n"
        "    await send({'type': 'http.response.body', 'body': b''})\n"
        "    assert (await gone)['type'] == 'http.disconnect'\n"
        "    await asyncio.sleep(1)\n"
    )

    assert tried(answer, spec, serves=True).result == 3.0


async def one_leaves(world: World, expect: Expect) -> list[Any]:
    await world.asgi.leave("/?who=leaves", after=0.5)
    left_at = world.clock.now
    await world.asgi.drain()
    written = (world.life.own_copy.folder / "ended").read_text()
    return [left_at, written, world.clock.now, world.probes.raised]


def test_a_client_that_leaves_cancels_nothing_and_is_told_of() -> None:
    answer = handler(
        """
        await asyncio.sleep(2)
        open("ended", "w").write(f"{await request.is_disconnected()}")
        """
    )

    assert tried(answer, one_leaves, serves=True).result == [0.5, "True", 2.0, []]


# What a server has beside


def test_a_mounted_application_is_served() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        return [(await world.client.get(path)).json() for path in ("/", "/sub/one", "/sub/no")]

    answer = handler("return 'root'") + (
        "sub = FastAPI()\n"
        "@sub.get('/one')\n"
        "async def one(request: Request):\n    return request.url.path\n"
        "app.mount('/sub', sub)\n"
    )

    assert tried(answer, spec, serves=True).result == ["root", "/sub/one", {"detail": "Not Found"}]


def test_the_life_cycle_of_a_mounted_application_never_runs() -> None:
    # So it is under a server too, and a spec must see it as the mistake that it is.
    async def spec(world: World, expect: Expect) -> int:
        return (await world.client.get("/sub/")).status_code

    answer = lifespan("yield {'number': 7}", "return request.state.number") + (
        "sub, app = app, FastAPI()\napp.mount('/sub', sub)\n"
    )

    assert tried(answer, spec, serves=True).result == 500


def test_the_life_cycle_of_a_router_runs() -> None:
    answer = (
        HEAD
        + "from fastapi import APIRouter\n"
        + "@contextlib.asynccontextmanager\nasync def life(app):\n    kept.append(1)\n    yield\n"
        + "router = APIRouter(lifespan=life)\n"
        + "@router.get('/')\nasync def root():\n    return kept\n"
        + "app = FastAPI()\napp.include_router(router)\n"
    )

    assert tried(answer, answers_200, serves=True).result == [1]


def test_the_timeline_has_each_request_with_its_time() -> None:
    async def spec(world: World, expect: Expect) -> list[tuple[str, float, float | None]]:
        await asyncio.gather(world.client.get("/"), world.asgi.get("/?a=1"))
        return [(s.label, s.start, s.end) for s in world.timeline.spans if s.kind == "request"]

    trial = tried(handler("await asyncio.sleep(2)\nreturn {}"), spec, serves=True)

    assert trial.result == [("GET /", 0.0, 2.0)] * 2


def test_the_client_has_no_time_out_and_follows_no_redirect() -> None:
    async def spec(world: World, expect: Expect) -> tuple[int, float]:
        async with world.serve() as client:
            assert isinstance(client, httpx.AsyncClient)
            return (await client.get("/")).status_code, world.clock.now

    answer = handler(
        "from fastapi.responses import RedirectResponse\n"
        "await asyncio.sleep(100)\n"
        "return RedirectResponse('/openapi.json')"
    )

    assert tried(answer, spec).result == (307, 100.0)


# What the startup leaves undone

LATE = """
async def work():
    await asyncio.to_thread(kept.append, 1)
    await asyncio.to_thread(kept.append, 2)
tasks = [asyncio.create_task(work())]
yield
await tasks[0]
"""


def test_what_a_startup_leaves_undone_is_done_before_the_first_request() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        return [(await world.client.get("/")).json(), world.clock.now]

    assert tried(lifespan(LATE, "return kept"), spec, serves=True).result == [[1, 2], 0.0]


def test_a_startup_that_leaves_a_loop_turning_holds_up_nobody() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        return [(await world.client.get("/")).json(), world.clock.now <= 0.01]

    turning = """
    async def turn():
        while True:
            await asyncio.sleep(0)
    turning = asyncio.create_task(turn())
    yield
    turning.cancel()
    """

    assert tried(lifespan(turning, "return 7"), spec, serves=True).result == [7, True]


def test_in_real_time_a_spec_that_goes_on_for_ever_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kata.spec.supervision.LONGEST_IN_REAL_TIME", 0.3)

    async def spec(world: World, expect: Expect) -> None:
        await world.client.get("/")

    polling = handler("while True:\n    await asyncio.sleep(0.01)")
    failed = tried(polling, spec, serves=True, real_time=True).failed

    assert failed.came == "no end after 0 s of real time"
    assert failed.code == "await asyncio.sleep(0.01)"
    assert failed.teaches.startswith("This line waits again and again")


CALLING = """
import httpx
while True:
    {call}
"""


@pytest.mark.parametrize(
    ("build", "call"),
    [
        (handler, "async with httpx.AsyncClient() as one: await one.get('https://a.example/')"),
        (def_handler, "httpx.get('https://a.example/')"),
    ],
)
def test_calls_without_an_end_are_given_up(
    build: Callable[[str], str], call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kata.spec.supervision.MOST_ATTEMPTS", 51)

    async def spec(world: World, expect: Expect) -> None:
        world.upstream.get("https://a.example/").respond(200)
        await world.client.get("/")

    failed = tried(build(CALLING.format(call=call)), spec, serves=True).failed

    assert failed.came == "51 connections and calls, and no end"
    assert call in failed.code


WORKER = """
global questions
questions = asyncio.Queue()

async def fails():
    raise LookupError("no such tea")

async def work():
    while True:
        answer = await questions.get()
{serve}

task = asyncio.create_task(work())
yield
task.cancel()
await {ends}
"""

ASKS = """
answer = asyncio.get_running_loop().create_future()
questions.put_nowait(answer)
return await answer
"""


def stuck(serve: str, ends: str = "asyncio.wait([task])") -> Finding:
    """What is said of an answer whose worker does this with each question, and whose shutdown awaits that."""

    async def spec(world: World, expect: Expect) -> None:
        await world.client.get("/")

    answer = lifespan(WORKER.format(serve=textwrap.indent(serve, " " * 8), ends=ends), ASKS)
    return tried(answer, spec, serves=True).failed


def test_where_everything_waits_the_task_that_died_is_named() -> None:
    failed = stuck("await fails()")
    assert failed.came.startswith("nothing can ever happen again")
    assert failed.code == 'raise LookupError("no such tea")'
    assert failed.teaches.startswith("A task ended at this line with LookupError, and nobody has")


def test_a_task_whose_exception_somebody_has_met_is_not_named() -> None:
    met = "lost = asyncio.create_task(fails())\nawait asyncio.wait([lost])\nlost.exception()\nkept.append(lost)"
    failed = stuck(met)
    assert failed.teaches.startswith("A deadlock: this line waits for something")


GOES_ON = "answer.set_result(1)\ntry:\n    await questions.get()\nexcept asyncio.CancelledError:\n    pass"


def test_a_task_that_was_cancelled_and_waits_on_is_told_so() -> None:
    failed = stuck(GOES_ON)
    assert failed.code == "answer = await questions.get()"
    assert "in the shutdown: this task was cancelled, and instead of ending" in failed.teaches


def test_it_is_not_told_of_another_task_that_is_shown() -> None:
    failed = stuck(GOES_ON, ends="questions.join()")
    assert failed.code == "await questions.join()"
    assert "cancelled" not in failed.teaches


def _nowhere(_: object) -> None:
    """A thread that is between two lines of the answer."""


def test_the_line_that_calls_is_named_wherever_its_thread_is_when_the_loop_hears_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kata.spec.supervision.MOST_ATTEMPTS", 51)
    monkeypatch.setattr("kata.spec.whereabouts.Whereabouts.outside", _nowhere)
    call = "httpx.get('https://a.example/')"

    async def spec(world: World, expect: Expect) -> None:
        world.upstream.get("https://a.example/").respond(200)
        await world.client.get("/")

    failed = tried(def_handler(CALLING.format(call=call)), spec, serves=True).failed

    assert failed.code == call


def test_a_thread_that_goes_on_after_the_first_exception_is_told_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As one does whose exception has met a finalizer. Its calls would reach the next spec's upstream."""
    monkeypatch.setattr("kata.spec.supervision.MOST_ATTEMPTS", 51)
    # On a busy machine its thread may not run for a while.
    monkeypatch.setattr("kata.containment.threads_left.PAUSES", (0.01,) * 2_000)
    goes_on = """
import httpx
lost = 0
while lost < 2:
    try:
        httpx.get('https://a.example/')
    except BaseException as error:
        lost += type(error).__name__ == "Abandoned"
"""
    worlds: list[World] = []

    async def spec(world: World, expect: Expect) -> None:
        worlds.append(world)
        world.upstream.get("https://a.example/").respond(200)
        await world.client.get("/")

    assert tried(def_handler(goes_on), spec, serves=True).failed

    give_up = time.monotonic() + 20
    while worlds[0].clock.at_work.turns() and time.monotonic() < give_up:
        time.sleep(0.001)
    assert worlds[0].clock.at_work.turns() == []


def test_in_real_time_the_timers_of_the_loop_show_what_waits_and_until_when() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        began = world.clock.now
        await world.client.get("/")
        clock = SpecClock(world.clock)
        sleeps = [span.label for span in world.timeline.spans if span.kind == "sleep"]
        return [clock.stood_still_at(began + 0.3), clock.stood_still_at(began + 0.6), sleeps]

    answer = handler("await asyncio.sleep(0.3)")
    came = tried(answer, spec, serves=True, real_time=True).result
    assert came == [True, False, ["root"]]


def test_a_sleep_in_a_thread_is_called_what_it_is() -> None:
    """Where the machinery of a thread calls `time.sleep`, nobody wants to read the machinery's name."""

    async def spec(world: World, expect: Expect) -> list[tuple[str, bool]]:
        await world.client.get("/")
        threads = [span for span in world.timeline.spans if span.kind == "thread"]
        return [(span.label, "main.py:" in (span.where or "")) for span in threads]

    sleeping = "import time\nawait asyncio.to_thread(time.sleep, 2)"
    assert tried(handler(sleeping), spec, serves=True).result == [("time.sleep", True)]
    own = "import time\ndef brew():\n    time.sleep(2)\nawait asyncio.to_thread(brew)"
    assert tried(handler(own), spec, serves=True).result == [("brew", True)]


# Visitors


SETS_A_COOKIE = (
    HEAD
    + """\
from fastapi import Request, Response

app = FastAPI()


@app.get("/")
async def root(request: Request, response: Response):
    response.set_cookie("session", "anna")
    return dict(request.cookies)
"""
)


async def asked_twice(world: World, expect: Expect) -> list[Any]:
    return [(await world.client.get("/")).json() for _ in range(2)]


def test_each_request_is_another_visitors_and_brings_no_cookie_of_the_one_before() -> None:
    assert tried(SETS_A_COOKIE, asked_twice, serves=True).result == [{}, {}]


TELLS_THE_ADDRESS = (
    HEAD
    + """\
from fastapi import Request

app = FastAPI()


@app.get("/")
async def root(request: Request):
    return list(request.client)
"""
)


async def asked_from_one_address(world: World, expect: Expect) -> list[tuple[str, int]]:
    async def addresses() -> list[tuple[str, int]]:
        both = (await world.client.get("/")).json(), (await world.asgi.get("/")).json()
        return [(host, port) for host, port in both]

    before = await addresses()
    with world.asgi.from_one_address():
        inside = await addresses()
    return [*before, *inside, *await addresses(), *await addresses()]


def test_two_of_three_requests_come_from_one_address_and_several_can() -> None:
    came = tried(TELLS_THE_ADDRESS, asked_from_one_address, serves=True).result
    hosts = [host for host, _ in came]
    assert hosts[0] == hosts[1]
    assert came[0] != came[1], "each has a port of its own"
    assert came[2] == came[3], "behind a proxy the port is 0"
    others = {hosts[0], *hosts[4:]}
    assert hosts[2] not in others
    assert 1 < len(others) < 5
