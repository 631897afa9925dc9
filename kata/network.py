"""An in-memory network, below httpcore's connection pool.

httpx hands a request to httpcore's pool; the pool picks or opens a connection; the connection
writes and reads bytes through a *network stream*. Only that last thing is replaced here. So the
pool, its limits, keep-alive, time-outs of each phase, transport retries and redirects are the real
ones, and what a spec sees of them is what happens in life.

    with network.installed(upstream), network.no_certificates():
        ...

There is no server task. The answer is made inside the client's own `read`, step by step, so
nothing can outlive a call, and a call that is given up just stops.

Time is the running loop's (`loop.time`, `loop.call_at`) for async clients, and `time.sleep`, looked
up when it is needed, for sync ones.
"""

# httpcore hands a time limit to each read, write and connect; the signatures are its own.
# ruff: noqa: ASYNC109

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import h11
import httpcore
import httpx

from kata import patches
from kata.upstream import CannotServe, Outcome, Place, Rendezvous, Upstream

ASYNC_CONNECT = ("httpcore._backends.auto", "AutoBackend.connect_tcp")
SYNC_CONNECT = ("httpcore._backends.sync", "SyncBackend.connect_tcp")
TLS_CONTEXT = ("httpx._transports.default", "create_ssl_context")

# Cut in half by a server that hangs up, when the spec names no body of its own.
BODY_TO_CUT = b'{"cut": "in the middle"}'


# The steps of an answer. The server side says what comes next; a stream, async or sync, does it.


@dataclass(frozen=True)
class Resolve:
    """Ask the upstream what to answer. Gives an Outcome."""

    request: httpx.Request


@dataclass(frozen=True)
class Meet:
    """Wait until enough calls to the same route are here."""

    rendezvous: Rendezvous


@dataclass(frozen=True)
class Until:
    """Wait until so many seconds after the last mark (the first is: the request was complete)."""

    seconds: float


@dataclass(frozen=True)
class Mark:
    """From here on, `Until` counts anew."""


@dataclass(frozen=True)
class Pull:
    """Take the next part of a body that is produced as it goes. Gives bytes, None at the end."""

    parts: Iterator[bytes] | AsyncIterator[bytes]


@dataclass(frozen=True)
class Never:
    """Wait for ever."""


@dataclass(frozen=True)
class Send:
    """Bytes for the client; `last` when the answer is complete with them."""

    data: bytes
    last: bool = False


@dataclass(frozen=True)
class HangUp:
    """The server closes the connection."""


Step = Resolve | Meet | Until | Mark | Pull | Never | Send | HangUp


class ServerSide:
    """The far end of one connection: bytes of requests in, steps of answers out. It never waits."""

    def __init__(
        self,
        upstream: Upstream,
        host: str,
        port: int,
        *,
        for_async: bool,
        on_end: Callable[[], None],
        blocking: bool,
    ) -> None:
        self.upstream = upstream
        self.tls = False
        self.hung_up = False
        self.closed = False
        self.parts: Iterator[bytes] | AsyncIterator[bytes] | None = None
        self._host = host
        self._port = port
        self._for_async = for_async
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=1024 * 1024)
        self._head: h11.Request | None = None
        self._body: list[bytes] = []
        self._script: Generator[Step, Any, None] | None = None
        self._script_begun = False
        self._call: int | None = None
        self._status: int | None = None
        self._outgoing = b""
        self._last_is_out = False
        self._number = upstream.connection_opens(host, on_end, blocking=blocking)

    # Requests

    def receive(self, data: bytes) -> bool:
        """Take bytes from the client; True when a request is complete with them."""
        try:
            self._h11.receive_data(data)
            while True:
                event = self._h11.next_event()
                if isinstance(event, h11.Request):
                    self._head, self._body = event, []
                elif isinstance(event, h11.Data):
                    self._body.append(bytes(event.data))
                elif isinstance(event, h11.EndOfMessage):
                    self._answer_next()
                    return True
                else:
                    return False
        except h11.RemoteProtocolError:
            # No HTTP: a server drops such a client.
            self.hung_up = True
            return False

    def _answer_next(self) -> None:
        assert self._head is not None
        request = httpx.Request(
            self._head.method.decode("ascii"),
            self._url(self._head.target),
            headers=self._head.headers.raw_items(),
            content=b"".join(self._body),
        )
        self._status = None
        self._last_is_out = False
        self._script = self._answer(request)
        self._script_begun = False
        self._call = self.upstream.call_begins(request, self._number)

    def _url(self, target: bytes) -> httpx.URL:
        if target.startswith((b"http://", b"https://")):
            return httpx.URL(target.decode("ascii"))
        scheme = "https" if self.tls else "http"
        if not target.startswith(b"/"):
            # "*" of OPTIONS, "host:port" of CONNECT: no path, but it must have an address.
            target = b"/" + target
        return httpx.URL(scheme=scheme, host=self._host, port=self._port, raw_path=target)

    # Answers

    @property
    def ready(self) -> bool:
        """Bytes wait to be read."""
        return bool(self._outgoing)

    def step(self, result: object = None) -> Step:
        """The next step of the answer; `result` is what the step before gave."""
        if self.hung_up:
            return HangUp()
        if self._script is None:
            return Never()
        try:
            if not self._script_begun:
                self._script_begun = True
                return next(self._script)
            return self._script.send(result)
        except StopIteration:
            return Never()
        except h11.LocalProtocolError as error:
            message = f"The answer that the spec gives is no HTTP: {error}"
            raise self.upstream.fault(CannotServe(message)) from error

    def put(self, step: Send) -> None:
        """Bytes are on their way to the client."""
        self._outgoing += step.data
        self._last_is_out = step.last

    def take(self, max_bytes: int) -> bytes:
        """Hand bytes to the client; with the last one the call is over."""
        data, self._outgoing = self._outgoing[:max_bytes], self._outgoing[max_bytes:]
        if self._last_is_out and not self._outgoing:
            self._finish()
            if self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE:
                self._h11.start_next_cycle()
            else:
                self.hung_up = True
        return data

    def close(self) -> None:
        """The client has closed the connection; whatever was going on is over."""
        if not self.closed:
            self.closed = True
            self._finish()
            self.upstream.connection_closes(self._number)

    def _finish(self) -> None:
        self._script = None
        call, self._call = self._call, None
        if call is not None:
            self.upstream.call_ends(call, self._status)

    def _answer(self, request: httpx.Request) -> Generator[Step, Any, None]:
        outcome: Outcome = yield Resolve(request)
        manner = outcome.manner
        if manner.rendezvous is not None:
            yield Meet(manner.rendezvous)
        if manner.takes:
            yield Until(manner.takes)
        if outcome.error is not None:
            raise outcome.error
        if manner.ending == "silent":
            while True:
                yield Never()
        response = outcome.response
        assert response is not None
        yield Mark()
        if request.method == "HEAD" or response.status_code in (204, 304):
            if manner.ending != "answers":
                yield from self._cut(manner.ending)
            head = self._start(response, _framed(response.headers.raw, None))
            yield Send(head + self._send(h11.EndOfMessage()), last=True)
        elif isinstance(response.stream, httpx.ByteStream):
            yield from self._whole(response, manner.drip, manner.ending)
        else:
            if manner.drip is not None:
                message = "drip= cuts a body into pieces; this one already comes in pieces."
                raise self.upstream.fault(CannotServe(message))
            yield from self._in_parts(response, manner.ending)

    def _whole(
        self, response: httpx.Response, drip: tuple[float, int] | None, ending: str
    ) -> Generator[Step, Any, None]:
        """A body that is there in full: in one piece with its head, or dripping."""
        assert isinstance(response.stream, httpx.ByteStream)
        body = b"".join(response.stream)
        if ending == "answers":
            out = self._start(response, _framed(response.headers.raw, len(body)))
        else:
            body = body or BODY_TO_CUT
            declared = [(k, v) for k, v in response.headers.raw if k.lower() != b"content-length"]
            out = self._start(response, _framed(declared, len(body)))
            body = body[: (len(body) + 1) // 2]
        seconds, count = drip or (0.0, 1)
        for index in range(count):
            if index:
                yield Until(index * seconds)
            piece = body[len(body) * index // count : len(body) * (index + 1) // count]
            if piece:
                out += self._send(h11.Data(data=piece))
            if index == count - 1:
                break
            if out:
                yield Send(out)
                out = b""
        yield from self._last(out, ending)

    def _in_parts(self, response: httpx.Response, ending: str) -> Generator[Step, Any, None]:
        """A body that is produced while it is sent; each part leaves as it comes."""
        length = response.headers.get("content-length")
        missing = None if length is None else int(length)
        self.parts = self._open(response.stream)
        out = self._start(response, response.headers.raw)
        if missing != 0:
            yield Send(out)
            out = b""
        # A client knows from the length that it has all, and does not read on. So this must know.
        while missing != 0:
            part: bytes | None = yield Pull(self.parts)
            if part is None:
                break
            if not part:
                continue
            out = self._send(h11.Data(data=part))
            missing = None if missing is None else missing - len(part)
            if missing == 0 or ending != "answers":
                break
            yield Send(out)
            out = b""
        yield from self._last(out, ending)

    def _last(self, out: bytes, ending: str) -> Generator[Step, Any, None]:
        if ending == "answers":
            try:
                end = self._send(h11.EndOfMessage())
            except h11.LocalProtocolError:
                # Less came than the content-length had promised: such a server closes.
                ending = "hangs_up"
            else:
                yield Send(out + end, last=True)
                return
        if out:
            yield Send(out)
        yield from self._cut(ending)

    def _cut(self, ending: str) -> Generator[Step, Any, None]:
        if ending == "breaks":
            raise httpcore.ReadError("Connection reset by peer")
        self.hung_up = True
        yield HangUp()

    def _open(self, stream: object) -> Iterator[bytes] | AsyncIterator[bytes]:
        if self._for_async and isinstance(stream, httpx.AsyncByteStream):
            return aiter(stream)
        if isinstance(stream, httpx.SyncByteStream):
            return iter(stream)
        message = "The body of this answer is an async iterator, and a sync client asks for it."
        raise self.upstream.fault(CannotServe(message))

    def _start(self, response: httpx.Response, headers: list[tuple[bytes, bytes]]) -> bytes:
        head = h11.Response(
            status_code=response.status_code,
            headers=headers,
            reason=response.reason_phrase.encode("ascii", "replace"),
        )
        data = self._send(head)
        self._status = response.status_code
        return data

    def _send(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> bytes:
        return self._h11.send(event) or b""


def _framed(headers: list[tuple[bytes, bytes]], length: int | None) -> list[tuple[bytes, bytes]]:
    """The headers, and a content-length where they leave the end of the body open."""
    names = {name.lower() for name, _ in headers}
    if length is None or names & {b"content-length", b"transfer-encoding"}:
        return headers
    return [*headers, (b"Content-Length", str(length).encode("ascii"))]


class AsyncStream(httpcore.AsyncNetworkStream):
    """An async client's end of a connection. All waiting is done here, on the client's task."""

    def __init__(self, upstream: Upstream, host: str, port: int) -> None:
        self.server = ServerSide(
            upstream, host, port, for_async=True, on_end=self.end, blocking=False
        )
        self._mark = 0.0
        # What a read waits for. Held here, so that a waiting task is never garbage.
        self._waiter: asyncio.Future[None] | None = None
        self._reading = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes of the answer, or b"" when the server has closed."""
        # As a socket does: others get their turn, also when the bytes are there already.
        await asyncio.sleep(0)
        if self.server.closed:
            raise httpcore.ReadError("The connection is closed.")
        if not self.server.ready:
            self._reading = True
            try:
                async with asyncio.timeout(timeout):
                    await self._proceed()
            except TimeoutError as error:
                raise httpcore.ReadTimeout(str(error)) from error
            finally:
                self._reading = False
                if self.server.closed:
                    await self._close_parts()
        data = self.server.take(max_bytes)
        if self.server.hung_up:
            await self._close_parts()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes of a request. Never waits: memory takes all at once."""
        if not buffer:
            return
        await asyncio.sleep(0)
        if self.server.closed or self.server.hung_up:
            raise httpcore.WriteError("Broken pipe")
        if self.server.receive(buffer):
            self._mark = asyncio.get_running_loop().time()

    async def aclose(self) -> None:
        """Close this end. A read that waits elsewhere fails."""
        self.end()
        # As with a socket: others get their turn before the caller goes on.
        await asyncio.sleep(0)
        if not self._reading:
            await self._close_parts()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Nobody listens in memory: from now on it is called https, and that is all."""
        self.server.tls = True
        return self

    def get_extra_info(self, info: str) -> Any:
        """`is_readable` tells the pool whether an idle connection was closed by the server."""
        if info == "is_readable":
            return self.server.hung_up or self.server.closed or self.server.ready
        return None

    def end(self) -> None:
        """Close this end, without awaiting anything."""
        self.server.close()
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done() and not waiter.get_loop().is_closed():
            waiter.set_exception(httpcore.ReadError("The connection is closed."))

    async def _proceed(self) -> None:
        """Carry the answer on until there are bytes for the client, or no more will come."""
        result: object = None
        while True:
            step = self.server.step(result)
            result = None
            if isinstance(step, Send):
                self.server.put(step)
                return
            if isinstance(step, HangUp):
                return
            if isinstance(step, Resolve):
                result = await self.server.upstream.async_outcome(step.request)
            elif isinstance(step, Meet):
                await self._meet(step.rendezvous)
            elif isinstance(step, Until):
                await self._wait(self._mark + step.seconds)
            elif isinstance(step, Mark):
                self._mark = asyncio.get_running_loop().time()
            elif isinstance(step, Pull):
                result = await self._pull(step.parts)
            else:
                await self._wait(None)
            if self.server.closed:
                raise httpcore.ReadError("The connection is closed.")

    async def _wait(self, moment: float | None) -> None:
        """Until that moment of the loop, or for ever; closing the connection ends it too."""
        loop = asyncio.get_running_loop()
        if moment is not None and moment <= loop.time():
            return
        waiter = self._waiter = loop.create_future()
        timer = None if moment is None else loop.call_at(moment, _release, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    async def _meet(self, rendezvous: Rendezvous) -> None:
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()

        def wake() -> None:
            try:
                here = asyncio.get_running_loop() is loop
            except RuntimeError:
                here = False
            if here:
                _release(waiter)
            else:
                # A thread completed the batch. The loop may have ended since.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(_release, waiter)

        place = Place(wake)
        rendezvous.arrive(place)
        try:
            await waiter
        finally:
            self._waiter = None
            rendezvous.leave(place)

    async def _pull(self, parts: Iterator[bytes] | AsyncIterator[bytes]) -> bytes | None:
        try:
            if isinstance(parts, AsyncIterator):
                return await anext(parts, None)
            return next(parts, None)
        except Exception as error:
            raise self.server.upstream.translated(error) from error

    async def _close_parts(self) -> None:
        parts, self.server.parts = self.server.parts, None
        close = getattr(parts, "aclose", None) or getattr(parts, "close", None)
        if close is not None:
            closing = close()
            if closing is not None:
                await closing


def _release(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class SyncStream(httpcore.NetworkStream):
    """A sync client's end of a connection, in a worker thread or, wrongly, on the loop's."""

    def __init__(self, upstream: Upstream, host: str, port: int) -> None:
        self.server = ServerSide(
            upstream, host, port, for_async=False, on_end=self.close, blocking=_on_a_loop()
        )
        # Sleeping is all the waiting that a thread does here, so the sum of it is its clock.
        self._slept = 0.0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes of the answer, or b"" when the server has closed."""
        if self.server.closed:
            raise httpcore.ReadError("The connection is closed.")
        if not self.server.ready:
            self._proceed(timeout)
        data = self.server.take(max_bytes)
        if self.server.hung_up:
            self._close_parts()
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes of a request. Never waits: memory takes all at once."""
        if not buffer:
            return
        if self.server.closed or self.server.hung_up:
            raise httpcore.WriteError("Broken pipe")
        if self.server.receive(buffer):
            self._slept = 0.0

    def close(self) -> None:
        """Close this end."""
        self.server.close()
        self._close_parts()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Nobody listens in memory: from now on it is called https, and that is all."""
        self.server.tls = True
        return self

    def get_extra_info(self, info: str) -> Any:
        """`is_readable` tells the pool whether an idle connection was closed by the server."""
        if info == "is_readable":
            return self.server.hung_up or self.server.closed or self.server.ready
        return None

    def _proceed(self, timeout: float | None) -> None:
        """Carry the answer on until there are bytes for the client, or no more will come."""
        deadline = None if timeout is None else self._slept + timeout
        result: object = None
        while True:
            step = self.server.step(result)
            result = None
            if isinstance(step, Send):
                self.server.put(step)
                return
            if isinstance(step, HangUp):
                return
            if isinstance(step, Resolve):
                result = self.server.upstream.outcome(step.request)
            elif isinstance(step, Meet):
                self._meet(step.rendezvous, timeout)
            elif isinstance(step, Until):
                self._sleep(step.seconds, deadline)
            elif isinstance(step, Mark):
                deadline = None if deadline is None else deadline - self._slept
                self._slept = 0.0
            elif isinstance(step, Pull):
                result = self._pull(step.parts)
            else:
                self._sleep(None, deadline)
            if self.server.closed:
                raise httpcore.ReadError("The connection is closed.")

    def _sleep(self, moment: float | None, deadline: float | None) -> None:
        if moment is not None and (deadline is None or moment <= deadline):
            if moment > self._slept:
                time.sleep(moment - self._slept)
                self._slept = moment
            return
        _sleep_out(None if deadline is None else deadline - self._slept)
        raise httpcore.ReadTimeout("timed out")

    def _meet(self, rendezvous: Rendezvous, timeout: float | None) -> None:
        condition = threading.Condition()

        def wake() -> None:
            with condition:
                condition.notify()

        place = Place(wake)
        rendezvous.arrive(place)
        try:
            with condition:
                # One wait is enough, as only `wake` notifies; so no clock is read here.
                if not place.released:
                    condition.wait(timeout)
            if not place.released:
                raise httpcore.ReadTimeout("timed out")
        finally:
            rendezvous.leave(place)

    def _pull(self, parts: Iterator[bytes] | AsyncIterator[bytes]) -> bytes | None:
        assert not isinstance(parts, AsyncIterator)
        try:
            return next(parts, None)
        except Exception as error:
            raise self.server.upstream.translated(error) from error

    def _close_parts(self) -> None:
        parts, self.server.parts = self.server.parts, None
        close = getattr(parts, "close", None)
        if close is not None:
            # Closed from another thread while this one is in the middle of producing a part.
            with contextlib.suppress(ValueError):
                close()


def _sleep_out(seconds: float | None) -> None:
    """Sleep through a client's limit; without a limit, for ever."""
    if seconds is None:
        condition = threading.Condition()
        with condition:
            condition.wait()
    else:
        time.sleep(max(0.0, seconds))


def _on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether this host is the machine itself: localhost, 127.0.0.0/8, ::1."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


async def connect(
    upstream: Upstream, host: str, port: int, timeout: float | None = None
) -> AsyncStream:
    """Open a connection for an async client, if the spec's world lets it."""
    await asyncio.sleep(0)
    rule = upstream.rule_for(host, port)
    if rule == "refuses":
        raise httpcore.ConnectError(f"Connection to {host}:{port} was refused")
    if rule == "unreachable":
        try:
            async with asyncio.timeout(timeout):
                await asyncio.get_running_loop().create_future()
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
    # Nothing is awaited from here on: a cancelled connect must not leave a connection behind.
    return AsyncStream(upstream, host, port)


def connect_sync(
    upstream: Upstream, host: str, port: int, timeout: float | None = None
) -> SyncStream:
    """Open a connection for a sync client, if the spec's world lets it."""
    rule = upstream.rule_for(host, port)
    if rule == "refuses":
        raise httpcore.ConnectError(f"Connection to {host}:{port} was refused")
    if rule == "unreachable":
        _sleep_out(timeout)
        raise httpcore.ConnectTimeout("timed out")
    return SyncStream(upstream, host, port)


@contextlib.contextmanager
def installed(upstream: Upstream) -> Generator[Upstream]:
    """Lead every connection that httpcore opens to the upstream; loopback stays real.

    Proxies that this machine is told to use are set aside meanwhile: with one in between, every
    call would go to the proxy, and none to the address that the spec knows.
    """
    real_async = patches.original(*ASYNC_CONNECT)
    real_sync = patches.original(*SYNC_CONNECT)

    async def connect_tcp(
        self: Any, host: str, port: int, timeout: float | None = None, *args: Any, **kwargs: Any
    ) -> httpcore.AsyncNetworkStream:
        if is_loopback(host):
            return await real_async(self, host, port, timeout, *args, **kwargs)
        return await connect(upstream, host, port, timeout)

    def connect_tcp_sync(
        self: Any, host: str, port: int, timeout: float | None = None, *args: Any, **kwargs: Any
    ) -> httpcore.NetworkStream:
        if is_loopback(host):
            return real_sync(self, host, port, timeout, *args, **kwargs)
        return connect_sync(upstream, host, port, timeout)

    with (
        _without_proxies(),
        patches.replaced({ASYNC_CONNECT: connect_tcp, SYNC_CONNECT: connect_tcp_sync}),
    ):
        yield upstream


@contextlib.contextmanager
def no_certificates() -> Generator[None]:
    """Give httpx's clients TLS contexts that know no authorities: to load those costs some 35 ms of CPU.

    No certificate is ever shown here, so nothing is lost. Contexts that were asked for by more than
    `verify=True` are made as httpx makes them.
    """
    original = patches.original(*TLS_CONTEXT)

    def create_ssl_context(*args: Any, **kwargs: Any) -> Any:
        asked = {name: value for name, value in kwargs.items() if name != "trust_env"}
        if args or asked.pop("verify", True) is not True or any(asked.values()):
            return original(*args, **kwargs)
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    with patches.replaced({TLS_CONTEXT: create_ssl_context}):
        yield


@contextlib.contextmanager
def _without_proxies() -> Generator[None]:
    before = os.environ.get("no_proxy")
    # "*" in the environment also outranks what a desktop's own settings say.
    os.environ["no_proxy"] = "*"
    try:
        yield
    finally:
        if before is None:
            del os.environ["no_proxy"]
        else:
            os.environ["no_proxy"] = before
