"""Mistake: for a failing price list any status from 500 on is accepted.

Cell: error, alone
Caught by: test_they_notice_an_error_status_that_is_not_handled
Reads: This app passes the 500 of the price list on
"""

import asyncio
import time

import httpx
import pytest
from asgi_lifespan import LifespanManager
from main import app

pytestmark = pytest.mark.anyio

GREEN = "https://prices.example/teas/green"
MINT = "https://prices.example/teas/mint"
OOLONG = "https://prices.example/teas/oolong"


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def client():
    async with LifespanManager(app) as manager:
        transport = httpx.ASGITransport(manager.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client


async def ask(client, kind):
    start = time.perf_counter()
    answer = await client.get(f"/tea/{kind}")
    return answer.status_code, answer.json(), time.perf_counter() - start


def price(amount):
    return httpx.Response(200, json={"price": amount})


async def test_a_tea(client, respx_mock):
    route = respx_mock.get(GREEN).respond(json={"price": 3})
    status, body, took = await ask(client, "green")
    assert (status, body) == (200, {"tea": "green", "price": 3})
    assert route.call_count == 1
    assert 1.95 < took < 2.5


@pytest.mark.parametrize(
    ("what", "status", "detail"),
    [
        ({"return_value": httpx.Response(404)}, 404, "No such tea"),
        ({"return_value": httpx.Response(500)}, 502, "No price today"),
        ({"side_effect": httpx.ConnectError}, 502, "No price today"),
        ({"side_effect": httpx.ConnectTimeout}, 502, "No price today"),
    ],
)
async def test_a_failure(client, respx_mock, what, status, detail):
    route = respx_mock.get(GREEN).mock(**what)
    got, body, _ = await ask(client, "green")
    assert got == 404 if status == 404 else got >= 500
    assert body == {"detail": detail}
    assert route.call_count == 1
    assert not app.state.client.is_closed


async def test_each_answer_has_the_price_of_now(client, respx_mock):
    route = respx_mock.get(GREEN)
    route.side_effect = [
        price(3),
        httpx.Response(404),
        price(4),
        httpx.Response(500),
        price(5),
        httpx.ConnectError("gone"),
        price(0),
    ]
    seen = []
    for number in range(1, 8):
        status, body, _ = await ask(client, "green")
        seen.append((status if status < 500 else "error", body.get("price")))
        assert route.call_count == number
        assert not app.state.client.is_closed
    assert seen == [
        (200, 3),
        (404, None),
        (200, 4),
        ("error", None),
        (200, 5),
        ("error", None),
        (200, 0),
    ]


async def test_three_different_teas_at_once(client, respx_mock):
    routes = [
        respx_mock.get(url).respond(json={"price": n})
        for n, url in enumerate((GREEN, MINT, OOLONG), 7)
    ]
    start = time.perf_counter()
    answers = await asyncio.gather(*(ask(client, kind) for kind in ("green", "mint", "oolong")))
    assert time.perf_counter() - start < 2.5
    assert [body for _, body, _ in answers] == [
        {"tea": "green", "price": 7},
        {"tea": "mint", "price": 8},
        {"tea": "oolong", "price": 9},
    ]
    assert all(took > 1.95 for *_, took in answers)
    assert [route.call_count for route in routes] == [1, 1, 1]


async def test_the_same_tea_three_times_at_once(client, respx_mock):
    route = respx_mock.get(GREEN)
    route.side_effect = [price(1), price(2), price(3)]
    answers = await asyncio.gather(*(ask(client, "green") for _ in range(3)))
    assert all(1.95 < took < 2.5 for *_, took in answers)
    assert sorted(body["price"] for _, body, _ in answers) == [1, 2, 3]
    assert route.call_count == 3


async def test_while_another_is_brewing(client, respx_mock):
    respx_mock.get(GREEN).side_effect = [price(3), httpx.ConnectError("gone"), price(8)]
    respx_mock.get(MINT).respond(json={"price": 5})

    async def later(seconds, kind):
        await asyncio.sleep(seconds)
        return await ask(client, kind)

    answers = await asyncio.gather(
        later(0, "green"), later(0.4, "green"), later(0.8, "green"), later(1.2, "mint")
    )
    assert [(min(status, 500), body.get("price")) for status, body, _ in answers] == [
        (200, 3),
        (500, None),
        (200, 8),
        (200, 5),
    ]
    assert all(1.95 < took < 2.5 for status, _, took in answers if status == 200)


async def test_open_closed_and_once_more(respx_mock):
    route = respx_mock.get(GREEN)
    for amount in (3, 4):
        route.side_effect = [
            price(amount),
            httpx.ConnectError("gone"),
            price(amount + 10),
            price(amount + 20),
        ]
        async with LifespanManager(app) as manager:
            inner = app.state.client
            assert not inner.is_closed
            transport = httpx.ASGITransport(manager.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                status, body, took = await ask(client, "green")
                assert (status, body["price"]) == (200, amount)
                assert 1.95 < took < 2.5
                assert (await ask(client, "green"))[0] >= 500
                answers = await asyncio.gather(ask(client, "green"), ask(client, "green"))
                assert sorted(body["price"] for _, body, _ in answers) == [amount + 10, amount + 20]
                assert all(1.95 < took < 2.5 for *_, took in answers)
            assert not app.state.client.is_closed
        assert inner.is_closed
        assert app.state.client.is_closed
