"""uvicorn in a thread and a price list that is a small real server: real sockets on both sides, no mock."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import main
import pytest
import uvicorn


class Prices(BaseHTTPRequestHandler):
    status = 200
    price = 3
    asked = 0
    by_name = False

    def do_GET(self) -> None:
        Prices.asked += 1
        price = len(self.path) if Prices.by_name else Prices.price
        body = json.dumps({"price": price}).encode()
        self.send_response(Prices.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Prices]]:
    Prices.status, Prices.price, Prices.asked, Prices.by_name = 200, 3, 0, False
    with ThreadingHTTPServer(("127.0.0.1", 0), Prices) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(main, "PRICE_LIST", f"http://127.0.0.1:{server.server_port}")
        yield Prices
        server.shutdown()


class Served:
    """The app behind a real server, for the length of a `with` block."""

    def __enter__(self) -> httpx.Client:
        port = free_port()
        self.server = uvicorn.Server(uvicorn.Config(main.app, port=port, log_level="critical"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20)
        return self.client

    def __exit__(self, *exc: object) -> None:
        self.client.close()
        self.server.should_exit = True
        self.thread.join()


@pytest.fixture(scope="module")
def house() -> Iterator[httpx.Client]:
    with Served() as client:
        yield client


def test_tea(house: httpx.Client, upstream: type[Prices]) -> None:
    start = time.perf_counter()
    response = house.get("/tea/green")
    assert 1.9 < time.perf_counter() - start < 3
    assert response.status_code == 200
    assert response.json() == {"tea": "green", "price": 3}
    assert upstream.asked == 1
    upstream.price = 4
    assert house.get("/tea/green").json()["price"] == 4


def test_crowd(house: httpx.Client, upstream: type[Prices]) -> None:
    upstream.by_name = True
    with ThreadPoolExecutor(3) as pool:
        start = time.perf_counter()
        teas = list(pool.map(house.get, ["/tea/a", "/tea/ab", "/tea/abc"]))
        assert time.perf_counter() - start < 3
    assert [tea.json()["price"] for tea in teas] == [2, 3, 4]
    with ThreadPoolExecutor(3) as pool:
        upstream.asked = 0
        list(pool.map(house.get, ["/tea/a"] * 3))
    assert upstream.asked == 3


def test_statuses(house: httpx.Client, upstream: type[Prices]) -> None:
    upstream.status = 404
    assert house.get("/tea/green").status_code == 404
    upstream.status, upstream.asked = 500, 0
    assert house.get("/tea/green").status_code == 502
    assert upstream.asked == 1


def test_nobody_listens(house: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert house.get("/tea/green").status_code == 200
    monkeypatch.setattr(main, "PRICE_LIST", f"http://127.0.0.1:{free_port()}")
    assert house.get("/tea/green").status_code == 502


def test_lives() -> None:
    # Not in the module's own server: an app has one life at a time.
    for _ in range(2):
        with Served() as client:
            own = main.app.state.client
            assert not own.is_closed
            assert client.get("/tea/green").status_code == 200
        assert own.is_closed
