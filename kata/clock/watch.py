"""Who is told of what the answer's threads do: the world of the running spec sets it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import FrameType

from kata.clock.turns import Turn

Blocked = Callable[[str, float | None, FrameType], None]
"""What is told of a blocking call on the loop's thread: its name, its seconds if known, its frame."""


class _Watch:
    """Who wants to know of blocking calls and of new threads."""

    blocked: Blocked | None = None
    thread: Callable[[threading.Thread], None] | None = None
    place: Callable[[FrameType], str | None] | None = None
    slept: Callable[[float, FrameType], None] | None = None


watch = _Watch()


def placed(turn: Turn) -> Turn:
    """Remember which line of the answer sent this work out. For the function that was called from there."""
    if watch.place is not None:
        turn.where = watch.place(sys._getframe(2))  # pyright: ignore[reportPrivateUsage]
    return turn


def tell_blocked(turn: Turn, what: str, seconds: float | None) -> None:
    """Tell of a call that blocks the loop, if this is its thread. For the function that was called."""
    if turn.primary and watch.blocked is not None:
        watch.blocked(what, seconds, sys._getframe(2))  # pyright: ignore[reportPrivateUsage]
