"""Plain functions with Starlette's TestClient, entered for the lifespan; threads send the requests that overlap."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import respx
from fastapi.testclient import TestClient
from main import app


@pytest.fixture
def house() -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@respx.mock
def test_price_and_calls(house: TestClient) -> None:
    route = respx.get("https://prices.example/teas/mint")
    for price in (1, 2):
        route.respond(json={"price": price})
        response = house.get("/tea/mint")
        assert response.status_code == 200
        assert response.json() == {"tea": "mint", "price": price}
    assert route.call_count == 2


@respx.mock
def test_seconds(house: TestClient) -> None:
    answers = (httpx.Response(200, json={"price": price}) for price in range(5))
    respx.get(host="prices.example").mock(side_effect=answers)
    start = time.perf_counter()
    house.get("/tea/mint")
    one = time.perf_counter() - start
    with ThreadPoolExecutor(4) as pool:
        start = time.perf_counter()
        responses = list(pool.map(house.get, ["/tea/mint"] * 4))
        four = time.perf_counter() - start
    assert sorted(response.json()["price"] for response in responses) == [1, 2, 3, 4]
    assert 1.9 <= one <= 2.9
    assert four <= 2.9


@respx.mock
def test_trouble(house: TestClient) -> None:
    route = respx.get(host="prices.example")
    route.respond(404)
    assert house.get("/tea/mint").status_code == 404
    route.respond(418)
    assert house.get("/tea/mint").status_code == 502
    assert route.call_count == 2
    route.mock(side_effect=httpx.ReadTimeout)
    assert house.get("/tea/mint").status_code == 502


def test_shutdown() -> None:
    for _ in range(2):
        with TestClient(app):
            client = app.state.client
            assert not client.is_closed
        assert client.is_closed
