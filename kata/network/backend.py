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
import functools
import ipaddress
import os
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import Any

import httpcore

from kata import patches
from kata.network.manners import Place, Rendezvous
from kata.network.server_side import ServerSide
from kata.network.steps import HangUp, Mark, Meet, Pull, Resolve, Send, Until
from kata.network.upstream import Upstream

ASYNC_CONNECT = ("httpcore._backends.auto", "AutoBackend.connect_tcp")
SYNC_CONNECT = ("httpcore._backends.sync", "SyncBackend.connect_tcp")
TLS_CONTEXT = ("httpx._transports.default", "create_ssl_context")
PROXIES = ("httpx._client", "get_environment_proxies")


class AsyncStream(httpcore.AsyncNetworkStream):
    """An async client's end of a connection. All waiting is done here, on the client's task."""

    def __init__(self, upstream: Upstream, host: str, port: int, pool: object) -> None:
        self.server = ServerSide(upstream, host, port, pool, for_async=True, blocking=False)
        self._mark = 0.0
        # What a read waits for. Held here, so that a waiting task is never garbage.
        self._waiter: asyncio.Future[None] | None = None
        self._reading = False
        self.server.stands(on_end=self.end)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes of the answer, or b"" when the server has closed."""
        # As a socket does: others get their turn, also when the bytes are there already.
        await asyncio.sleep(0)
        if self.server.closed:
            raise httpcore.ReadError("The connection is closed.")
        if not self.server.ready:
            self.server.is_read(timeout)
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
                result = await self.server.upstream.answers.async_outcome(step.request)
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
            raise self.server.upstream.answers.translated(error) from error

    async def _close_parts(self) -> None:
        parts, self.server.answering.parts = self.server.answering.parts, None
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

    def __init__(self, upstream: Upstream, host: str, port: int, pool: object) -> None:
        blocking = _on_a_loop()
        self.server = ServerSide(upstream, host, port, pool, for_async=False, blocking=blocking)
        # Sleeping is all the waiting that a thread does here, so the sum of it is its clock.
        self._slept = 0.0
        self.server.stands(on_end=self.close)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes of the answer, or b"" when the server has closed."""
        if self.server.closed:
            raise httpcore.ReadError("The connection is closed.")
        if not self.server.ready:
            self.server.is_read(timeout)
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
                result = self.server.upstream.answers.outcome(step.request)
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
            raise self.server.upstream.answers.translated(error) from error

    def _close_parts(self) -> None:
        parts, self.server.answering.parts = self.server.answering.parts, None
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
    upstream: Upstream,
    host: str,
    port: int,
    timeout: float | None = None,
    pool: object = None,
) -> AsyncStream:
    """Open a connection for an async client, if the spec's world lets it. `pool` is what it is opened for."""
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
    if isinstance(rule, float | int):
        try:
            async with asyncio.timeout(timeout):
                await asyncio.sleep(rule)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
    # Nothing is awaited from here on: a cancelled connect must not leave a connection behind.
    return AsyncStream(upstream, host, port, pool)


def connect_sync(
    upstream: Upstream,
    host: str,
    port: int,
    timeout: float | None = None,
    pool: object = None,
) -> SyncStream:
    """Open a connection for a sync client, if the spec's world lets it. `pool` is what it is opened for."""
    rule = upstream.rule_for(host, port)
    if rule == "refuses":
        raise httpcore.ConnectError(f"Connection to {host}:{port} was refused")
    if rule == "unreachable":
        _sleep_out(timeout)
        raise httpcore.ConnectTimeout("timed out")
    if isinstance(rule, float | int):
        time.sleep(rule if timeout is None else min(rule, timeout))
        if timeout is not None and timeout < rule:
            raise httpcore.ConnectTimeout("timed out")
    return SyncStream(upstream, host, port, pool)


@contextlib.contextmanager
def installed(upstream: Upstream) -> Generator[Upstream]:
    """Lead every connection that httpcore opens to the upstream; loopback stays real.

    Proxies that this machine is told to use are set aside meanwhile: with one in between, every
    call would go to the proxy, and none to the address that the spec knows.
    """
    with (
        _without_proxies(),
        led_to(
            functools.partial(connect, upstream),
            functools.partial(connect_sync, upstream),
        ),
    ):
        yield upstream


@contextlib.contextmanager
def led_to(
    connect: Callable[[str, int, float | None, object], Awaitable[httpcore.AsyncNetworkStream]],
    connect_sync: Callable[[str, int, float | None, object], httpcore.NetworkStream],
) -> Generator[None]:
    """Until the block ends, connections that httpcore opens come from these two. Loopback stays real.

    Both get host, port, time-out, and an object that each pool of connections has for itself.
    """
    real_async = patches.original(*ASYNC_CONNECT)
    real_sync = patches.original(*SYNC_CONNECT)

    async def connect_tcp(
        self: Any, host: str, port: int, timeout: float | None = None, *args: Any, **kwargs: Any
    ) -> httpcore.AsyncNetworkStream:
        if is_loopback(host):
            return await real_async(self, host, port, timeout, *args, **kwargs)
        return await connect(host, port, timeout, self)

    def connect_tcp_sync(
        self: Any, host: str, port: int, timeout: float | None = None, *args: Any, **kwargs: Any
    ) -> httpcore.NetworkStream:
        if is_loopback(host):
            return real_sync(self, host, port, timeout, *args, **kwargs)
        return connect_sync(host, port, timeout, self)

    with patches.replaced({ASYNC_CONNECT: connect_tcp, SYNC_CONNECT: connect_tcp_sync}):
        yield


@contextlib.contextmanager
def no_certificates() -> Generator[None]:
    """Give httpx's clients TLS contexts that know no authorities: to load those costs some 35 ms of CPU.

    No certificate is ever shown here, so nothing is lost. Contexts that were asked for by more than
    `verify=True` are made as httpx makes them.
    """
    original = patches.original(*TLS_CONTEXT)

    @functools.cache
    def shared() -> ssl.SSLContext:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # a client does nothing to it but hand it on

    def create_ssl_context(*args: Any, **kwargs: Any) -> Any:
        asked = {name: value for name, value in kwargs.items() if name != "trust_env"}
        if args or asked.pop("verify", True) is not True or any(asked.values()):
            return original(*args, **kwargs)
        return shared()

    with patches.replaced({TLS_CONTEXT: create_ssl_context}):
        yield


@contextlib.contextmanager
def _without_proxies() -> Generator[None]:
    before = os.environ.get("no_proxy")
    # "*" in the environment also outranks what a desktop's own settings say.
    os.environ["no_proxy"] = "*"
    try:
        # Each client would read the whole environment to find that out.
        with patches.replaced({PROXIES: dict}):
            yield
    finally:
        if before is None:
            del os.environ["no_proxy"]
        else:
            os.environ["no_proxy"] = before
