"""Mistake: one request, one answer, and that is all.

Cell: asked, again
Caught by: test_they_notice_an_old_price
Reads: change what the price list answers, and ask a second time
"""

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
    response = await client.get("/tea/green")
    assert response.status_code == 200
    assert response.json() == {"tea": "green", "price": 3}
