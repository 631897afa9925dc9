"""One request to the answer, and the reply: what the application is called with, and what it sends."""

from __future__ import annotations

import asyncio
import contextlib
import json as jsonlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx

from kata.answer.loading import Message, Scope
from kata.spec.wire import NotHttp, Wire

if TYPE_CHECKING:
    from kata.clock.clock import Clock


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

    @property
    def whole_at(self) -> float | None:
        """The second of the clock at which a reader knew the whole body: of JSON, before any blanks behind it.

        None if no part came.
        """
        whole, so_far = _json_of(self.body), b""
        for at, part in self.parts:
            so_far += part
            if so_far == self.body or (whole is not None and _json_of(so_far) == whole):
                return at
        return None

    def json(self) -> Any:
        """The body as JSON. Raises ValueError if it is none."""
        return jsonlib.loads(self.body)


def _json_of(body: bytes) -> Any:
    """What the JSON says, or None: for null too, which nobody asks for here."""
    try:
        return jsonlib.loads(body)
    except ValueError:
        return None


class Exchange:
    """One request and its reply: the `receive` and `send` that the application is called with."""

    def __init__(
        self,
        clock: Clock,
        method: str,
        path: str,
        body: bytes,
        headers: list[tuple[bytes, bytes]],
        go_on: asyncio.Event | None,
        *,
        client: tuple[str, int],
    ) -> None:
        route, _, query = path.partition("?")
        self.reply = Reply(f"{method} {unquote(route)}")
        self.finished = asyncio.Event()
        self._clock = clock
        self._body: bytes | None = body
        self._go_on = go_on
        self._wire = Wire(method)
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
            "client": client,
            "server": ("kata", 80),
        }

    async def run(self, app: Any) -> None:
        with contextlib.suppress(Exception):
            await app(self.scope, self.receive, self.send)

    async def receive(self) -> Message:
        # As with uvicorn: when the client has gone, nobody reads its body any more.
        if self._body is not None and not self.finished.is_set():
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.finished.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        try:
            self._put_on_the_wire(message)
        except NotHttp:
            # A server breaks such a response off, if it has not left yet.
            if not self.finished.is_set():
                self.reply.status, self.reply.parts = 500, []
            raise
        if self._is_over(message):
            self.finished.set()
            if self._go_on is not None:
                await self._go_on.wait()

    def _put_on_the_wire(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(bytes(name), bytes(value)) for name, value in message.get("headers", [])]
            self._wire.start(message["status"], headers)
            self.reply.status = message["status"]
            self.reply.routed = _is_route(self.scope.get("endpoint"))
            self.reply.raw_headers = headers
        elif message["type"] == "http.response.body":
            body = bytes(message.get("body", b""))
            self._wire.part(body, more=bool(message.get("more_body")))
            if body and self.scope["method"] != "HEAD":
                self.reply.parts.append((self._clock.now, body))

    def _is_over(self, message: Message) -> bool:
        return message["type"] == "http.response.body" and not message.get("more_body")


def _is_route(endpoint: object) -> bool:
    """Starlette writes down whom it gives a request to. One that has routes looks further."""
    return endpoint is not None and not hasattr(endpoint, "routes")
