"""How long this process has had nothing to do, as opposed to having waited for a busy machine.

A thread that waits for a processor is not stuck, however long it takes. Linux counts, for each thread, the time that
it ran and the time that it stood in line for a processor. What is left of real time, the thread truly waited. Where
the system does not tell, only the CPU time that was used counts as work.
"""

from __future__ import annotations

import os
import time

_monotonic = time.monotonic
_process_time = time.process_time
_THREADS = "/proc/self/task"


def wanted() -> float:
    """Seconds of processor time that the live threads of this process have used or stood in line for."""
    used = _process_time()
    try:
        threads = os.listdir(_THREADS)
    except OSError:
        return used
    in_line = 0
    for thread in threads:
        try:
            with open(f"{_THREADS}/{thread}/schedstat", encoding="ascii") as file:
                in_line += int(file.read().split()[1])
        except (OSError, ValueError, IndexError):
            continue
    return used + in_line / 1e9


class Idleness:
    """Counts idle real seconds, from the first look after its making or the last `reset`. Look at it often."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin to count anew, at the next look. This costs nothing, so it may be done for every wait."""
        self.seconds = 0.0
        self._begun: tuple[float, float] | None = None

    def look(self) -> float:
        """Count on, and return the idle seconds so far."""
        real, wanted_now = _monotonic(), wanted()
        if self._begun is not None:
            real_before, wanted_before = self._begun
            # The time of threads that have ended is no longer in the sum, so it may seem to shrink.
            worked = max(wanted_now - wanted_before, 0.0)
            self.seconds += max(real - real_before - worked, 0.0)
        self._begun = real, wanted_now
        return self.seconds
