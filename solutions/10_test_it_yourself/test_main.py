"""10 · Test it yourself: the reference."""

import asyncio
import time
from collections.abc import AsyncGenerator

import httpx
import pytest
import respx
from asgi_lifespan import LifespanManager
from main import app

# An `async def` test is only a coroutine function: without this mark nobody runs it. The mark hands
# every such test of the file to the plugin that comes with anyio.
pytestmark = pytest.mark.anyio

GREEN = "https://prices.example/teas/green"


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient]:
    # ASGITransport calls the app, without a server. It sends requests and nothing else, so the app
    # would never be started: LifespanManager does that, and stops the app after the test.
    async with LifespanManager(app) as started:
        transport = httpx.ASGITransport(started.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client


@pytest.fixture
def green(respx_mock: respx.MockRouter) -> respx.Route:
    # respx stands where the network would be. Every test gets a new one, and the old one is taken
    # away, so no test can see what another has set. An address without a route is refused.
    return respx_mock.get(GREEN).respond(json={"price": 3})


async def test_it_serves_the_tea_with_its_price(
    client: httpx.AsyncClient, green: respx.Route
) -> None:
    response = await client.get("/tea/green")

    # The whole body, not one key of it. What is left out here may be wrong without anybody noticing.
    assert response.status_code == 200
    assert response.json() == {"tea": "green", "price": 3}


async def test_it_asks_once_for_each_request(client: httpx.AsyncClient, green: respx.Route) -> None:
    await client.get("/tea/green")
    assert green.call_count == 1

    green.respond(json={"price": 4})
    response = await client.get("/tea/green")
    assert response.json()["price"] == 4


async def test_brewing_takes_two_seconds(client: httpx.AsyncClient, green: respx.Route) -> None:
    # Two bounds: an app that does not wait at all is as wrong as one that waits too long.
    start = time.perf_counter()
    await client.get("/tea/green")
    assert 1.9 < time.perf_counter() - start < 3


async def test_three_teas_brew_at_once(client: httpx.AsyncClient, green: respx.Route) -> None:
    # `gather`, and not three awaits in a row: those would take six seconds with any app, and would
    # prove nothing. Each gets a price of its own, and none may get that of another.
    green.mock(side_effect=[httpx.Response(200, json={"price": price}) for price in (3, 4, 5)])
    start = time.perf_counter()
    teas = await asyncio.gather(*(client.get("/tea/green") for _ in range(3)))
    assert time.perf_counter() - start < 3
    assert sorted(tea.json()["price"] for tea in teas) == [3, 4, 5]


async def test_an_unknown_tea_is_not_found(client: httpx.AsyncClient, green: respx.Route) -> None:
    green.respond(404)

    response = await client.get("/tea/green")

    assert response.status_code == 404
    assert response.json() == {"detail": "No such tea"}


# Two families of errors: an answer that says no, and no answer at all. An app may handle one and
# forget the other, so each has a case.
@pytest.mark.parametrize("trouble", [httpx.Response(500), httpx.ConnectError("nobody there")])
async def test_without_a_price_it_is_a_bad_gateway(
    client: httpx.AsyncClient, green: respx.Route, trouble: httpx.Response | Exception
) -> None:
    green.mock(side_effect=[trouble])

    response = await client.get("/tea/green")

    assert response.status_code == 502
    assert response.json() == {"detail": "No price today"}


async def test_it_closes_its_client_and_starts_again() -> None:
    # Clean-up shows after the last line of the block, so this test starts the app itself. It does so
    # twice: what is used up by the first stop is missed only at the second start.
    for _ in range(2):
        async with LifespanManager(app):
            client: httpx.AsyncClient = app.state.client
            assert not client.is_closed
        assert client.is_closed
