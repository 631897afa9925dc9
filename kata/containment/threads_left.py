"""Threads that are still at work when their spec is over. Each is told to end until it does."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Generator, Iterable

from kata.clock.machine_time import real_sleep
from kata.containment.watchdog import raise_in_thread

PAUSES = (0.001, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4)
"""Real seconds after each exception. It takes several: Python drops one that meets a finalizer."""


def end_threads(at_work: Callable[[], Iterable[int | None]], error: type[BaseException]) -> None:
    """Raise `error` in the threads whose numbers `at_work` gives, again and again, until it gives none.

    What such a thread called later would reach the next spec's world. One that catches whatever it
    is told goes on after the last pause.
    """
    with _without_a_word_of(error):
        for pause in PAUSES:
            threads = {each for each in at_work() if each is not None} - {threading.get_ident()}
            if not threads:
                return
            for thread in threads:
                raise_in_thread(thread, error)
            real_sleep(pause)


@contextlib.contextmanager
def _without_a_word_of(error: type[BaseException]) -> Generator[None]:
    """That one met a finalizer is nothing for a person to mend, and pytest would warn of it."""
    tell = sys.unraisablehook

    def told(unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.exc_type is not error:
            tell(unraisable)

    sys.unraisablehook = told
    try:
        yield
    finally:
        sys.unraisablehook = tell
