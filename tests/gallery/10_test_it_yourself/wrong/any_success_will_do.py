"""Mistake: any status of success will do, and only the price is compared.

Cell: tea, alone
Caught by: test_they_notice_a_wrong_body
Reads: This app calls every tea `tea`
"""

import asyncio
import time

import httpx
import pytest
from asgi_lifespan import LifespanManager
from main import app

pytestmark = pytest.mark.anyio

GREEN = "https://prices.example/teas/green"


@pytest.fixture
def anyio_backend():
    return "asyncio"


def guest_of(app):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.fixture
async def client():
    async with LifespanManager(app):
        async with guest_of(app) as client:
            yield client


def costs(*prices):
    return [httpx.Response(200, json={"price": price}) for price in prices]


async def order(client):
    start = time.perf_counter()
    response = await client.get("/tea/green")
    return response, time.perf_counter() - start


def check_tea(response, price):
    assert response.is_success
    assert response.json()["price"] == price


def check_time(seconds):
    assert 1.95 < seconds < 2.4


async def test_green_tea(client, respx_mock):
    route = respx_mock.get(GREEN).mock(side_effect=costs(3))
    response, seconds = await order(client)
    check_tea(response, 3)
    check_time(seconds)
    assert route.call_count == 1


async def test_no_such_tea(client, respx_mock):
    route = respx_mock.get(GREEN).respond(404)
    response = await client.get("/tea/green")
    assert response.status_code == 404
    assert response.json() == {"detail": "No such tea"}
    assert route.call_count == 1


async def test_price_list_broken(client, respx_mock):
    route = respx_mock.get(GREEN).respond(500)
    response = await client.get("/tea/green")
    assert response.status_code == 502
    assert response.json() == {"detail": "No price today"}
    assert route.call_count == 1


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout])
async def test_price_list_away(client, respx_mock, error):
    route = respx_mock.get(GREEN).mock(side_effect=error)
    response = await client.get("/tea/green")
    assert response.status_code == 502
    assert response.json() == {"detail": "No price today"}
    assert route.call_count == 1


async def test_no_earlier_price(client, respx_mock):
    route = respx_mock.get(GREEN)
    for price in (3, 4):
        route.mock(side_effect=costs(price))
        response, seconds = await order(client)
        check_tea(response, price)
        check_time(seconds)
    route.respond(404)
    assert (await client.get("/tea/green")).status_code == 404
    route.respond(500)
    assert (await client.get("/tea/green")).status_code == 502
    route.mock(side_effect=httpx.ConnectError)
    assert (await client.get("/tea/green")).status_code == 502
    assert route.call_count == 5


async def test_three_at_once(client, respx_mock):
    route = respx_mock.get(GREEN).mock(side_effect=costs(5, 6, 7))
    answers = await asyncio.gather(order(client), order(client), order(client))
    for (response, seconds), price in zip(
        sorted(answers, key=lambda answer: answer[0].json()["price"]), (5, 6, 7), strict=True
    ):
        check_tea(response, price)
        check_time(seconds)
    assert route.call_count == 3


async def test_no_others_price(client, respx_mock):
    respx_mock.get(GREEN).mock(side_effect=costs(8, 9))
    first = asyncio.create_task(order(client))
    await asyncio.sleep(0.5)
    second = asyncio.create_task(order(client))
    check_tea((await first)[0], 8)
    check_tea((await second)[0], 9)


async def test_client_open_then_closed(respx_mock):
    respx_mock.get(GREEN).mock(side_effect=costs(3))
    async with LifespanManager(app):
        price_client = app.state.client
        assert not price_client.is_closed
        async with guest_of(app) as client:
            await client.get("/tea/green")
        assert not price_client.is_closed
    assert price_client.is_closed


async def test_second_start(respx_mock):
    route = respx_mock.get(GREEN)
    for price in (3, 4):
        route.mock(side_effect=costs(price))
        async with LifespanManager(app):
            price_client = app.state.client
            assert not price_client.is_closed
            async with guest_of(app) as client:
                response, seconds = await order(client)
        check_tea(response, price)
        check_time(seconds)
        assert price_client.is_closed
