"""What no server would send, and no client could read: a response is held to HTTP as real servers and clients hold it.

`h11` checks the head, by building it: 3 µs a response, where a whole `h11` connection for each would take 30. The body
is counted here, and what a content-encoding says of it is tried by httpx, as the client would.
"""

from __future__ import annotations

import h11
import httpx

BODILESS = (204, 304)
"""Statuses whose responses have no body, whatever their headers say."""


class NotHttp(RuntimeError):
    """The response is none that a server sends. The message says why.

    uvicorn raises RuntimeError into the application there.
    """


class Undecodable(NotHttp):
    """A server would send it, but no client can read it: the body is not encoded as a header says."""


class Wire:
    """One response on its way to the client. Raises NotHttp for what breaks HTTP."""

    def __init__(self, method: str) -> None:
        self._is_head = method == "HEAD"
        self._is_begun = self._is_over = False
        self._missing: int | None = None
        """Bytes of the body that are still to come. None if no header says how many."""
        self._bodiless_status: int | None = None
        self._encoding = ""
        self._body: list[bytes] = []

    def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """The head of the response."""
        if self._is_begun:
            raise NotHttp("a response was started that had been started before")
        self._is_begun = True
        try:
            head = h11.Response(status_code=status, headers=headers)
        except h11.LocalProtocolError as error:
            raise NotHttp(str(error)) from None
        sent = dict(head.headers)
        if status in BODILESS:
            self._bodiless_status = status
        elif not self._is_head:
            length = sent.get(b"content-length")
            if length is not None and b"transfer-encoding" not in sent:
                self._missing = int(length)
            self._encoding = sent.get(b"content-encoding", b"").decode("latin-1")

    def part(self, body: bytes, *, more: bool) -> None:
        """A part of the body, perhaps an empty one. After the last, nothing more comes."""
        if not self._is_begun or self._is_over:
            when = "after it was complete" if self._is_over else "before it was started"
            raise NotHttp(f"a part of the response was sent {when}")
        self._is_over = not more
        if self._is_head:
            return
        if body and self._bodiless_status is not None:
            raise NotHttp(f"a response with status {self._bodiless_status} has no body")
        if self._missing is not None:
            self._count(len(body), more=more)
        if self._encoding:
            self._body.append(body)
            if not more:
                self._decode()

    def _count(self, length: int, *, more: bool) -> None:
        assert self._missing is not None
        self._missing -= length
        is_short = self._missing > 0 and not more
        if self._missing < 0 or is_short:
            # uvicorn's words.
            than = "shorter" if is_short else "longer"
            raise NotHttp(f"Response content {than} than Content-Length")

    def _decode(self) -> None:
        try:
            httpx.Response(
                200, headers={"content-encoding": self._encoding}, content=b"".join(self._body)
            )
        except httpx.DecodingError:
            raise Undecodable(
                f"the header content-encoding says {self._encoding}, and the body is not"
            ) from None
