"""Serving the answer in memory: the life cycle, a client, and a raw driver of the ASGI protocol."""

from __future__ import annotations

import asyncio
import contextlib
import json as jsonlib
from collections.abc import AsyncGenerator, Callable, Mapping
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx
import pytest
from asgi_lifespan import LifespanManager, LifespanNotSupported

from kata.answer.loading import ASGIApp, Message, Scope
from kata.answer.probes import Probes, current_request, innermost
from kata.containment.watchdog import CutOff, CutOffForGood

if TYPE_CHECKING:
    from kata.clock.clock import Clock
    from kata.feedback.timeline import Span, Timeline

BASE_URL = "http://kata"


current_span: ContextVar[Span | None] = ContextVar("current_span", default=None)
"""The request that the running code belongs to, in the timeline."""


class StartupFailed(Exception):
    """The startup of the answer raised, so no server would take a request."""


class ShutdownFailed(Exception):
    """The shutdown of the answer raised."""


class SaidToHaveFailed(Exception):
    """The answer sent `lifespan.startup.failed` or `lifespan.shutdown.failed`. The message is its own."""


class HandlerEnded(Exception):
    """A handler tried to end the program, or cancelled the task of its own request."""


@dataclass
class Served:
    """The answer with probes round it: an ASGI application that writes down what happens.

    `app` is whatever the answer's `main.py` calls `app`.
    """

    app: ASGIApp
    probes: Probes
    clock: Clock
    timeline: Timeline

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._live(scope, receive, send)
            return
        # A server gives each request a copy of the lifespan's state, so that requests cannot mix
        # theirs.
        if "state" in scope:
            scope["state"] = dict(scope["state"])
        label = f"{scope['method']} {scope['path']}"
        current_request.set(label)
        self.probes.saw_request(label)
        self.clock.progress()
        span = self.timeline.start("request", label, self.clock.now)
        current_span.set(span)
        try:
            await self.app(scope, receive, send)
        except _MAY_NOT_LEAVE as error:
            raise self.ended(error, label) from error
        except Exception as error:
            self.probes.saw_raised(error, label, scope.get("endpoint"))
            raise
        except asyncio.CancelledError as error:
            if not _cancelled_from_outside():
                ended = HandlerEnded("it cancelled the task of its own request")
                ended.__traceback__ = error.__traceback__
                self.probes.saw_raised(ended, label)
            raise
        except CutOffForGood as error:
            self.probes.saw_raised(error, label)
            raise CutOff from error
        except BaseException as error:
            if isinstance(innermost(error), _MAY_NOT_LEAVE):
                raise self.ended(error, label) from error
            self.probes.saw_raised(error, label)
            raise
        finally:
            self.timeline.end(span, self.clock.now)
            self.clock.progress()

    async def _live(self, scope: Scope, receive: Any, send: Any) -> None:
        heard: list[str] = []
        said: list[Message] = []

        def heed_failure() -> None:
            for message in said:
                if message["type"].endswith(".failed"):
                    raise SaidToHaveFailed(message.get("message") or "no reason was given")

        async def receive_and_see() -> Message:
            # After a failure nothing more comes, and whoever waits for it would wait for ever.
            heed_failure()
            message: Message = await receive()
            heard.append(message["type"])
            return message

        async def send_and_see(message: Message) -> None:
            said.append(message)
            await send(message)

        def has_said(kind: str) -> bool:
            return any(message["type"] == f"lifespan.{kind}" for message in said)

        def during() -> str:
            return "shutdown" if has_said("startup.complete") else "startup"

        try:
            await self.app(scope, receive_and_see, send_and_see)
            heed_failure()
        except _MAY_NOT_LEAVE as error:
            raise self.ended(error, during()) from error
        except Exception as error:
            self.probes.saw_raised(error, during())
            raise
        except CutOffForGood as error:
            self.probes.saw_raised(error, during())
            raise CutOff from error
        except asyncio.CancelledError as error:
            if during() == "startup" and not _is_being_cancelled():
                # Raised here, or passed on from a task that was cancelled: to a server a startup like any that fails.
                self.probes.saw_raised(error, during())
                raise HandlerEnded("`CancelledError` left the startup") from error
            raise
        except BaseException as error:
            if isinstance(innermost(error), _MAY_NOT_LEAVE):
                raise self.ended(error, during()) from error
            self.probes.saw_raised(error, during())
            raise
        # Servers go on with an application that leaves this conversation early.
        for part in ("startup", "shutdown"):
            while f"lifespan.{part}" not in heard:
                await receive_and_see()
            if not has_said(f"{part}.complete"):
                await send({"type": f"lifespan.{part}.complete"})

    def ended(self, error: BaseException, during: str) -> HandlerEnded:
        """`sys.exit()`, `pytest.skip()` and their like must not reach the loop that runs the spec."""
        inner = innermost(error)
        ended = HandlerEnded(f"it tried to end the program with {type(inner).__name__}")
        ended.__traceback__ = inner.__traceback__ or error.__traceback__
        self.probes.saw_raised(ended, during)
        return ended


_MAY_NOT_LEAVE = (
    SystemExit,
    KeyboardInterrupt,
    pytest.skip.Exception,
    pytest.fail.Exception,
    pytest.exit.Exception,
)

_THE_RUNS_OWN = (asyncio.CancelledError, KeyboardInterrupt, SystemExit)
"""What ends a spec from outside. An answer's own have become `HandlerEnded` by then."""

_cancelling: set[asyncio.Task[Any]] = set()


def _cancelled_from_outside() -> bool:
    return asyncio.current_task() in _cancelling


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class AnswerTransport(httpx.AsyncBaseTransport):
    """httpx's transport to the answer. An exception of the answer comes back as a plain 500."""

    def __init__(self, driver: RawDriver) -> None:
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


def new_client(driver: RawDriver) -> httpx.AsyncClient:
    """A client whose requests go through `driver`, with no time-out of its own."""
    return httpx.AsyncClient(
        transport=AnswerTransport(driver), base_url=BASE_URL, timeout=None, trust_env=False
    )


@contextlib.asynccontextmanager
async def lifespan(served: Served) -> AsyncGenerator[ASGIApp]:
    """Run the answer's startup, and its shutdown when the block ends, however it ends.

    Raises StartupFailed or ShutdownFailed. There are no time-outs: the clock ends what never ends.
    """
    manager = LifespanManager(served, startup_timeout=None, shutdown_timeout=None)
    try:
        await manager.__aenter__()
    except LifespanNotSupported:
        yield served
        return
    except _THE_RUNS_OWN:
        raise
    except BaseException as error:
        raise StartupFailed(_said(error)) from error
    try:
        yield manager.app
    finally:
        try:
            await manager.__aexit__(None, None, None)
        except _THE_RUNS_OWN:
            raise
        except BaseException as error:
            raise ShutdownFailed(_said(error)) from error


def _said(error: BaseException) -> str:
    if isinstance(error, HandlerEnded):
        return str(error)
    return f"{type(error).__name__}: {error}".removesuffix(": ")


@dataclass
class Reply:
    """What came of one request. `parts` are (seconds on the clock, bytes) as they left."""

    label: str
    status: int = 500
    routed: bool = True
    """False if no route of the answer matched the path."""
    raw_headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    parts: list[tuple[float, bytes]] = field(default_factory=list[tuple[float, bytes]])

    @property
    def status_code(self) -> int:
        return self.status

    @property
    def headers(self) -> httpx.Headers:
        return httpx.Headers(self.raw_headers)

    @property
    def body(self) -> bytes:
        return b"".join(part for _, part in self.parts)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON. Raises ValueError if it is none."""
        return jsonlib.loads(self.body)


class RawDriver:
    """Requests at the level of ASGI, each in a task and a context of its own, as a server runs them.

    A request is answered when the last part of its body has left. The application may run on after
    that, as it may under a server; `drain` waits for its end.
    """

    def __init__(self, app: Callable[[], Any], clock: Clock) -> None:
        self._app = app
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()

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
        body, raw = _encoded(json, headers)
        return await self.send(method, path, body, raw)

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
        body, raw = _encoded(json, headers)
        go_on = asyncio.Event()
        exchange = _Exchange(self._clock, method, path, body, raw, go_on)
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
        """Send one request with these raw headers (names in lower case)."""
        exchange = _Exchange(self._clock, method, path, body, headers, None)
        await self._until_answered(exchange, self._start(exchange))
        return exchange.reply

    async def drain(self) -> None:
        """Wait until the requests that have been answered have also run to their end."""
        if self._running:
            await asyncio.wait(set(self._running))

    def _start(self, exchange: _Exchange) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(
            exchange.run(self._app()), name=exchange.reply.label, context=copy_context()
        )
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        task.add_done_callback(lambda _: exchange.finished.set())
        return task

    async def _until_answered(self, exchange: _Exchange, task: asyncio.Task[None]) -> None:
        try:
            await exchange.finished.wait()
        except asyncio.CancelledError:
            _cancelling.add(task)
            try:
                task.cancel()
                await asyncio.wait({task})
            finally:
                _cancelling.discard(task)
            raise


class _Exchange:
    """One request and its reply: the `receive` and `send` that the application is called with."""

    def __init__(
        self,
        clock: Clock,
        method: str,
        path: str,
        body: bytes,
        headers: list[tuple[bytes, bytes]],
        go_on: asyncio.Event | None,
    ) -> None:
        route, _, query = path.partition("?")
        self.reply = Reply(f"{method} {unquote(route)}")
        self.finished = asyncio.Event()
        self._clock = clock
        self._body: bytes | None = body
        self._go_on = go_on
        self._promised: int | None = None
        """Bytes of the body that the content-length says are still to come."""
        self.scope: Scope = {
            "type": "http",
            # Under 2.4, Starlette's streaming responses never listen for a disconnect; uvicorn says
            # 2.3.
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(route),
            "raw_path": route.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 50000),
            "server": ("kata", 80),
        }

    async def run(self, app: Any) -> None:
        with contextlib.suppress(Exception):
            await app(self.scope, self.receive, self.send)

    async def receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.finished.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.reply.status = message["status"]
            self.reply.routed = _is_route(self.scope.get("endpoint"))
            self.reply.raw_headers = [(bytes(k), bytes(v)) for k, v in message.get("headers", [])]
            self._promised = self._content_length()
        elif message["type"] == "http.response.body":
            self._keep_the_promise(message)
            if message.get("body") and self.scope["method"] != "HEAD":
                self.reply.parts.append((self._clock.now, bytes(message["body"])))
            if not message.get("more_body"):
                self.finished.set()
                if self._go_on is not None:
                    await self._go_on.wait()

    def _content_length(self) -> int | None:
        if self.scope["method"] == "HEAD" or self.reply.status in (204, 304):
            return None
        length = self.reply.headers.get("content-length", "")
        return int(length) if length.isdecimal() else None

    def _keep_the_promise(self, message: Message) -> None:
        """A server breaks off a response whose body is longer or shorter than its content-length says."""
        if self._promised is None:
            return
        self._promised -= len(message.get("body", b""))
        is_short = self._promised > 0 and not message.get("more_body")
        if self._promised < 0 or is_short:
            self.reply.status, self.reply.parts = 500, []
            raise RuntimeError(
                f"Response content {'shorter' if is_short else 'longer'} than Content-Length"
            )


def _is_route(endpoint: object) -> bool:
    """Starlette writes down whom it gives a request to. One that has routes looks further."""
    return endpoint is not None and not hasattr(endpoint, "routes")


def _encoded(
    json: Any, headers: Mapping[str, str] | None
) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    body = b"" if json is None else jsonlib.dumps(json).encode()
    raw = [(b"host", b"kata"), (b"content-length", str(len(body)).encode())]
    if body:
        raw.append((b"content-type", b"application/json"))
    raw += [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return body, raw
