"""uvicorn as a task of the test's own loop, asked through the loopback by an AsyncClient; respx lets that pass."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import respx
import uvicorn
from main import app

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def served() -> AsyncIterator[httpx.AsyncClient]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="on"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        yield client
    server.should_exit = True
    await running


@pytest.fixture
def prices() -> respx.Route:
    with respx.mock(assert_all_called=False) as router:
        router.route(host="127.0.0.1").pass_through()
        yield router.get(host="prices.example").respond(json={"price": 2})


async def test_all_of_one_life(prices: respx.Route) -> None:
    async with served() as client:
        own = app.state.client
        assert not own.is_closed
        prices.mock(side_effect=[httpx.Response(200, json={"price": price}) for price in (2, 4, 6)])
        start = time.perf_counter()
        responses = await asyncio.gather(*(client.get(f"/tea/{kind}") for kind in "aab"))
        assert 1.9 < time.perf_counter() - start < 3
        assert [r.json()["tea"] for r in responses] == ["a", "a", "b"]
        assert sorted(r.json()["price"] for r in responses) == [2, 4, 6]
        assert prices.call_count == 3

        prices.mock(side_effect=None).respond(json={"price": 5})
        assert (await client.get("/tea/a")).json() == {"tea": "a", "price": 5}

        prices.respond(404)
        assert (await client.get("/tea/a")).status_code == 404
        prices.respond(500)
        before = prices.call_count
        assert (await client.get("/tea/a")).status_code == 502
        assert prices.call_count == before + 1
        prices.mock(side_effect=httpx.ConnectError)
        assert (await client.get("/tea/a")).status_code == 502
        assert prices.call_count == before + 2
    assert own.is_closed


async def test_another_life(prices: respx.Route) -> None:
    for _ in range(2):
        async with served() as client:
            assert (await client.get("/tea/a")).status_code == 200
