"""The time of the machine, for the clock itself: the names in `time` are replaced while specs run."""

from __future__ import annotations

import time

real_monotonic = time.monotonic
real_time = time.time
real_sleep = time.sleep
