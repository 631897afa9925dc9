"""Probes: what happened in the answer's process, beyond the messages that cross the ASGI seam.

Each probe writes down facts as plain data: a blocking call, an exception in a handler, a coroutine
that nobody awaited, a connection to SQLite. A fact may fail a spec and it explains failures, but it
never makes a spec pass.
"""

from __future__ import annotations

import contextlib
import gc
import linecache
import os
import sqlite3
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, CoroutineType, FrameType
from typing import Any

from kata.answer.engine_pools import EnginePools
from kata.answer.events import Fate
from kata.answer.loading import display, undisplayed
from kata.answer.sqlite import Queries, own_work
from kata.clock.mine import mine

current_request: ContextVar[str | None] = ContextVar("current_request", default=None)
"""The request that the running code belongs to, such as `GET /users`, or None in startup and shutdown."""

_HANDS_ON = ("aiosqlite", "context.py")
"""The module of a library whose `wrapper` builds the coroutine that the answer's line asks for."""

meant_to_fail: ContextVar[bool] = ContextVar("meant_to_fail", default=False)
"""True in a request whose failure is what the spec has arranged, and whose answer is the learner's choice."""

HOG_SECONDS = 0.1
"""CPU seconds of one callback above which it counts as blocking. Honest code stays below 0.001."""

NO_NETWORK = "the specs have no network"
"""How the message begins of what is raised to a call that went past the in-memory network."""

REAL_PATIENCE = 2.0
"""Real seconds that a process has to end when it has been killed."""


@dataclass(frozen=True)
class Blocked:
    """Something held up the loop's thread. `seconds` is how long, if that is known."""

    what: str
    seconds: float | None
    where: str | None
    code: str
    request: str | None


@dataclass(frozen=True)
class Raised:
    """An exception that left a handler, the startup or the shutdown."""

    type: str
    message: str
    where: str | None
    code: str
    during: str
    group: bool = False
    unfinished: bool = False
    never_opened: bool = False
    """It came from a connection of aiosqlite that nobody has awaited or entered."""
    beside: int = 0
    """How many other requests were under way then."""
    part: str = "The handler"
    """What raised it, in words."""


@dataclass(frozen=True)
class Strayed:
    """A call that went out past the in-memory network, and was refused."""

    host: str
    where: str | None
    code: str


@dataclass(frozen=True)
class NeverAwaited:
    """A coroutine that was built and dropped."""

    name: str
    where: str | None
    code: str


@dataclass(eq=False)
class SqliteConnection:
    """A connection where SQLite opened it, whatever library did."""

    handle: sqlite3.Connection | None
    where: str | None
    thread: int
    dropped: bool = False
    """Its owner was thrown away before it was closed. Some thread may close it later, or not."""

    @property
    def open(self) -> bool:
        if self.handle is None:
            return False
        # The probe's own reference must not keep a forgotten connection alive: nobody else has it,
        # so it is gone.
        if sys.getrefcount(self.handle) <= _OWN_REFERENCES:
            self.handle = None
            return False
        try:
            self.handle.total_changes  # noqa: B018
        except sqlite3.ProgrammingError:
            self.handle = None
            return False
        return True


def _own_references() -> int:
    record = SqliteConnection(sqlite3.Connection(":memory:"), None, 0)
    count = sys.getrefcount(record.handle)
    assert record.handle is not None
    record.handle.close()
    return count


_OWN_REFERENCES = _own_references()


def _called(frame: FrameType) -> str:
    """How the function of a frame is called by those who use it: `httpx.get`, `Future.result`."""
    name = frame.f_code.co_qualname.rpartition("<locals>.")[2]
    if "." in name:
        return name
    module = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    return f"{module}.{name}"


def line_of(frame: FrameType, line: int | None) -> int:
    """The line that a frame is said to be at, or its first one. Python gives some of its steps no line at all."""
    return line or frame.f_code.co_firstlineno


def short_code_at(where: str | None) -> str:
    """The source line at `file:line`, as `display` shows it."""
    name, _, line = (where or "").rpartition(":")
    return short_code(undisplayed(name), int(line)) if line.isdigit() else ""


def short_code(filename: str, line: int) -> str:
    """The source line, without its indentation."""
    return linecache.getline(filename, line).strip()


def innermost(error: BaseException) -> BaseException:
    """The first exception inside a group, or the exception itself."""
    while isinstance(error, BaseExceptionGroup):
        inside: tuple[BaseException, ...] = error.exceptions  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        error = inside[0]
    return error


_OF_BACKGROUND_TASKS = os.path.join("starlette", "background.py")
_OF_BODIES = "stream_response"
_OF_FASTAPI = ("ResponseValidationError",)


def _part_that_raised(error: BaseException, during: str, codes: Sequence[CodeType]) -> str:
    """What an exception came out of, by the code that it went through."""
    if during in ("startup", "shutdown"):
        return f"The {during}"
    if type(error).__name__ in _OF_FASTAPI:
        return "FastAPI"
    if any(code.co_filename.endswith(_OF_BACKGROUND_TASKS) for code in codes):
        return "A background task"
    if any(code.co_name == _OF_BODIES for code in codes):
        return "The answer had begun when its body"
    return "The handler"


def _never_opened(error: BaseException) -> bool:
    """Whether a connection of aiosqlite raised this because its thread was never started."""
    if not isinstance(error, ValueError):
        return False
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_globals.get("__name__") == "aiosqlite.core":
            thread = getattr(frame.f_locals.get("self"), "_thread", None)
            return isinstance(thread, threading.Thread) and thread.ident is None
    return False


@dataclass
class Probes:
    """All facts of one spec. `owns(filename)` tells the learner's code from everybody else's."""

    owns: Callable[[str], bool]
    blocked: list[Blocked] = field(default_factory=list[Blocked])
    raised: list[Raised] = field(default_factory=list[Raised])
    strayed: list[Strayed] = field(default_factory=list[Strayed])
    never_awaited: list[NeverAwaited] = field(default_factory=list[NeverAwaited])
    sqlite: list[SqliteConnection] = field(default_factory=list[SqliteConnection])
    dropped: list[SqliteConnection] = field(default_factory=list[SqliteConnection])
    threads: list[threading.Thread] = field(default_factory=list[threading.Thread])
    processes: list[subprocess.Popen[Any]] = field(default_factory=list[subprocess.Popen[Any]])
    forgiven: set[str] = field(default_factory=set[str])
    sampled: tuple[float, str, str] | None = None
    sqlite_opened: int = 0
    opened: set[str] = field(default_factory=set[str])
    """The files that were opened while the answer was there, by whomever."""
    events: Fate = "as asked"
    """What becomes of the `on_event` handlers of the app."""
    _places: dict[tuple[str, int], tuple[str, str]] = field(
        default_factory=dict[tuple[str, int], tuple[str, str]]
    )
    loop_thread: int | None = None
    on_blocked: Callable[[Blocked], None] | None = None
    queries: Queries = field(init=False)
    engine_pools: EnginePools = field(init=False)

    def __post_init__(self) -> None:
        self.engine_pools = EnginePools(self.place)
        self.queries = Queries(
            on_the_loop=lambda: threading.get_ident() == self.loop_thread,
            in_a_request=lambda: current_request.get() is not None,
            saw_on_the_loop=self._saw_query_on_the_loop,
        )

    # The learner's line

    def own_frame(self, frame: FrameType | None) -> tuple[FrameType, FrameType | None] | None:
        """The innermost frame of the learner's code, and the frame that it called."""
        called: FrameType | None = None
        while frame is not None:
            if self.owns(frame.f_code.co_filename):
                return frame, called
            called, frame = frame, frame.f_back
        return None

    def place(self, frame: FrameType | None) -> tuple[str | None, str]:
        """`file:line` and the code of the learner's line that a stack goes through."""
        found = self.own_frame(frame)
        if found is None:
            return None, ""
        key = name, line = found[0].f_code.co_filename, line_of(found[0], found[0].f_lineno)
        if key not in self._places:
            self._places[key] = f"{display(Path(name))}:{line}", short_code(name, line)
        return self._places[key]

    # Facts

    def saw_blocking(self, what: str, seconds: float | None, frame: FrameType | None) -> None:
        found = self.own_frame(frame)
        if found is None:
            return
        own, called = found
        if called is not None:
            what = _called(called)
        where, code = self.place(own)
        self._add_blocked(Blocked(what, seconds, where, code, current_request.get()))

    def saw_hog(self, seconds: float, request: str | None) -> None:
        where, code = (self.sampled[1], self.sampled[2]) if self.sampled else (None, "")
        self._add_blocked(Blocked("a computation", seconds, where, code, request))

    def _add_blocked(self, event: Blocked) -> None:
        if len(self.blocked) < 1000:
            self.blocked.append(event)
        if self.on_blocked is not None:
            self.on_blocked(event)

    def saw_raised(
        self, error: BaseException, during: str, endpoint: object = None, *, beside: int = 0
    ) -> None:
        """`endpoint` is the handler, whose place stands in when no line of the answer is on the stack."""
        if len(self.raised) >= 1000:
            return
        group = isinstance(error, BaseExceptionGroup)
        inner = innermost(error)
        # What was put into a group without being raised has come nowhere by itself.
        stack = list(traceback.walk_tb(inner.__traceback__ or error.__traceback__))
        places = [(frame.f_code.co_filename, line_of(frame, line)) for frame, line in stack]
        frames = [place for place in places if self.owns(place[0])]
        where, code = None, ""
        if frames:
            where = f"{display(Path(frames[-1][0]))}:{frames[-1][1]}"
            code = short_code(*frames[-1])
        elif (body := getattr(endpoint, "__code__", None)) and self.owns(body.co_filename):
            where = f"{display(Path(body.co_filename))}:{body.co_firstlineno}"
            code = short_code(body.co_filename, body.co_firstlineno)
        unfinished = isinstance(inner, NotImplementedError) and frames[-1:] == places[-1:]
        if meant_to_fail.get() and not unfinished:
            return
        # FastAPI ends what it says of a response with the endpoint's place, which is told by itself.
        message = " ".join(str(inner).partition('\n  File "')[0].split())
        self.raised.append(
            Raised(
                type=type(inner).__name__,
                message=message[:160] + "…" * (len(message) > 160),
                where=where,
                code=code,
                during=during,
                group=group,
                never_opened=_never_opened(inner),
                unfinished=unfinished,
                beside=beside,
                part=_part_that_raised(inner, during, [frame.f_code for frame, _ in stack]),
            )
        )

    def saw_stray(self, host: str) -> None:
        """The answer looks up a host, or connects to one, in the real network."""
        where, code = self.place(sys._getframe())  # pyright: ignore[reportPrivateUsage]
        if where is None and mine.turn is not None:
            where = mine.turn.where
            code = short_code_at(where)
        self.strayed.append(Strayed(host, where, code))

    def saw_request(self, label: str) -> None:
        """A request begins. What others like it raised, and were meant to, says nothing about this one."""
        if label in self.forgiven:
            self.forgiven.discard(label)
            self.raised[:] = [f for f in self.raised if f.unfinished or f.during != label]

    def saw_never_awaited(self, coroutine: CoroutineType[Any, Any, Any]) -> None:
        origin = getattr(coroutine, "cr_origin", None) or ()
        # One further back only for a wrapper that hands a coroutine on, and that nobody else's calls go through.
        handed_on = bool(origin) and Path(origin[0][0]).parts[-2:] == _HANDS_ON
        for filename, line, _function in origin[: 2 if handed_on else 1]:
            if self.owns(filename):
                place = f"{display(Path(filename))}:{line}"
                name = getattr(coroutine, "__qualname__", "coroutine").split("<locals>.")[-1]
                self.never_awaited.append(NeverAwaited(name, place, short_code(filename, line)))
                return

    # Processes

    def seeing_started(self, real: Callable[..., None]) -> Callable[..., None]:
        """`__init__` of subprocess.Popen, which writes down each process that the answer starts."""

        def __init__(process: subprocess.Popen[Any], *args: Any, **kwargs: Any) -> None:
            real(process, *args, **kwargs)
            self.processes.append(process)

        return __init__

    def end_processes(self) -> None:
        """Kill the processes that the answer has left."""
        for process in self.processes:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                if process.poll() is None:
                    process.kill()
                    process.wait(REAL_PATIENCE)
        self.processes.clear()

    # SQLite

    def saw_sqlite(self, handle: sqlite3.Connection) -> None:
        frame = sys._getframe()  # pyright: ignore[reportPrivateUsage]
        where, _ = self.place(frame)
        if where is None and mine.turn is not None:
            where = mine.turn.where
        self.sqlite_opened += 1
        self.sqlite.append(SqliteConnection(handle, where, threading.get_ident()))

    def _saw_query_on_the_loop(self) -> None:
        if not self.blocked or self.blocked[-1].what != "a query of sqlite3":
            where, code = self.place(sys._getframe())  # pyright: ignore[reportPrivateUsage]
            event = Blocked("a query of sqlite3", None, where, code, current_request.get())
            self._add_blocked(event)

    @property
    def is_writing(self) -> bool:
        """True while a connection of the answer has written something and not committed it."""
        open_ones = [record.handle for record in self.sqlite if record.open]
        return any(each and each.in_transaction and each.total_changes > 0 for each in open_ones)

    def seeing_dropped(self, real: Callable[[Any], None]) -> Callable[[Any], None]:
        """`__del__` of aiosqlite's connections, which writes down those that nobody closed."""

        def __del__(connection: Any) -> None:
            handle = getattr(connection, "_connection", None)
            for record in self.sqlite if handle is not None else ():
                if record.handle is handle:
                    record.dropped = True
                    self.dropped.append(record)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)
                real(connection)

        return __del__

    def open_sqlite(self) -> list[SqliteConnection]:
        """The connections to SQLite that the answer has open now."""
        if any(record.open for record in self.sqlite):
            gc.collect()
        self.sqlite[:] = [record for record in self.sqlite if record.open]
        return list(self.sqlite)


class _Hooked:
    """The probes of the running spec, where the audit hook finds them. A hook can never be taken out."""

    probes: Probes | None = None
    installed = False


class Unreachable(OSError):
    """The answer tried to leave the machine. Specs have no network but their upstream."""


def _audit(event: str, args: tuple[Any, ...]) -> None:
    probes = _Hooked.probes
    if probes is None or own_work.active:
        return
    if event == "open":
        if isinstance(args[0], str | bytes):
            probes.opened.add(os.fsdecode(args[0]))
    elif event == "sqlite3.connect/handle":
        probes.saw_sqlite(args[0])
    elif event == "socket.getaddrinfo":
        _refuse(probes, args[0])
    elif event == "socket.connect":
        address = args[1]
        if isinstance(address, tuple) and address:
            _refuse(probes, address[0])  # pyright: ignore[reportUnknownArgumentType]
    elif event in ("subprocess.Popen", "os.system"):
        if threading.get_ident() == probes.loop_thread and current_request.get():
            frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
            if not _is_asyncio(frame):
                probes.saw_blocking(event, None, frame)


def _is_asyncio(frame: FrameType | None) -> bool:
    while frame is not None:
        if f"{os.sep}asyncio{os.sep}" in frame.f_code.co_filename:
            return (
                "subprocess" in frame.f_code.co_filename
                or "unix_events" in frame.f_code.co_filename
            )
        frame = frame.f_back
    return False


def _refuse(probes: Probes, host: object) -> None:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host in ("", "localhost", "::1", "0.0.0.0", "::"):
        return
    if host.startswith("127."):
        return
    probes.saw_stray(host)
    raise Unreachable(f"{NO_NETWORK}, and this tried to reach {host}")


@contextlib.contextmanager
def listening(probes: Probes):
    """Let the process-wide hooks report to these probes until the block ends."""
    if not _Hooked.installed:
        _Hooked.installed = True
        sys.addaudithook(_audit)
    _Hooked.probes = probes
    depth = sys.get_coroutine_origin_tracking_depth()
    sys.set_coroutine_origin_tracking_depth(2)
    try:
        yield
    finally:
        sys.set_coroutine_origin_tracking_depth(depth)
        _Hooked.probes = None
