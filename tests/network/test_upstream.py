"""What a spec can say of the upstream, and what it sees of it afterwards."""

from __future__ import annotations

import asyncio
import gzip
import heapq
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from kata.network import backend
from kata.network.manners import CannotServe
from kata.network.upstream import Upstream

POSTS = "https://posts.example/posts"


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop whose time jumps to the next timer when nothing else is left to do."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        this: Any = self
        timers: list[Any] = this._scheduled
        while timers and timers[0].cancelled():
            heapq.heappop(timers)._scheduled = False
        if timers and not this._ready:
            self._now = max(self._now, timers[0]._when)
        super()._run_once()  # type: ignore[misc]


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    world = Upstream()
    with backend.no_certificates(), backend.installed(world):
        yield world


def run(main: Callable[[], Awaitable[Any]]) -> Any:
    """Run it in jumping time, and see that it left no task behind."""

    async def guarded() -> Any:
        result = await asyncio.wait_for(main(), 1000)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return result

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(guarded())


def fetch(url: str = POSTS, method: str = "GET", **options: Any) -> tuple[httpx.Response, float]:
    """One call with a client of its own: the response, and the seconds that it took."""

    async def main() -> tuple[httpx.Response, float]:
        began = asyncio.get_running_loop().time()
        async with httpx.AsyncClient() as client:
            response = await client.request(method, url, **options)
        return response, asyncio.get_running_loop().time() - began

    return run(main)


async def seconds(work: Awaitable[Any]) -> float:
    began = asyncio.get_running_loop().time()
    await work
    return asyncio.get_running_loop().time() - began


# Answers


def test_a_route_answers_what_it_was_told(upstream: Upstream) -> None:
    posts = upstream.get(POSTS).respond(200, json=[{"id": 1}], headers={"x-from": "far"})
    response, _ = fetch()
    assert response.status_code == 200
    assert response.json() == [{"id": 1}]
    assert response.headers["x-from"] == "far"
    assert posts.call_count == 1


def test_a_route_that_says_nothing_answers_200_and_nothing(upstream: Upstream) -> None:
    upstream.get(POSTS)
    response, _ = fetch()
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("status", [201, 204, 304, 404, 418, 503])
def test_every_status_comes_through(upstream: Upstream, status: int) -> None:
    upstream.get(POSTS).respond(status)
    assert fetch()[0].status_code == status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_has_its_route(upstream: Upstream, method: str) -> None:
    upstream.request(method, POSTS).respond(200, text=method)
    assert fetch(method=method)[0].text == method


def test_a_callable_answers_from_the_request(upstream: Upstream) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, json={"got": json.loads(request.content)})

    upstream.post(POSTS).mock(side_effect=echo)
    response, _ = fetch(method="POST", json={"title": "ä"})
    assert response.status_code == 201
    assert response.json() == {"got": {"title": "ä"}}


def test_a_coroutine_function_answers_an_async_client(upstream: Upstream) -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(2)
        return httpx.Response(200, text=request.url.path)

    upstream.get(POSTS).mock(side_effect=slow)
    response, took = fetch()
    assert (response.text, took) == ("/posts", 2)


def test_an_async_upload_arrives_whole(upstream: Upstream) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one "
        await asyncio.sleep(1)
        yield b"two"

    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=request.content)

    upstream.post(POSTS).mock(side_effect=echo)
    assert fetch(method="POST", content=parts())[0].content == b"one two"


def test_a_list_answers_call_by_call(upstream: Upstream) -> None:
    upstream.get(POSTS).mock(side_effect=[httpx.Response(503), httpx.Response(200)])
    assert [fetch()[0].status_code, fetch()[0].status_code] == [503, 200]


def test_a_call_beyond_the_list_is_refused_and_remembered(upstream: Upstream) -> None:
    upstream.get(POSTS).mock(side_effect=[httpx.Response(200)])
    fetch()
    with pytest.raises(httpx.ConnectError, match="no answer is left"):
        fetch()
    assert upstream.unexpected == [f"GET {POSTS} (every answer in the spec's list was used up)"]


def test_query_and_headers_arrive(upstream: Upstream) -> None:
    route = upstream.get(POSTS, params={"page": "2"})
    fetch(POSTS + "?page=2", headers={"x-id": "7"})
    request = route.calls.last.request
    assert (request.url.query, request.headers["x-id"]) == (b"page=2", "7")
    assert request.url == POSTS + "?page=2"


def test_http_and_a_port_are_told_apart_from_https(upstream: Upstream) -> None:
    upstream.get("http://posts.example:8080/a").respond(text="plain")
    upstream.get("https://posts.example/a").respond(text="tls")
    assert fetch("http://posts.example:8080/a")[0].text == "plain"
    assert fetch("https://posts.example/a")[0].text == "tls"


def test_head_has_the_headers_and_no_body(upstream: Upstream) -> None:
    upstream.request("HEAD", POSTS).respond(200, json=[1, 2, 3])
    response, _ = fetch(method="HEAD")
    assert response.headers["content-length"] == "7"
    assert response.content == b""


def test_a_route_by_pattern_takes_any_method(upstream: Upstream) -> None:
    route = upstream.route(host="posts.example").respond(202)
    assert fetch(method="PUT")[0].status_code == 202
    assert route.call_count == 1


def test_a_compressed_body_is_decoded(upstream: Upstream) -> None:
    body = gzip.compress(b"many words")
    upstream.get(POSTS).respond(headers={"content-encoding": "gzip"}, content=body)
    assert fetch()[0].text == "many words"


def test_a_large_body_arrives_whole(upstream: Upstream) -> None:
    body = bytes(range(256)) * 4000
    upstream.get(POSTS).respond(content=body)
    assert fetch()[0].content == body
    assert upstream.in_flight == 0


def test_a_route_set_again_replaces_the_one_before(upstream: Upstream) -> None:
    upstream.silent(POSTS)
    upstream.get(POSTS).respond(200, text="better")
    assert fetch()[0].text == "better"
    upstream.hangs_up(POSTS)
    with pytest.raises(httpx.RemoteProtocolError):
        fetch()


# Manners


def test_takes_is_counted_from_the_request(upstream: Upstream) -> None:
    upstream.get(POSTS, takes=2.0).respond(json=[])
    assert fetch()[1] == 2.0


def test_slow_answers_overlap(upstream: Upstream) -> None:
    upstream.get(POSTS, takes=2).respond(json=[])
    upstream.get("https://posts.example/users", takes=3).respond(json=[])

    async def main() -> float:
        async with httpx.AsyncClient() as client:
            urls = (POSTS, "https://posts.example/users")
            return await seconds(asyncio.gather(*map(client.get, urls)))

    assert run(main) == 3.0


def test_together_lets_go_when_all_are_there(upstream: Upstream) -> None:
    upstream.get(POSTS, together=3).respond(json=[])

    async def main() -> list[float]:
        async def late(by: float) -> float:
            await asyncio.sleep(by)
            async with httpx.AsyncClient() as client:
                return await seconds(client.get(POSTS))

        return await asyncio.gather(*map(late, (0, 1, 3, 4, 4, 4)))

    assert run(main) == [3.0, 2.0, 0.0, 0.0, 0.0, 0.0]


def test_together_waits_while_calls_are_missing(upstream: Upstream) -> None:
    upstream.get(POSTS, together=2)
    with pytest.raises(httpx.ReadTimeout):
        fetch()


def test_a_call_that_was_given_up_does_not_count_for_together(upstream: Upstream) -> None:
    upstream.get(POSTS, together=2)
    with pytest.raises(httpx.ReadTimeout):
        fetch()
    with pytest.raises(httpx.ReadTimeout):
        fetch()


def test_a_drip_comes_piece_by_piece(upstream: Upstream) -> None:
    upstream.get(POSTS, drip=(0.5, 4)).respond(content=b"abcdefgh")

    async def main() -> list[tuple[float, bytes]]:
        loop = asyncio.get_running_loop()
        came: list[tuple[float, bytes]] = []
        async with httpx.AsyncClient() as client, client.stream("GET", POSTS) as response:
            async for part in response.aiter_bytes():
                came.append((loop.time(), part))
        return came

    assert run(main) == [(0.0, b"ab"), (0.5, b"cd"), (1.0, b"ef"), (1.5, b"gh")]


def test_a_drip_outlives_a_read_timeout_shorter_than_the_whole(upstream: Upstream) -> None:
    upstream.get(POSTS, takes=2, drip=(0.5, 11)).respond(content=b"0123456789a")
    response, took = fetch(timeout=2.5)
    assert (response.content, took) == (b"0123456789a", 7.0)


def test_a_drip_slower_than_the_read_timeout_ends_in_it(upstream: Upstream) -> None:
    upstream.get(POSTS, drip=(3, 2)).respond(content=b"ab")
    with pytest.raises(httpx.ReadTimeout):
        fetch(timeout=2)


def test_a_body_can_be_produced_as_it_goes(upstream: Upstream) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for number in range(3):
            await asyncio.sleep(1)
            yield b"%d" % number

    upstream.get(POSTS).mock(side_effect=[httpx.Response(200, content=parts())])
    response, took = fetch()
    assert (response.content, took) == (b"012", 3)
    assert response.headers["transfer-encoding"] == "chunked"
    assert upstream.in_flight == 0


def test_a_produced_body_of_known_length_ends_with_its_last_byte(upstream: Upstream) -> None:
    headers = {"content-length": "4"}
    upstream.get(POSTS).respond(headers=headers, content=[b"ab", b"cd"])

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            assert (await client.get(POSTS)).content == b"abcd"
            assert upstream.in_flight == 0
            assert (await client.get(POSTS)).content == b"abcd"

    run(main)
    assert upstream.connections == 1


def test_a_body_shorter_than_promised_is_a_protocol_error(upstream: Upstream) -> None:
    upstream.get(POSTS).respond(headers={"content-length": "9"}, content=[b"ab", b"cd"])
    with pytest.raises(httpx.RemoteProtocolError):
        fetch()


def test_each_request_may_take_its_own_time(upstream: Upstream) -> None:
    upstream.route(host="posts.example", takes=lambda request: float(request.url.path[1:]))

    async def main() -> list[float]:
        async with httpx.AsyncClient() as client:
            calls = (client.get(f"https://posts.example/{n}") for n in (3, 1, 2))
            return await asyncio.gather(*map(seconds, calls))

    assert run(main) == [3, 1, 2]


def test_a_time_that_is_none_is_the_specs_own_mistake(upstream: Upstream) -> None:
    def before_it_came(request: httpx.Request) -> float:
        return -1.0

    def broken(request: httpx.Request) -> float:
        return 1 / 0

    for takes, words in ((before_it_came, "takes=-1.0"), (broken, "division")):
        upstream.get(POSTS, takes=takes)
        with pytest.raises((CannotServe, ZeroDivisionError), match=words):
            fetch()
        assert words in upstream.faults[-1]


@pytest.mark.parametrize("body", [{"json": [1]}, {"content": [b"[", b"1]"]}])
def test_a_body_comes_a_while_after_its_head(upstream: Upstream, body: dict[str, Any]) -> None:
    upstream.get(POSTS, takes=1, pause=4).respond(200, **body)

    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        async with httpx.AsyncClient() as client, client.stream("GET", POSTS) as response:
            seen = [loop.time()]
            assert json.loads(await response.aread()) == [1]
            return [*seen, loop.time()]

    assert run(main) == [1, 5]


def test_a_pause_longer_than_the_read_timeout_ends_in_it(upstream: Upstream) -> None:
    upstream.get(POSTS, takes=4, pause=6).respond(json=[1])
    with pytest.raises(httpx.ReadTimeout):
        fetch()
    assert fetch(timeout=7)[1] == 10


def test_a_pause_before_a_drip_counts_once(upstream: Upstream) -> None:
    upstream.get(POSTS, pause=2, drip=(0.5, 3)).respond(content=b"abc")
    assert fetch()[1] == 3


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 200)])
def test_where_there_is_no_body_nobody_waits_for_it(
    upstream: Upstream, method: str, status: int
) -> None:
    upstream.request(method, POSTS, pause=3).respond(status)
    assert fetch(method=method)[1] == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/vnd.api+json", "application/json"])
def test_json_may_come_under_any_content_type(upstream: Upstream, kind: str) -> None:
    upstream.get(POSTS).respond(json={"id": 1}, content_type=kind)
    response, _ = fetch()
    assert (response.headers.get_list("content-type"), response.json()) == ([kind], {"id": 1})


def test_a_body_may_be_no_text(upstream: Upstream) -> None:
    upstream.get(POSTS).respond(content=b"\xff\x00", content_type="application/json")
    assert fetch()[0].content == b"\xff\x00"


def test_a_body_may_be_no_text_and_come_in_pieces(upstream: Upstream) -> None:
    upstream.get(POSTS, drip=(1, 2)).respond(content=b"\xff\x00")
    assert fetch()[0].content == b"\xff\x00"


def test_connecting_can_take_a_while(upstream: Upstream) -> None:
    upstream.get(POSTS, takes=1).respond(json=[])
    upstream.slow_to_connect("posts.example", seconds=4)
    assert fetch()[1] == 5
    upstream.slow_to_connect("posts.example", seconds=6)
    with pytest.raises(httpx.ConnectTimeout):
        fetch()
    upstream.accept("posts.example")
    assert fetch()[1] == 1


def test_a_connection_that_is_there_is_not_made_again(upstream: Upstream) -> None:
    upstream.get(POSTS).respond(json=[])
    upstream.slow_to_connect("posts.example", seconds=4)

    async def main() -> list[float]:
        async with httpx.AsyncClient() as client:
            return [await seconds(client.get(POSTS)) for _ in range(2)]

    assert run(main) == [4, 0]


def test_manners_that_make_no_sense_are_refused(upstream: Upstream) -> None:
    choices: list[dict[str, Any]] = [
        {"takes": -1},
        {"together": 0},
        {"drip": (1, 0)},
        {"pause": -1},
    ]
    for nonsense in choices:
        with pytest.raises(ValueError, match="="):
            upstream.get(POSTS, **nonsense)


# Trouble


def test_refuse_is_a_connect_error(upstream: Upstream) -> None:
    upstream.get(POSTS)
    upstream.refuse("posts.example")
    with pytest.raises(httpx.ConnectError) as caught:
        fetch()
    assert caught.value.request.url == POSTS
    assert upstream.connections == 0


def test_a_host_that_accepts_again_answers(upstream: Upstream) -> None:
    upstream.get(POSTS)
    upstream.refuse(POSTS)
    upstream.accept("posts.example")
    assert fetch()[0].status_code == 200


def test_each_connection_that_was_asked_for_is_dialled(upstream: Upstream) -> None:
    upstream.get(POSTS)
    upstream.refuse("posts.example")
    with pytest.raises(httpx.ConnectError):
        fetch()
    upstream.accept("posts.example")
    fetch()
    assert upstream.dialled == ["posts.example", "posts.example"]
    assert upstream.connections == 1


def test_refuse_can_name_one_port(upstream: Upstream) -> None:
    upstream.get("http://posts.example:81/")
    upstream.get("http://posts.example:82/")
    upstream.refuse("posts.example:82")
    assert fetch("http://posts.example:81/")[0].status_code == 200
    with pytest.raises(httpx.ConnectError):
        fetch("http://posts.example:82/")


def test_unreachable_ends_by_the_connect_timeout(upstream: Upstream) -> None:
    upstream.unreachable("posts.example")

    async def main() -> float:
        async with httpx.AsyncClient(timeout=httpx.Timeout(60, connect=4)) as client:

            async def call() -> None:
                with pytest.raises(httpx.ConnectTimeout):
                    await client.get(POSTS)

            return await seconds(call())

    assert run(main) == 4


def test_silent_ends_by_the_read_timeout(upstream: Upstream) -> None:
    upstream.silent(POSTS)

    async def main() -> float:
        async with httpx.AsyncClient(timeout=httpx.Timeout(60, read=7)) as client:

            async def call() -> None:
                with pytest.raises(httpx.ReadTimeout):
                    await client.get(POSTS)

            took = await seconds(call())
            assert upstream.open_connections == 0
            return took

    assert run(main) == 7
    assert upstream.in_flight == 0


def test_without_a_limit_of_its_own_a_client_waits_five_seconds(upstream: Upstream) -> None:
    upstream.silent(POSTS)

    async def main() -> float:
        async def call() -> None:
            async with httpx.AsyncClient() as client:
                with pytest.raises(httpx.ReadTimeout):
                    await client.get(POSTS)

        return await seconds(call())

    assert run(main) == 5


def test_hanging_up_is_a_protocol_error_in_the_middle_of_the_body(upstream: Upstream) -> None:
    upstream.hangs_up(POSTS).respond(200, content=b"0123456789")

    async def main() -> None:
        async with httpx.AsyncClient() as client, client.stream("GET", POSTS) as response:
            assert response.status_code == 200
            parts = response.aiter_bytes()
            assert await anext(parts) == b"01234"
            with pytest.raises(httpx.RemoteProtocolError):
                await anext(parts)

    run(main)
    assert upstream.in_flight == 0


def test_hanging_up_works_without_a_body(upstream: Upstream) -> None:
    upstream.hangs_up(POSTS)
    with pytest.raises(httpx.RemoteProtocolError):
        fetch()


def test_hanging_up_works_for_head_too(upstream: Upstream) -> None:
    upstream.hangs_up(POSTS, method="HEAD")
    with pytest.raises(httpx.RemoteProtocolError):
        fetch(method="HEAD")


def test_breaking_is_a_read_error(upstream: Upstream) -> None:
    upstream.breaks(POSTS, takes=1)
    with pytest.raises(httpx.ReadError):
        fetch()
    assert upstream.open_connections == 0


def test_garbled_gzip_is_a_decoding_error(upstream: Upstream) -> None:
    upstream.garbles(POSTS)
    with pytest.raises(httpx.DecodingError):
        fetch()


def test_gzip_garbage_set_by_hand_is_a_decoding_error_too(upstream: Upstream) -> None:
    upstream.get(POSTS).respond(headers={"content-encoding": "gzip"}, content=[b"garbage"])
    with pytest.raises(httpx.DecodingError):
        fetch()


@pytest.mark.parametrize(
    "kind",
    [
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.ReadError,
        httpx.ReadTimeout,
        httpx.WriteError,
        httpx.WriteTimeout,
        httpx.PoolTimeout,
        httpx.ProxyError,
        httpx.RemoteProtocolError,
        httpx.LocalProtocolError,
        httpx.UnsupportedProtocol,
    ],
)
def test_an_httpx_exception_reaches_the_caller_as_itself(
    upstream: Upstream, kind: type[httpx.RequestError]
) -> None:
    upstream.get(POSTS).mock(side_effect=kind)
    with pytest.raises(httpx.RequestError) as caught:
        fetch()
    assert type(caught.value) is kind
    assert caught.value.request.url == POSTS
    upstream.get(POSTS, takes=1).mock(side_effect=kind("in words"))
    with pytest.raises(kind, match="in words"):
        fetch()
    assert upstream.faults == []


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (httpx.TooManyRedirects("no"), "redirect loop"),
        (httpx.DecodingError("no"), "garbles"),
        (httpx.CloseError("no"), "server"),
    ],
)
def test_what_only_a_client_raises_cannot_be_served(
    upstream: Upstream, error: httpx.RequestError, remedy: str
) -> None:
    upstream.get(POSTS).mock(side_effect=error)
    with pytest.raises(CannotServe, match=remedy):
        fetch()
    assert len(upstream.faults) == 1


def test_a_bug_in_a_side_effect_is_remembered(upstream: Upstream) -> None:
    upstream.get(POSTS).mock(side_effect=KeyError("title"))
    with pytest.raises(KeyError):
        fetch()
    assert upstream.faults == ["KeyError: 'title'"]


def test_an_address_without_a_route_is_refused_and_remembered(upstream: Upstream) -> None:
    upstream.get(POSTS)
    with pytest.raises(httpx.ConnectError):
        fetch("https://posts.example/users?id=1")
    assert upstream.unexpected == ["GET https://posts.example/users?id=1"]
    assert (upstream.in_flight, upstream.open_connections) == (0, 0)


def test_a_timeout_in_a_side_effect_is_a_read_timeout(upstream: Upstream) -> None:
    upstream.get(POSTS).mock(side_effect=TimeoutError)
    with pytest.raises(httpx.ReadTimeout):
        fetch()
    upstream.get(POSTS).mock(side_effect=ConnectionResetError)
    with pytest.raises(httpx.ReadError):
        fetch()


def test_pass_through_is_refused(upstream: Upstream) -> None:
    upstream.get(POSTS).pass_through()
    with pytest.raises(CannotServe, match="real internet"):
        fetch()


# What was seen


def test_peak_and_in_flight_count_calls(upstream: Upstream) -> None:
    upstream.get(POSTS, takes=1)

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            calls = asyncio.gather(*(client.get(POSTS) for _ in range(20)))
            await asyncio.sleep(0.5)
            assert upstream.in_flight == 20
            await calls
            assert upstream.in_flight == 0
            await client.get(POSTS)

    run(main)
    assert upstream.peak == 20


def test_calls_that_take_no_time_overlap_too(upstream: Upstream) -> None:
    upstream.get(POSTS)

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            await asyncio.gather(*(client.get(POSTS) for _ in range(20)))

    run(main)
    assert upstream.peak == 20


def test_a_cancelled_call_is_no_longer_in_flight(upstream: Upstream) -> None:
    upstream.get(POSTS, takes=9)

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await client.get(POSTS)
            assert (upstream.in_flight, upstream.open_connections) == (0, 0)

    run(main)


def test_a_connection_left_open_is_seen_with_the_line_that_opened_it() -> None:
    upstream = Upstream(answer_folder=Path(__file__).parent)

    async def main() -> None:
        client = httpx.AsyncClient()
        await client.get(POSTS)
        assert upstream.open_connections == 1

    with backend.installed(upstream):
        upstream.get(POSTS)
        run(main)
    (record,) = upstream.connection_log
    line = main.__code__.co_firstlineno + 2
    assert record["where"] == f"{__file__}:{line}"
    assert record["host"] == "posts.example"
    assert record["opened_at"] == "GET posts.example/posts"
    assert not record["closed"]
    assert not record["blocking"]
    json.dumps(record)
    upstream.close()
    assert upstream.open_connections == 0
    assert upstream.connection_log[0]["closed"]


ADDRESSES = (
    POSTS,
    f"{POSTS}/",
    f"{POSTS}/1",
    f"{POSTS}?page=1",
    "https://posts.example",
    "https://posts.example/",
    "https://posts.example:8443/posts",
    "http://posts.example/posts",
    "https://posts.example/a%20b",
    "https://posts.example/a b",
    "https://posts.example/caf\u00e9",
    "https://*.example/posts",
    "/posts",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_route_fits_what_respx_says_that_it_fits(upstream: Upstream, address: str) -> None:
    ours, theirs = upstream.get(address), respx.Route(method="GET", url=address)
    requests = [
        httpx.Request(method, asked)
        for method in ("GET", "POST")
        for asked in ADDRESSES
        if asked.startswith("http") and "*" not in asked
    ]
    fits = [ours.match(request) is not None for request in requests]
    assert fits == [theirs.match(request) is not None for request in requests]


def test_a_route_replaces_the_one_whose_address_it_has(upstream: Upstream) -> None:
    routes = [upstream.get(address) for address in ADDRESSES]
    assert [upstream.get(address) for address in ADDRESSES] == routes
    assert len(upstream.answers.router.routes) == len({id(route) for route in routes})
    assert upstream.post(POSTS) not in routes


def test_a_connection_knows_whose_pool_opened_it(upstream: Upstream) -> None:
    async def main() -> None:
        keeps_none = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(limits=keeps_none) as shared, httpx.AsyncClient() as other:
            for client in (shared, shared, other):
                await client.get(POSTS)

    with backend.installed(upstream):
        upstream.get(POSTS)
        run(main)
        httpx.get(POSTS)
    assert [record["pool"] for record in upstream.connection_log] == [0, 0, 1, 2]


def test_closing_the_upstream_ends_a_connection_that_a_thread_is_just_making(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = upstream.traffic.connection_opens

    def closing_meanwhile(*args: Any, **kwargs: Any) -> Any:
        connection = opens(*args, **kwargs)
        upstream.close()
        return connection

    monkeypatch.setattr(upstream.traffic, "connection_opens", closing_meanwhile)
    upstream.get(POSTS).respond(json=[])

    with pytest.raises(httpx.NetworkError):
        httpx.get(POSTS)

    assert upstream.open_connections == 0
    assert upstream.connection_log[0]["closed"]


def test_closing_the_upstream_wakes_who_waits(upstream: Upstream) -> None:
    upstream.silent(POSTS)

    async def main() -> None:
        async with httpx.AsyncClient(timeout=None) as client:
            call = asyncio.ensure_future(client.get(POSTS))
            await asyncio.sleep(1)
            upstream.close()
            with pytest.raises(httpx.ReadError):
                await call

    run(main)


def test_events_draw_a_timeline() -> None:
    events: list[dict[str, Any]] = []
    upstream = Upstream(on_event=events.append)
    upstream.get(POSTS, takes=1).respond(404)
    upstream.silent("https://posts.example/silent")
    with backend.installed(upstream):
        fetch(POSTS + "?page=1")
        with pytest.raises(httpx.ReadTimeout):
            fetch("https://posts.example/silent")
    told = [(event["label"], event["phase"], event["status"]) for event in events]
    assert told == [
        ("GET posts.example/posts", "start", None),
        ("GET posts.example/posts", "end", 404),
        ("GET posts.example/silent", "start", None),
        ("GET posts.example/silent", "end", None),
    ]
    assert events[0]["id"] == events[1]["id"] != events[2]["id"] == events[3]["id"]
    assert {event["kind"] for event in events} == {"upstream"}
    json.dumps(events)


# Sync clients


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What `time.sleep` was asked for; nobody really sleeps."""
    asked: list[float] = []
    monkeypatch.setattr(time, "sleep", asked.append)
    return asked


def test_a_sync_client_sleeps(upstream: Upstream, sleeps: list[float]) -> None:
    upstream.get(POSTS, takes=2).respond(json=[1])
    assert httpx.get(POSTS).json() == [1]
    assert sleeps == [2]
    assert (upstream.peak, upstream.connections, upstream.open_connections) == (1, 1, 0)


def test_a_sync_client_sleeps_through_its_read_timeout(
    upstream: Upstream, sleeps: list[float]
) -> None:
    upstream.silent(POSTS)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(POSTS, timeout=3)
    upstream.get(POSTS, takes=9)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(POSTS, timeout=4)
    assert sleeps == [3, 4]


def test_a_sync_client_sleeps_through_its_connect_timeout(
    upstream: Upstream, sleeps: list[float]
) -> None:
    upstream.unreachable("posts.example")
    with pytest.raises(httpx.ConnectTimeout):
        httpx.get(POSTS)
    assert sleeps == [5]


def test_a_sync_client_sleeps_while_it_connects_and_between_head_and_body(
    upstream: Upstream, sleeps: list[float]
) -> None:
    upstream.get(POSTS, pause=3).respond(json=[1])
    upstream.slow_to_connect("posts.example", seconds=4)
    assert httpx.get(POSTS).json() == [1]
    assert sum(sleeps) == 7
    upstream.slow_to_connect("posts.example", seconds=6)
    with pytest.raises(httpx.ConnectTimeout):
        httpx.get(POSTS)
    assert sum(sleeps) == 7 + 5


def test_a_drip_reaches_a_sync_client(upstream: Upstream, sleeps: list[float]) -> None:
    upstream.get(POSTS, takes=1, drip=(0.5, 4)).respond(content=b"abcd")
    assert httpx.get(POSTS, timeout=1).content == b"abcd"
    assert sleeps == [1, 0.5, 0.5, 0.5]


def test_every_trouble_reaches_a_sync_client(upstream: Upstream) -> None:
    upstream.hangs_up(POSTS)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(POSTS)
    upstream.breaks(POSTS)
    with pytest.raises(httpx.ReadError):
        httpx.get(POSTS)
    upstream.garbles(POSTS)
    with pytest.raises(httpx.DecodingError):
        httpx.get(POSTS)
    upstream.get(POSTS).mock(side_effect=httpx.ReadTimeout)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(POSTS)
    with pytest.raises(httpx.ConnectError):
        httpx.get(POSTS + "/unknown")
    upstream.get(POSTS).mock(side_effect=[httpx.Response(200)])
    httpx.get(POSTS)
    with pytest.raises(httpx.ConnectError):
        httpx.get(POSTS)
    upstream.refuse("posts.example")
    with pytest.raises(httpx.ConnectError):
        httpx.get(POSTS)
    assert upstream.open_connections == 0


def test_a_body_produced_as_it_goes_reaches_a_sync_client(upstream: Upstream) -> None:
    upstream.get(POSTS).respond(content=[b"a", b"b"])
    with httpx.Client() as client:
        assert client.get(POSTS).content == b"ab"
        assert client.get(POSTS).content == b"ab"
    assert upstream.connections == 1


def test_a_sync_client_cannot_await_a_side_effect(upstream: Upstream) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError("nobody awaits this")

    upstream.get(POSTS).mock(side_effect=answer)
    with pytest.raises(TypeError, match="sync client"):
        httpx.get(POSTS)


def test_a_sync_client_cannot_read_an_async_body(upstream: Upstream) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b""

    upstream.get(POSTS).respond(content=parts())
    with pytest.raises(TypeError, match="sync client"):
        httpx.get(POSTS)


def test_threads_meet(upstream: Upstream) -> None:
    upstream.get(POSTS, together=3).respond(json=[])
    came: list[int] = []
    threads = [
        threading.Thread(target=lambda: came.append(httpx.get(POSTS).status_code)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert came == [200, 200, 200]
    assert upstream.peak == 3


def test_a_thread_waits_for_company_no_longer_than_its_read_timeout(upstream: Upstream) -> None:
    upstream.get(POSTS, together=2)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(POSTS, timeout=0.01)
    assert upstream.in_flight == 0


def test_a_thread_and_a_task_meet(upstream: Upstream) -> None:
    upstream.get(POSTS, together=2).respond(json=[])

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            task, thread = await asyncio.gather(
                client.get(POSTS), asyncio.to_thread(httpx.get, POSTS)
            )
        assert (task.status_code, thread.status_code) == (200, 200)

    asyncio.run(main())


def test_a_sync_client_on_the_loop_is_named_as_blocking(upstream: Upstream) -> None:
    upstream.get(POSTS)

    async def main() -> None:
        httpx.get(POSTS)  # the mistake that is to be seen
        await asyncio.to_thread(httpx.get, POSTS)

    asyncio.run(main())
    assert [record["blocking"] for record in upstream.connection_log] == [True, False]
