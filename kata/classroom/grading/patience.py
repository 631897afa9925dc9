"""Patience with a run: real seconds, without those in which its processes stood in the queue for a processor.

So an answer that nothing else ends is ended, and none because the machine was busy. How long a process stood in the
queue is told by Linux; elsewhere all real seconds count.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

EVERY = 1.0
"""Real seconds between two looks."""


class Patience:
    """Begins with so many seconds. `is_over` may be asked as often as one likes."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._looked = time.monotonic()
        self._queued: dict[int, float] = {}

    def is_over(self) -> bool:
        now = time.monotonic()
        if (passed := now - self._looked) >= EVERY:
            self._looked = now
            self._left -= max(0.0, passed - self._in_the_queue())
        return self._left < 0

    def _in_the_queue(self) -> float:
        """Seconds since the last look, of all processes below this one."""
        totals = {process: queued(process) for process in _below(os.getpid())}
        before, self._queued = self._queued, totals
        return sum(max(0.0, totals[each] - before.get(each, 0.0)) for each in totals)


def queued(process: int) -> float:
    """Seconds for which the main thread of a process was ready to run and did not, as far as that can be told."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{process}/schedstat").read_text("ascii").split()[1]) / 1e9
    return 0.0


def _below(process: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError, ValueError):
        children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii")
        for child in map(int, children.split()):
            found += [child, *_below(child)]
    return found
