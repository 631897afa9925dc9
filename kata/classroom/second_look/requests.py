"""Requests to the served answer over a Unix socket, with the time at which each part of a reply came."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import h11
import httpx

from kata.classroom.second_look.not_seen import NotSeen, OnlyWhatIsSeen
from kata.spec.exchange import Reply
from kata.spec.serving import Requests, encoded

MOST_BYTES = 4_000_000
"""Bytes of one reply. No spec asks for a hundredth of it."""

_PIECE = 1 << 16


class OutsideDriver(OnlyWhatIsSeen, Requests):
    """Counterpart of `kata.spec.serving.RawDriver`: the same requests, each on a connection of its own.

    Raises `httpx.TransportError` for a reply that is none. `served` says where the answer listens.
    """

    def __init__(self, served: Callable[[], Path], now: Callable[[], float]) -> None:
        super().__init__()
        self._served = served
        self._now = now

    async def flood(self, path: str, requests: int) -> list[Reply]:
        raise NotSeen(f"{requests:,} requests at once: on the real clock that measures the machine")

    @contextlib.asynccontextmanager
    async def answered(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[Reply]:
        """The block runs when the whole reply has come. Nobody outside can stop the answer meanwhile."""
        yield await self.request(method, path, json=json, headers=headers)

    async def send(
        self, method: str, path: str, body: bytes, headers: list[tuple[bytes, bytes]]
    ) -> Reply:
        client = h11.Connection(h11.CLIENT)
        data = self._packed(client, method, path, body, headers)
        reply = Reply(f"{method} {unquote(path.partition('?')[0])}")
        reader, writer = await self._connected()
        try:
            writer.write(data)
            await self._receive(client, reader, reply)
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(f"the reply is no HTTP: {error}") from error
        except OSError as error:
            raise httpx.ReadError(f"the connection broke: {error}") from error
        finally:
            writer.close()
        return reply

    async def leave(self, path: str, *, after: float) -> None:
        data = self._packed(h11.Connection(h11.CLIENT), "GET", path, *encoded(None, None))
        _, writer = await self._connected()
        writer.write(data)
        await asyncio.sleep(after)
        writer.close()

    def _packed(
        self,
        client: h11.Connection,
        method: str,
        path: str,
        body: bytes,
        headers: list[tuple[bytes, bytes]],
    ) -> bytes:
        """A whole request of the next visitor, as it goes over the line."""
        sent = [each for each in headers if each[0] not in (b"accept-encoding", b"connection")]
        # A packed body could be far larger than what comes over the line.
        sent += [(b"accept-encoding", b"identity"), (b"connection", b"close")]
        sent.append((b"x-forwarded-for", self._visitors.next_address()[0].encode()))
        data = client.send(h11.Request(method=method, target=path, headers=sent)) or b""
        data += (client.send(h11.Data(data=body)) or b"") if body else b""
        return data + (client.send(h11.EndOfMessage()) or b"")

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            return await asyncio.open_unix_connection(self._served())
        except OSError as error:
            raise httpx.ConnectError(f"nobody takes connections: {error.strerror}") from error

    async def _receive(
        self, client: h11.Connection, reader: asyncio.StreamReader, reply: Reply
    ) -> None:
        size = 0
        while True:
            event = client.next_event()
            if event is h11.NEED_DATA:
                data = await reader.read(_PIECE)
                if not data and not reply.raw_headers:
                    raise httpx.RemoteProtocolError("the connection was closed before a reply came")
                client.receive_data(data)
            elif isinstance(event, h11.Response):
                reply.status = event.status_code
                reply.raw_headers = list(event.headers)
                if dict(event.headers).get(b"content-encoding", b"identity") != b"identity":
                    raise httpx.RemoteProtocolError("the reply is packed, and nobody asked for it")
            elif isinstance(event, h11.Data):
                reply.parts.append((self._now(), bytes(event.data)))
                size += len(event.data)
                if size > MOST_BYTES:
                    raise httpx.RemoteProtocolError(f"the reply has more than {MOST_BYTES:,} bytes")
            elif isinstance(event, h11.EndOfMessage):
                return
