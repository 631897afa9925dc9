"""What no server would send is no answer: a response is held to HTTP."""

from __future__ import annotations

import gzip
import time
import zlib
from typing import Any

import httpx
import pytest

from kata.spec.expect import Expect
from kata.spec.wire import NotHttp, Wire
from kata.spec.world import World
from tests.helpers.trial import handler, tried

Headers = list[tuple[bytes, bytes]]


def sent(
    *parts: bytes, status: int = 200, method: str = "GET", headers: Headers | None = None
) -> None:
    """Put a response on the wire."""
    wire = Wire(method)
    wire.start(status, headers or [])
    for place, part in enumerate(parts or (b"",)):
        wire.part(part, more=place < len(parts) - 1)


def length(number: object) -> tuple[bytes, bytes]:
    return b"content-length", str(number).encode()


GZIPPED = gzip.compress(b"{}")

FINE: dict[str, dict[str, Any]] = {
    "no length": {"parts": (b"abc",)},
    "the length": {"parts": (b"abc",), "headers": [length(3)]},
    "the length, of several parts": {"parts": (b"a", b"", b"bc", b""), "headers": [length(3)]},
    "the same length twice": {"parts": (b"abc",), "headers": [length(3), length(3)]},
    "nothing": {"headers": [length(0)]},
    "chunked": {"parts": (b"a", b"bc"), "headers": [(b"Transfer-Encoding", b"Chunked")]},
    "a HEAD with the length of what GET has": {"method": "HEAD", "headers": [length(3)]},
    "a HEAD whose body the server drops": {
        "parts": (b"abc",),
        "method": "HEAD",
        "headers": [length(3)],
    },
    "a 204": {"status": 204},
    "a 304 with the length of what a 200 has": {"status": 304, "headers": [length(3)]},
    "a status without a name": {"status": 520},
    "gzip": {"parts": (GZIPPED[:7], GZIPPED[7:]), "headers": [(b"Content-Encoding", b"gzip")]},
    "deflate": {"parts": (zlib.compress(b"{}"),), "headers": [(b"content-encoding", b"deflate")]},
    "no encoding": {"parts": (b"{}",), "headers": [(b"content-encoding", b"identity")]},
    "gzip of nothing": {"headers": [(b"content-encoding", b"gzip")]},
    "a HEAD of gzip": {"method": "HEAD", "headers": [(b"content-encoding", b"gzip")]},
    "two cookies": {"headers": [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]},
    "letters beyond ASCII": {"headers": [(b"x-name", "Zoë".encode("latin-1"))]},
    "an empty header": {"headers": [(b"x-name", b"")]},
}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "two lengths": (
        {"parts": (b"abc",), "headers": [length(3), length(4)]},
        "conflicting Content-Length headers",
    ),
    "two lengths in one": ({"headers": [length("3, 4")]}, "conflicting Content-Length headers"),
    "no number": ({"headers": [length("three")]}, "bad Content-Length"),
    "too long": (
        {"parts": (b"abc",), "headers": [length(2)]},
        "Response content longer than Content-Length",
    ),
    "too long, of several parts": (
        {"parts": (b"a", b"bc", b"d"), "headers": [length(3)]},
        "Response content longer than Content-Length",
    ),
    "too short": (
        {"parts": (b"abc",), "headers": [length(4)]},
        "Response content shorter than Content-Length",
    ),
    "a 204 with a body": (
        {"parts": (b"null",), "status": 204, "headers": [length(4)]},
        "a response with status 204 has no body",
    ),
    "no gzip": (
        {"parts": (b"{}",), "headers": [(b"content-encoding", b"gzip")]},
        "the header content-encoding says gzip, and the body is not",
    ),
    "a line break in a value": ({"headers": [(b"x-name", b"a\r\nb: c")]}, "Illegal header value"),
    "a NUL in a value": ({"headers": [(b"x-name", b"a\0")]}, "Illegal header value"),
    "a blank at the end of a value": ({"headers": [(b"x-name", b"ada ")]}, "Illegal header value"),
    "a blank in a name": ({"headers": [(b"x name", b"a")]}, "Illegal header name"),
    "an encoding that only a server may choose": (
        {"headers": [(b"transfer-encoding", b"gzip")]},
        "Only Transfer-Encoding: chunked is supported",
    ),
    "a status that is none": ({"status": 99}, "status_code should be in range"),
}


@pytest.mark.parametrize("name", FINE)
def test_what_a_server_sends_passes(name: str) -> None:
    facts = FINE[name]
    sent(*facts.pop("parts", ()), **facts)


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_server_sends_is_refused(name: str) -> None:
    facts, words = REFUSED[name]
    with pytest.raises(NotHttp, match=words):
        sent(*facts.pop("parts", ()), **facts)


def test_a_response_is_started_once_and_ends_once() -> None:
    wire = Wire("GET")
    with pytest.raises(NotHttp, match="before it was started"):
        wire.part(b"", more=False)
    wire.start(200, [])
    with pytest.raises(NotHttp, match="had been started before"):
        wire.start(200, [])
    wire.part(b"", more=False)
    with pytest.raises(NotHttp, match="after it was complete"):
        wire.part(b"", more=False)


def test_to_look_costs_next_to_nothing() -> None:
    headers = [length(31), (b"content-type", b"application/json")]
    began = time.process_time()
    for _ in range(3_000):
        sent(b"x" * 31, headers=headers)
    # 20 ms on an idle machine.
    assert time.process_time() - began < 0.2


RESPOND = "from fastapi.responses import PlainTextResponse, Response\n"


@pytest.mark.parametrize(
    ("returned", "came", "teaches"),
    [
        (
            "PlainTextResponse('abc', headers={'content-encoding': 'gzip'})",
            "the header content-encoding says gzip, and the body is not",
            "What httpx has decoded leaves",
        ),
        (
            "PlainTextResponse('abc', headers={'x-name': 'a\\nb'})",
            "Illegal header value b'a\\nb'",
            "A header is one line of visible characters",
        ),
        (
            "Response('abc', headers={'content-length': '3, 4'})",
            "conflicting Content-Length headers",
            "leave that header to FastAPI",
        ),
        (
            "Response('abc', status_code=204)",
            "a response with status 204 has no body",
            "Answer with another status",
        ),
    ],
)
def test_a_learner_reads_why_a_response_was_refused(returned: str, came: str, teaches: str) -> None:
    async def spec(world: World, expect: Expect) -> None:
        raw = await world.asgi.get("/")
        response = await world.client.get("/")
        assert (raw.status_code, raw.body) == (response.status_code, response.content) == (500, b"")
        expect.status(response, 200)

    failed = tried(RESPOND + handler(f"return {returned}"), spec, serves=True).failed
    assert came in failed.teaches
    assert teaches in failed.teaches


def test_the_upstreams_headers_copied_through_the_injected_response_are_refused() -> None:
    async def spec(world: World, expect: Expect) -> httpx.Response:
        body = gzip.compress(b'{"id": 1}')
        route = world.upstream.get("https://posts.example/")
        route.respond(content=[body], headers={"content-encoding": "gzip"})
        return await world.client.get("/")

    answer = handler(
        """
        async with httpx.AsyncClient() as client:
            came = await client.get("https://posts.example/")
        response.headers.update(came.headers)
        return came.json()
        """
    ).replace("request: Request", "response: Response")
    trial = tried(RESPOND + answer, spec, serves=True)
    assert trial.result.status_code == 500


def test_an_app_that_goes_on_after_its_last_part_is_told_so() -> None:
    async def spec(world: World, expect: Expect) -> list[Any]:
        reply = await world.asgi.get("/")
        await world.asgi.drain()
        return [reply.status, reply.body, world.probes.raised[0].message]

    answer = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"abc"})
    await send({"type": "http.response.body", "body": b"d"})
"""
    assert tried(answer, spec, serves=True).result == [
        200,
        b"abc",
        "a part of the response was sent after it was complete",
    ]
