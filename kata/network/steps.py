"""What a server does to answer a request, step by step. A stream, async or sync, takes the steps and does the waits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import h11
import httpcore
import httpx

from kata.network.answers import Answers
from kata.network.manners import CannotServe, Manner, Outcome, Rendezvous

# Cut in half by a server that hangs up, when the spec names no body of its own.
BODY_TO_CUT = b'{"cut": "in the middle"}'


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


class Answering:
    """Turns what the spec wants answered into steps, for the requests of one connection, one after the other.

    `parts` is the body that is produced while it is sent, if there was one; whoever sends it closes it. `status` is
    that of the answer under way, once its head has been made.
    """

    def __init__(self, answers: Answers, connection: h11.Connection, *, for_async: bool) -> None:
        self.parts: Iterator[bytes] | AsyncIterator[bytes] | None = None
        self.status: int | None = None
        self._answers = answers
        self._h11 = connection
        self._for_async = for_async

    def steps(self, request: httpx.Request) -> Generator[Step, Any, None]:
        """The answer to a request. Each step is sent what it gave. Raises the fault if it cannot be sent."""
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
                raise self._answers.fault(CannotServe(message))
            yield from self._in_parts(response, manner)

    def _seconds(self, manner: Manner, request: httpx.Request) -> float:
        try:
            return manner.seconds(request)
        except Exception as error:
            raise self._answers.fault(error) from error

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
        yield HangUp()

    def _open(self, stream: object) -> Iterator[bytes] | AsyncIterator[bytes]:
        if self._for_async and isinstance(stream, httpx.AsyncByteStream):
            return aiter(stream)
        if isinstance(stream, httpx.SyncByteStream):
            return iter(stream)
        message = "The body of this answer is an async iterator, and a sync client asks for it."
        raise self._answers.fault(CannotServe(message))

    def _start(self, response: httpx.Response, headers: list[tuple[bytes, bytes]]) -> bytes:
        head = h11.Response(
            status_code=response.status_code,
            headers=headers,
            reason=response.reason_phrase.encode("ascii", "replace"),
        )
        data = self._send(head)
        self.status = response.status_code
        return data

    def _send(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> bytes:
        return self._h11.send(event) or b""


def _framed(headers: list[tuple[bytes, bytes]], length: int | None) -> list[tuple[bytes, bytes]]:
    """The headers, and a content-length where they leave the end of the body open."""
    names = {name.lower() for name, _ in headers}
    if length is None or names & {b"content-length", b"transfer-encoding"}:
        return headers
    return [*headers, (b"Content-Length", str(length).encode("ascii"))]
