"""The far end of a connection to an upstream: bytes of requests in, steps of answers out.

It never waits and opens no socket. `kata.network.backend` takes the steps, on the client's side, and does the waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import lru_cache
from typing import Any

import h11
import httpx

from kata.network.manners import CannotServe
from kata.network.steps import Answering, HangUp, Never, Send, Step
from kata.network.upstream import Upstream


class ServerSide:
    """The far end of one connection: bytes of requests in, steps of answers out. It never waits."""

    def __init__(
        self,
        upstream: Upstream,
        host: str,
        port: int,
        pool: object,
        *,
        for_async: bool,
        blocking: bool,
    ) -> None:
        self.upstream = upstream
        self.tls = False
        self.hung_up = False
        self.closed = False
        self._host = host
        self._port = port
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=1024 * 1024)
        self.answering = Answering(upstream.answers, self._h11, for_async=for_async)
        self._head: h11.Request | None = None
        self._body: list[bytes] = []
        self._script: Generator[Step, Any, None] | None = None
        self._script_begun = False
        self._call: int | None = None
        self._outgoing = b""
        self._last_is_out = False
        self._connection = upstream.traffic.connection_opens(host, pool, blocking=blocking)

    def stands(self, on_end: Callable[[], None]) -> None:
        """The client's end is there too: from now on any thread may call `on_end`, which closes it."""
        self.upstream.traffic.connection_stands(self._connection, on_end)

    def is_read(self, timeout: float | None) -> None:
        """The client begins to wait for bytes."""
        if timeout is None:
            self.upstream.traffic.endless_reads += 1

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
        self.answering.status = None
        self._last_is_out = False
        self._script = self.answering.steps(request)
        self._script_begun = False
        self._call = self.upstream.traffic.call_begins(request, self._connection)

    def _url(self, target: bytes) -> httpx.URL:
        if target.startswith((b"http://", b"https://")):
            return httpx.URL(target.decode("ascii"))
        if not target.startswith(b"/"):
            # "*" of OPTIONS, "host:port" of CONNECT: no path, but it must have an address.
            target = b"/" + target
        return _address("https" if self.tls else "http", self._host, self._port, target)

    # Answers

    @property
    def ready(self) -> bool:
        """Bytes wait to be read."""
        return bool(self._outgoing)

    @property
    def is_answering(self) -> bool:
        """A request is complete, and its answer is not, or the connection is to be closed."""
        return self._script is not None

    def step(self, result: object = None) -> Step:
        """The next step of the answer; `result` is what the step before gave."""
        if self.hung_up:
            return HangUp()
        # Held here, as another thread may close the connection meanwhile.
        script = self._script
        if script is None:
            return Never()
        try:
            if self._script_begun:
                step = script.send(result)
            else:
                self._script_begun = True
                step = next(script)
        except StopIteration:
            return Never()
        except h11.LocalProtocolError as error:
            message = f"The answer that the spec gives is no HTTP: {error}"
            raise self.upstream.answers.fault(CannotServe(message)) from error
        if isinstance(step, HangUp):
            self.hung_up = True
        return step

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
        """The client has closed the connection, in whatever thread; whatever was going on is over."""
        self.closed = True
        self._finish()
        self.upstream.traffic.connection_closes(self._connection)

    def _finish(self) -> None:
        self._script = None
        call, self._call = self._call, None
        if call is not None:
            self.upstream.traffic.call_ends(call, self.answering.status)


@lru_cache(maxsize=256)
def _address(scheme: str, host: str, port: int, target: bytes) -> httpx.URL:
    """One object for all requests to an address: it never changes, and httpx parses each one with care."""
    return httpx.URL(scheme=scheme, host=host, port=port, raw_path=target)
