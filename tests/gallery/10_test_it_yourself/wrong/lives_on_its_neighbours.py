"""Mistake: a test looks at what the tests before it have written down.

Cell: suite, again
Caught by: test_they_pass_in_any_order
Reads: One test depends on what another has left behind
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import respx
from asgi_lifespan import LifespanManager
from main import app

pytestmark = pytest.mark.anyio

asked: list[str] = []


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


@pytest.fixture
def green(respx_mock: respx.MockRouter) -> Iterator[respx.Route]:
    route = respx_mock.get("https://prices.example/teas/green").respond(json={"price": 3})
    yield route
    asked.extend(str(call.request.url) for call in route.calls)


async def test_body(client: httpx.AsyncClient, green: respx.Route) -> None:
    response = await client.get("/tea/green")
    assert response.status_code == 200
    assert response.json() == {"tea": "green", "price": 3}


def test_address() -> None:
    assert set(asked) == {"https://prices.example/teas/green"}


async def test_new_price(client: httpx.AsyncClient, green: respx.Route) -> None:
    for price in (1, 2):
        green.respond(json={"price": price})
        response = await client.get("/tea/green")
        assert response.json()["price"] == price


async def test_one_call(client: httpx.AsyncClient, green: respx.Route) -> None:
    await client.get("/tea/green")
    assert green.call_count == 1


async def test_seconds(client: httpx.AsyncClient, green: respx.Route) -> None:
    start = time.perf_counter()
    await client.get("/tea/green")
    assert 1.9 < time.perf_counter() - start < 3


async def test_together(client: httpx.AsyncClient, green: respx.Route) -> None:
    green.mock(side_effect=[httpx.Response(200, json={"price": price}) for price in (3, 4, 5)])
    start = time.perf_counter()
    teas = await asyncio.gather(*(client.get("/tea/green") for _ in range(3)))
    assert {tea.json()["price"] for tea in teas} == {3, 4, 5}
    assert time.perf_counter() - start < 3


async def test_unknown(client: httpx.AsyncClient, green: respx.Route) -> None:
    green.respond(404)
    response = await client.get("/tea/green")
    assert response.status_code == 404
    assert response.json() == {"detail": "No such tea"}


async def test_error_status(client: httpx.AsyncClient, green: respx.Route) -> None:
    green.respond(500)
    assert (await client.get("/tea/green")).status_code == 502
    assert green.call_count == 1


async def test_lost(client: httpx.AsyncClient, green: respx.Route) -> None:
    green.mock(side_effect=httpx.ConnectError)
    assert (await client.get("/tea/green")).status_code == 502


async def test_lives() -> None:
    for _ in range(2):
        async with LifespanManager(app):
            own = app.state.client
            assert not own.is_closed
        assert own.is_closed
