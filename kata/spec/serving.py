"""Requests to the answer, in memory: a client, and a raw driver of the ASGI protocol."""

from __future__ import annotations

import asyncio
import contextlib
import json as jsonlib
from collections.abc import AsyncGenerator, Callable, Mapping
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import httpx
from httpx import USE_CLIENT_DEFAULT

from kata.spec.exchange import Exchange, Reply
from kata.spec.served import cancelled_from_outside
from kata.spec.visitors import Visitors

if TYPE_CHECKING:
    from kata.clock.clock import Clock

BASE_URL = "http://kata"


class AnswerTransport(httpx.AsyncBaseTransport):
    """httpx's transport to the answer. An exception of the answer comes back as a plain 500."""

    def __init__(self, driver: Requests) -> None:
        self._driver = driver

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reply = await self._driver.send(
            request.method,
            request.url.raw_path.decode("ascii"),
            await request.aread(),
            [(name.lower(), value) for name, value in request.headers.raw],
        )
        return httpx.Response(
            reply.status,
            headers=reply.raw_headers,
            # As `content`, it would get a content-length that nobody sent.
            stream=httpx.ByteStream(reply.body),
            request=request,
            extensions={"kata.routed": reply.routed},
        )


class _Client(httpx.AsyncClient):
    """A client whose own part in a request is small, for a spec sends a thousand.

    Most of what httpx does for each is to join the path to its base, and to look for cookies, redirects, authorization
    and hooks. No spec has any of these: each request is another visitor's, so no cookie is kept for the next.
    """

    def __init__(self, driver: Requests) -> None:
        self._answer = AnswerTransport(driver)
        super().__init__(transport=self._answer, base_url=BASE_URL, timeout=None, trust_env=False)
        self._joined: dict[str, httpx.URL] = {}

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        if isinstance(url, str):
            if url not in self._joined:
                self._joined[url] = super().build_request(method, url).url
            url = self._joined[url]
        return super().build_request(method, url, **options)

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        assert {*options.values()} <= {USE_CLIENT_DEFAULT, False}, "this client sends, and no more"
        response = await self._answer.handle_async_request(request)
        await response.aread()
        return response


def new_client(driver: Requests) -> httpx.AsyncClient:
    """A client whose requests go through `driver`, with no time-out of its own and no cookies."""
    return _Client(driver)


class Requests:
    """What a spec sends, in its own words. `send` carries it to the answer, wherever that runs."""

    def __init__(self) -> None:
        self._visitors = Visitors()

    def from_one_address(self) -> contextlib.AbstractContextManager[None]:
        """Until the block ends, all requests come from one address, as those of an office do."""
        return self._visitors.at_one_address()

    async def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Reply:
        """Send GET `path`, which may have a query."""
        return await self.request("GET", path, headers=headers)

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request. An exception of the answer comes back as a 500."""
        body, raw = encoded(json, headers)
        return await self.send(method, path, body, raw)

    async def send(
        self, method: str, path: str, body: bytes, headers: list[tuple[bytes, bytes]]
    ) -> Reply:
        """Send one request with these raw headers (names in lower case)."""
        raise NotImplementedError

    async def leave(self, path: str, *, after: float) -> None:
        """Send GET `path` and hang up after so many seconds, as a browser does that is closed meanwhile."""
        raise NotImplementedError


class RawDriver(Requests):
    """Requests at the level of ASGI, each in a task and a context of its own, as a server runs them.

    A request is answered when the last part of its body has left. The application may run on after
    that, as it may under a server; `drain` waits for its end.
    """

    def __init__(self, app: Callable[[], Any], clock: Clock) -> None:
        super().__init__()
        self._app = app
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()

    async def flood(self, path: str, requests: int) -> list[Reply]:
        """Send so many GET requests at the same moment, and wait for all the answers."""
        return list(await asyncio.gather(*(self.get(path) for _ in range(requests))))

    @contextlib.asynccontextmanager
    async def answered(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[Reply]:
        """The block runs when the whole reply has left, and before anything else of the answer's request.

        Its last `send` returns when the block ends, as to a slow client; then the request runs to
        its end.
        """
        body, raw = encoded(json, headers)
        go_on = asyncio.Event()
        address = self._visitors.next_address()
        exchange = Exchange(self._clock, method, path, body, raw, go_on, client=address)
        task = self._start(exchange)
        await self._until_answered(exchange, task)
        try:
            yield exchange.reply
        finally:
            go_on.set()
            await asyncio.wait({task})

    async def send(
        self, method: str, path: str, body: bytes, headers: list[tuple[bytes, bytes]]
    ) -> Reply:
        address = self._visitors.next_address()
        exchange = Exchange(self._clock, method, path, body, headers, None, client=address)
        await self._until_answered(exchange, self._start(exchange))
        return exchange.reply

    async def leave(self, path: str, *, after: float) -> None:
        """As under uvicorn, nothing is cancelled: `receive` tells of the disconnect, and what is sent goes nowhere."""
        body, raw = encoded(None, None)
        address = self._visitors.next_address()
        exchange = Exchange(self._clock, "GET", path, body, raw, None, client=address)
        self._start(exchange)
        await asyncio.sleep(after)
        exchange.finished.set()

    async def drain(self) -> None:
        """Wait until the requests that have been answered have also run to their end."""
        if self._running:
            await asyncio.wait(set(self._running))

    def _start(self, exchange: Exchange) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(
            exchange.run(self._app()), name=exchange.reply.label, context=copy_context()
        )
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        task.add_done_callback(lambda _: exchange.finished.set())
        return task

    async def _until_answered(self, exchange: Exchange, task: asyncio.Task[None]) -> None:
        try:
            await exchange.finished.wait()
        except asyncio.CancelledError:
            cancelled_from_outside.add(task)
            try:
                task.cancel()
                await asyncio.wait({task})
            finally:
                cancelled_from_outside.discard(task)
            raise


def encoded(
    json: Any, headers: Mapping[str, str] | None
) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The body and the raw headers of a request."""
    body = b"" if json is None else jsonlib.dumps(json).encode()
    raw = [(b"host", b"kata"), (b"content-length", str(len(body)).encode())]
    if body:
        raw.append((b"content-type", b"application/json"))
    raw += [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return body, raw
