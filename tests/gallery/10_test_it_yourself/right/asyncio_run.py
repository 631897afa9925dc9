"""Plain functions that call asyncio.run, with a task group, and httpx's own method replaced by monkeypatch."""

import asyncio
from collections.abc import Callable, Coroutine

import httpx
import pytest
from asgi_lifespan import LifespanManager
from main import app

Answer = Callable[[str], httpx.Response]


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that the app has asked. `httpx.AsyncClient.get` never gets any further."""
    return answer_with(monkeypatch, lambda url: httpx.Response(200, json={"price": len(url)}))


def answer_with(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> list[str]:
    asked: list[str] = []

    async def get(self: httpx.AsyncClient, url: str) -> httpx.Response:
        if self.is_closed:
            raise RuntimeError("closed")
        asked.append(url)
        response = answer(url)
        response.request = httpx.Request("GET", url)
        return response

    monkeypatch.setattr(httpx.AsyncClient, "get", get)
    return asked


async def brewed(*kinds: str) -> tuple[list[httpx.Response], float]:
    loop = asyncio.get_running_loop()
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://house") as client,
    ):
        start = loop.time()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(client.request("GET", f"/tea/{kind}")) for kind in kinds]
        return [task.result() for task in tasks], loop.time() - start


def test_one_tea(asked: list[str]) -> None:
    (response,), took = asyncio.run(brewed("green"))
    assert response.status_code == 200
    assert response.json() == {"tea": "green", "price": len(asked[0])}
    assert asked == ["https://prices.example/teas/green"]
    assert 1.99 < took < 2.5


def test_three_teas(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, lambda url: httpx.Response(200, json={"price": ord(url[-1])}))
    responses, took = asyncio.run(brewed("a", "b", "c"))
    assert [response.json() for response in responses] == [
        {"tea": kind, "price": ord(kind)} for kind in "abc"
    ]
    assert 1.99 < took < 2.5


def test_three_of_one_tea(asked: list[str]) -> None:
    responses, _ = asyncio.run(brewed("green", "green", "green"))
    assert {response.status_code for response in responses} == {200}
    assert len(asked) == 3


def test_todays_price(monkeypatch: pytest.MonkeyPatch) -> None:
    for price in (7, 8):
        answer_with(monkeypatch, lambda url: httpx.Response(200, json={"price": price}))  # noqa: B023
        (response,), _ = asyncio.run(brewed("green"))
        assert response.json()["price"] == price


def test_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, lambda url: httpx.Response(404))
    (response,), _ = asyncio.run(brewed("sand"))
    assert (response.status_code, response.json()["detail"]) == (404, "No such tea")


def test_out_of_order(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer_with(monkeypatch, lambda url: httpx.Response(500))
    (response,), _ = asyncio.run(brewed("green"))
    assert response.status_code == 502
    assert len(asked) == 1


def test_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(url: str) -> httpx.Response:
        raise httpx.ConnectError("gone")

    asyncio.run(brewed("green"))
    asked = answer_with(monkeypatch, gone)
    (response,), _ = asyncio.run(brewed("green"))
    assert response.status_code == 502
    assert len(asked) == 1


def test_lives() -> None:
    async def live() -> None:
        async with LifespanManager(app):
            client = app.state.client
            assert not client.is_closed
        assert client.is_closed

    lives: list[Callable[[], Coroutine[None, None, None]]] = [live, live]
    for each in lives:
        asyncio.run(each())
