"""The scratch folder of a run: the copies of answers live there, in memory where that is possible."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from kata.answer import copying

FREE_IN_MEMORY = 32 * 1024 * 1024
"""Bytes that must be free in memory's own folder before copies of answers are put there."""


class Scratch:
    """Made when it is first asked for, and removed with all that is in it."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    @property
    def folder(self) -> Path:
        if self._folder is None:
            try:
                self._folder = Path(tempfile.mkdtemp(prefix="kata-", dir=_in_memory())).resolve()
            except OSError as error:
                place = f"{error.filename}: " if error.filename else ""
                pytest.exit(
                    f"there is no place for copies of the answers: {place}{error.strerror}", 1
                )
        return self._folder

    def go_into(self, name: str) -> None:
        """In a process that was forked off: from here on work in a folder inside, which nobody else clears away."""
        inside = self.folder / name
        inside.mkdir()
        self._folder = inside

    def remove(self) -> None:
        """Remove the folder. The next one who asks gets a new one."""
        if self._folder is not None:
            copying.remove(self._folder)
            self._folder = None


def _in_memory() -> str | None:
    """A folder that lives in memory, where there is one: a database that is written there waits for no disk."""
    folder = "/dev/shm"
    if "TMPDIR" in os.environ or not os.access(folder, os.W_OK | os.X_OK):
        return None
    return folder if shutil.disk_usage(folder).free > FREE_IN_MEMORY else None
