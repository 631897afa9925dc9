"""A busy machine: processes that fight for the cores, and one that fights for memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

# Each ends by itself when its time is up or this script is gone: nothing is left burning.
_BUSY = """
import os, sys, time
parent, end = os.getppid(), time.monotonic() + float(sys.argv[1])
while time.monotonic() < end and os.getppid() == parent:
    for _ in range(200_000):
        pass
"""
_HUNGRY = """
import os, sys, time
parent, end, size = os.getppid(), time.monotonic() + float(sys.argv[1]), int(sys.argv[2]) << 20
while time.monotonic() < end and os.getppid() == parent:
    block = bytearray(size)
    for at in range(0, size, 4096):
        block[at] = 1
    del block
"""


@contextmanager
def pressure(busy: int, memory: int, seconds: float) -> Generator[None]:
    """`busy` processes for each core, and one that touches `memory` MB again and again."""
    count = busy * (os.cpu_count() or 1)
    commands = [[sys.executable, "-c", _BUSY, str(seconds)] for _ in range(count)]
    if memory:
        commands.append([sys.executable, "-c", _HUNGRY, str(seconds), str(memory)])
    processes = [subprocess.Popen(command) for command in commands]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()
