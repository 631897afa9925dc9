"""The app is started once for the whole file; the test of its lives puts back the client that it replaces."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import respx
from asgi_lifespan import LifespanManager
from main import app

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


@pytest.fixture
def prices() -> Iterator[respx.Route]:
    with respx.mock() as router:
        yield router.get("https://prices.example/teas/green")


async def test_body(client: httpx.AsyncClient, prices: respx.Route) -> None:
    for price in (3, 2):
        prices.respond(json={"price": price})
        response = await client.get("/tea/green")
        assert response.status_code == 200
        assert response.json() == {"tea": "green", "price": price}
    assert prices.call_count == 2


@pytest.mark.parametrize(
    ("answer", "status", "detail"),
    [
        (httpx.Response(404), 404, "No such tea"),
        (httpx.Response(500), 502, "No price today"),
        (httpx.ConnectError("nobody there"), 502, "No price today"),
    ],
)
async def test_trouble(
    client: httpx.AsyncClient,
    prices: respx.Route,
    answer: httpx.Response | Exception,
    status: int,
    detail: str,
) -> None:
    prices.mock(side_effect=[answer])
    response = await client.get("/tea/green")
    assert (response.status_code, response.json()) == (status, {"detail": detail})


async def test_seconds(client: httpx.AsyncClient, prices: respx.Route) -> None:
    for count in (1, 3):
        prices.mock(side_effect=[httpx.Response(200, json={"price": n}) for n in range(count)])
        start = time.perf_counter()
        answers = await asyncio.gather(*(client.get("/tea/green") for _ in range(count)))
        assert time.perf_counter() - start == pytest.approx(2, abs=0.4)
        assert sorted(answer.json()["price"] for answer in answers) == list(range(count))


async def test_lives() -> None:
    before = getattr(app.state, "client", None)
    for _ in range(2):
        async with LifespanManager(app):
            own = app.state.client
            assert not own.is_closed
        assert own.is_closed
    app.state.client = before
