"""What a program shows on a pseudo-terminal."""

from __future__ import annotations

import os


def shown_until_closed(descriptor: int) -> bytes:
    """All that comes to the other end, until nobody has the terminal open any more."""
    shown = b""
    while True:
        try:
            read = os.read(descriptor, 65536)
        except OSError:  # how Linux tells that the other side is closed
            return shown
        if not read:
            return shown
        shown += read
