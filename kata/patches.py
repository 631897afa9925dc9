"""Every name of another library that the kata replaces while specs run, in one table.

The clock (see `kata.clock.off_loop`) or a probe needs a hook where a library has none. Each such name stands
here with the versions it was tested with. An unknown version is used all the same, with one
warning; if it has moved a name, the specs run slower but right, and `tests/clock/test_off_loop.py` says
which name is gone.
"""

from __future__ import annotations

import functools
import importlib
import operator
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any


@dataclass(frozen=True)
class Name:
    """A patched name: where it stands, whose it is, and the versions it was tested with."""

    module: str
    attribute: str
    distribution: str | None
    lowest: str = ""
    newest: str = ""


def _python(module: str, attribute: str) -> Name:
    return Name(module, attribute, None, "3.11", "3.15")


PATCHED = (
    _python("time", "sleep"),
    _python("time", "ctime"),
    _python("time", "asctime"),
    _python("time", "monotonic"),
    _python("time", "monotonic_ns"),
    _python("time", "perf_counter"),
    _python("time", "perf_counter_ns"),
    _python("time", "clock_gettime"),
    _python("time", "clock_gettime_ns"),
    _python("threading", "_time"),
    _python("queue", "time"),
    _python("queue", "SimpleQueue"),
    _python("threading", "Thread.start"),
    _python("_thread", "start_new_thread"),
    _python("threading", "Thread.join"),
    _python("threading", "Condition.wait"),
    _python("threading", "Lock"),
    _python("threading", "RLock"),
    _python("concurrent.futures", "ThreadPoolExecutor.submit"),
    _python("concurrent.futures", "ThreadPoolExecutor.shutdown"),
    _python("concurrent.futures", "ThreadPoolExecutor._initializer_failed"),
    _python("concurrent.futures.thread", "_WorkItem.__init__"),
    _python("concurrent.futures.thread", "_WorkItem.run"),
    _python("concurrent.futures", "ProcessPoolExecutor.submit"),
    _python("asyncio", "new_event_loop"),
    _python("asyncio.events", "new_event_loop"),
    _python("asyncio", "SelectorEventLoop"),
    _python("asyncio.events", "Handle._run"),
    _python("select", "select"),
    _python("subprocess", "Popen.__init__"),
    _python("subprocess", "Popen.wait"),
    _python("subprocess", "Popen.communicate"),
    _python("sqlite3", "connect"),
    _python("sqlite3", "Connection"),
    _python("sqlite3", "Cursor"),
    _python("sqlite3.dbapi2", "connect"),
    _python("sqlite3.dbapi2", "Connection"),
    _python("sqlite3.dbapi2", "Cursor"),
    _python("warnings", "_warn_unawaited_coroutine"),
    _python("os", "_exit"),
    _python("atexit", "register"),
    _python("signal", "signal"),
    _python("signal", "alarm"),
    _python("signal", "setitimer"),
    Name("time_machine", "Traveller.time_ns", "time-machine", "3.3", "3.6"),
    Name("anyio.pytest_plugin", "_current_runner", "anyio", "4.4", "4.16"),
    Name("anyio.pytest_plugin", "_runner_leases", "anyio", "4.4", "4.16"),
    Name("anyio._backends._asyncio", "Queue", "anyio", "4.4", "4.16"),
    Name("aiosqlite.core", "SimpleQueue", "aiosqlite", "0.22", "0.22"),
    Name("aiosqlite.core", "_connection_worker_thread", "aiosqlite", "0.22", "0.22"),
    Name("aiosqlite.core", "Thread", "aiosqlite", "0.22", "0.22"),
    Name("aiosqlite.core", "Connection.__del__", "aiosqlite", "0.22", "0.22"),
    Name("httpcore._backends.auto", "AutoBackend.connect_tcp", "httpcore", "1.0", "1.0"),
    Name("httpcore._backends.sync", "SyncBackend.connect_tcp", "httpcore", "1.0", "1.0"),
    Name("httpx._client", "get_environment_proxies", "httpx", "0.28", "0.28"),
    Name("httpx._transports.default", "create_ssl_context", "httpx", "0.28", "0.28"),
    # A version comes out every week, and where it has moved these names, a run only takes a little longer.
    Name("fastapi._compat.shared", "is_pydantic_v1_model_class", "fastapi", "0.128", "1.0"),
    Name("fastapi.routing", "_extract_endpoint_context", "fastapi", "0.128", "1.0"),
    Name("sqlalchemy.pool.base", "Pool._should_wrap_creator", "sqlalchemy", "2.0", "2.1"),
    Name("uvicorn", "run", "uvicorn", "0.30", "0.54"),
    Name("uvicorn", "Server.run", "uvicorn", "0.30", "0.54"),
)

REPLACED_FOR_GOOD = (
    ("asyncio", "EventLoop"),
    ("asyncio", "SelectorEventLoop"),
    ("asyncio", "new_event_loop"),
    ("asyncio.events", "new_event_loop"),
    ("asyncio.unix_events", "EventLoop"),
    ("asyncio.unix_events", "SelectorEventLoop"),
    ("selectors", "PollSelector.select"),
    ("selectors", "SelectSelector.select"),
    ("socket", "socket.accept"),
    ("socket", "socket.recv"),
    ("socket", "socket.recv_into"),
    ("socket", "socket.recvfrom"),
    ("socket", "socket.send"),
    ("socket", "socket.sendall"),
)
"""Names that are replaced in a process that runs a learner's tests and ends with them. Some are not on every system."""

BY_PLACE = {(name.module, name.attribute): name for name in PATCHED}
"""The same table by module and attribute."""

LIBRARIES = frozenset(name.module.partition(".")[0] for name in PATCHED if name.distribution)
"""The libraries of the table. Nothing runs if a file of an answer stands before one of them."""


class Missing(LookupError):
    """A name of the table is not there in the version that is installed."""


def _owner(name: Name) -> tuple[Any, str]:
    owner: Any = sys.modules.get(name.module) or importlib.import_module(name.module)
    *path, attribute = name.attribute.split(".")
    for part in path:
        owner = getattr(owner, part)
    return owner, attribute


def original(module: str, attribute: str) -> Any:
    """What stands at a name of the table now. Raises Missing if it has moved, KeyError if unlisted."""
    name = BY_PLACE.get((module, attribute))
    if name is None:
        raise KeyError(f"{module}.{attribute} is not in the table of patched names")
    try:
        owner, last = _owner(name)
        return getattr(owner, last)
    except (ImportError, AttributeError) as error:
        raise Missing(f"{module}.{attribute}") from error


class InPlaceOfABuiltin:
    """A function in the place of one that is written in C, with what such a one can do.

    As an attribute of a class it gets no `self`, it may be a member of an Enum, and it is pickled under its name.
    """

    def __init__(
        self, real: Callable[..., Any], function: Callable[..., Any], module: str, attribute: str
    ) -> None:
        wrapper: Any = self  # typed as a function
        functools.update_wrapper(wrapper, real)
        self._function = function
        self.__module__ = module
        self.__qualname__ = attribute

    # Looked up and then called, so no frame of Python stands between the caller and the function.
    __call__ = property(operator.attrgetter("_function"))

    def __reduce__(self) -> str:
        return self.__qualname__

    def __repr__(self) -> str:
        return repr(self.__wrapped__)  # type: ignore[attr-defined]


@contextmanager
def replaced(replacements: dict[tuple[str, str], Any]) -> Generator[None]:
    """Put each replacement at its (module, attribute), and the originals back at the end."""
    undo: list[tuple[Any, str, Any]] = []
    try:
        for key, value in replacements.items():
            owner, attribute = _owner(BY_PLACE[key])
            there = getattr(owner, attribute)
            undo.append((owner, attribute, there))
            if isinstance(there, BuiltinFunctionType) and isinstance(value, FunctionType):
                value = InPlaceOfABuiltin(there, value, *key)
            setattr(owner, attribute, value)
        yield
    finally:
        for owner, attribute, value in reversed(undo):
            setattr(owner, attribute, value)


@contextmanager
def wrapped(module: str, attribute: str, wrap: Callable[[Any], Any]) -> Generator[None]:
    """Until the block ends, `wrap(original)` stands at a name of the table. Where that has moved, nothing happens."""
    try:
        there = original(module, attribute)
    except Missing:
        yield
        return
    with replaced({(module, attribute): wrap(there)}):
        yield


def replace_for_good(module: str, attribute: str, replace: Callable[[Any], Any]) -> None:
    """Put `replace(original)` at a name of `REPLACED_FOR_GOOD`. Where this Python has no such name, nothing happens."""
    if (module, attribute) not in REPLACED_FOR_GOOD:
        raise KeyError(f"{module}.{attribute} is not in the table of names replaced for good")
    with suppress(ImportError, AttributeError):
        owner, last = _owner(Name(module, attribute, None))
        setattr(owner, last, replace(getattr(owner, last)))


@contextmanager
def replaced_once_imported(
    module: str, replacements: Callable[[], dict[tuple[str, str], Any]]
) -> Generator[None]:
    """As `replaced`, for a library that is not worth importing only for this: see to it when somebody does.

    `replacements` is called then, so it may look at what it replaces.
    """
    with ExitStack() as stack:

        def replace() -> None:
            with suppress(ImportError, AttributeError, Missing):
                stack.enter_context(replaced(replacements()))

        if module in sys.modules:
            replace()
            yield
            return
        finder = _AfterImport(module, replace)
        sys.meta_path.insert(0, finder)
        try:
            yield
        finally:
            finder.retire()


class _AfterImport(MetaPathFinder):
    """Calls `then` when the module `name` has been imported, which is more than to be looked for."""

    def __init__(self, name: str, then: Callable[[], None]) -> None:
        self.name = name
        self.then = then
        self._looking = False

    def retire(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.name or self._looking:
            return None
        self._looking = True
        try:
            spec = find_spec(fullname)
        finally:
            self._looking = False
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            if self in sys.meta_path:
                self.retire()
                self.then()

        vars(spec.loader)["exec_module"] = exec_module
        return spec


@functools.cache
def unknown_versions() -> tuple[str, ...]:
    """One sentence for each installed library that is newer or older than what was tested.

    Looked up once, by reading a file of each: a process that forks for each run does so before.
    """
    sentences: list[str] = []
    for distribution, low, high in sorted(
        {(n.distribution, n.lowest, n.newest) for n in PATCHED if n.distribution}
    ):
        try:
            version = metadata.version(distribution)
        except metadata.PackageNotFoundError:  # only some answers need it
            continue
        if not _numbers(low) <= _numbers(version)[:2] <= _numbers(high):
            sentences.append(
                f"{distribution} {version} has not been tried with this kata (tried: {low} to {high})"
            )
    return tuple(sentences)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
