"""Mistake: every route is called, and nothing is asserted.

Cell: tea, alone
Caught by: test_they_notice_a_wrong_body
Reads: compare the whole body with what you expect
"""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import respx
from asgi_lifespan import LifespanManager
from main import app

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


@pytest.fixture
def green(respx_mock: respx.MockRouter) -> respx.Route:
    return respx_mock.get("https://prices.example/teas/green").respond(json={"price": 3})


async def test_body(client: httpx.AsyncClient, green: respx.Route) -> None:
    await client.get("/tea/green")


async def test_new_price(client: httpx.AsyncClient, green: respx.Route) -> None:
    for price in (1, 2):
        green.respond(json={"price": price})
        await client.get("/tea/green")


async def test_one_call(client: httpx.AsyncClient, green: respx.Route) -> None:
    await client.get("/tea/green")


async def test_seconds(client: httpx.AsyncClient, green: respx.Route) -> None:
    await client.get("/tea/green")


async def test_together(client: httpx.AsyncClient, green: respx.Route) -> None:
    await asyncio.gather(*(client.get("/tea/green") for _ in range(3)))


async def test_unknown(client: httpx.AsyncClient, green: respx.Route) -> None:
    green.respond(404)
    await client.get("/tea/green")


async def test_error_status(client: httpx.AsyncClient, green: respx.Route) -> None:
    green.respond(500)
    await client.get("/tea/green")


async def test_lost(client: httpx.AsyncClient, green: respx.Route) -> None:
    green.mock(side_effect=httpx.ConnectError)
    await client.get("/tea/green")
