"""Below the pool: what httpx itself decides stays httpx's, and nothing else is touched."""

from __future__ import annotations

import asyncio
import http.server
import importlib
import os
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from kata.network import backend
from kata.network.upstream import Upstream

POSTS = "https://posts.example/posts"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    world = Upstream()
    with backend.no_certificates(), backend.installed(world):
        yield world


def run(main: Callable[[], Awaitable[Any]]) -> Any:
    async def guarded() -> Any:
        async with asyncio.timeout(20):
            result = await main()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return result

    return asyncio.run(guarded())


def patched_names() -> list[Any]:
    found: list[Any] = []
    for module, attribute in (backend.ASYNC_CONNECT, backend.SYNC_CONNECT, backend.TLS_CONTEXT):
        owner: Any = importlib.import_module(module)
        for name in attribute.split("."):
            owner = getattr(owner, name)
        found.append(owner)
    return found


# The pool


def test_the_pool_limits_what_is_in_flight(upstream: Upstream) -> None:
    upstream.get(POSTS, takes=0.01).respond(json=[])

    async def main() -> None:
        limits = httpx.Limits(max_connections=3)
        async with httpx.AsyncClient(limits=limits) as client:
            await asyncio.gather(*(client.get(POSTS) for _ in range(20)))

    run(main)
    assert upstream.peak == 3
    assert upstream.connections == 3


def test_one_client_keeps_its_connection(upstream: Upstream) -> None:
    upstream.get(POSTS).respond(json=[1])

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            for _ in range(10):
                assert (await client.get(POSTS)).json() == [1]
            assert upstream.open_connections == 1

    run(main)
    assert upstream.connections == 1
    assert upstream.open_connections == 0


def test_others_get_their_turn_while_a_client_closes(upstream: Upstream) -> None:
    upstream.get(POSTS)
    turns: list[str] = []

    async def main() -> None:
        client = httpx.AsyncClient()
        await client.get(POSTS)
        asyncio.get_running_loop().call_soon(turns.append, "another's")
        await client.aclose()
        turns.append("the closer's")

    run(main)
    assert turns == ["another's", "the closer's"]


def test_a_client_per_call_is_a_connection_per_call(upstream: Upstream) -> None:
    upstream.get(POSTS)

    async def main() -> None:
        for _ in range(10):
            async with httpx.AsyncClient() as client:
                await client.get(POSTS)

    run(main)
    assert upstream.connections == 10
    assert upstream.open_connections == 0


def test_an_unread_answer_keeps_its_connection(upstream: Upstream) -> None:
    upstream.get(POSTS).respond(content=b"x" * 200_000)

    async def main() -> None:
        limits = httpx.Limits(max_connections=1)
        timeout = httpx.Timeout(5, pool=0.01)
        async with httpx.AsyncClient(limits=limits, timeout=timeout) as client:
            held = await client.send(client.build_request("GET", POSTS), stream=True)
            assert upstream.in_flight == 1
            with pytest.raises(httpx.PoolTimeout):
                await client.get(POSTS)
            await held.aclose()
            assert upstream.in_flight == 0
            assert (await client.get(POSTS)).status_code == 200

    run(main)


def test_a_server_that_closes_is_not_asked_again_on_that_connection(upstream: Upstream) -> None:
    upstream.get(POSTS).respond(headers={"connection": "close"}, text="bye")

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            assert (await client.get(POSTS)).text == "bye"
            assert upstream.open_connections == 0
            assert (await client.get(POSTS)).text == "bye"

    run(main)
    assert upstream.connections == 2


def test_an_idle_connection_is_dropped_when_its_time_is_over(upstream: Upstream) -> None:
    upstream.get(POSTS)

    async def main() -> None:
        limits = httpx.Limits(keepalive_expiry=0)
        async with httpx.AsyncClient(limits=limits) as client:
            await client.get(POSTS)
            await asyncio.sleep(0.01)
            await client.get(POSTS)

    run(main)
    assert upstream.connections == 2


def test_an_idle_connection_is_readable_only_once_the_server_has_gone(upstream: Upstream) -> None:
    upstream.get(POSTS)

    async def main() -> None:
        stream = await backend.connect(upstream, "posts.example", 443)
        await stream.start_tls(ssl.create_default_context())
        assert stream.get_extra_info("ssl_object") is None
        await stream.write(b"GET /posts HTTP/1.1\r\nHost: posts.example\r\n\r\n")
        assert await stream.read(10) == b"HTTP/1.1 2"
        assert stream.get_extra_info("is_readable")
        await stream.read(1000)
        assert not stream.get_extra_info("is_readable")
        await stream.write(b"this is not HTTP\r\n\r\n")
        assert stream.get_extra_info("is_readable")
        assert await stream.read(1000) == b""
        await stream.aclose()
        await stream.aclose()

    run(main)
    assert upstream.open_connections == 0


def test_a_connection_that_the_server_closed_is_readable(upstream: Upstream) -> None:
    upstream.get(POSTS).respond(headers={"connection": "close"}, text="bye")

    async def main() -> None:
        stream = await backend.connect(upstream, "posts.example", 443)
        await stream.start_tls(ssl.create_default_context())
        await stream.write(b"GET /posts HTTP/1.1\r\nHost: posts.example\r\n\r\n")
        assert (await stream.read(1000)).endswith(b"bye")
        assert stream.get_extra_info("is_readable")
        assert await stream.read(1000) == b""
        await stream.aclose()

    run(main)


def test_transport_retries_connect_again(upstream: Upstream) -> None:
    upstream.refuse("posts.example")
    upstream.get(POSTS).respond(text="late")

    async def main() -> str:
        transport = httpx.AsyncHTTPTransport(retries=2)
        async with httpx.AsyncClient(transport=transport) as client:
            call = asyncio.ensure_future(client.get(POSTS))
            await asyncio.sleep(0.05)
            upstream.accept("posts.example")
            return (await call).text

    assert run(main) == "late"


def test_transport_retries_do_not_cover_a_503(upstream: Upstream) -> None:
    posts = upstream.get(POSTS).respond(503)

    async def main() -> None:
        transport = httpx.AsyncHTTPTransport(retries=3)
        async with httpx.AsyncClient(transport=transport) as client:
            assert (await client.get(POSTS)).status_code == 503

    run(main)
    assert posts.call_count == 1


# Redirects


def test_redirects_are_followed_only_when_asked_for(upstream: Upstream) -> None:
    upstream.get(POSTS).respond(302, headers={"location": "https://elsewhere.example/"})
    upstream.get("https://elsewhere.example/").respond(text="here")

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            assert (await client.get(POSTS)).status_code == 302
            assert (await client.get(POSTS, follow_redirects=True)).text == "here"

    run(main)


def test_a_redirect_loop_is_too_many_redirects(upstream: Upstream) -> None:
    upstream.get(POSTS).respond(302, headers={"location": POSTS})

    async def main() -> None:
        async with httpx.AsyncClient(follow_redirects=True) as client:
            with pytest.raises(httpx.TooManyRedirects):
                await client.get(POSTS)

    run(main)
    assert upstream.connections == 1


# What is not touched


def test_loopback_is_real(upstream: Upstream) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nreal")
        await writer.drain()
        writer.close()

    async def main() -> str:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"http://127.0.0.1:{port}/")).text
        server.close()
        await asyncio.sleep(0.01)
        return text

    assert run(main) == "real"
    assert upstream.connections == 0


def test_loopback_is_real_for_a_sync_client(upstream: Upstream) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", "4")
            self.end_headers()
            self.wfile.write(b"real")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert httpx.get(f"http://127.0.0.1:{server.server_port}/").text == "real"
        thread.join()
    assert upstream.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "LocalHost", "::1"])
def test_these_hosts_are_loopback(host: str) -> None:
    assert backend.is_loopback(host)


@pytest.mark.parametrize("host", ["example.org", "10.0.0.1", "128.0.0.1", "localhost.example"])
def test_these_hosts_are_not_loopback(host: str) -> None:
    assert not backend.is_loopback(host)


def test_an_asgi_transport_does_not_come_by(upstream: Upstream) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"app"})

    async def main() -> str:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://kata") as client:
            return (await client.get("/")).text

    assert run(main) == "app"
    assert upstream.connections == 0


def test_a_proxy_of_this_machine_is_set_aside(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    upstream.get(POSTS).respond(text="direct")
    assert httpx.get(POSTS).text == "direct"


def test_nothing_is_left_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "before")
    before = patched_names()
    with backend.no_certificates(), backend.installed(Upstream()):
        assert all(now is not then for now, then in zip(patched_names(), before, strict=True))
    assert patched_names() == before
    with pytest.raises(ZeroDivisionError), backend.no_certificates(), backend.installed(Upstream()):
        _ = 1 / 0
    assert patched_names() == before
    assert os.environ["no_proxy"] == "before"


# TLS


def test_plain_clients_load_no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("httpx._transports.default")
    built: list[dict[str, Any]] = []

    def build(**arguments: Any) -> ssl.SSLContext:
        built.append(arguments)
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    monkeypatch.setattr(module, "create_ssl_context", build)
    with backend.no_certificates():
        httpx.Client().close()
        httpx.AsyncHTTPTransport()
        assert not built
        httpx.Client(verify=False).close()
        assert built[-1]["verify"] is False
        mine = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        httpx.Client(verify=mine).close()
        assert built[-1]["verify"] is mine
    httpx.Client().close()
    assert len(built) == 3


def test_odd_arguments_go_to_httpx_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("httpx._transports.default")

    def build(*args: Any, **kwargs: Any) -> Any:
        return args, kwargs

    monkeypatch.setattr(module, "create_ssl_context", build)
    with backend.no_certificates():
        made: Any = module.create_ssl_context
        assert made(["odd"], later=[1]) == ((["odd"],), {"later": [1]})
        assert made(verify=[1]) == ((), {"verify": [1]})
