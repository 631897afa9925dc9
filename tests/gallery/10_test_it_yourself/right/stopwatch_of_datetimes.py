"""One function that drives the app and measures with datetime; asyncio.run in every test, respx as a context."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx
from asgi_lifespan import LifespanManager
from main import app

Answers = list[httpx.Response]
SECOND = timedelta(seconds=1)


def drive(
    *kinds: str, answer: Callable[[respx.Route], Any], check: Callable[[Answers, timedelta], object]
) -> int:
    """Ask for all the teas at once. How often the price list was asked."""

    async def main() -> int:
        with respx.mock(base_url="https://prices.example") as prices:
            route = prices.get(path__startswith="/teas/")
            answer(route)
            async with LifespanManager(app) as running:
                transport = httpx.ASGITransport(running.app)
                async with httpx.AsyncClient(transport=transport, base_url="http://tea") as client:
                    asked: list[Awaitable[httpx.Response]] = [
                        client.get(f"/tea/{kind}") for kind in kinds
                    ]
                    began = datetime.now(UTC)
                    answers = await asyncio.gather(*asked)
                    check(answers, datetime.now(UTC) - began)
            return route.call_count

    return asyncio.run(main())


def priced(answers: Answers, took: timedelta) -> None:
    assert answers[0].is_success


def test_a_tea_is_brewed_for_two_seconds() -> None:
    def check(answers: Answers, took: timedelta) -> None:
        assert answers[0].status_code == 200
        assert answers[0].json() == {"tea": "oolong", "price": 7}
        assert 1.9 * SECOND < took < 2.5 * SECOND

    calls = drive("oolong", answer=lambda prices: prices.respond(json={"price": 7}), check=check)
    assert calls == 1


@pytest.mark.parametrize("price", [8, 9])
def test_the_price_is_that_of_today(price: int) -> None:
    def check(answers: Answers, took: timedelta) -> None:
        assert answers[0].json() == {"tea": "mint", "price": price}

    drive("mint", answer=lambda prices: prices.respond(json={"price": price}), check=check)


def test_five_teas_are_brewed_side_by_side() -> None:
    def check(answers: Answers, took: timedelta) -> None:
        assert [answer.json() for answer in answers] == [
            {"tea": kind, "price": ord(kind)} for kind in "aabcde"
        ]
        assert took < 2.5 * SECOND

    def by_name(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"price": ord(request.url.path[-1])})

    calls = drive(*"aabcde", answer=lambda prices: prices.mock(side_effect=by_name), check=check)
    assert calls == 6


@pytest.mark.parametrize(
    ("answer", "status", "detail"),
    [
        (lambda prices: prices.respond(404), 404, "No such tea"),
        (lambda prices: prices.respond(503), 502, "No price today"),
        (lambda prices: prices.mock(side_effect=httpx.ConnectError), 502, "No price today"),
        (lambda prices: prices.mock(side_effect=httpx.ReadTimeout), 502, "No price today"),
    ],
)
def test_trouble_has_its_status(
    answer: Callable[[respx.Route], Any], status: int, detail: str
) -> None:
    def check(answers: Answers, took: timedelta) -> None:
        assert (answers[0].status_code, answers[0].json()) == (status, {"detail": detail})

    drive("green", answer=lambda prices: prices.respond(json={"price": 1}), check=priced)
    assert drive("green", answer=answer, check=check) == 1


def test_what_is_opened_is_closed() -> None:
    async def live() -> None:
        async with LifespanManager(app):
            client = app.state.client
            assert not client.is_closed
        assert client.is_closed

    asyncio.run(live())
    asyncio.run(live())
