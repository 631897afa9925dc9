"""How an answer of an upstream comes: when, with whom, in how many pieces, and whether to the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import httpx

Ending = Literal["answers", "silent", "hangs_up", "breaks"]

Takes = float | Callable[[httpx.Request], float]
"""Seconds, or a function that says for a request how many."""


class CannotServe(TypeError):
    """The spec asks for something that no server could do from the far end of a connection."""


class Place:
    """One call's place in a rendezvous. `wake` is called once, when its batch is let go."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.wake = wake
        self.released = False


class Rendezvous:
    """Holds calls until `size` of them are here at once, then lets that batch go.

    The calls may come from tasks and from threads, also mixed. How each of them waits is its own
    affair; it is told by its place's `wake`.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        # Reentrant, since a finalizer may run in the middle.
        self._lock = threading.RLock()
        self._waiting: list[Place] = []

    def arrive(self, place: Place) -> None:
        """Take a place; the one who makes the batch complete releases all of it."""
        with self._lock:
            self._waiting.append(place)
            if len(self._waiting) < self.size:
                return
            batch, self._waiting = self._waiting, []
            for waiting in batch:
                waiting.released = True
        for waiting in batch:
            waiting.wake()

    def leave(self, place: Place) -> None:
        """A call that was given up no longer counts for its batch."""
        with self._lock:
            if place in self._waiting:
                self._waiting.remove(place)


@dataclass(frozen=True)
class Manner:
    """How a route answers. `pause` are the seconds between the head of the answer and its body."""

    takes: Takes = 0.0
    rendezvous: Rendezvous | None = None
    drip: tuple[float, int] | None = None
    pause: float = 0.0
    ending: Ending = "answers"

    def seconds(self, request: httpx.Request) -> float:
        """After how many seconds the answer to this request leaves."""
        if not callable(self.takes):
            return self.takes
        seconds = self.takes(request)
        if seconds < 0:
            raise CannotServe(f"takes={seconds}: an answer cannot leave before its request came")
        return seconds


@dataclass(frozen=True)
class Outcome:
    """What respx made of a request: an answer or an error, and in which manner it comes."""

    manner: Manner
    response: httpx.Response | None = None
    error: Exception | None = None


def manner(
    takes: Takes = 0.0,
    together: int = 1,
    drip: tuple[float, int] | None = None,
    pause: float = 0.0,
) -> Manner:
    """The manner that a spec asks for. Raises ValueError for one that no server could have."""
    if not callable(takes) and takes < 0:
        raise ValueError(f"takes={takes}: an answer cannot leave before its request came")
    if together < 1:
        raise ValueError(f"together={together}: it takes at least one call")
    if drip is not None and (drip[0] < 0 or drip[1] < 1):
        raise ValueError(f"drip={drip}: give (seconds between pieces, number of pieces)")
    if pause < 0:
        raise ValueError(f"pause={pause}: a body cannot leave before its head")
    return Manner(takes, Rendezvous(together) if together > 1 else None, drip, pause)
