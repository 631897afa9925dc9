"""In the answer's process: whatever httpx connects to is the judge's upstream.

Only the last step is replaced, below httpcore's connection pool: where a connection to a host would be opened, one
end of a new pair of sockets is handed to the judge. So limits, keep-alive and time-outs are httpx's own and real, and
no network is needed. TLS is left away: the judge is told that it was asked for.

An answer can undo this, or open such a line itself. It wins nothing by it: the judge counts what comes to it, says
what its upstream answers with values of its own, and believes nothing else.
"""

# httpcore hands a time limit to each read, write and connect; the signatures are its own.
# ruff: noqa: ASYNC109

from __future__ import annotations

import asyncio
import contextlib
import json
import select
import socket
import ssl
from collections.abc import Generator
from typing import Any

import httpcore

from kata.classroom.second_look import frames
from kata.network.backend import led_to, no_certificates

_PIECE = 1 << 16


class Handover:
    """The socket on which lines are handed to the judge, one end of each."""

    def __init__(self, to_the_judge: socket.socket) -> None:
        self._to_the_judge = to_the_judge

    def line(self) -> socket.socket:
        """This side's end of a new line. Raises httpcore.ConnectError if the judge takes none any more."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            socket.send_fds(self._to_the_judge, [b"+"], [theirs.fileno()])
        except OSError as error:
            ours.close()
            raise httpcore.ConnectError(str(error)) from error
        finally:
            theirs.close()
        return ours


class _Incoming:
    """Frames of the judge's, as bytes of an answer or as the exception that they name."""

    def __init__(self) -> None:
        self._frames = frames.Unpacker()
        self._ready = b""
        self.ended = False

    def feed(self, data: bytes) -> None:
        self.ended = self.ended or not data
        self._frames.feed(data)

    def take(self, count: int) -> bytes | None:
        """Bytes; b"" at the end; None until more has come. Raises what an ERROR names."""
        while not self._ready:
            frame = self._frames.next()
            if frame is None:
                return b"" if self.ended else None
            kind, data = frame
            if kind == frames.ERROR:
                raise _named(data)
            if kind == frames.OPENED:
                return frames.OPENED
            self._ready = data
        taken, self._ready = self._ready[:count], self._ready[count:]
        return taken

    @property
    def has_more(self) -> bool:
        return bool(self._ready)


def _named(data: bytes) -> Exception:
    name, text = json.loads(data)
    kind = getattr(httpcore, name, None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        return kind(text)
    return httpcore.ReadError(text)


class AsyncLine(httpcore.AsyncNetworkStream):
    """An async client's connection, which ends at the judge."""

    def __init__(self, line: socket.socket) -> None:
        line.setblocking(False)
        self._line = line
        self._incoming = _Incoming()

    async def connect(self, host: str, port: int, timeout: float | None) -> None:
        try:
            async with asyncio.timeout(timeout):
                await self._send(frames.packed(frames.CONNECT, json.dumps([host, port]).encode()))
                if await self._take(_PIECE) != frames.OPENED:
                    raise httpcore.ConnectError(f"Connection to {host}:{port} was refused")
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            async with asyncio.timeout(timeout):
                return await self._take(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            async with asyncio.timeout(timeout):
                for begin in range(0, len(buffer), _PIECE):
                    piece = bytes(buffer[begin : begin + _PIECE])
                    await self._send(frames.packed(frames.DATA, piece))
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error

    async def aclose(self) -> None:
        with contextlib.suppress(RuntimeError, ValueError, OSError):
            asyncio.get_running_loop().remove_reader(self._line)
        self._line.close()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        await self._send(frames.packed(frames.TLS))
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._incoming.has_more or _is_readable(self._line)
        return None

    async def _send(self, data: bytes) -> None:
        try:
            await asyncio.get_running_loop().sock_sendall(self._line, data)
        except (OSError, ValueError) as error:
            raise httpcore.WriteError(str(error)) from error

    async def _take(self, count: int) -> bytes:
        loop = asyncio.get_running_loop()
        while (taken := self._incoming.take(count)) is None:
            try:
                self._incoming.feed(await loop.sock_recv(self._line, _PIECE))
            except (OSError, ValueError) as error:
                raise httpcore.ReadError(str(error)) from error
        return taken


class SyncLine(httpcore.NetworkStream):
    """The same for a sync client."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._incoming = _Incoming()

    def connect(self, host: str, port: int, timeout: float | None) -> None:
        self._line.settimeout(timeout)
        try:
            self._send(frames.packed(frames.CONNECT, json.dumps([host, port]).encode()))
            if self._take(_PIECE) != frames.OPENED:
                raise httpcore.ConnectError(f"Connection to {host}:{port} was refused")
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._line.settimeout(timeout)
        try:
            return self._take(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._line.settimeout(timeout)
        try:
            for begin in range(0, len(buffer), _PIECE):
                self._send(frames.packed(frames.DATA, bytes(buffer[begin : begin + _PIECE])))
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error

    def close(self) -> None:
        self._line.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        self._send(frames.packed(frames.TLS))
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._incoming.has_more or _is_readable(self._line)
        return None

    def _send(self, data: bytes) -> None:
        try:
            self._line.sendall(data)
        except TimeoutError:
            raise
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def _take(self, count: int) -> bytes:
        while (taken := self._incoming.take(count)) is None:
            try:
                self._incoming.feed(self._line.recv(_PIECE))
            except TimeoutError:
                raise
            except OSError as error:
                raise httpcore.ReadError(str(error)) from error
        return taken


def _is_readable(line: socket.socket) -> bool:
    if line.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(line, select.POLLIN)
    return bool(poll.poll(0))


@contextlib.contextmanager
def dialling(handover: Handover) -> Generator[None]:
    """Lead every connection of httpx to the judge. Loopback stays real."""

    async def connect(
        host: str, port: int, timeout: float | None, _pool: object
    ) -> httpcore.AsyncNetworkStream:
        line = AsyncLine(handover.line())
        try:
            await line.connect(host, port, timeout)
        except BaseException:
            await line.aclose()
            raise
        return line

    def connect_sync(
        host: str, port: int, timeout: float | None, _pool: object
    ) -> httpcore.NetworkStream:
        line = SyncLine(handover.line())
        try:
            line.connect(host, port, timeout)
        except BaseException:
            line.close()
            raise
        return line

    with no_certificates(), led_to(connect, connect_sync):
        yield
