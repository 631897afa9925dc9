"""The end of a run comes, whatever the answers have left behind in the process.

A thread that never ends keeps the interpreter from exiting. So does an exit function that waits, or a coroutine
that catches even the exception with which Python takes it apart. To a learner it would look as if pytest hung after its
last line.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

from kata import patches

GRACE = 0.5
"""Real seconds that threads have to end by themselves once the main thread is done."""

_sleep = time.sleep
_real_exit = os._exit  # pyright: ignore[reportPrivateUsage]
_Thread = threading.Thread
_real_start = threading.Thread.start


@contextlib.contextmanager
def exit_functions_of(owns: Callable[[str], bool]) -> Generator[None]:
    """An exit function of an answer belongs to its spec: it is forgotten when the block ends."""
    added: list[Callable[..., object]] = []
    real: Callable[..., Any] = patches.original("atexit", "register")

    def register(function: Callable[..., object], /, *args: Any, **kwargs: Any) -> Any:
        code = getattr(function, "__code__", None)
        if code is not None and owns(code.co_filename):
            added.append(function)
        return real(function, *args, **kwargs)

    try:
        with patches.replaced({("atexit", "register"): register}):
            yield
    finally:
        for function in added:
            atexit.unregister(function)


_stubborn: list[object] = []


def keep(task: object) -> None:
    """Keep a task that no cancellation ends until the process ends: to take it apart might never end."""
    _stubborn.append(task)


def leave_stubborn_tasks(status: int) -> None:
    """See to it that the process ends with `status` before Python takes stubborn tasks apart."""
    if not _stubborn:
        return
    leaving: list[bool] = []

    def leave() -> None:
        if not leaving:
            leaving.append(True)
            _leave_now(status)

    # Exit functions run in reverse order, so this one comes first, and sees to the others itself.
    atexit.register(leave)


def leave_behind_stuck_threads(status: int) -> None:
    """See to it that the process ends with `status` although threads of answers never do."""
    stuck = [thread for thread in threading.enumerate() if _keeps_the_process(thread)]
    if not stuck:
        return
    main = threading.main_thread()

    shutting_down: list[bool] = []
    # The interpreter joins the threads of pools while the main thread still counts as alive.
    at_shutdown: Callable[[Callable[[], None]], None] | None
    at_shutdown = getattr(threading, "_register_atexit", None)
    if at_shutdown is not None:
        at_shutdown(lambda: shutting_down.append(True))

    def leave() -> None:
        while main.is_alive() and not shutting_down:
            _sleep(0.02)
        # From here on the interpreter only waits for threads. If they end, this one is ended too.
        _sleep(GRACE)
        _leave_now(status)

    _real_start(_Thread(target=leave, name="kata interpreter shutdown", daemon=True))


def _keeps_the_process(thread: threading.Thread) -> bool:
    return thread.is_alive() and not thread.daemon and thread is not threading.main_thread()


def _leave_now(status: int) -> None:
    """End the process as the interpreter would, but take nothing apart."""
    run_exit_functions: Callable[[], None] = getattr(atexit, "_run_exitfuncs")  # noqa: B009
    with contextlib.suppress(Exception):
        run_exit_functions()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    _real_exit(status)
