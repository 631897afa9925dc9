"""Threads that the clock knows nothing of: a library in C has made them, and they may wake a loop at any time.

Work that leaves the loop by a way that `kata.clock.off_loop` knows is announced, and a thread that Python starts is
introduced there. Whoever else is among the threads of this process is a stranger. While one lives, it is not certain
that nothing can ever happen again, so a deadlock is pronounced only after some seconds.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

from kata.clock.idleness import Idleness

STRANGERS_MAY_TAKE = 5.0
"""Idle real seconds before a deadlock is pronounced where a signal, or a thread that nobody announced, may end it."""

_TASKS = "/proc/self/task"

_known: set[int] = set()


def _all() -> set[int]:
    """The numbers of all threads. Where the system does not tell, of those that run Python code."""
    try:
        return {int(task) for task in os.listdir(_TASKS)}
    except OSError:
        return set(sys._current_frames())  # pyright: ignore[reportPrivateUsage]


def introduce(thread: threading.Thread) -> None:
    """The clock knows of this thread, which has been started."""
    _known.update(number for number in (thread.native_id, thread.ident) if number is not None)


def introduce_myself() -> None:
    """The clock knows of the calling thread."""
    _known.update((threading.get_native_id(), threading.get_ident()))


@contextmanager
def introducing() -> Generator[None]:
    """The clock knows of what the block starts: a thread of this process's own which Python does not start."""
    before = _all()
    yield
    _known.update(_all() - before)


class Strangers:
    """Those that have come since this was made. What was there before is an editor's or a debugger's."""

    def __init__(self) -> None:
        self._before = _all()
        self._waited: Idleness | None = None
        self._had_their_time = False

    def may_wake(self, *, hear_signals: bool) -> bool:
        """Whether one of them, or a signal if those who wait `hear_signals`, may still end the wait."""
        if self._had_their_time:
            return False
        if not hear_signals and not self.are_here():
            return False
        if self._waited is None:
            self._waited = Idleness()
        self._had_their_time = self._waited.look() > STRANGERS_MAY_TAKE
        return not self._had_their_time

    def wait_anew(self) -> None:
        """Something happened: they have all their time again, if they have not had it."""
        self._waited = None

    def come_again(self) -> None:
        """They have time again although they have had it."""
        self._had_their_time = False

    def are_here(self) -> bool:
        """Whether one of them lives now."""
        return bool(_all() - self._before - _known)
