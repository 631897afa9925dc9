"""Exceptions that nobody can catch: in a finalizer, in a callback of the garbage collector, at the end of a thread."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Generator


@contextlib.contextmanager
def without_a_word_of(*errors: type[BaseException]) -> Generator[None]:
    """Until the block ends, it is not told that one of these was dropped, or has ended a thread.

    The kata raises them from outside, wherever an answer is, and again if that was in such a place. So it is nothing
    for a person to mend, and pytest would warn of it.
    """
    tell, tell_of_a_thread = sys.unraisablehook, threading.excepthook

    def told(unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.exc_type not in errors:
            tell(unraisable)

    def told_of_a_thread(ended: threading.ExceptHookArgs) -> None:
        if ended.exc_type not in errors:
            tell_of_a_thread(ended)

    sys.unraisablehook, threading.excepthook = told, told_of_a_thread
    try:
        yield
    finally:
        sys.unraisablehook, threading.excepthook = tell, tell_of_a_thread
