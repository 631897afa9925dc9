"""What an answer changes for the whole process is put back, and putting back costs next to nothing."""

from __future__ import annotations

import asyncio
import builtins
import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from kata.containment.process_state import ProcessState

LOOKS: dict[str, tuple[str, Callable[[], object]]] = {
    "a function of asyncio": ("asyncio.sleep = None", lambda: asyncio.sleep),
    "a class of httpx": ("httpx.AsyncClient.get = None", lambda: httpx.AsyncClient.get),
    "a built-in name": ("builtins.len = builtins.open = None", lambda: (builtins.len, builtins.open)),
    "a built-in name that is gone": ("del builtins.print", lambda: builtins.print),
    "the clock": ("time.sleep = time.monotonic = None", lambda: (time.sleep, time.monotonic)),
    "the stream": ("sys.stdout = None", lambda: sys.stdout),
    "the stream closed": ("sys.stdout.close()", lambda: sys.stdout.closed),
    "the path": ("sys.path[:] = []", lambda: tuple(sys.path)),
    "another list for the path": ("sys.path = []", lambda: tuple(sys.path)),
    "the environment": ("os.environ.clear()", lambda: dict(os.environ)),
    "a variable": ("os.environ['KATA_X'] = 'ü'", lambda: os.environ.get("KATA_X")),
    "the recursion limit": ("sys.setrecursionlimit(5000)", sys.getrecursionlimit),
    "the switch interval": ("sys.setswitchinterval(1)", sys.getswitchinterval),
    "the garbage collector": ("gc.disable(); gc.set_threshold(0)", lambda: (gc.isenabled(), gc.get_threshold())),
    "the log": ("logging.disable(50)", lambda: logging.root.manager.disable),
    "an exception hook": ("sys.excepthook = threading.excepthook = None", lambda: (sys.excepthook, threading.excepthook)),
    "a trace function of threads": ("threading.settrace(lambda *_: None)", threading.gettrace),
    "a profile function": ("sys.setprofile(lambda *_: None)", sys.getprofile),
}  # fmt: skip


@pytest.mark.parametrize("what", LOOKS)
def test_it_is_put_back(what: str) -> None:
    change, look = LOOKS[what]
    before = look()
    state = ProcessState(lambda filename: filename == "the answer")
    try:
        exec(compile(f"{change}\nchanged = True", "the answer", "exec"), dict(globals()))
    finally:
        state.restore()

    assert look() == before


def test_a_trace_function_of_somebody_else_stays() -> None:
    def debugger(*_: Any) -> None:
        pass

    state = ProcessState(lambda filename: False)
    threading.settrace(debugger)
    try:
        state.restore()
        assert threading.gettrace() is debugger
    finally:
        threading.settrace(None)  # type: ignore[arg-type]


def test_modules_that_were_imported_meanwhile_stay() -> None:
    state = ProcessState(lambda filename: False)
    asyncio.something_new = asyncio.tasks  # type: ignore[attr-defined]
    try:
        state.restore()
        assert hasattr(asyncio, "something_new")
    finally:
        del asyncio.something_new  # type: ignore[attr-defined]


def test_it_costs_less_than_a_millisecond() -> None:
    # Of CPU time, and the best of some rounds: a busy machine makes each take longer.
    def once() -> float:
        began = time.process_time()
        for _ in range(20):
            ProcessState(lambda filename: False).restore()
        return (time.process_time() - began) / 20

    assert min(once() for _ in range(10)) < 0.001
