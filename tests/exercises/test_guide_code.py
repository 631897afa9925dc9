"""What becomes of the guide's own code today.

The guide's contract is what the exercises ask for. Its code is older than the libraries: some of it
no longer runs, some runs and does something else than it seems to. Each test here shows one such
fact, and `docs/guide-coverage.md` names the test beside the claim.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import importlib.util
import os
import sqlite3
import ssl
import subprocess
import sys
import tomllib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiosqlite
import httpx
import pytest
import respx
from fastapi import FastAPI, HTTPException
from fastapi.exception_handlers import http_exception_handler
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from kata.network import backend
from kata.network.upstream import Upstream
from kata.run.engine import ROOT, run_spec
from tests.helpers.verdicts import SEED
from tests.helpers.virtual import live

GALLERY = ROOT / "tests" / "gallery"
UPSTREAM = "https://upstream.example/data"


def version(package: str) -> Version:
    return Version(importlib.metadata.version(package))


def on(app: Any) -> httpx.AsyncClient:
    """A client as the guide's test has it, with the transport that it needs today."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


# Each block, with its indentation put back


@pytest.mark.parametrize(
    ("exercise", "answer", "refused_by"),
    [
        ("01_first_async_endpoint", "right/asyncio_sleep.py", []),
        ("03_fetch_data", "right/client_per_request.py", []),
        (
            "04_upstream_errors",
            "wrong/json_outside.py",
            [
                "test_a_200_that_is_not_json_is_a_failed_request",
                "test_each_request_answers_with_what_came_now",
            ],
        ),
        ("05_startup_and_shutdown", "right/events.py", []),
        ("08_parallel_tasks", "right/gather.py", []),
    ],
)
def test_the_blocks_do_what_the_guide_says_of_them(
    exercise: str, answer: str, refused_by: list[str]
) -> None:
    outcomes = run_spec(exercise, GALLERY / exercise / answer, seed=SEED)
    assert outcomes.specs
    assert not outcomes.ended
    assert [spec.name for spec in outcomes.failed] == refused_by


def test_as_printed_a_block_below_async_with_is_not_python() -> None:
    printed = "async def fetch():\n    async with client():\n    return 1\n"
    with pytest.raises(IndentationError):
        compile(printed, "guide", "exec")


def test_as_printed_a_task_inside_the_endpoint_is_not_python() -> None:
    printed = "async def endpoint():\nasync def task():\n    return 1\n"
    with pytest.raises(IndentationError):
        compile(printed, "guide", "exec")


# Setting up


def test_fastapi_asks_for_a_newer_python() -> None:
    asked = importlib.metadata.metadata("fastapi")["Requires-Python"]
    assert not SpecifierSet(asked).contains("3.7")


# Calling others


def test_a_client_per_request_opens_a_connection_each() -> None:
    async def main() -> tuple[int, int]:
        with backend.no_certificates(), backend.installed(upstream := Upstream()):
            upstream.get(UPSTREAM).respond(json=[])
            for _ in range(10):
                async with httpx.AsyncClient() as client:
                    await client.get(UPSTREAM)
            apart = upstream.connections
            async with httpx.AsyncClient() as client:
                for _ in range(10):
                    await client.get(UPSTREAM)
            return apart, upstream.connections - apart

    assert asyncio.run(main()) == (10, 1)


def test_a_client_per_request_loads_the_tls_configuration_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[ssl.SSLContext] = []
    make = ssl.create_default_context

    def counted(*arguments: Any, **named: Any) -> ssl.SSLContext:
        made.append(make(*arguments, **named))
        return made[-1]

    monkeypatch.setattr(ssl, "create_default_context", counted)
    for _ in range(3):
        httpx.AsyncClient()
    assert len(made) >= 3


def test_a_timeout_of_httpx_bounds_each_step_and_not_the_whole() -> None:
    """Twenty pieces, a second apart, outlive the five seconds that httpx waits for each of them."""

    async def main() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        with backend.no_certificates(), backend.installed(upstream := Upstream()):
            upstream.get(UPSTREAM, drip=(1.0, 20)).respond(content=b"x" * 20)
            async with httpx.AsyncClient() as client:
                began = loop.time()
                assert len((await client.get(UPSTREAM)).content) == 20
                dripped = loop.time() - began
                began = loop.time()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(5):
                        await client.get(UPSTREAM)
                return dripped, loop.time() - began

    assert live(main).result == pytest.approx((19.0, 5.0))  # pyright: ignore[reportUnknownMemberType]


# The database


def test_nothing_in_the_kata_needs_databases() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert not [each for each in project["dependencies"] if each.startswith("databases")]
    for answer in (ROOT / "solutions").rglob("*.py"):
        assert "import databases" not in answer.read_text("utf-8")
        assert "from databases" not in answer.read_text("utf-8")


def test_the_block_that_imports_databases_does_not_start_without_it(tmp_path: Path) -> None:
    if importlib.util.find_spec("databases"):
        pytest.skip("databases is installed here")
    block = tmp_path / "main.py"
    block.write_text(
        "from databases import Database\n\ndatabase = Database('sqlite:///./test.db')\n"
    )
    outcomes = run_spec(
        "06_read_rows", block, keyword="test_a_new_database_has_no_users", seed=SEED
    )
    assert [spec.outcome for spec in outcomes.specs] == ["failed"]
    assert "databases" in outcomes.specs[0].text


def test_a_table_that_nobody_created_is_a_500(tmp_path: Path) -> None:
    app = FastAPI()
    errors: list[Exception] = []

    @app.get("/users")
    async def users() -> list[Any]:  # pyright: ignore[reportUnusedFunction]
        async with aiosqlite.connect(tmp_path / "test.db") as database:
            try:
                return list(await database.execute_fetchall("SELECT * FROM users"))
            except sqlite3.OperationalError as error:
                errors.append(error)
                raise

    async def main() -> int:
        async with on(app) as client:
            return (await client.get("/users")).status_code

    assert asyncio.run(main()) == 500
    assert str(errors[0]) == "no such table: users"


async def live_once(app: FastAPI) -> None:
    async with app.router.lifespan_context(app):
        pass


def test_on_event_works_and_warns() -> None:
    app, seen = FastAPI(), list[str]()
    with pytest.warns(DeprecationWarning, match="lifespan"):
        app.on_event("startup")(lambda: seen.append("startup"))  # pyright: ignore[reportDeprecated]
    with pytest.warns(DeprecationWarning, match="lifespan"):
        app.on_event("shutdown")(lambda: seen.append("shutdown"))  # pyright: ignore[reportDeprecated]

    asyncio.run(live_once(app))
    assert seen == ["startup", "shutdown"]


def test_on_event_beside_a_lifespan_is_silently_dead(recwarn: pytest.WarningsRecorder) -> None:
    seen: list[str] = []

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        seen.append("lifespan")
        yield

    app = FastAPI(lifespan=lifespan)
    app.on_event("startup")(lambda: seen.append("startup"))  # pyright: ignore[reportDeprecated]
    recwarn.clear()

    asyncio.run(live_once(app))
    assert seen == ["lifespan"]
    assert not recwarn.list


# Errors


def relay() -> FastAPI:
    """The guide's endpoint for errors, with its indentation put back."""
    app = FastAPI()

    @app.get("/external-api")
    async def external_api() -> Any:  # pyright: ignore[reportUnusedFunction]
        try:
            async with httpx.AsyncClient() as client:
                response = await client.get(UPSTREAM)
                response.raise_for_status()
        except httpx.HTTPStatusError as error:
            raise HTTPException(error.response.status_code, "Error fetching data")  # noqa: B904
        except httpx.RequestError:
            raise HTTPException(500, "Request failed")  # noqa: B904
        return response.json()

    return app


def relayed(app: FastAPI, answer: httpx.Response | Exception) -> tuple[int, str]:
    async def main() -> tuple[int, str]:
        with respx.mock(assert_all_called=False) as mocked:
            mocked.get(UPSTREAM).mock(side_effect=[answer])
            async with on(app) as client:
                response = await client.get("/external-api")
            return response.status_code, response.text

    return asyncio.run(main())


def test_a_401_of_the_upstream_tells_the_own_client_to_log_in() -> None:
    said = relayed(relay(), httpx.Response(401))
    assert said == (401, '{"detail":"Error fetching data"}')


def test_an_upstream_that_is_down_or_silent_is_reported_as_ones_own_fault() -> None:
    """A gateway would say 502 and 504."""
    for error in (httpx.ConnectError("down"), httpx.ReadTimeout("silent")):
        assert relayed(relay(), error) == (500, '{"detail":"Request failed"}')


def test_a_200_that_is_not_json_is_caught_by_nobody() -> None:
    said = relayed(relay(), httpx.Response(200, text="<html>"))
    assert said == (500, "Internal Server Error")


def test_status_errors_and_request_errors_are_siblings() -> None:
    assert not issubclass(httpx.HTTPStatusError, httpx.RequestError)
    assert not issubclass(httpx.RequestError, httpx.HTTPStatusError)
    assert httpx.HTTPStatusError.__base__ is httpx.RequestError.__base__ is httpx.HTTPError


def test_without_from_the_cause_is_not_set() -> None:
    """The first error is still its context, "during the handling of which" the second one came."""
    app, causes = relay(), list[tuple[Any, Any]]()

    @app.exception_handler(HTTPException)
    async def look(request: Any, error: HTTPException) -> Any:  # pyright: ignore[reportUnusedFunction]
        causes.append((error.__cause__, type(error.__context__)))
        return await http_exception_handler(request, error)

    relayed(app, httpx.ConnectError("down"))
    assert causes == [(None, httpx.ConnectError)]


# Testing


def test_app_is_no_argument_of_a_client_any_more() -> None:
    client: Any = httpx.AsyncClient
    with pytest.raises(TypeError, match="unexpected keyword argument 'app'"):
        client(app=FastAPI(), base_url="http://test")


def test_the_transport_never_starts_the_app() -> None:
    started: list[str] = []

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        started.append("started")
        yield

    async def main() -> None:
        async with on(FastAPI(lifespan=lifespan)) as client:
            await client.get("/docs")

    asyncio.run(main())
    assert started == []


GUIDES_TEST = """
import pytest

async def test_unmarked():
    raise AssertionError("this line is never reached")

@pytest.mark.anyio
async def test_marked(anyio_backend):
    pass

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""


def test_an_async_test_needs_a_mark(tmp_path: Path) -> None:
    (tmp_path / "test_marks.py").write_text(GUIDES_TEST)
    # The guide's test ends with a stray word, which is a name that nobody has defined.
    (tmp_path / "test_stray.py").write_text("async def test_nothing():\n    pass\ncoma\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-rA", "-p", "anyio", "-p", "no:cacheprovider"),
            *("--continue-on-collection-errors", "--color=no", str(tmp_path)),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = run.stdout
    assert "PASSED test_marks.py::test_marked" in said
    assert "FAILED test_marks.py::test_unmarked" in said
    assert "async def functions are not natively supported" in said
    assert "this line is never reached" not in said
    assert "NameError: name 'coma' is not defined" in said
    assert "1 failed, 1 passed, 1 error" in said


def test_importing_the_test_client_warns_while_only_httpx_is_there() -> None:
    """The newer Starlette would rather have a package that the guide cannot know."""
    source = (
        "import sys, warnings\n"
        "sys.modules['httpx2'] = None\n"  # as if it were not installed
        "warnings.simplefilter('always')\n"
        "from fastapi.testclient import TestClient\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    client = importlib.util.find_spec("starlette.testclient")
    assert client is not None
    assert client.origin is not None
    asks = "httpx2" in Path(client.origin).read_text("utf-8")
    assert ("install `httpx2` instead" in run.stderr) == asks
