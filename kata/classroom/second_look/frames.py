"""What goes over a line between the answer's process and the judge's upstream: small frames, in both directions.

A frame is a letter, four bytes of length, and so many bytes. The answer's side opens with `CONNECT` and sends `TLS` and
`DATA`. The judge's side sends `OPENED`, `DATA`, and `ERROR`: an exception of httpcore by its name, for what a server
cannot send, such as a time-out that nobody should have to wait for.
"""

from __future__ import annotations

import json
import struct

CONNECT, TLS, DATA, OPENED, ERROR = b"C", b"T", b"D", b"O", b"E"

LONGEST = 1 << 20
"""Bytes of one frame. Whoever announces more is no client."""

HEAD = struct.Struct("!cI")


class NoFrame(Exception):
    """What came is no frame."""


def packed(kind: bytes, data: bytes = b"") -> bytes:
    return HEAD.pack(kind, len(data)) + data


def error(name: str, text: str) -> bytes:
    return packed(ERROR, json.dumps([name, text[:500]]).encode())


def head(data: bytes) -> tuple[bytes, int]:
    """The kind and the length of a frame, from its first bytes. Raises NoFrame."""
    kind, length = HEAD.unpack(data)
    if length > LONGEST:
        raise NoFrame(f"a frame of {length} bytes")
    return kind, length


class Unpacker:
    """Puts frames together from whatever pieces come."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> None:
        self._data += data

    def next(self) -> tuple[bytes, bytes] | None:
        """The next whole frame, or None until more has come. Raises NoFrame."""
        if len(self._data) < HEAD.size:
            return None
        kind, length = head(bytes(self._data[: HEAD.size]))
        if len(self._data) < HEAD.size + length:
            return None
        data = bytes(self._data[HEAD.size : HEAD.size + length])
        del self._data[: HEAD.size + length]
        return kind, data
