"""The peak of the memory of a process and all below it, looked at again and again while it runs."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

import psutil

PAUSE = 0.01
"""Real seconds between two looks."""

HAS_PSS = hasattr(psutil.Process().memory_full_info(), "pss")
"""Proportional set size: pages that several processes share count once in the sum. Only Linux tells it."""

WHAT = "sum of PSS" if HAS_PSS else "largest RSS"


class Peak:
    """The highest that was seen so far, in MB."""

    def __init__(self) -> None:
        self.megabytes = 0.0

    def look(self, pid: int) -> None:
        sizes: list[int] = []
        with suppress(psutil.Error):
            top = psutil.Process(pid)
            for process in (top, *top.children(recursive=True)):
                with suppress(psutil.Error):  # it has ended meanwhile
                    sizes.append(_size(process))
        total = sum(sizes) if HAS_PSS else max(sizes, default=0)
        self.megabytes = max(self.megabytes, total / 2**20)


def _size(process: psutil.Process) -> int:
    return process.memory_full_info().pss if HAS_PSS else process.memory_info().rss


@contextmanager
def watched(pid: int) -> Generator[Peak]:
    """Look at a process in a thread of its own. It takes time from what it looks at: time nothing meanwhile."""
    peak = Peak()
    over = threading.Event()

    def look_again() -> None:
        while not over.wait(PAUSE):
            peak.look(pid)

    thread = threading.Thread(target=look_again, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()
