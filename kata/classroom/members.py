"""The files of an export, before anything of them is written: names, sizes, links, and how to read them.

Nothing here trusts a name, a size or a link. A name is a tuple of parts that is only ever compared, and never
handed to the file system; what is written later gets a name of our own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from kata.classroom.refusal import Refusal

MIB = 1024 * 1024

Parts = tuple[str, ...]


class TooMuch(Refusal):
    """The hand-in as a whole is larger than anybody's is: nothing of it is taken."""


@dataclass(frozen=True)
class Limits:
    """What one hand-in may be made of. Honest ones stay far below: ten answers are some 20 kB.

    `files` and `bytes` are what may be taken of one hand-in, archives inside it included; `ratio` is how many
    times larger than packed a file of more than 1 MiB may be; `depth` how many archives may stand in one another;
    `listed` how many names one archive may have, an environment among them.
    """

    files: int = 2_000
    bytes: int = 200 * MIB
    ratio: int = 200
    depth: int = 3
    listed: int = 100_000


@dataclass(frozen=True)
class Member:
    """One file of an export. `path` is relative to the export, later to its hand-in.

    `read(n)` gives at most the first n bytes; it raises `Refusal` for what cannot be read. `link` is the target
    of a symbolic link, as it stands there. `trouble` says why a thing is not taken at all (a pipe, say). `order` tells
    a newer upload from an older one, where the platform does. `packed` is the size within the archive.
    """

    path: Parts
    size: int
    read: Callable[[int], bytes]
    origin: str
    modified: datetime | None = None
    link: str | None = None
    trouble: str = ""
    order: int = 0
    packed: int | None = None

    @property
    def name(self) -> str:
        return self.path[-1] if self.path else ""

    @property
    def shown(self) -> str:
        return "/".join(self.path)

    def at(self, path: Parts, *, order: int | None = None) -> Self:
        return replace(self, path=path, order=self.order if order is None else order)


WHOLE = "…"
"""Stands as a name for the folder itself, where one thing is said of all that is in it."""


DEEPEST = 60
TOO_DEEP = f"it lies in more than {DEEPEST} folders"


def printable(text: str) -> str:
    """What a terminal and a file can hold: names may have control characters in them, or be no text at all."""
    return (
        text
        if text.isprintable()
        else "".join(each if each.isprintable() else "?" for each in text)
    )


def nothing(_: int) -> bytes:
    return b""


@dataclass
class Budget:
    """What has been read of one hand-in, and the end of patience."""

    limits: Limits
    left: int = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.limits.bytes

    def read(self, member: Member) -> bytes:
        """The whole of a file. Raises `Refusal` if it cannot be had, and `TooMuch` if the hand-in is too large."""
        if _swells(member.size, member.packed, self.limits):
            raise Refusal(
                f"{member.shown} is {_size(member.size)} large, packed into {_size(member.packed or 0)}: "
                "no answer is like that, so it was not unpacked"
            )
        data = member.read(min(self.left, member.size) + 1)
        self.left -= len(data)
        if self.left < 0:
            raise TooMuch(
                f"the hand-in is larger than {_size(self.limits.bytes)} when it is unpacked: nothing of it is taken "
                "(--max-megabytes allows more)"
            )
        if len(data) != member.size:
            raise Refusal(
                f"{member.shown} is not as large as it is said to be: it was changed, or is damaged"
            )
        return data


def _swells(size: int, packed: int | None, limits: Limits) -> bool:
    return packed is not None and size > MIB and size > limits.ratio * max(packed, 1)


def check_listing(members: list[Member], what: str, limits: Limits) -> None:
    """Refuse an archive by what it says of itself, before anything of it is unpacked."""
    total = 0
    for member in members:
        total += member.size
        if _swells(member.size, member.packed, limits):
            raise Refusal(
                f"{what} was not opened: {member.shown} in it is {_size(member.size)} large, packed into "
                f"{_size(member.packed or 0)}, as in a zip bomb"
            )
    if total > limits.bytes:
        raise Refusal(
            f"{what} was not opened: unpacked it would be {_size(total)}, and more than {_size(limits.bytes)} "
            "is not taken (--max-megabytes allows more)"
        )


def _size(count: int) -> str:
    for unit, scale in (("GB", 1024**3), ("MB", MIB), ("kB", 1024)):
        if count >= scale:
            return f"{count / scale:.0f} {unit}"
    return f"{count} bytes"
