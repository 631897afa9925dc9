"""The dependency is overridden with a client on a MockTransport; the app's own lifespan is entered by hand."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import main
import pytest

pytestmark = pytest.mark.anyio


class PriceList:
    """What stands behind the overridden client."""

    def __init__(self) -> None:
        self.status = 200
        self.price = 3
        self.away = False
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if self.away:
            raise httpx.ConnectTimeout("nobody there", request=request)
        self.price += 1
        return httpx.Response(self.status, json={"price": self.price - 1})


@pytest.fixture
def prices() -> Iterator[PriceList]:
    prices = PriceList()
    client = httpx.AsyncClient(transport=httpx.MockTransport(prices))
    main.app.dependency_overrides[main.open_client] = lambda: client
    yield prices
    main.app.dependency_overrides.clear()


@pytest.fixture
async def house(prices: PriceList) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        main.app.router.lifespan_context(main.app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(main.app, raise_app_exceptions=False), base_url="http://t"
        ) as client,
    ):
        yield client


async def test_a_tea_takes_two_seconds(house: httpx.AsyncClient, prices: PriceList) -> None:
    began = time.monotonic()
    response = await house.get("/tea/black")
    took = time.monotonic() - began
    assert (response.status_code, response.json()) == (200, {"tea": "black", "price": 3})
    assert took == pytest.approx(2, abs=0.3)
    assert prices.asked == ["https://prices.example/teas/black"]


async def test_prices_change(house: httpx.AsyncClient, prices: PriceList) -> None:
    for prices.price in (5, 9):
        now = prices.price
        assert (await house.get("/tea/white")).json()["price"] == now


async def test_teas_overlap(house: httpx.AsyncClient) -> None:
    began = time.monotonic()
    kinds = ("black", "green", "black")
    teas = await asyncio.gather(*(house.get(f"/tea/{kind}") for kind in kinds))
    assert {tea.json()["price"] for tea in teas} == {3, 4, 5}
    assert time.monotonic() - began == pytest.approx(2, abs=0.5)


@pytest.mark.parametrize(("status", "ours"), [(404, 404), (500, 502), (503, 502)])
async def test_statuses(
    house: httpx.AsyncClient, prices: PriceList, status: int, ours: int
) -> None:
    prices.status = status
    assert (await house.get("/tea/black")).status_code == ours
    assert len(prices.asked) == 1


async def test_nobody_there(house: httpx.AsyncClient, prices: PriceList) -> None:
    assert (await house.get("/tea/black")).status_code == 200
    prices.away = True
    response = await house.get("/tea/black")
    assert (response.status_code, response.json()) == (502, {"detail": "No price today"})
    assert len(prices.asked) == 2


async def test_two_lives() -> None:
    for _ in range(2):
        async with main.app.router.lifespan_context(main.app):
            client = main.app.state.client
            assert client.is_closed is False
        assert client.is_closed is True
