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
import importlib.util
import json
import os
import select
import selectors
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

from kata import doors, network
from kata.clock import Clock, NeverEnds, Park, Turn, mine, real_monotonic
from kata.loop import VirtualLoop
from kata.watchdog import CutOff, CutOffForGood, Watchdog, raise_in_thread, real_exit, watching

LONGEST_TEST = 600.0
"""A test that has lived through so many virtual seconds will never end by itself."""

MOST_JUMPS = 20_000
"""The same for the number of steps in which time moved on."""

MOST_STALLS = 30
"""After so many deadlocks, one after the other, the run is given up."""

STALLED = 71
"""The status of a process that was given up."""

REPLACED = (
    ("asyncio", "SelectorEventLoop"),
    ("asyncio", "EventLoop"),
    ("asyncio", "new_event_loop"),
    ("asyncio.events", "new_event_loop"),
    ("asyncio.unix_events", "SelectorEventLoop"),
    ("anyio.from_thread", "Thread"),
    ("selectors", "PollSelector.select"),
    ("selectors", "SelectSelector.select"),
    ("socket", "socket.accept"),
    ("socket", "socket.recv"),
    ("socket", "socket.recv_into"),
    ("socket", "socket.recvfrom"),
    ("socket", "socket.send"),
    ("socket", "socket.sendall"),
)
"""What is replaced here beside the doors (`kata.doors`): the process ends with it, so it is never put back."""

PLUGINS = ("anyio.pytest_plugin", "respx.plugin", "pytest_asyncio.plugin", "pytest_mock", "pytest_httpx")
"""pytest's plugins that a learner's tests may use, as far as they are installed."""


class Stalled(Exception):
    """Everything waits for something that nothing will ever bring."""


@dataclass(frozen=True)
class Order:
    """What to run: the tests in `room`, beside the app, with a line in `record` for each outcome.

    `backwards` runs them in the opposite order; `until_failure` stops after the first test that fails.
    """

    room: str
    record: str
    backwards: bool = False
    until_failure: bool = False
    cut_off: float = 5.0


@dataclass(frozen=True)
class TestOutcome:
    """What came of one test. `outcome` is "passed", "failed" or "skipped"; `line` is in the learner's file.

    `error` is the name of the exception, and `unfinished` says that the test raised NotImplementedError itself.
    """

    __test__ = False  # not a class of tests, whatever its name

    name: str
    outcome: str
    error: str = ""
    text: str = ""
    line: int = 0
    code: str = ""
    unfinished: bool = False


@dataclass(frozen=True)
class Ended:
    """How a run came to its end: after so many seconds of its clock, having called these hosts."""

    seconds: float
    collected: int
    hosts: tuple[str, ...] = ()


class SuiteClock(Clock):
    """A clock for which sockets on the loopback are part of the world.

    What is sent over the loopback has arrived when `send` returns. So when everything waits and no socket has
    anything to read, nothing is under way, and time may jump.
    """

    def __init__(self) -> None:
        super().__init__()
        self._watched = select.poll() if hasattr(select, "poll") else None

    def watch(self, descriptor: int, events: int) -> None:
        """From now on, time stands still while this socket or selector is ready."""
        if self._watched is not None:
            self._watched.register(descriptor, events)

    def unwatch(self, descriptor: int) -> None:
        if self._watched is not None:
            with contextlib.suppress(KeyError, ValueError, OSError):
                self._watched.unregister(descriptor)

    def something_came(self) -> bool:
        return self._watched is not None and bool(self._watched.poll(0))

    def elapse(self, seconds: float, *, although_held: bool = False) -> None:
        if not although_held and self._watched is not None:
            if self.something_came():
                return
            with self._lock:
                park = self._earliest()
                if self.nothing_but_time and self.on_stall is not None:
                    self.on_stall(self)
                    return
            if park is not None and park.deadline is not None:
                seconds = max(park.deadline - self.now, 0.0)
        super().elapse(seconds, although_held=although_held)

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
            self._watched_descriptor = self._selector_of_specs.fileno()
            clock.watch(self._watched_descriptor, select.POLLIN)

        def close(self) -> None:
            if not self.is_closed():
                clock.unwatch(self._watched_descriptor)
            super().close()

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
        policy: Any = asyncio.get_event_loop_policy()
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


class _PortalThread(threading.Thread):
    """The thread of a blocking portal, such as TestClient's, is at work from its first moment.

    The doors take a thread of anyio's for one that waits for work, and so let the clock run on before its loop begins.
    """

    def __init__(self, *args: Any, target: Callable[..., object], **named: Any) -> None:
        def portal(*args: Any, **named: Any) -> None:
            target(*args, **named)

        super().__init__(*args, target=portal, **named)


class Stalls:
    """Ends a deadlock: the test that waits fails, in that instant."""

    def __init__(self, clock: SuiteClock) -> None:
        self.clock = clock
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
        """Raise it in the coroutines that wait, where the learner's own line is in the traceback."""
        if isinstance(error, NeverEnds):
            error = self._error(never_ends=True)
        woken = False
        for task in asyncio.all_tasks(loop):
            waits_for: Any = getattr(task, "_fut_waiter", None)
            if type(waits_for) is asyncio.Future and not waits_for.done():
                waits_for.set_exception(Stalled(*error.args))
                woken = True
        if not woken:
            raise error

    def _error(self, *, never_ends: bool) -> Stalled:
        self.clock.grant_time_to_clean_up()
        self.sentence = (
            "it goes on for ever: time passes, but what it waits for never comes"
            if never_ends
            else "a deadlock: everything waits, no timer is set, nobody is at work"
        )
        return Stalled(self.sentence)


# Sockets


def _replace_sockets(clock: SuiteClock) -> None:
    """Let a thread that waits for a socket give up the clock meanwhile."""
    if not hasattr(select, "poll"):
        return
    for name in ("accept", "recv", "recv_into", "recvfrom"):
        setattr(socket.socket, name, _waits(getattr(socket.socket, name), select.POLLIN))
    for name in ("send", "sendall"):
        setattr(socket.socket, name, _waits(getattr(socket.socket, name), select.POLLOUT))
    # The servers of the standard library wait in one of these.
    for name in ("PollSelector", "SelectSelector"):
        selector: Any = getattr(selectors, name, None)
        if selector is not None:
            selector.select = _selects(selector.select)


def _waits(real: Callable[..., Any], events: int) -> Callable[..., Any]:
    def wait(self: socket.socket, *args: Any, **named: Any) -> Any:
        turn, clock = mine.turn, mine.clock
        if turn is None or not isinstance(clock, SuiteClock) or self.gettimeout() == 0:
            return real(self, *args, **named)
        descriptor = self.fileno()
        if descriptor < 0 or _ready(descriptor, events):
            return real(self, *args, **named)
        with _outside(clock, turn, descriptor, events):
            return real(self, *args, **named)

    return wait


def _ready(descriptor: int, events: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, events)
    return bool(poll.poll(0))


@contextlib.contextmanager
def _outside(clock: SuiteClock, turn: Turn, descriptor: int, events: int) -> Iterator[None]:
    park = Park(clock, turn)
    clock.watch(descriptor, events)
    clock.park(park, None, real=True)
    try:
        yield
    finally:
        clock.resume(park)
        clock.unwatch(descriptor)


def _selects(real: Callable[..., Any]) -> Callable[..., Any]:
    def select_(self: selectors.BaseSelector, timeout: float | None = None) -> Any:
        turn, clock = mine.turn, mine.clock
        if turn is None or clock is None or (timeout is not None and timeout <= 0):
            return real(self, timeout)
        park = Park(clock, turn)
        clock.park(park, None if timeout is None else clock.now + timeout, real=True)
        try:
            while True:
                before = real_monotonic()
                ready = real(self, 0.005)
                if ready or park.released:
                    return ready
                clock.elapse(real_monotonic() - before)
        finally:
            clock.resume(park)
            if park.error is not None:
                raise park.error

    return select_


class Offline:
    """Nothing outside this machine can be reached, and whoever tries is remembered."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """An audit hook: Python tells it of every connection before it is made."""
        if event in ("socket.connect", "socket.sendto"):
            address = args[1]
            host = address[0] if isinstance(address, tuple) else None
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            host = args[0]
        else:
            return
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if not isinstance(name, str) or name in ("", "0.0.0.0", "::") or network.is_loopback(name):
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
        self.collected = 0
        self._failed: set[str] = set()
        self._file = Path(order.room, "test_main.py")

    @pytest.fixture(scope="session")
    def anyio_backend(self) -> str:
        """The app is an asyncio one, so its tests don't run on trio, even where that is installed."""
        return "asyncio"

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.collected = len(items)
        if self.order.backwards:
            items.reverse()

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
            self._write(asdict(self._failure(name, error, stalled)))
        elif report.when == "call" or report.skipped:
            self._write(asdict(TestOutcome(name, report.outcome)))
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            text = str(report.longrepr)
            error = next((line for line in reversed(text.splitlines()) if line.startswith("E ")), text)
            kind, _, said = error.removeprefix("E ").strip().rpartition("\n")[2].partition(": ")
            line, code = self._line_in(text)
            self._write(asdict(TestOutcome("", "failed", kind, said or kind, line, code)))

    def ended(self, hosts: list[str]) -> None:
        self._write(asdict(Ended(self.clock.now, self.collected, tuple(hosts))))

    def _failure(self, name: str, error: BaseException | None, stalled: str) -> TestOutcome:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        line, innermost = 0, False
        traceback = error.__traceback__ if error is not None else None
        while traceback is not None:
            innermost = traceback.tb_frame.f_code.co_filename == str(self._file)
            line = traceback.tb_lineno if innermost else line
            traceback = traceback.tb_next
        text = " ".join(str(error).split())
        if isinstance(error, CutOff | CutOffForGood):
            text = f"nothing moved on for {self.order.cut_off:g} s of real time, so it was cut off"
        return TestOutcome(
            name,
            "failed",
            type(error).__name__,
            (stalled or text)[:600],
            line,
            self._code(line),
            innermost and isinstance(error, NotImplementedError),
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

    def _write(self, record: dict[str, Any]) -> None:
        with Path(self.order.record).open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")


def run(order: Order) -> int:
    """Run the tests. The calling process is good for nothing else afterwards."""
    sys.dont_write_bytecode = True
    os.chdir(order.room)
    for name in ("main", "test_main"):
        sys.modules.pop(name, None)
    for name in [name for name in os.environ if name.startswith(("PYTEST_", "COV_CORE_"))]:
        del os.environ[name]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    settings = Path(order.record).with_suffix(".ini")
    settings.write_text("[pytest]\n", "utf-8")
    arguments = [
        "test_main.py",
        f"--rootdir={order.room}",
        f"--confcutdir={order.room}",
        f"--config-file={settings}",
        "-q",
        *("-p", "no:cacheprovider"),
        # Both look for garbage at the end of each run, which takes longer than the tests.
        *("-p", "no:unraisableexception"),
        *("-p", "no:threadexception"),
    ]
    if order.until_failure:
        arguments.append("--maxfail=1")
    clock = SuiteClock()
    stalls = Stalls(clock)
    clock.on_stall = stalls.on_stall
    recorder = _Recorder(order, clock, stalls)
    offline = Offline()
    gc.freeze()
    with contextlib.ExitStack() as stack:
        if threading.Thread.start.__module__ != "kata.doors":
            stack.enter_context(doors.open_doors())
        stack.enter_context(network.shared_tls(warm=False))
        _replace_loops(clock, stalls)
        _replace_sockets(clock)
        sys.modules["anyio.from_thread"].Thread = _PortalThread  # type: ignore[attr-defined]
        sys.addaudithook(offline)
        mine.adopt(clock.begin("the tests", primary=True), clock)
        clock.allow_time()
        with watching(_watchdog(order, clock)):
            status = pytest.main(arguments, plugins=[*_installed_plugins(), recorder])
        recorder.ended(offline.hosts)
        mine.drop()
    return int(status)


def _installed_plugins() -> list[str]:
    return [name for name in PLUGINS if importlib.util.find_spec(name.partition(".")[0]) is not None]


def _watchdog(order: Order, clock: SuiteClock) -> Watchdog:
    files = {str(path) for path in Path(order.room).glob("*.py")}
    own = {doors.__file__, sys.modules[Clock.__module__].__file__, __file__}

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

    def elsewhere(error: CutOff) -> None:
        for turn in clock.at_work():
            if turn.thread is not None and turn.thread != threading.get_ident():
                raise_in_thread(turn.thread, type(error))

    return Watchdog(
        order.cut_off,
        progress=lambda: clock.version,
        sample=lambda frame: None,
        may_break_into=may_break_into,
        elsewhere=elsewhere,
        last_words=lambda: "the tests could not be stopped",
    )


if __name__ == "__main__":
    real_exit(run(Order(**json.loads(sys.argv[1]))))
