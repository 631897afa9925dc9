"""Each row of docs/surprises.md, tried with the real library: no clock, no network and no other replaced name of the kata.

The docstring of a test is what one would guess, the first cell of its row; the last cell of the row names the test.
A release that behaves as one would guess fails here, and the page is mended.
"""

# pyright: reportUnusedFunction=false, reportUnknownMemberType=false

import asyncio
import gc
import gzip
import importlib.util
import math
import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import aiosqlite
import httpx
import pytest
import respx
import uvicorn
from asgi_lifespan import LifespanManager
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException
from fastapi.responses import PlainTextResponse, StreamingResponse
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import Response

PAGE = Path(__file__).parent.parent / "docs" / "surprises.md"


def version(distribution: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", metadata.version(distribution))[:3])


def needs(distribution: str, *least: int) -> pytest.MarkDecorator:
    """Skip, and say so, where the library is older than the row."""
    wanted = ".".join(map(str, least))
    reason = f"{distribution} {metadata.version(distribution)} is older than {wanted}"
    return pytest.mark.skipif(version(distribution) < least, reason=reason)


needs_pytest_asyncio = pytest.mark.skipif(
    importlib.util.find_spec("pytest_asyncio") is None, reason="pytest-asyncio is not installed"
)


async def ask(app: Any, path: str = "/") -> httpx.Response:
    """The answer to one GET request, a 500 if the app raised."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path)


async def raised(work: Awaitable[object]) -> BaseException | None:
    try:
        await work
    except BaseException as error:
        return error
    return None


class Streamed(NamedTuple):
    """What an app sent, each part of its body alone, and what it raised."""

    parts: list[bytes]
    ended: bool
    error: BaseException | None


async def streamed(app: Any, *, leaves_after: int | None = None) -> Streamed:
    """One GET request as a server makes it, whose client leaves after so many parts of the answer."""
    parts: list[bytes] = []
    ended = False
    gone = asyncio.Event()
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        nonlocal ended
        if message["type"] == "http.response.body":
            if message.get("body"):
                parts.append(message["body"])
            ended = not message.get("more_body", False)
            if leaves_after is not None and len(parts) >= leaves_after:
                gone.set()

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [],
        "server": ("test", 80),
        "client": ("test", 1),
    }
    error = await raised(app(scope, receive, send))
    return Streamed(parts, ended, error)


@asynccontextmanager
async def server_that_sends(reply: bytes) -> AsyncGenerator[str]:
    """The address of a server that answers whatever it is asked with these bytes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}/"


def reply(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"content-length: {len(body)}", "connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[aiosqlite.Connection]:
    async with aiosqlite.connect(tmp_path / "test.db") as database:
        await database.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE)")
        await database.commit()
        yield database


# The page


class Row(NamedTuple):
    guess: str
    happens: str
    since: str
    met_in: str
    to_do: str
    test: str


def rows() -> list[Row]:
    lines = PAGE.read_text("utf-8").splitlines()
    cells = [
        re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in lines if line.startswith("|")
    ]
    found = [Row(*(cell.strip() for cell in each)) for each in cells]
    return [row for row in found if row.test != "Test" and not row.test.startswith("--")]


def test_each_row_names_its_test_and_each_test_its_row() -> None:
    page = {row.test.strip("`"): row.guess for row in rows()}
    tests = {
        name: " ".join((test.__doc__ or "").split())
        for name, test in globals().items()
        if name.startswith("test_") and test.__doc__
    }
    assert page == tests
    assert len(page) == len(rows())


def test_every_cell_of_the_page_says_something() -> None:
    for row in rows():
        assert all(row), row
        numbers = re.findall(r"\d+", row.met_in)
        assert numbers or row.met_in == "none yet", row
        for number in numbers:
            assert list((PAGE.parent.parent / "exercises").glob(f"{number}_*")), row


# FastAPI and Starlette


async def order_of_things(**scope: Any) -> list[str]:
    app = FastAPI()
    seen: list[str] = []

    async def connection() -> AsyncGenerator[None]:
        seen.append("open")
        yield
        seen.append("close")

    @app.get("/")
    async def route(
        tasks: BackgroundTasks, _: Annotated[None, Depends(connection, **scope)]
    ) -> None:
        tasks.add_task(seen.append, "task")
        seen.append("route")

    await ask(app)
    return seen


async def test_background_task_order() -> None:
    """A dependency closes its connection before a background task runs."""
    assert await order_of_things() == ["open", "route", "task", "close"]
    assert await order_of_things(scope="function") == ["open", "route", "close", "task"]


async def test_two_scopes() -> None:
    """A dependency that is asked for twice in one request runs once."""
    app = FastAPI()
    opened: list[int] = []

    async def connection() -> AsyncGenerator[int]:
        opened.append(len(opened))
        yield opened[-1]

    @app.get("/")
    async def route(
        first: Annotated[int, Depends(connection)],
        same: Annotated[int, Depends(connection)],
        other: Annotated[int, Depends(connection, scope="function")],
    ) -> list[int]:
        return [first, same, other]

    first, same, other = (await ask(app)).json()
    assert first == same != other


async def test_client_leaves_a_stream() -> None:
    """If the client leaves in the middle of a stream, a dependency sees an exception at its `yield`."""
    app = FastAPI()
    seen: list[str] = []

    async def transaction() -> AsyncGenerator[None]:
        try:
            yield
        except BaseException:
            seen.append("roll back")
            raise
        seen.append("commit")

    @app.get("/")
    async def export(_: Annotated[None, Depends(transaction)]) -> StreamingResponse:
        async def lines() -> AsyncGenerator[bytes]:
            try:
                while True:
                    yield b"line\n"
                    await asyncio.sleep(0.001)
            except asyncio.CancelledError:
                seen.append("generator cancelled")
                raise

        return StreamingResponse(lines())

    came = await streamed(app, leaves_after=3)
    assert len(came.parts) >= 3
    assert seen == ["generator cancelled", "commit"]


@needs("fastapi", 0, 134)
async def test_late_refusal() -> None:
    """An `HTTPException` that a streaming route raises before its first `yield` sets the status."""
    app = FastAPI()

    @app.get("/")
    async def lines() -> AsyncIterator[str]:
        raise HTTPException(404)
        yield "line"

    response = await ask(app)
    assert (response.status_code, response.content) == (200, b"")


@needs("fastapi", 0, 134)
async def test_stream_annotation() -> None:
    """The return annotation of a streaming route only documents it."""
    app = FastAPI()

    @app.get("/annotated")
    async def annotated() -> AsyncIterator[float]:
        yield 1

    @app.get("/bare")
    async def bare():  # type: ignore[no-untyped-def]
        yield 1

    assert (await ask(app, "/annotated")).text == "1.0\n"
    assert (await ask(app, "/bare")).text == "1\n"


@needs("fastapi", 0, 135)
async def test_broken_event_stream() -> None:
    """An event stream whose generator fails is broken off after the last event that it yielded."""
    from fastapi.sse import EventSourceResponse

    async def events_until_it_fails(*, waits: bool) -> Streamed:
        app = FastAPI()

        @app.get("/", response_class=EventSourceResponse)
        async def events():  # type: ignore[no-untyped-def]
            yield 1
            yield 2
            if waits:
                await asyncio.sleep(0.01)
            raise ValueError

        return await streamed(app)

    waited = await events_until_it_fails(waits=True)
    assert (waited.parts, waited.ended) == ([b"data: 1\n\n", b"data: 2\n\n"], True)
    assert waited.error is not None
    at_once = await events_until_it_fails(waits=False)
    assert (at_once.parts, at_once.ended) == ([b"data: 1\n\n"], False)


def router_with_events(seen: list[str]) -> APIRouter:
    router = APIRouter()
    router.on_event("startup")(lambda: seen.append("startup"))  # pyright: ignore[reportDeprecated]
    router.on_event("shutdown")(lambda: seen.append("shutdown"))  # pyright: ignore[reportDeprecated]
    return router


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_router_events_twice() -> None:
    """`@router.on_event("startup")` of an included router runs once."""
    seen: list[str] = []
    app = FastAPI()
    app.include_router(router_with_events(seen))
    async with LifespanManager(app):
        pass
    assert seen == ["startup", "startup", "shutdown", "shutdown"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_router_events_and_lifespan() -> None:
    """A `lifespan=` silences every `on_event`, those of included routers too."""
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield

    app = FastAPI(lifespan=lifespan)
    app.on_event("startup")(lambda: seen.append("the app's"))  # pyright: ignore[reportDeprecated]
    app.include_router(router_with_events(seen))
    async with LifespanManager(app):
        pass
    assert seen == ["startup", "shutdown"]


async def test_failed_lifespan_worker() -> None:
    """If a task of the lifespan's `TaskGroup` fails, the server ends."""
    failed = asyncio.Event()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async def worker() -> None:
            await failed.wait()
            raise ValueError("the worker failed")

        app.state.open = True
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(worker())
                yield
        finally:
            app.state.open = False

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def is_open() -> bool:
        return app.state.open

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with httpx.AsyncClient(trust_env=False) as client:
        address = "http://127.0.0.1:{1}/".format(*listening.getsockname())
        while not server.started:
            await asyncio.sleep(0.001)
        assert (await client.get(address)).json() is True
        failed.set()
        while app.state.open:
            await asyncio.sleep(0.001)
        assert (await client.get(address)).json() is False
    server.should_exit = True
    await serving


async def test_late_exception_handler() -> None:
    """An exception handler may be added at any time, or is refused, as a middleware is."""

    class OutOfTea(Exception):
        pass

    app = FastAPI()

    @app.get("/")
    async def tea() -> None:
        raise OutOfTea

    await ask(app)

    @app.exception_handler(OutOfTea)
    async def no_tea(_: Request, error: OutOfTea) -> Response:
        return PlainTextResponse("no tea", 404)

    assert (await ask(app)).status_code == 500
    with pytest.raises(RuntimeError, match="after an application has started"):
        app.add_middleware(BaseHTTPMiddleware)


@needs("starlette", 1, 7)
async def test_nameless_status() -> None:
    """`HTTPException(520)` is refused, since 520 has no standard name, or gets some words of its own."""
    app = FastAPI()

    @app.get("/")
    async def refuse() -> None:
        raise HTTPException(520)

    response = await ask(app)
    assert (response.status_code, response.json()) == (520, {"detail": ""})


@needs("starlette", 1, 3)
async def test_group_in_middleware() -> None:
    """A middleware catches the exception that a route's `TaskGroup` was left with, if it is the only one."""

    class OutOfTea(Exception):
        pass

    async def pass_on(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        return await call_next(request)

    async def rescue(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        try:
            return await call_next(request)
        except OutOfTea:
            return PlainTextResponse("the exception")
        except ExceptionGroup:
            return PlainTextResponse("the group")

    app = FastAPI()
    app.add_middleware(BaseHTTPMiddleware, dispatch=pass_on)
    app.add_middleware(BaseHTTPMiddleware, dispatch=rescue)

    @app.get("/")
    async def tea() -> None:
        async def brew() -> None:
            raise OutOfTea

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(brew())

    assert (await ask(app)).text == "the group"


@needs("fastapi", 0, 130)
async def test_nan_under_annotation() -> None:
    """A float that is no number is refused, since JSON has none, with an annotation and without."""
    app = FastAPI()

    @app.get("/annotated")
    async def annotated() -> dict[str, float]:
        return {"price": math.nan}

    @app.get("/bare")
    async def bare():  # type: ignore[no-untyped-def]
        return {"price": math.nan}

    assert (await ask(app, "/annotated")).json() == {"price": None}
    assert (await ask(app, "/bare")).status_code == 500


async def test_keys_that_begin_with_sa() -> None:
    """A dict that a route returns without an annotation comes out whole, as it does under `-> dict[str, Any]`."""
    app = FastAPI()
    sent = {"_sale": True, "rows": [{"_sa": 1, "sa": 2}]}

    @app.get("/bare")
    async def bare():  # type: ignore[no-untyped-def]
        return sent

    @app.get("/annotated")
    async def annotated() -> dict[str, Any]:
        return sent

    assert (await ask(app, "/bare")).json() == {"rows": [{"sa": 2}]}
    assert (await ask(app, "/annotated")).json() == sent


async def test_rows_and_annotations() -> None:
    """Rows of `aiosqlite.Row` can be returned with the annotation `list[dict[str, int]]`, as they can without one."""
    app = FastAPI()

    async def rows() -> Any:
        async with aiosqlite.connect(":memory:") as database:
            database.row_factory = aiosqlite.Row
            return await database.execute_fetchall("SELECT 1 AS id")

    @app.get("/bare")
    async def bare():  # type: ignore[no-untyped-def]
        return await rows()

    @app.get("/annotated")
    async def annotated() -> list[dict[str, int]]:
        return await rows()

    assert (await ask(app, "/bare")).json() == [{"id": 1}]
    assert (await ask(app, "/annotated")).status_code == 500


@pytest.mark.parametrize("text", ["1.0", "+1", "01", "%201%20", "0_1"])
async def test_spelled_integers(text: str) -> None:
    """A path parameter `user_id: int` takes digits only: `/users/1.0` and `/users/0_1` are 422."""
    app = FastAPI()

    @app.get("/users/{user_id}")
    async def user(user_id: int) -> int:
        return user_id

    response = await ask(app, f"/users/{text}")
    assert (response.status_code, response.json()) == (200, 1)


async def test_too_large_id() -> None:
    """An id that is too large for SQLite finds no row, so the answer is your 404."""
    app = FastAPI()

    @app.get("/users/{user_id}")
    async def user(user_id: int) -> None:
        async with aiosqlite.connect(":memory:") as database:
            if not await database.execute_fetchall("SELECT 1 WHERE 1 = ?", (user_id,)):
                raise HTTPException(404)

    assert (await ask(app, f"/users/{2**63 - 1}")).status_code == 404
    assert (await ask(app, f"/users/{2**63}")).status_code == 500


async def test_returned_httpx_response() -> None:
    """A route that returns an `httpx.Response` relays it."""
    app = FastAPI()

    @app.get("/")
    async def relay():  # type: ignore[no-untyped-def]
        return httpx.Response(404, json={"detail": "gone"})

    response = await ask(app)
    assert response.status_code == 200
    assert response.json()["status_code"] == 404
    assert "detail" not in response.json()


FIRST_ROUTE = """
import sys
import warnings

warnings.simplefilter("ignore")
from fastapi import FastAPI



def route() -> dict[str, str]:
    return {}


before = [name for name in sys.modules if name.startswith("pydantic.v1")]
FastAPI().get("/")(route)
print(len(before), len([name for name in sys.modules if name.startswith("pydantic.v1")]))
"""


def test_first_route_imports() -> None:
    """After `import fastapi` a process has imported what a plain route needs."""
    command = [sys.executable, "-c", FIRST_ROUTE]
    before, after = map(int, subprocess.check_output(command, text=True, timeout=60).split())
    assert before == 0
    assert after > 15


def test_httpx_imports_its_command_line() -> None:
    """`import httpx` imports an HTTP client."""
    program = "import sys, httpx; print({'click', 'pygments', 'rich'} <= sys.modules.keys())"
    command = [sys.executable, "-c", program]
    assert subprocess.check_output(command, text=True, timeout=60).strip() == "True"


@pytest.mark.skipif(sys.version_info < (3, 15), reason="from Python 3.15 on imports can be lazy")
def test_lazy_imports_and_pytest(tmp_path: Path) -> None:
    """With `-X lazy_imports=all`, Python 3.15 runs pytest as it runs most programs."""
    (tmp_path / "test_one.py").write_text("def test_one():\n    assert True\n")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV"))}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"

    def said(*options: str) -> str:
        command = [sys.executable, "-X", "lazy_imports=all", "-m", "pytest", *options]
        run = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return run.stdout + run.stderr

    assert "ImportCycleError" in said()
    assert "1 passed" in said("--assert=plain")


async def test_timeout_in_middleware() -> None:
    """A time-out round `call_next` in an `@app.middleware("http")` ends the route."""
    app = FastAPI()
    happened: list[str] = []

    @app.middleware("http")
    async def limit(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        try:
            async with asyncio.timeout(0.02):
                return await call_next(request)
        except TimeoutError:
            happened.append("504")
            return Response(status_code=504)

    @app.get("/")
    async def route() -> None:
        while "504" not in happened:
            await asyncio.sleep(0.01)
        happened.append("the route goes on")

    assert (await ask(app)).status_code == 504
    assert happened == ["504", "the route goes on"]


# httpx


async def test_params_replace_query(client: httpx.AsyncClient) -> None:
    """`params=` adds to the query of the URL, and `params={}` changes nothing."""
    url = "http://test/?page=2"
    assert str(client.build_request("GET", url, params={}).url) == "http://test/"
    assert str(client.build_request("GET", url, params={"size": 9}).url) == "http://test/?size=9"
    with_key = httpx.AsyncClient(params={"key": 1})
    assert str(with_key.build_request("GET", url).url) == "http://test/?key=1"


async def test_half_a_gzip_body(client: httpx.AsyncClient) -> None:
    """A gzip body that was cut short raises `httpx.DecodingError`."""
    plain = os.urandom(1000).hex().encode()
    half = gzip.compress(plain)[:600]
    async with server_that_sends(reply(half, "content-encoding: gzip")) as address:
        response = await client.get(address)
    assert response.status_code == 200
    assert 0 < len(response.content) < len(plain)
    assert plain.startswith(response.content)


async def test_unknown_encoding(client: httpx.AsyncClient) -> None:
    """A body in an encoding that httpx does not know raises `httpx.DecodingError`."""
    async with server_that_sends(reply(b"packed", "content-encoding: x-vendor")) as address:
        response = await client.get(address)
    assert response.content == b"packed"


def test_json_and_charset() -> None:
    """`response.json()` decodes the body as the `charset` of its content type says, as `response.text` does."""
    headers = {"content-type": "application/json; charset=latin-1"}
    response = httpx.Response(200, content='"Zoë"'.encode("latin-1"), headers=headers)
    assert response.text == '"Zoë"'
    with pytest.raises(UnicodeDecodeError):
        response.json()


async def test_one_mock_response() -> None:
    """A `MockTransport` that returns one `httpx.Response` gives each call a response of its own."""
    stand_in = httpx.Response(200, json=[])
    transport = httpx.MockTransport(lambda _: stand_in)
    async with httpx.AsyncClient(transport=transport) as client:
        first = await client.get("http://test/1")
        second = await client.get("http://test/2")
    assert first is second
    assert str(first.url) == "http://test/2"


def test_policy_of_cookies() -> None:
    """A jar with a policy keeps it, whether a client is given the jar or `httpx.Cookies(jar)`."""
    refuses_all = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    reply = httpx.Response(200, headers={"set-cookie": "session=1"})
    transport = httpx.MockTransport(lambda _: reply)

    def kept(cookies: CookieJar | httpx.Cookies) -> dict[str, str]:
        with httpx.Client(cookies=cookies, transport=transport) as client:
            client.get("https://a.example/")
            return dict(client.cookies)

    assert kept(refuses_all) == {}
    assert kept(httpx.Cookies(refuses_all)) == {"session": "1"}


async def test_limits_beside_a_transport() -> None:
    """`limits=` of a client hold for the `transport=` that it is given too."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.3)  # so long that the others give up waiting for a place
        writer.write(reply(b""))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]

    async def waited_in_vain(client: httpx.AsyncClient) -> int:
        asked = (client.get(f"http://{host}:{port}/") for _ in range(3))
        async with client:
            came = await asyncio.gather(*asked, return_exceptions=True)
        return sum(isinstance(each, httpx.PoolTimeout) for each in came)

    one, patience = httpx.Limits(max_connections=1), httpx.Timeout(5, pool=0.05)
    plain = httpx.AsyncHTTPTransport(trust_env=False)
    narrow = httpx.AsyncHTTPTransport(trust_env=False, limits=one)
    async with server:
        beside = httpx.AsyncClient(transport=plain, limits=one, timeout=patience)
        assert await waited_in_vain(beside) == 0
        inside = httpx.AsyncClient(transport=narrow, timeout=patience)
        assert await waited_in_vain(inside) == 2


async def test_background_task_in_memory() -> None:
    """Through `ASGITransport` a response comes when its body is sent, before the background tasks run."""
    app = FastAPI()
    done: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.01)
        done.append("the task")

    @app.get("/")
    async def route(tasks: BackgroundTasks) -> None:
        tasks.add_task(work)

    await ask(app)
    assert done == ["the task"]


# SQLite and aiosqlite


async def test_unread_returning(
    database: aiosqlite.Connection,
) -> None:
    """After `INSERT … RETURNING`, you may commit first and read the new id afterwards."""
    cursor = await database.execute("INSERT INTO users (name) VALUES ('Ada') RETURNING id")
    with pytest.raises(aiosqlite.OperationalError, match="SQL statements in progress"):
        await database.commit()
    assert await cursor.fetchone() == (1,)
    await database.commit()


async def test_unread_pragma(tmp_path: Path) -> None:
    """`await db.execute("PRAGMA journal_mode = WAL")` is done when it returns."""
    path = tmp_path / "test.db"
    async with aiosqlite.connect(path) as first, aiosqlite.connect(path, timeout=0.05) as second:
        await first.execute("CREATE TABLE users (name)")
        cursor = await first.execute("PRAGMA journal_mode = WAL")
        with pytest.raises(aiosqlite.OperationalError, match="database is locked"):
            await second.execute("INSERT INTO users VALUES ('Ada')")
        await cursor.fetchall()
        await second.execute("INSERT INTO users VALUES ('Ada')")


async def test_closed_with_rows_left(tmp_path: Path) -> None:
    """A connection that is closed lets go of the file, whatever was left of its transaction."""
    path = tmp_path / "test.db"
    async with aiosqlite.connect(path, timeout=0) as other:
        await other.execute("CREATE TABLE users (name)")
        closed = await aiosqlite.connect(path)
        cursor = await closed.execute("INSERT INTO users VALUES ('Ada') RETURNING name")
        await closed.close()
        with pytest.raises(aiosqlite.OperationalError, match="database is locked"):
            await other.execute("INSERT INTO users VALUES ('Grace')")
        del cursor
        gc.collect()
        await other.execute("INSERT INTO users VALUES ('Grace')")


def test_closed_session(tmp_path: Path) -> None:
    """Closing SQLAlchemy's session after a commit that failed rolls it back."""
    pytest.importorskip("sqlalchemy")
    from sqlalchemy import create_engine, exc, text
    from sqlalchemy.orm import Session

    engine = create_engine(f"sqlite:///{tmp_path}/test.db", connect_args={"timeout": 0.05})
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE users (name)"))
    reader = sqlite3.connect(tmp_path / "test.db")
    reader.execute("BEGIN").execute("SELECT * FROM users").fetchall()
    with Session(engine) as first:
        first.execute(text("INSERT INTO users VALUES ('Ada')"))
        with pytest.raises(exc.OperationalError, match="database is locked"):
            first.commit()
    reader.rollback()
    with Session(engine) as second:
        second.execute(text("INSERT INTO users VALUES ('Grace')"))
        second.commit()
    assert reader.execute("SELECT name FROM users").fetchall() == [("Ada",), ("Grace",)]
    reader.close()
    engine.dispose()


async def test_id_of_no_insert(database: aiosqlite.Connection) -> None:
    """After an `INSERT OR IGNORE` that was ignored, or an upsert that updated, `lastrowid` is None or that row's id."""
    await database.execute("INSERT INTO users (name) VALUES ('Ada')")
    await database.execute("INSERT INTO users (name) VALUES ('Grace')")
    for insert in (
        "INSERT OR IGNORE INTO users (name) VALUES ('Ada')",
        "INSERT INTO users (name) VALUES ('Ada') ON CONFLICT (name) DO UPDATE SET name = name",
    ):
        cursor = await database.execute(insert)
        assert cursor.lastrowid == 2, "Grace's"


async def test_cancelled_query(database: aiosqlite.Connection) -> None:
    """A query whose task is cancelled, by a time-out for example, is stopped or undone."""
    under_way, go_on = threading.Event(), threading.Event()

    def slow() -> str:
        under_way.set()
        go_on.wait(5)
        return "Ada"

    await database.create_function("slow", 0, slow)  # pyright: ignore[reportUnknownMemberType]
    query = asyncio.create_task(database.execute("INSERT INTO users (name) VALUES (slow())"))
    await asyncio.to_thread(under_way.wait, 5)
    query.cancel()
    assert isinstance(await raised(query), asyncio.CancelledError)
    go_on.set()
    assert list(await database.execute_fetchall("SELECT name FROM users")) == [("Ada",)]


async def test_two_columns_one_name(
    database: aiosqlite.Connection,
) -> None:
    """If a join gives two columns of one name, `dict(row)` has the last, as a dict of pairs would, or raises."""
    database.row_factory = aiosqlite.Row
    (row,) = await database.execute_fetchall("SELECT 1 AS id, 2 AS id")
    assert dict(row) == {"id": 1} != dict(zip(row.keys(), row, strict=True))  # type: ignore[attr-defined]


# asyncio


async def test_second_gather_failure() -> None:
    """If two of the tasks of a `gather` fail, the second failure is logged at least."""
    logged: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, c: logged.append(c["message"]))

    async def fail(seconds: float) -> None:
        await asyncio.sleep(seconds)
        raise ValueError(seconds)

    async def both(*, gathered: bool) -> None:
        second = asyncio.create_task(fail(0.01))
        first = asyncio.gather(fail(0), second) if gathered else fail(0)
        assert repr(await raised(first)) == "ValueError(0)"
        await asyncio.wait([second])

    await both(gathered=False)
    gc.collect()
    assert logged == ["Task exception was never retrieved"]
    await both(gathered=True)
    gc.collect()
    assert len(logged) == 1


async def test_coroutine_gathered_twice() -> None:
    """`gather(work, work)` with one coroutine object runs it twice, or says that it was awaited already."""
    runs: list[int] = []

    async def work() -> int:
        runs.append(1)
        return len(runs)

    once = work()
    assert await asyncio.gather(once, once) == [1, 1]
    assert runs == [1]


# Tests, and what they are made of


async def test_query_in_route_url(client: httpx.AsyncClient) -> None:
    """respx compares a query in the URL of a route as it compares `params=`."""
    with respx.mock(assert_all_called=False) as router:
        router.get("https://a.example/?page=1").respond(200)
        router.get("https://b.example/", params={"page": "1"}).respond(200)
        assert await raised(client.get("https://a.example/?page=1&size=9"))
        assert (await client.get("https://b.example/?page=1&size=9")).is_success


async def test_route_regex(client: httpx.AsyncClient) -> None:
    """`url__regex` of respx has to match the whole URL, or its beginning."""
    with respx.mock() as router:
        router.get(url__regex=r"/teas/\d").respond(200)
        assert (await client.get("https://a.example/old/teas/12/leaves")).is_success


async def test_route_of_bare_host(client: httpx.AsyncClient) -> None:
    """`respx.get("https://a.example")` is the route of `https://a.example/`."""
    with respx.mock(assert_all_called=False) as router:
        router.get("https://a.example").respond(200)
        router.get("https://b.example/").respond(200)
        assert (await client.get("https://a.example/deep/path")).is_success
        assert await raised(client.get("https://b.example/deep/path"))


async def test_streamed_reply_twice(client: httpx.AsyncClient) -> None:
    """`respond(stream=chunks())` of respx sends the chunks with every call."""

    async def chunks() -> AsyncGenerator[bytes]:
        yield b"[1]"

    with respx.mock() as router:
        router.get("https://a.example/").respond(stream=chunks())  # pyright: ignore[reportArgumentType]
        assert (await client.get("https://a.example/")).content == b"[1]"
        assert (await client.get("https://a.example/")).content == b""


async def test_used_up_replies(client: httpx.AsyncClient) -> None:
    """One call more than a respx `side_effect=[…]` has replies raises `StopIteration`, as `unittest.mock` does."""
    with respx.mock() as router:
        router.get("https://a.example/").mock(side_effect=[httpx.Response(200)])
        await client.get("https://a.example/")
        error = await raised(client.get("https://a.example/"))
    assert repr(error) == "RuntimeError('coroutine raised StopIteration')"


async def test_failed_test_in_lifespan() -> None:
    """If a test fails inside `async with LifespanManager(app)`, the app is shut down as always."""
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        try:
            yield
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise
        seen.append("shut down")

    async def failing_test() -> None:
        async with LifespanManager(FastAPI(lifespan=lifespan)):
            raise AssertionError

    assert isinstance(await raised(failing_test()), AssertionError)
    assert seen == ["cancelled"]


@pytest.mark.filterwarnings("ignore:Using `httpx`")
def test_bare_test_client_loops() -> None:
    """Two requests of one `TestClient` run on one event loop."""
    from starlette.testclient import TestClient

    app = FastAPI()
    loops: list[asyncio.AbstractEventLoop] = []

    @app.get("/")
    async def route() -> None:
        loops.append(asyncio.get_running_loop())

    client = TestClient(app)
    client.get("/")
    client.get("/")
    with TestClient(app) as started:
        started.get("/")
        started.get("/")
    assert loops[0] is not loops[1]
    assert loops[2] is loops[3]


INNER = """
import asyncio
import unittest

import pytest


def test_a_comparison_is_returned():
    return 1 == 2


async def test_a_comparison_is_returned_async():
    return 1 == 2


async def test_a_task_is_lost():
    async def fail():
        raise ValueError

    asyncio.create_task(fail())
    await asyncio.sleep(0)


class TestOfUnittest(unittest.TestCase):
    def test_a_part_fails(self):
        with self.subTest(part=1):
            self.assertEqual(1, 2)


def test_a_route_is_never_called(respx_mock):
    respx_mock.get("https://a.example/").respond(200)


@pytest.mark.respx()
def test_a_route_is_never_called_under_the_mark(respx_mock):
    respx_mock.get("https://a.example/").respond(200)


@pytest.fixture
async def loop_of_the_fixture(anyio_backend):
    return asyncio.get_running_loop()


async def test_fixture_and_test_share_a_loop(loop_of_the_fixture):
    assert loop_of_the_fixture is asyncio.get_running_loop()


@pytest.fixture
def anyio_backend():
    return "asyncio"
"""
"""What pytest itself does is seen from outside."""


def outcomes(folder: Path, *options: str) -> dict[str, str]:
    """What pytest says of each test of `INNER`, and under "warnings" what it warns of."""
    (folder / "test_inner.py").write_text(INNER, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV"))}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rA",
            "--tb=no",
            "-p",
            "respx",
            *options,
        ],
        cwd=folder,
        env=environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = re.findall(r"^([A-Z]+)\S* test_inner.py::(?:\w+::)?(\w+)", done.stdout, re.MULTILINE)
    found = {test: outcome for outcome, test in said if outcome != "SUBFAILED"}
    assert len(found) == 7, done.stdout + done.stderr
    warned = re.findall(r"\w+Warning: .*", done.stdout)
    return {**found, "warnings": "\n".join(warned)}


@pytest.fixture(scope="module")
def with_anyio(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return outcomes(tmp_path_factory.mktemp("with_anyio"), "-p", "anyio", "-o", "anyio_mode=auto")


@pytest.fixture(scope="module")
def with_both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("with_both")
    # In this order they are loaded where both are installed.
    plugins = ("-p", "pytest_asyncio.plugin", "-p", "anyio")
    return outcomes(folder, *plugins, "-o", "anyio_mode=auto", "-o", "asyncio_mode=auto")


def test_returned_comparison(with_anyio: dict[str, str]) -> None:
    """A test that returns its comparison, where it should assert it, fails, or there is a warning at least."""
    assert with_anyio["test_a_comparison_is_returned_async"] == "PASSED"
    assert "test_a_comparison_is_returned_async" not in with_anyio["warnings"]
    if version("pytest") == (8, 4, 0):
        assert with_anyio["test_a_comparison_is_returned"] == "FAILED"
    else:
        assert with_anyio["test_a_comparison_is_returned"] == "PASSED"
        assert "test_a_comparison_is_returned returned" in with_anyio["warnings"]


def test_lost_task(with_anyio: dict[str, str]) -> None:
    """A task that a test starts and never awaits may fail, and the test passes."""
    assert with_anyio["test_a_task_is_lost"] == "FAILED"


@needs_pytest_asyncio
def test_lost_task_pytest_asyncio(with_both: dict[str, str]) -> None:
    """What anyio's plugin does about a lost task, pytest-asyncio does too."""
    assert with_both["test_a_task_is_lost"] == "PASSED"


@needs_pytest_asyncio
def test_two_auto_modes(with_anyio: dict[str, str], with_both: dict[str, str]) -> None:
    """With `anyio_mode = auto` and `asyncio_mode = auto`, one of the two runs the test and its fixtures."""
    assert with_anyio["test_fixture_and_test_share_a_loop"] == "PASSED"
    assert with_both["test_fixture_and_test_share_a_loop"] == "FAILED"


@needs("pytest", 9)
def test_failed_subtest(with_anyio: dict[str, str]) -> None:
    """A test of unittest with a failed `subTest` has the outcome failed."""
    assert with_anyio["test_a_part_fails"] == "PASSED"


@pytest.mark.skipif(importlib.util.find_spec("xdist") is None, reason="needs pytest-xdist")
def test_options_of_xdist_workers(tmp_path: Path) -> None:
    """What a plugin writes into `config.option` reaches the workers of pytest-xdist with the other options."""
    (tmp_path / "conftest.py").write_text(
        "def pytest_configure(config):\n"
        "    if not hasattr(config, 'workerinput'):\n"
        "        config.option.drawn = 'here'\n",
        "utf-8",
    )
    (tmp_path / "test_inner.py").write_text(
        "def test_drawn(pytestconfig):\n    assert pytestconfig.option.drawn == 'here'\n", "utf-8"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\n", "utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV"))}

    def status(*options: str) -> int:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "xdist", *options]
        alone = environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return subprocess.run(
            command, cwd=tmp_path, env=alone, capture_output=True, timeout=60, check=False
        ).returncode

    assert status() == 0
    assert status("-n1") == 1


def test_plain_respx_fixture(with_anyio: dict[str, str]) -> None:
    """The fixture `respx_mock` fails a test that calls none of its routes, as `respx.mock()` does."""
    assert with_anyio["test_a_route_is_never_called"] == "PASSED"
    assert with_anyio["test_a_route_is_never_called_under_the_mark"] != "PASSED"


# uvicorn


async def test_cut_at_shutdown() -> None:
    """A request that outlives `timeout_graceful_shutdown` is broken off without an answer."""
    app = FastAPI()
    under_way = asyncio.Event()

    @app.get("/")
    async def slow() -> None:
        under_way.set()
        await asyncio.sleep(60)

    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=0.1)  # pyright: ignore[reportArgumentType]
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with httpx.AsyncClient(trust_env=False) as client:
        asked = asyncio.create_task(
            client.get("http://127.0.0.1:{1}/".format(*listening.getsockname()))
        )
        await under_way.wait()
        server.should_exit = True
        response = await asked
    assert (response.status_code, response.text) == (500, "Internal Server Error")
    await serving


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no signal that asks a process to end"
)
def test_failed_shutdown(tmp_path: Path) -> None:
    """uvicorn exits with an error if the shutdown raises, as it does if the startup raises."""
    (tmp_path / "main.py").write_text(
        "import asyncio, os, signal, sys, uvicorn\n"
        "from contextlib import asynccontextmanager\n"
        "from fastapi import FastAPI\n"
        "@asynccontextmanager\n"
        "async def lifespan(app):\n"
        "    if sys.argv[1] == 'startup': raise ValueError('it failed')\n"
        "    asyncio.get_running_loop().call_later(0.1, os.kill, os.getpid(), signal.SIGINT)\n"
        "    yield\n"
        "    raise ValueError('it failed')\n"
        "uvicorn.run(FastAPI(lifespan=lifespan), port=0)\n",
        "utf-8",
    )

    def serve(fails_in: str) -> subprocess.Popen[str]:
        command = [sys.executable, "main.py", fails_in]
        return subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)

    starting, stopping = serve("startup"), serve("shutdown")
    said = [starting.communicate(timeout=30)[1], stopping.communicate(timeout=30)[1]]
    assert all("it failed" in each for each in said), said
    assert (starting.returncode, stopping.returncode) == (3, 0)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from Python 3.12 on it is as one guesses")
def test_import_in_a_signal_handler() -> None:
    """An `import` runs to its end, whatever a signal handler does in the middle of it."""
    # A trace function stands in for the handler: so it comes at the one moment that matters.
    program = (
        "import sys\n"
        "from importlib import _bootstrap\n"
        "def trace(frame, event, arg):\n"
        "    if frame.f_code.co_name == 'acquire' and event == 'line' and _bootstrap._blocking_on:\n"
        "        sys.settrace(None)\n"
        "        import colorsys\n"
        "    return trace\n"
        "sys.settrace(trace)\n"
        "import wave\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert re.fullmatch(r"KeyError: \d+", done.stderr.splitlines()[-1]), done.stderr


@needs("uvicorn", 0, 36)
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from Python 3.12 on it is as one guesses")
def test_debug_mode_of_uvicorn(tmp_path: Path) -> None:
    """With `PYTHONASYNCIODEBUG=1` uvicorn's loop is in debug mode, as every loop of `asyncio.run` is."""
    (tmp_path / "main.py").write_text(
        "import asyncio, os, signal, uvicorn\n"
        "from contextlib import asynccontextmanager\n"
        "from fastapi import FastAPI\n"
        "async def debug(): return asyncio.get_running_loop().get_debug()\n"
        "@asynccontextmanager\n"
        "async def lifespan(app):\n"
        "    print(await debug())\n"
        "    server.should_exit = True\n"
        "    yield\n"
        "print(asyncio.run(debug()))\n"
        "server = uvicorn.Server(uvicorn.Config(FastAPI(lifespan=lifespan), port=0, loop='asyncio'))\n"
        "server.run()\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, "main.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONASYNCIODEBUG": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["True", "False"]
