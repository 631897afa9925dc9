"""How long this process has had nothing to do, as opposed to having waited for a busy machine.

A thread that waits for a processor is not stuck, however long it takes. Linux counts, for each thread, the time that
it ran and the time that it stood in line for a processor. What is left of real time, the thread truly waited. Where
the system does not tell, only the CPU time that was used counts as work.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass

_monotonic = time.monotonic
_process_time = time.process_time
_own_number = threading.get_native_id
_THREADS = "/proc/self/task"


@dataclass(frozen=True)
class _Look:
    """What the system says at one moment: real and processor seconds, and those that each thread stood in line."""

    real: float
    used: float
    in_line: dict[str, float]
    one_is_in_line: bool
    """Whether another thread stands in line right now. Its time is added to `in_line` only when it has got its turn."""

    def worked_since(self, before: _Look) -> float:
        """Seconds in which threads ran, or stood in line. Those that have ended take nothing away."""
        waited = (
            max(seconds - before.in_line.get(thread, 0.0), 0.0)
            for thread, seconds in self.in_line.items()
        )
        return self.used - before.used + sum(waited)


def _look() -> _Look:
    real, used, own = _monotonic(), _process_time(), str(_own_number())
    in_line: dict[str, float] = {}
    one_is_in_line = False
    try:
        threads = os.listdir(_THREADS)
    except OSError:
        threads = []
    for thread in threads:
        try:
            # As bytes: a text file imports its codec when the first one is opened, and a signal handler that looks
            # here may have stopped the thread in the middle of an import. Python 3.11 breaks off that one then.
            with open(f"{_THREADS}/{thread}/schedstat", "rb") as file:
                in_line[thread] = int(file.read().split()[1]) / 1e9
            if thread != own and not one_is_in_line:
                with open(f"{_THREADS}/{thread}/stat", "rb") as file:
                    # Behind the name, which may have brackets and blanks in it.
                    one_is_in_line = file.read().rpartition(b")")[2].split()[0] == b"R"
        except (OSError, ValueError, IndexError):
            continue
    return _Look(real, used, in_line, one_is_in_line)


class Idleness:
    """Counts idle real seconds, from the first look after its making or the last `reset`. Look at it often."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin to count anew, at the next look. This costs nothing, so it may be done for every wait."""
        self.seconds = 0.0
        self._before: _Look | None = None

    def look(self) -> float:
        """Count on, and return the idle seconds so far."""
        now = _look()
        if self._before is not None and not now.one_is_in_line:
            passed = now.real - self._before.real
            self.seconds += max(passed - now.worked_since(self._before), 0.0)
        self._before = now
        return self.seconds
