"""What an answer has started and left behind: processes that took themselves out of their group.

On Linux a process can say that it adopts whoever loses a parent among its descendants. Then everything that an answer
started is a child of the worker in the end, and the worker ends it. Elsewhere such a process lives on.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

_SET_DEATH_SIGNAL, _SET_CHILD_SUBREAPER = 1, 36
_ROUNDS = 200


def adopt() -> bool:
    """From now on orphaned descendants become children of this process, and it ends with its parent."""
    if sys.platform != "linux":
        return False
    parent = os.getppid()
    control = ctypes.CDLL(None, use_errno=True).prctl
    control(_SET_DEATH_SIGNAL, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)
    return control(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def end_all() -> None:
    """End all children of this process, and theirs. Call it only when no child is wanted any more."""
    if sys.platform != "linux":
        return
    for _ in range(_ROUNDS):
        for child in _children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> Iterator[int]:
    own = os.getpid()
    try:
        yield from map(int, Path(f"/proc/{own}/task/{own}/children").read_text("ascii").split())
    except (OSError, ValueError):
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError, IndexError):
                if entry.name.isdecimal():
                    after_name = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2]
                    if int(after_name.split()[1]) == own:
                        yield int(entry.name)
