"""A command on a pseudo-terminal: what it shows, and the keys that are typed. Linux and macOS have such terminals."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from scripts.checkouts.environments import learners_variables

COLUMNS = 80
PATIENCE = 60.0
"""Real seconds that a command may take to show what is waited for."""

_CLEARED = "\x1b[2J"


class Terminal:
    """A command of the kata in a folder, and what it has shown since the screen was last cleared."""

    def __init__(self, kata: Path, *command: str) -> None:
        ours, theirs = pty.openpty()
        self._descriptor = ours
        self.page = ""
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=kata,
            env={
                **learners_variables(),
                "PYTHONPATH": str(kata),
                "COLUMNS": str(COLUMNS),
                "LINES": "60",
                "TERM": "xterm-256color",
            },
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def until(self, done: Callable[[str], bool]) -> str:
        """Wait for a page that is complete, or for the end of the command."""
        deadline = time.monotonic() + PATIENCE
        while not done(self.page):
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"nothing came of it in {PATIENCE:g} s; the page was:\n{self.page}"
                )
            if not select.select([self._descriptor], [], [], 0.2)[0]:
                continue
            try:
                read = os.read(self._descriptor, 65536)
            except OSError:  # how Linux tells that the other side is closed
                break
            if not read:
                break
            self.page = (self.page + read.decode("utf-8", "replace")).rpartition(_CLEARED)[2]
        return self.page

    def types(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._descriptor)
