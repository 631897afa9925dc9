"""Threads that are still at work when their spec is over. Each is told to end until it does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from kata.clock.machine_time import real_sleep
from kata.containment.dropped import without_a_word_of
from kata.containment.watchdog import raise_in_thread

PAUSES = (0.001, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4)
"""Real seconds after each exception. It takes several: Python drops one that meets a finalizer."""


def end_threads(at_work: Callable[[], Iterable[int | None]], error: type[BaseException]) -> None:
    """Raise `error` in the threads whose numbers `at_work` gives, again and again, until it gives none.

    What such a thread called later would reach the next spec's world. One that catches whatever it
    is told goes on after the last pause.
    """
    with without_a_word_of(error):
        for pause in PAUSES:
            threads = {each for each in at_work() if each is not None} - {threading.get_ident()}
            if not threads:
                return
            for thread in threads:
                raise_in_thread(thread, error)
            real_sleep(pause)
