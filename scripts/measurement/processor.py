"""The processor time of a process's children, those that they have waited for among them."""

from __future__ import annotations

import sys


def children_cpu() -> float | None:
    """Seconds, user and system, of all children that have ended. None on Windows, which does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def spent(before: float | None) -> float | None:
    """What has come to `before`, an earlier answer of `children_cpu`, since then."""
    after = children_cpu()
    return None if before is None or after is None else after - before
