"""Why the process of an answer ended in the middle of a spec: what its crash reporter said last, or its status."""

from __future__ import annotations

import time
from pathlib import Path

SECONDS = 1.0
"""Real seconds that the crash reporter of a dead process has to say who ended it."""


def sentence(words: Path, status: int, during: str = "") -> str:
    """One sentence. `words` is the file of the crash reporter, `status` an exit code or minus a signal."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        said = words.read_text("utf-8", "replace") if words.exists() else ""
        for line in said.splitlines():
            if line.startswith("kata: "):
                return line.removeprefix("kata: ")
        time.sleep(0.01)
    return bare(status, during)


def bare(status: int, during: str = "") -> str:
    """The same for a process that nobody can have spoken of: no spec was under way."""
    if status < 0:
        return f"The process of the answer was ended by signal {-status}{during}."
    return f"The process of the answer ended itself with status {status}{during}."
