"""Exceptions that Python drops: in a finalizer, or in a callback of the garbage collector, nobody could catch them."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator


@contextlib.contextmanager
def without_a_word_of(*errors: type[BaseException]) -> Generator[None]:
    """Until the block ends, it is not told that one of these was dropped.

    The kata raises them from outside, wherever an answer is, and again if that was in such a place. So it is nothing
    for a person to mend, and pytest would warn of it.
    """
    tell = sys.unraisablehook

    def told(unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.exc_type not in errors:
            tell(unraisable)

    sys.unraisablehook = told
    try:
        yield
    finally:
        sys.unraisablehook = tell
