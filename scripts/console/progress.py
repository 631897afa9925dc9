"""How far a command is: one line on stderr that is written anew, beside what it prints on stdout."""

from __future__ import annotations

import sys
import time

_CLEAR = "\r\033[K"
EVERY = 30.0
"""Real seconds between two lines where stderr is no terminal, so that a log shows that something goes on."""


class Progress:
    """On a terminal each text takes the place of the one before; elsewhere some are kept as lines."""

    def __init__(self) -> None:
        self._on_a_terminal = sys.stderr.isatty()
        self._last = time.monotonic()

    def show(self, text: str) -> None:
        if self._on_a_terminal:
            print(f"{_CLEAR}{text}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self._last >= EVERY:
            self._last = time.monotonic()
            print(text, file=sys.stderr, flush=True)

    def print(self, text: str = "") -> None:
        """A line of the result, on stdout."""
        self.clear()
        print(text, flush=True)

    def clear(self) -> None:
        if self._on_a_terminal:
            print(_CLEAR, end="", file=sys.stderr, flush=True)
