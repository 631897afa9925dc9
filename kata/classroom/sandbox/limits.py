"""Limits of a process, as POSIX has them: memory, CPU time, the size of files, and how many processes."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

MEMORY = 4 * 1024**3
"""Bytes of address space, beyond what the process has already. A thread's stack counts 8 MB."""

CPU_SECONDS = 120
FILE_SIZE = 128 * 1024**2
PROCESSES = 512


def have_limits() -> bool:
    """Whether this system has such limits at all."""
    return os.name == "posix"


def set_limits(*, own_user: bool) -> None:
    """Set them, for this process and all that it starts.

    The number of processes counts all of a user's. It is set only where the user is the answer's own: elsewhere it
    would depend on what else runs.
    """
    if sys.platform == "win32":
        return
    import resource

    limits = {
        "RLIMIT_AS": MEMORY + _address_space(),
        "RLIMIT_CPU": CPU_SECONDS,
        "RLIMIT_FSIZE": FILE_SIZE,
        "RLIMIT_CORE": 0,
    }
    if own_user:
        limits["RLIMIT_NPROC"] = PROCESSES
    for name, most in limits.items():
        kind: int | None = getattr(resource, name, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        # macOS has a limit of memory that cannot be set.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def _address_space() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
