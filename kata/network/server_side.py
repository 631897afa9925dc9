"""The far end of a connection to an upstream: bytes of requests in, steps of answers out.

It never waits and opens no socket. `kata.network.backend` takes the steps, on the client's side, and does the waiting.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import h11
import httpcore
import httpx

from kata.network.manners import CannotServe, Manner, Outcome, Rendezvous
from kata.network.upstream import Upstream

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
        self._number = upstream.traffic.connection_opens(host, on_end, blocking=blocking)

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
        self._call = self.upstream.traffic.call_begins(request, self._number)

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
            raise self.upstream.answers.fault(CannotServe(message)) from error

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
            self.upstream.traffic.connection_closes(self._number)

    def _finish(self) -> None:
        self._script = None
        call, self._call = self._call, None
        if call is not None:
            self.upstream.traffic.call_ends(call, self._status)

    def _answer(self, request: httpx.Request) -> Generator[Step, Any, None]:
        outcome: Outcome = yield Resolve(request)
        manner = outcome.manner
        if manner.rendezvous is not None:
            yield Meet(manner.rendezvous)
        if seconds := self._seconds(manner, request):
            yield Until(seconds)
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
            yield from self._whole(response, manner)
        else:
            if manner.drip is not None:
                message = "drip= cuts a body into pieces; this one already comes in pieces."
                raise self.upstream.answers.fault(CannotServe(message))
            yield from self._in_parts(response, manner)

    def _seconds(self, manner: Manner, request: httpx.Request) -> float:
        try:
            return manner.seconds(request)
        except Exception as error:
            raise self.upstream.answers.fault(error) from error

    def _whole(self, response: httpx.Response, manner: Manner) -> Generator[Step, Any, None]:
        """A body that is there in full: in one piece with its head, or dripping."""
        assert isinstance(response.stream, httpx.ByteStream)
        body = b"".join(response.stream)
        if manner.ending == "answers":
            out = self._start(response, _framed(response.headers.raw, len(body)))
        else:
            body = body or BODY_TO_CUT
            declared = [(k, v) for k, v in response.headers.raw if k.lower() != b"content-length"]
            out = self._start(response, _framed(declared, len(body)))
            body = body[: (len(body) + 1) // 2]
        if manner.pause and body:
            yield from self._pause(out, manner.pause)
            out = b""
        seconds, count = manner.drip or (0.0, 1)
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
        yield from self._last(out, manner.ending)

    def _pause(self, head: bytes, seconds: float) -> Generator[Step, Any, None]:
        """Send the head of an answer, so many seconds before its body."""
        yield Send(head)
        yield Until(seconds)
        yield Mark()

    def _in_parts(self, response: httpx.Response, manner: Manner) -> Generator[Step, Any, None]:
        """A body that is produced while it is sent; each part leaves as it comes."""
        length = response.headers.get("content-length")
        missing = None if length is None else int(length)
        self.parts = self._open(response.stream)
        out = self._start(response, response.headers.raw)
        if missing != 0:
            yield from self._pause(out, manner.pause)
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
            if missing == 0 or manner.ending != "answers":
                break
            yield Send(out)
            out = b""
        yield from self._last(out, manner.ending)

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
        raise self.upstream.answers.fault(CannotServe(message))

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
