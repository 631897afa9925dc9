"""What an answer has changed for the whole process is put back when its spec ends.

All specs of a run share one process. An answer that replaces `asyncio.sleep`, closes `sys.stdout` or lowers the
recursion limit does so for those that come after it as well, and then others fail for its mistake. Here is what can be
put back in a fraction of a millisecond. It is a help against accidents: against an answer that means harm only a
process of its own is.
"""

from __future__ import annotations

import asyncio
import builtins
import gc
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable
from operator import is_
from types import ModuleType
from typing import Any

_MODULES = (
    *(
        "builtins",
        "sys",
        "os",
        "io",
        "time",
        "random",
        "json",
        "logging",
        "contextlib",
        "functools",
    ),
    *("threading", "queue", "signal", "socket", "select", "sqlite3", "subprocess", "traceback"),
    *("concurrent.futures", "asyncio", "asyncio.tasks", "asyncio.events", "asyncio.locks"),
    *("asyncio.futures", "asyncio.base_events", "asyncio.runners", "asyncio.timeouts"),
    *("anyio", "anyio.to_thread", "aiosqlite", "fastapi", "httpx", "starlette.responses"),
)
"""The names in these that do not begin with an underscore are put back. What is imported later is not."""

_CLASSES = (
    *(("asyncio", name) for name in ("BaseEventLoop", "Event", "Lock", "Queue", "Semaphore")),
    *(("fastapi", "FastAPI"), ("httpx", "AsyncClient"), ("httpx", "Client")),
    *(("threading", name) for name in ("Condition", "Thread")),
)

_LISTS = ("path", "path_hooks", "meta_path", "argv")
"""The lists of `sys`. Who changes one leaves the name as it is, so what is in them is put back too."""


class ProcessState:
    """What the process looks like now. `restore()` makes it look like that again."""

    def __init__(self, owns: Callable[[str], bool]) -> None:
        self._owns = owns
        self._names = [(owner, dict(vars(owner))) for owner in _owners()]
        self._lists: list[tuple[list[Any], list[Any]]] = [
            (there, list(there)) for there in (getattr(sys, name) for name in _LISTS)
        ]
        self._environment = _environment().copy()
        self._recursion_limit = sys.getrecursionlimit()
        self._switch_interval = sys.getswitchinterval()
        self._collects, self._thresholds = gc.isenabled(), gc.get_threshold()
        self._logs_above = logging.root.manager.disable
        self._policy: object = getattr(asyncio.events, "_event_loop_policy", None)
        self._streams = [
            stream for stream in (sys.stdout, sys.stderr) if hasattr(stream, "__dict__")
        ]
        for stream in self._streams:
            vars(stream)["close"] = _close_nothing

    def restore(self) -> None:
        """Put everything back. What restores the built-in names needs none of them."""
        for owner, names in self._names:
            now: Callable[[str], object] = owner.__dict__.get
            if _same(now, names):
                continue
            for name in names:
                if now(name) is not names[name] and _is_put_back(owner, name):
                    _setattr(owner, name, names[name])
        sys.setrecursionlimit(self._recursion_limit)
        for there, what in self._lists:
            there[:] = what
        for stream in self._streams:
            vars(stream).pop("close", None)
        if _environment() != self._environment:
            os.environ.clear()
            os.environ.update(
                {os.fsdecode(k): os.fsdecode(v) for k, v in self._environment.items()}
            )
        sys.setswitchinterval(self._switch_interval)
        (gc.enable if self._collects else gc.disable)()
        gc.set_threshold(*self._thresholds)
        logging.root.manager.disable = self._logs_above
        if getattr(asyncio.events, "_event_loop_policy", None) is not self._policy:
            _setattr(asyncio.events, "_event_loop_policy", self._policy)
        self._end_tracing()

    def _end_tracing(self) -> None:
        """A trace function of somebody else is a debugger, or measures coverage."""
        hooks: tuple[tuple[Callable[[], object], Callable[[Any], None]], ...] = (
            (sys.gettrace, sys.settrace),
            (sys.getprofile, sys.setprofile),
            (threading.gettrace, threading.settrace),
            (threading.getprofile, threading.setprofile),
        )
        for get, put in hooks:
            code = getattr(get(), "__code__", None)
            if code is not None and self._owns(code.co_filename):
                put(None)


def _owners() -> list[ModuleType | type]:
    """The modules and classes of the table that have been imported. The built-in names come first."""
    owners: list[ModuleType | type] = [builtins]
    owners += [sys.modules[name] for name in _MODULES[1:] if name in sys.modules]
    for module, name in _CLASSES:
        owner = getattr(sys.modules.get(module), name, None)
        if isinstance(owner, type):
            owners.append(owner)
    return owners


def _is_put_back(owner: ModuleType | type, name: str) -> bool:
    """In a module an underscore begins what it keeps for itself, and may change."""
    return owner is builtins or name[0] != "_" or isinstance(owner, type)


def _environment() -> dict[Any, Any]:
    """The names and values behind `os.environ`, which would encode or decode each."""
    return vars(os.environ)["_data"]


_all, _setattr = all, setattr
_map: Callable[..., Iterable[object]] = map


def _same(now: Callable[[str], object], names: dict[str, object]) -> bool:
    return _all(_map(is_, _map(now, names), names.values()))


def _close_nothing() -> None:
    """Stands in for the `close` of the streams, which are not the answer's."""
