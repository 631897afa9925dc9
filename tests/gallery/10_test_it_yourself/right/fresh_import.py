"""Every test imports the app anew, and drives ASGI by hand: scope, receive, send, and the lifespan as messages."""

import asyncio
import importlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import anyio
import httpx
import main
import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return importlib.reload(main)


@asynccontextmanager
async def life(app: Any) -> AsyncIterator[None]:
    inbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    outbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    running = asyncio.create_task(app(scope, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    assert (await outbox.get())["type"] == "lifespan.startup.complete"
    yield
    await inbox.put({"type": "lifespan.shutdown"})
    assert (await outbox.get())["type"] == "lifespan.shutdown.complete"
    await running


async def ask(app: Any, path: str) -> tuple[int, Any]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    await app(scope, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


def plays(monkeypatch: pytest.MonkeyPatch, module: ModuleType, *answers: Any) -> list[Any]:
    left = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(
        module.app.state, "client", httpx.AsyncClient(transport=httpx.MockTransport(handle))
    )
    return left


def price(value: int) -> httpx.Response:
    return httpx.Response(200, json={"price": value})


async def test_answers(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    async with life(module.app):
        with monkeypatch.context() as patch:
            left = plays(patch, module, price(1), price(2), price(3))
            start = time.time()
            assert await ask(module.app, "/tea/a") == (200, {"tea": "a", "price": 1})
            assert 1.9 < time.time() - start < 2.9
            assert await ask(module.app, "/tea/a") == (200, {"tea": "a", "price": 2})
            assert len(left) == 1


async def test_overlap(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    async with life(module.app):
        with monkeypatch.context() as patch:
            plays(patch, module, *(price(value) for value in range(4)))
            came: list[int] = []

            async def one() -> None:
                came.append((await ask(module.app, "/tea/a"))[1]["price"])

            start = time.time()
            async with anyio.create_task_group() as group:
                for _ in range(4):
                    group.start_soon(one)
            assert time.time() - start < 3
            assert sorted(came) == [0, 1, 2, 3]


async def test_trouble(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    async with life(module.app):
        with monkeypatch.context() as patch:
            troubles = (httpx.Response(404), httpx.Response(500), httpx.ConnectError("away"))
            left = plays(patch, module, price(1), *troubles)
            assert (await ask(module.app, "/tea/a"))[0] == 200
            assert await ask(module.app, "/tea/a") == (404, {"detail": "No such tea"})
            for still in (1, 0):
                assert await ask(module.app, "/tea/a") == (502, {"detail": "No price today"})
                assert len(left) == still


async def test_two_lives(module: ModuleType) -> None:
    for _ in range(2):
        async with life(module.app):
            client = module.app.state.client
            assert not client.is_closed
        assert client.is_closed
