"""Mistake: nothing says that the async tests are to be run on a loop.

Cell: style, alone
Caught by: test_they_pass_with_the_given_app
Reads: Nobody runs this coroutine function
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import respx
from asgi_lifespan import LifespanManager
from main import app


@asynccontextmanager
async def started() -> AsyncIterator[httpx.AsyncClient]:
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


@pytest.fixture
def green(respx_mock: respx.MockRouter) -> respx.Route:
    return respx_mock.get("https://prices.example/teas/green").respond(json={"price": 3})


async def test_body(green: respx.Route) -> None:
    async with started() as client:
        response = await client.get("/tea/green")
        assert response.status_code == 200
        assert response.json() == {"tea": "green", "price": 3}


async def test_new_price(green: respx.Route) -> None:
    async with started() as client:
        for price in (1, 2):
            green.respond(json={"price": price})
            response = await client.get("/tea/green")
            assert response.json()["price"] == price


async def test_one_call(green: respx.Route) -> None:
    async with started() as client:
        await client.get("/tea/green")
        assert green.call_count == 1


async def test_seconds(green: respx.Route) -> None:
    async with started() as client:
        start = time.perf_counter()
        await client.get("/tea/green")
        assert 1.9 < time.perf_counter() - start < 3


async def test_together(green: respx.Route) -> None:
    async with started() as client:
        start = time.perf_counter()
        await asyncio.gather(*(client.get("/tea/green") for _ in range(3)))
        assert time.perf_counter() - start < 3


async def test_unknown(green: respx.Route) -> None:
    async with started() as client:
        green.respond(404)
        response = await client.get("/tea/green")
        assert response.status_code == 404
        assert response.json() == {"detail": "No such tea"}


async def test_error_status(green: respx.Route) -> None:
    async with started() as client:
        green.respond(500)
        assert (await client.get("/tea/green")).status_code == 502


async def test_lost(green: respx.Route) -> None:
    async with started() as client:
        green.mock(side_effect=httpx.ConnectError)
        assert (await client.get("/tea/green")).status_code == 502


async def test_lives() -> None:
    for _ in range(2):
        async with LifespanManager(app):
            own = app.state.client
            assert not own.is_closed
        assert own.is_closed
