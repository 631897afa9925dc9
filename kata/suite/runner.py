"""Inside the process that runs a learner's tests against one app.

Here the kata's own settings and plugin are not in force: the tests meet a plain pytest, as in a project of their
own. Only time and the network differ. All event loops, whoever makes them, and the thread that pytest runs in live
on one virtual clock, so that a test of two honest seconds takes no time and a busy machine changes nothing. Nothing
outside this machine can be reached. Real sockets on the loopback work: the clock moves on when none of
them has anything to say.

What came of each test is written down as one line of JSON as soon as it is known.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import importlib.util
import os
import select
import selectors
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

from kata.answer.probes import innermost
from kata.clock import off_loop
from kata.clock.awaiting import awaiting_frames
from kata.clock.clock import Clock, NeverEnds, Park, Turn, mine, real_monotonic
from kata.clock.loop import VirtualLoop
from kata.containment.watchdog import (
    CutOff,
    CutOffForGood,
    Watchdog,
    raise_in_thread,
    real_exit,
    watching,
)
from kata.network import backend
from kata.suite.process import Order, TestOutcome, fork, run_all, write_down

LONGEST_TEST = 600.0
"""A test that has lived through so many virtual seconds will never end by itself."""

MOST_JUMPS = 20_000
"""The same for the number of steps in which time moved on."""

MOST_STALLS = 30
"""After so many deadlocks, one after the other, the run is given up."""

STALLED = 71
"""The status of a process that was given up."""

READABLE = getattr(select, "POLLIN", 0)
WRITABLE = getattr(select, "POLLOUT", 0)

PAUSE = 0.005
"""So long, in real seconds, every socket must have been silent before time moves on."""

REPLACED = (
    ("asyncio", "SelectorEventLoop"),
    ("asyncio", "EventLoop"),
    ("asyncio", "new_event_loop"),
    ("asyncio.events", "new_event_loop"),
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
"""What is replaced here beside the doors (`kata.clock.off_loop`): the process ends with it, so it is never put back."""

PLUGINS = (
    "anyio.pytest_plugin",
    "respx.plugin",
    "pytest_asyncio.plugin",
    "pytest_mock",
    "pytest_httpx",
    "kata.suite.asyncio_only",
)
"""pytest's plugins that a learner's tests may use, as far as they are installed."""


class Stalled(Exception):
    """Everything waits for something that nothing will ever bring."""


class SuiteClock(Clock):
    """A clock for which sockets on the loopback are part of the world.

    What is sent over the loopback has arrived when `send` returns. So when everything waits and no socket has
    anything to read, nothing is under way, and time may jump.
    """

    def __init__(self) -> None:
        super().__init__()
        self._watched: dict[int, int] = {}

    @contextlib.contextmanager
    def watching(self, descriptor: int, events: int) -> Generator[None]:
        """Somebody waits for this socket or selector: time stands still as soon as it is ready."""
        self._watched[descriptor] = events
        try:
            yield
        finally:
            self._watched.pop(descriptor, None)

    def elapse(self, seconds: float, *, although_held: bool = False) -> None:
        if not although_held and hasattr(select, "poll"):
            if any(_ready(*each) for each in list(self._watched.items())):
                return
            with self._lock:
                park = self._earliest()
                if self.nothing_but_time and self.on_stall is not None:
                    self.on_stall(self)
                    return
            if park is not None and park.deadline is not None:
                seconds = max(park.deadline - self.now, 0.0)
        super().elapse(seconds, although_held=although_held)

    @property
    def progress_made(self) -> object:
        """Changes whenever anything moves on: somebody waits or is woken, or a loop turns."""
        return self.version, self._turns_without_time

    def allow_time(self) -> None:
        """A new test begins: it may take as long as the one before."""
        self.longest = self.now + LONGEST_TEST
        self.most_jumps = self.jumps + MOST_JUMPS


# Loops


def _replace_loops(clock: SuiteClock, stalls: Stalls) -> None:
    """Put a virtual loop wherever a loop can come from."""
    home, real = os.getpid(), asyncio.SelectorEventLoop

    class SuiteLoop(VirtualLoop):
        """A loop on the clock of this process, however it was made."""

        def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
            super().__init__(clock)
            self.on_fault = lambda error: stalls.in_a_loop(self, error)

        def _wait_outside(self, park: Park, select: Any, real: bool) -> Any:
            with clock.watching(self._selector_of_specs.fileno(), READABLE):
                return super()._wait_outside(park, select, real)

    def new_event_loop() -> asyncio.AbstractEventLoop:
        # A server that the tests start as a process of its own lives in real time.
        return SuiteLoop() if os.getpid() == home else real()

    for module in (asyncio, asyncio.events):
        setattr(module, "new_event_loop", new_event_loop)  # noqa: B010
    for module in (asyncio, sys.modules.get("asyncio.unix_events")):
        for name in ("SelectorEventLoop", "EventLoop"):
            if module is not None and hasattr(module, name):
                setattr(module, name, SuiteLoop)
    with warnings.catch_warnings(), contextlib.suppress(AttributeError):
        warnings.simplefilter("ignore", DeprecationWarning)  # policies are on their way out
        policy: Any = getattr(asyncio, "get_event_loop_policy")()  # noqa: B009
        type(policy)._loop_factory = SuiteLoop
    if importlib.util.find_spec("uvloop") is not None:
        sys.modules["uvloop"] = _in_place_of_uvloop(SuiteLoop)


def _in_place_of_uvloop(loop: type[VirtualLoop]) -> ModuleType:
    """uvloop waits in C, where no clock reaches it. uvicorn takes it wherever it is installed."""
    module = ModuleType("uvloop")
    vars(module).update(
        Loop=loop,
        new_event_loop=loop,
        run=asyncio.run,
        install=lambda: None,
        EventLoopPolicy=getattr(asyncio, "DefaultEventLoopPolicy", None),
        __version__="0",
    )
    return module


class Stalls:
    """Ends a deadlock: the test that waits fails, in that instant."""

    def __init__(self, clock: SuiteClock, room: str) -> None:
        self.clock = clock
        self.room = room
        self.count = 0
        self.sentence = ""

    def on_stall(self, clock: Clock) -> None:
        """The clock has found that nothing will happen any more. Runs under its lock."""
        self.count += 1
        if self.count > MOST_STALLS:
            real_exit(STALLED)
        park = clock.primary_park()
        if park is not None:
            clock.fail(park, self._error(never_ends=clock.nothing_but_time))

    def in_a_loop(self, loop: asyncio.AbstractEventLoop, error: BaseException) -> None:
        """Raise it in the coroutines that wait: there, the learner's own line is in the traceback."""
        if isinstance(error, NeverEnds):
            error = self._error(never_ends=True)
        waiting: list[tuple[bool, asyncio.Future[Any]]] = []
        for task in asyncio.all_tasks(loop):
            waits_for: asyncio.Future[Any] | None = getattr(task, "_fut_waiter", None)
            if waits_for is None or isinstance(waits_for, asyncio.Task) or waits_for.done():
                continue
            waiting.append((self._is_the_tests_own(task), waits_for))
        own = [future for is_own, future in waiting if is_own]
        for future in own or [future for _, future in waiting]:
            future.set_exception(Stalled(*error.args))
        if not waiting:
            raise error

    def _is_the_tests_own(self, task: asyncio.Task[Any]) -> bool:
        """True if a line of the tests, or of the app, is among those that wait in this task."""
        return any(
            frame.f_code.co_filename.startswith(self.room)
            for frame in awaiting_frames(task.get_coro())
        )

    def _error(self, *, never_ends: bool) -> Stalled:
        self.clock.grant_time_to_clean_up()
        sentence = (
            "it goes on for ever: time passes, but what it waits for never comes"
            if never_ends
            else "a deadlock: everything waits, no timer is set, nobody is at work"
        )
        # Whatever goes wrong afterwards, while the test is being cleared away, is a consequence.
        self.sentence = self.sentence or sentence
        return Stalled(self.sentence)


# Sockets


def _replace_sockets(clock: SuiteClock) -> None:
    """Let a thread that waits for a socket give up the clock meanwhile."""
    if not hasattr(select, "poll"):
        return
    for name in ("accept", "recv", "recv_into", "recvfrom"):
        setattr(socket.socket, name, _waits(getattr(socket.socket, name), READABLE))
    for name in ("send", "sendall"):
        setattr(socket.socket, name, _waits(getattr(socket.socket, name), WRITABLE))
    # The servers of the standard library wait in one of these.
    for name in ("PollSelector", "SelectSelector"):
        selector: Any = getattr(selectors, name, None)
        if selector is not None:
            selector.select = _selects(selector.select)


def _waits(real: Callable[..., Any], events: int) -> Callable[..., Any]:
    def wait(self: socket.socket, *args: Any, **named: Any) -> Any:
        turn, clock = mine.turn, mine.clock
        descriptor, timeout = self.fileno(), self.gettimeout()
        if turn is None or not isinstance(clock, SuiteClock) or timeout == 0 or descriptor < 0:
            return real(self, *args, **named)
        if not _ready(descriptor, events):
            with clock.watching(descriptor, events):
                if not _until(clock, turn, timeout, lambda wait: _ready(descriptor, events, wait)):
                    raise TimeoutError("timed out")
        return real(self, *args, **named)

    return wait


def _selects(real: Callable[..., Any]) -> Callable[..., Any]:
    def select_(self: selectors.BaseSelector, timeout: float | None = None) -> Any:
        turn, clock = mine.turn, mine.clock
        if turn is None or clock is None or (timeout is not None and timeout <= 0):
            return real(self, timeout)
        return _until(clock, turn, timeout, lambda wait: real(self, wait))

    return select_


def _ready(descriptor: int, events: int, wait: float = 0.0) -> bool:
    poll = select.poll()
    poll.register(descriptor, events)
    return any(came & ~select.POLLNVAL for _, came in poll.poll(wait * 1000))


def _until(clock: Clock, turn: Turn, timeout: float | None, look: Callable[[float], Any]) -> Any:
    """Give up the clock until `look` finds something, or for `timeout` seconds of the clock."""
    park = Park(clock, turn)
    clock.park(park, None if timeout is None else clock.now + timeout, real=True)
    try:
        while True:
            before = real_monotonic()
            came = look(PAUSE)
            if came or park.released:
                return came
            clock.elapse(real_monotonic() - before)
    finally:
        clock.resume(park)
        if park.error is not None:
            raise park.error


class Offline:
    """Nothing outside this machine can be reached, and whoever tries is remembered."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """An audit hook: Python tells it of every connection before it is made."""
        host: str | bytes | None = None
        if event in ("socket.connect", "socket.sendto"):
            address: tuple[Any, ...] | str = args[1]
            host = address[0] if isinstance(address, tuple) else None
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            host = args[0]
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if name in (None, "", "0.0.0.0", "::") or backend.is_loopback(name):
            return
        if name not in self.hosts:
            self.hosts.append(name)
        raise socket.gaierror(socket.EAI_NONAME, f"there is no network here: {name}")


# pytest


class _Recorder:
    """A plugin of pytest: bounds each test, and writes down what came of it."""

    def __init__(self, order: Order, clock: SuiteClock, stalls: Stalls) -> None:
        self.order = order
        self.clock = clock
        self.stalls = stalls
        self._failed: set[str] = set()
        self._file = Path(order.room, "test_main.py")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.order.order == "backwards":
            items.reverse()
        elif self.order.order == "every second first":
            items[:] = items[1::2] + items[::2]

    def pytest_runtest_logstart(self) -> None:
        self.clock.allow_time()
        self.stalls.count = 0
        self.stalls.sentence = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        stalled, self.stalls.sentence = self.stalls.sentence, ""
        if stalled and report.outcome != "failed":
            report.outcome = "failed"  # somebody has swallowed the exception
        name = item.nodeid.partition("::")[2]
        if report.failed and name not in self._failed:
            self._failed.add(name)
            error = call.excinfo.value if call.excinfo is not None else None
            write_down(self.order, asdict(self._failure(name, error, stalled)))
        elif report.when == "call" or report.skipped:
            write_down(self.order, asdict(TestOutcome(name, report.outcome)))
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            text = str(report.longrepr)
            error = next(
                (line for line in reversed(text.splitlines()) if line.startswith("E ")), text
            )
            kind, _, said = error.removeprefix("E ").strip().rpartition("\n")[2].partition(": ")
            line, code = self._line_in(text)
            write_down(
                self.order, asdict(TestOutcome("", "failed", kind, said or kind, line, code))
            )

    def _failure(self, name: str, error: BaseException | None, stalled: str) -> TestOutcome:
        error = innermost(error) if error is not None else None
        line, is_own = 0, False
        traceback = error.__traceback__ if error is not None else None
        while traceback is not None:
            is_own = traceback.tb_frame.f_code.co_filename == str(self._file)
            line = traceback.tb_lineno if is_own else line
            traceback = traceback.tb_next
        text = " ".join(str(error).split())
        if isinstance(error, CutOff | CutOffForGood):
            text = f"nothing moved on for {self.order.cut_off:g} s of real time, so it was cut off"
        return TestOutcome(
            name,
            "failed",
            "Stalled" if stalled else type(error).__name__,
            (stalled or text)[:600],
            line,
            self._code(line),
            is_own and isinstance(error, NotImplementedError),
        )

    def _code(self, line: int) -> str:
        lines = self._file.read_text("utf-8", errors="replace").splitlines()
        return lines[line - 1].strip() if 0 < line <= len(lines) else ""

    def _line_in(self, text: str) -> tuple[int, str]:
        for part in text.split("test_main.py")[1:]:
            number = part.removeprefix('"').removeprefix(", line ").removeprefix(":")
            digits = number[: len(number) - len(number.lstrip("0123456789"))]
            if digits:
                return int(digits), self._code(int(digits))
        return 0, ""


def run_each(orders: Sequence[Order], room: Path) -> None:
    """Start pytest once, and fork it for each of the orders: to start it takes longer than most tests.

    The calling process is good for nothing else afterwards. `room` holds the folders of all orders.
    """
    _start_pytest(room, _Forks(orders))


def run(order: Order) -> None:
    """Run the tests of one order. The calling process is good for nothing else afterwards."""
    _start_pytest(Path(order.room), _Here(order))


class _Forks:
    """A plugin of pytest: in place of the collection, one fork after the other."""

    def __init__(self, orders: Sequence[Order]) -> None:
        self.orders = orders

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool:
        gc.collect()
        gc.freeze()
        run_all(self.orders, lambda order: fork(lambda: _collect_and_run(session, order)))
        return True


class _Here:
    """A plugin of pytest: in place of the collection, one run in this very process."""

    def __init__(self, order: Order) -> None:
        self.order = order

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool:
        _collect_and_run(session, self.order)
        session.items.clear()
        return True


def _start_pytest(room: Path, plugin: object) -> None:
    sys.dont_write_bytecode = True
    os.chdir(room)
    for name in [name for name in os.environ if name.startswith(("PYTEST_", "COV_CORE_"))]:
        del os.environ[name]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    settings = room / "plain.ini"
    settings.write_text("[pytest]\n", "utf-8")
    arguments = [
        f"--rootdir={room}",
        f"--confcutdir={room}",
        f"--config-file={settings}",
        "-q",
        "--tb=native",  # the other styles read the sources of all that a failure goes through
        "-s",  # nobody reads what is printed; capsys works all the same
        *(word for name in _NOT_NEEDED for word in ("-p", f"no:{name}")),
    ]
    pytest.main(arguments, plugins=[*_installed_plugins(), plugin])


def _collect_and_run(session: pytest.Session, order: Order) -> int:
    os.chdir(order.room)
    for name in ("main", "test_main"):
        sys.modules.pop(name, None)
    vars(session.config)["_rootpath"] = Path(order.room)
    session.config.args = [str(Path(order.room, "test_main.py"))]
    if order.until_failure:
        # Which test fails is enough; its text is not read.
        session.config.option.maxfail = 1
        sys.meta_path[:] = [each for each in sys.meta_path if not _rewrites_asserts(each)]
    clock = SuiteClock()
    stalls = Stalls(clock, order.room)
    clock.on_stall = stalls.on_stall
    session.config.pluginmanager.register(_Recorder(order, clock, stalls))
    offline = Offline()
    with contextlib.ExitStack() as stack:
        if threading.Thread.start.__module__ != "kata.clock.off_loop":
            stack.enter_context(off_loop.open_doors())
        stack.enter_context(backend.no_certificates())
        _replace_loops(clock, stalls)
        _replace_sockets(clock)
        sys.addaudithook(offline)
        mine.adopt(clock.begin("the tests", primary=True), clock)
        clock.allow_time()
        with (
            watching(_watchdog(order, clock)),
            contextlib.suppress(session.Interrupted, session.Failed, pytest.exit.Exception),
        ):
            session.perform_collect()
            session.config.hook.pytest_runtestloop(session=session)
        write_down(order, {"seconds": clock.now, "hosts": offline.hosts})
        mine.drop()
    return int(session.testsfailed > 0)


def _rewrites_asserts(finder: object) -> bool:
    return type(finder).__name__ == "AssertionRewritingHook"


_NOT_NEEDED = (
    # The first two look for garbage at the end of each run, which takes longer than the tests.
    *("unraisableexception", "threadexception", "cacheprovider", "stepwise", "faulthandler"),
    *("junitxml", "pastebin", "doctest", "setuponly", "setupplan"),
)


def _installed_plugins() -> list[str]:
    return [
        name for name in PLUGINS if importlib.util.find_spec(name.partition(".")[0]) is not None
    ]


def warm_up() -> None:
    """Import what a run needs, before the process is forked for each."""
    for name in (*_installed_plugins(), "asgi_lifespan._concurrency.asyncio"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _watchdog(order: Order, clock: SuiteClock) -> Watchdog:
    files = {str(path) for path in Path(order.room).glob("*.py")}
    own = {off_loop.__file__, sys.modules[Clock.__module__].__file__, __file__}

    def may_break_into(frame: FrameType | None) -> bool:
        depth = 0
        while frame is not None:
            name = frame.f_code.co_filename
            if name in own and depth < 6:
                return False
            if name in files:
                return True
            frame, depth = frame.f_back, depth + 1
        return False

    def elsewhere(error: BaseException) -> None:
        for turn in clock.at_work():
            if turn.thread is not None and turn.thread != threading.get_ident():
                raise_in_thread(turn.thread, type(error))

    return Watchdog(
        order.cut_off,
        progress=lambda: clock.progress_made,
        sample=lambda frame: None,
        may_break_into=may_break_into,
        elsewhere=elsewhere,
        last_words=lambda: None,
        must_not_look=lambda: clock.in_the_middle,
    )
