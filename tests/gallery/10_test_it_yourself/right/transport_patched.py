"""The method by which httpx reaches the network is patched; each test opens the house for itself."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from unittest import mock

import httpx
import pytest
from asgi_lifespan import LifespanManager
from main import app

pytestmark = pytest.mark.anyio

Answer = httpx.Response | Exception


class PriceList:
    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.seen: list[tuple[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append((request.method, str(request.url)))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def price(value: int) -> httpx.Response:
    return httpx.Response(200, json={"price": value})


@asynccontextmanager
async def house(prices: PriceList) -> AsyncIterator[httpx.AsyncClient]:
    async def handle(_: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        return prices(request)

    with mock.patch.object(httpx.AsyncHTTPTransport, "handle_async_request", handle):
        async with (
            LifespanManager(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
        ):
            yield client


async def test_each_price_is_asked_for() -> None:
    prices = PriceList(price(3), price(4))
    async with house(prices) as client:
        answers = [await client.get("/tea/green") for _ in range(2)]
    assert [answer.json() for answer in answers] == [
        {"tea": "green", "price": 3},
        {"tea": "green", "price": 4},
    ]
    assert prices.seen == [("GET", "https://prices.example/teas/green")] * 2


async def test_trouble() -> None:
    lost = httpx.ConnectError("nobody there")
    async with house(PriceList(httpx.Response(404), httpx.Response(500), lost)) as client:
        answers = [await client.get("/tea/green") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 502, 502]
    assert answers[0].json() == {"detail": "No such tea"}
    assert answers[2].json() == {"detail": "No price today"}


async def test_seconds() -> None:
    for count in (1, 3):
        async with house(PriceList(*(price(n) for n in range(count)))) as client:
            start = time.perf_counter()
            answers = await asyncio.gather(*(client.get("/tea/green") for _ in range(count)))
            assert 1.9 <= time.perf_counter() - start <= 2.9
        assert {answer.json()["price"] for answer in answers} == set(range(count))


async def test_lives() -> None:
    for _ in range(2):
        async with LifespanManager(app):
            own = app.state.client
            assert not own.is_closed
        assert own.is_closed
