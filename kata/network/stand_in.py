"""A stand-in for the internet, for an answer that is served and not judged.

A small ASGI app answers for every host there is. `send_here` makes httpx connect to it whatever
host a URL names, and leaves TLS away on that last step, so that nothing leaves the machine. The
specs do not use any of this: their upstream is `kata.network.upstream`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import httpcore

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_POSTS = [
    {"userId": 1 + number // 4, "id": number + 1, "title": title, "body": f"All about {title}."}
    for number, title in enumerate(
        (
            "waiting well",
            "taking turns",
            "closing doors",
            "small gates",
            "kept promises",
            "late news",
        )
    )
]

_DIGITS = 9
"""A name of no more digits than this is taken for a number."""


@dataclass(frozen=True)
class StandIn:
    """What every upstream host answers, as JSON: made-up posts, or a made-up thing."""

    status: int = 200
    takes: float = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        await asyncio.sleep(self.takes)
        body = json.dumps(self._body(scope)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _body(self, scope: Scope) -> object:
        headers = dict(scope["headers"])
        host, path = headers.get(b"host", b"").decode("latin-1"), str(scope["path"])
        if self.status >= 400:
            return {"error": f"the stand-in for {host} was told to answer {self.status}"}
        parts = path.strip("/").split("/")
        if parts == ["posts"]:
            return _POSTS
        name = parts[-1] or host
        number = int(name) if len(name) <= _DIGITS and name.isdecimal() else None
        if parts[0] == "posts" and len(parts) == 2 and number is not None:
            return {**_POSTS[(number - 1) % len(_POSTS)], "id": number}
        # Something to read for whoever asks for a thing by its name. The prices of numbered things rise
        # with the number, so that a list of them shows whether it is in order.
        thing: dict[str, object] = {"name": name, "id": len(name), "price": len(name)}
        # Where a service is asked about a thing, what it answers leads to the next service.
        thing["warehouse"] = f"w{len(name)}"
        if number is not None:
            thing |= {"id": number, "price": number + 10.5}
        return {"from": "the kata's stand-in", "host": host, "path": path, **thing}


async def _live(receive: Receive, send: Send) -> None:
    while True:
        phase = str((await receive())["type"]).removeprefix("lifespan.")
        await send({"type": f"lifespan.{phase}.complete"})
        if phase == "shutdown":
            return


class _Clear(httpcore.AsyncNetworkStream):
    """A connection to the stand-in, which speaks plain HTTP: starting TLS on it changes nothing."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, *arguments: Any, **named: Any) -> bytes:
        return await self._stream.read(*arguments, **named)

    async def write(self, *arguments: Any, **named: Any) -> None:
        await self._stream.write(*arguments, **named)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(self, *arguments: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _ClearSync(httpcore.NetworkStream):
    """The same for a synchronous client."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, *arguments: Any, **named: Any) -> bytes:
        return self._stream.read(*arguments, **named)

    def write(self, *arguments: Any, **named: Any) -> None:
        self._stream.write(*arguments, **named)

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, *arguments: Any, **named: Any) -> httpcore.NetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def send_here(stand_in: int | None) -> None:
    """From now on, every connection that httpx opens to another machine ends at this port instead.

    Without a port it is refused, as by a host that is down. Loopback stays as it is.
    """
    backend: Any = httpcore.AnyIOBackend  # to a type checker it is two classes, and one is empty
    backend_sync: Any = httpcore.SyncBackend
    connect, connect_sync = backend.connect_tcp, backend_sync.connect_tcp

    async def connect_tcp(
        self: Any, host: str, port: int, *rest: Any, **named: Any
    ) -> httpcore.AsyncNetworkStream:
        if host in _LOOPBACK:
            return await connect(self, host, port, *rest, **named)
        return _Clear(await connect(self, _LOOPBACK[0], _address(stand_in, host), *rest, **named))

    def connect_tcp_sync(
        self: Any, host: str, port: int, *rest: Any, **named: Any
    ) -> httpcore.NetworkStream:
        if host in _LOOPBACK:
            return connect_sync(self, host, port, *rest, **named)
        return _ClearSync(
            connect_sync(self, _LOOPBACK[0], _address(stand_in, host), *rest, **named)
        )

    backend.connect_tcp = connect_tcp
    backend_sync.connect_tcp = connect_tcp_sync


def _address(stand_in: int | None, host: str) -> int:
    if stand_in is None:
        raise httpcore.ConnectError(f"the stand-in for {host} refuses, as it was told to")
    return stand_in
