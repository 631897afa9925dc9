"""What one run cost, and what many of the same kind did."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Cost:
    """Wall seconds; CPU seconds (user and system, of all processes); the peak of the memory in MB.

    None is what nothing told: some systems have no word on the processor, and a run is either timed or looked at.
    """

    seconds: float
    cpu: float | None
    megabytes: float | None = None


@dataclass
class Costs:
    """Those of one measure: `timed` runs, and others in which memory was looked at."""

    timed: list[Cost] = field(default_factory=list[Cost])
    looked_at: list[Cost] = field(default_factory=list[Cost])

    @property
    def seconds(self) -> float:
        return statistics.median(each.seconds for each in self.timed)

    @property
    def best(self) -> float:
        return min(each.seconds for each in self.timed)

    @property
    def cpu(self) -> float | None:
        known = [each.cpu for each in self.timed if each.cpu is not None]
        return statistics.median(known) if known else None

    @property
    def megabytes(self) -> float | None:
        """The highest of the peaks: a sample can miss a peak, and never shows more than there was."""
        return max((each.megabytes or 0.0 for each in self.looked_at), default=None)
