"""The judge's upstream as a real server: the lines that come from the answer's process, and what is said on each.

What is answered, and in what manner, is the business of `kata.network.upstream`, as in the first look. Here its
answers leave over a real socket, at their real time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Coroutine
from typing import Any, TypeVar

import httpcore

from kata.classroom.second_look import frames
from kata.network import backend
from kata.network.backend import AsyncStream
from kata.network.upstream import Upstream
from kata.spec.supervision import MOST_ATTEMPTS

T = TypeVar("T")

_PIECE = 1 << 16
_MOST_LINES = 1_500
"""Lines that one answer may hold open at once. The judge's descriptors are for everybody."""


class UpstreamLines:
    """Takes the lines that one answer's processes hand over, and serves each."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._handovers: list[socket.socket] = []
        self._serving: set[asyncio.Task[None]] = set()
        self._taken = 0

    def handover(self) -> socket.socket:
        """The answer's end of a new socket for lines, to be given to its process and closed here."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._handovers.append(ours)
        asyncio.get_running_loop().add_reader(ours, self._take, ours)
        return theirs

    async def close(self) -> None:
        """Close them all, and all lines."""
        for handover in self._handovers:
            self._shut(handover)
        self._handovers.clear()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _shut(self, handover: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            asyncio.get_running_loop().remove_reader(handover)
        handover.close()

    def _take(self, handover: socket.socket) -> None:
        try:
            came, descriptors, _, _ = socket.recv_fds(handover, 16, 4)
        except BlockingIOError:
            return
        except OSError:
            self._shut(handover)
            return
        for descriptor in descriptors:
            line = socket.socket(fileno=descriptor)
            self._taken += 1
            is_one = (line.family, line.type) == (socket.AF_UNIX, socket.SOCK_STREAM)
            if not is_one or len(self._serving) >= _MOST_LINES:
                line.close()
                continue
            line.setblocking(False)
            task = asyncio.create_task(self._serve(line))
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        if not came or self._taken > MOST_ATTEMPTS:
            self._shut(handover)

    async def _serve(self, line: socket.socket) -> None:
        try:
            reader, writer = await asyncio.open_unix_connection(sock=line)
        except OSError:
            line.close()
            return
        # Whatever comes over a line may be made up: it costs this line, and nothing else.
        with contextlib.suppress(OSError, ValueError, TypeError, frames.NoFrame, EOFError):
            try:
                await _Line(self._upstream, reader, writer).serve()
            finally:
                writer.close()


class _Line:
    """One connection, from its CONNECT to its end."""

    def __init__(
        self, upstream: Upstream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._upstream = upstream
        self._reader = reader
        self._writer = writer
        self._next: asyncio.Task[tuple[bytes, bytes]] | None = None

    async def serve(self) -> None:
        kind, data = await self._frame()
        if kind != frames.CONNECT:
            return
        host, port = json.loads(data)
        try:
            stream = await self._unless_gone(backend.connect(self._upstream, str(host), int(port)))
        except httpcore.ConnectError as error:
            await self._say(frames.error("ConnectError", str(error)))
            return
        if stream is None:
            return
        try:
            await self._say(frames.packed(frames.OPENED))
            await self._talk(stream)
        finally:
            stream.end()
            await stream.aclose()
            if self._next is not None:
                self._next.cancel()
                await asyncio.gather(self._next, return_exceptions=True)

    async def _talk(self, stream: AsyncStream) -> None:
        while True:
            kind, data = await self._frame()
            if kind == frames.TLS:
                stream.server.tls = True
            elif kind == frames.DATA:
                await stream.write(data)
            while stream.server.is_answering:
                try:
                    piece = await self._unless_gone(stream.read(_PIECE))
                except Exception as error:
                    await self._say(frames.error(type(error).__name__, str(error)))
                    return
                if not piece:
                    return
                await self._say(frames.packed(frames.DATA, piece))
            if stream.server.hung_up:
                return

    async def _say(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def _frame(self) -> tuple[bytes, bytes]:
        """The next frame. Raises EOFError when the client has gone."""
        task, self._next = self._next or asyncio.create_task(self._read()), None
        try:
            return await task
        except BaseException:
            task.cancel()
            raise

    async def _read(self) -> tuple[bytes, bytes]:
        kind, length = frames.head(await self._reader.readexactly(frames.HEAD.size))
        return kind, await self._reader.readexactly(length)

    async def _unless_gone(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What the work comes to, or None if the client goes before."""
        working = asyncio.create_task(work)
        if self._next is None:
            self._next = asyncio.create_task(self._read())
        try:
            await asyncio.wait({working, self._next}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done() and self._next.exception() is None:
                await asyncio.wait({working})  # it has sent more, and will be heard later
            if working.done():
                return working.result()
            return None
        finally:
            if not working.done():
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)
