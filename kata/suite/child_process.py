"""A child process of the kata's own: forked from this one, awaited with a limit, ended with all it started."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable


class ChildProcess:
    """Another process of this project's own. `poll` gives its status, or None while it runs."""

    def __init__(self, number: int, poll: Callable[[], int | None]) -> None:
        self.number = number
        self.poll = poll

    def wait(self, limit: float) -> int | None:
        """Its status, or None if it has not ended within `limit` seconds."""
        deadline = time.monotonic() + limit
        while (status := self.poll()) is None and time.monotonic() < deadline:
            time.sleep(0.005)
        return status

    def kill(self) -> None:
        """End it, and wait until it has ended."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(self.number, getattr(signal, "SIGKILL", signal.SIGTERM))
        self.wait(5)

    def kill_group(self) -> None:
        """End it, and whatever it and its children have started and left behind."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.number, signal.SIGKILL)
        self.kill()


def can_fork() -> bool:
    """True where a copy of this process would be whole: a fork takes no threads along."""
    return hasattr(os, "fork") and threading.active_count() == 1


def fork(run: Callable[[], int]) -> ChildProcess:
    """Call a function in a copy of this process, whose status will be what the function returns."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        status = 70
        try:
            status = run()
        finally:
            os._exit(status)
    came: list[int] = []

    def poll() -> int | None:
        if not came:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                came.append(os.waitstatus_to_exitcode(status))
        return came[0] if came else None

    return ChildProcess(child, poll)


def leave_the_terminal() -> None:
    """Cut a forked child off from its parent's terminal and signals."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        number = ("stdin", "stdout", "stderr").index(name)
        stream = os.fdopen(number, mode, encoding="utf-8", closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
