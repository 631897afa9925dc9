"""Inside the process that runs a learner's tests against one app.

Here the kata's own settings and plugin are not in force: the tests meet a plain pytest, as in a project of their
own. Only time and the network differ. All event loops, whoever makes them, and the thread that pytest runs in live
on one virtual clock, so that a test of two honest seconds takes no time and a busy machine changes nothing. Nothing
outside this machine can be reached. Real sockets on the loopback work: the clock moves on when none of
them has anything to say.

What came of each test is written down as one line of JSON as soon as it is known.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import inspect
import os
import pkgutil
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import pytest

from kata.clock import off_loop, unbroken
from kata.clock.mine import mine
from kata.containment.watchdog import (
    Watchdog,
    raise_in_thread,
    watching,
)
from kata.network import backend
from kata.suite import sockets, stalls, suite_clock
from kata.suite.child_process import fork
from kata.suite.jobs import Order, write_down
from kata.suite.loops import replace_loops
from kata.suite.offline import Offline
from kata.suite.recorder import Recorder
from kata.suite.schedule import run_all
from kata.suite.sockets import replace_sockets
from kata.suite.stalls import Stalls
from kata.suite.suite_clock import SuiteClock

PLUGINS = (
    "anyio.pytest_plugin",
    "respx.plugin",
    "pytest_asyncio.plugin",
    "pytest_mock",
    "pytest_httpx",
    "time_machine",
    "kata.suite.asyncio_only",
)
"""pytest's plugins that a learner's tests may use, as far as they are installed."""


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
        recorder = _prepare(session)
        gc.collect()
        gc.freeze()
        run_all(self.orders, lambda order: fork(lambda: _collect_and_run(session, order, recorder)))
        return True


class _Here:
    """A plugin of pytest: in place of the collection, one run in this very process."""

    def __init__(self, order: Order) -> None:
        self.order = order

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool:
        _collect_and_run(session, self.order, _prepare(session))
        session.items.clear()
        return True


_TURNS_ON_LONG_TEXTS = ("CI", "BUILD_NUMBER")
"""Where one of these is set, pytest shows a failed comparison in full. A text reads the same wherever it comes from."""


def _start_pytest(room: Path, plugin: object) -> None:
    sys.dont_write_bytecode = True
    os.chdir(room)
    for name in list(os.environ):
        if name in _TURNS_ON_LONG_TEXTS or name.startswith(("PYTEST_", "COV_CORE_")):
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
    pytest.main(arguments, plugins=[*installed_plugins(), plugin])


def _prepare(session: pytest.Session) -> Recorder:
    """What every run needs, and none undoes: it is done once, before the forks."""
    if threading.Thread.start.__module__ != "kata.clock.threads":
        _for_good.enter_context(off_loop.announced_work())
    _for_good.enter_context(backend.no_certificates())
    recorder = Recorder()
    session.config.pluginmanager.register(recorder)
    return recorder


_for_good = contextlib.ExitStack()
"""What this process does until its end."""


def _collect_and_run(session: pytest.Session, order: Order, recorder: Recorder) -> int:
    os.chdir(order.room)
    for name in ("main", "test_main"):
        sys.modules.pop(name, None)
    vars(session.config)["_rootpath"] = Path(order.room)
    # Above it, pytest would look at the folders of all other runs before it comes to this one.
    vars(session.config.pluginmanager)["_confcutdir"] = Path(order.room)
    session.config.args = [str(Path(order.room, "test_main.py"))]
    if order.until_failure:
        # Which test fails is enough; its text is not read.
        session.config.option.maxfail = 1
        sys.meta_path[:] = [each for each in sys.meta_path if not _rewrites_asserts(each)]
    clock = SuiteClock()
    ended = Stalls(clock, order.room)
    clock.on_stall = ended.on_stall
    recorder.begin(order, clock, ended)
    offline = Offline()
    replace_loops(clock, ended)
    replace_sockets(clock)
    sys.addaudithook(offline)
    mine.adopt(clock.begin("the tests", primary=True), clock)
    clock.allow_time()
    with (
        watching(_watchdog(order, clock)),
        contextlib.suppress(session.Interrupted, session.Failed, pytest.exit.Exception),
    ):
        session.perform_collect()
        # Nobody reads pytest's own texts of failures: the recorder looks at the exceptions.
        session.config.option.tbstyle = "value"
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


def installed_plugins() -> list[str]:
    """Those of `PLUGINS` that are installed, by their names."""
    return [
        name for name in PLUGINS if importlib.util.find_spec(name.partition(".")[0]) is not None
    ]


_IMPORTED_IN_EVERY_RUN = (
    *("aiosqlite", "asgi_lifespan._concurrency.asyncio", "concurrent.futures.thread"),
    "fastapi.telemetry._runtime",
)


def warm_up() -> None:
    """Import what a run needs, before the process is forked for each."""
    for name in (*installed_plugins(), *_IMPORTED_IN_EVERY_RUN):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    # These compile their patterns when they are first called, and keep them.
    pkgutil.resolve_name("os.path")
    inspect.getsource(warm_up)


_NOT_TO_BREAK_INTO = (sockets, stalls, suite_clock)


def _watchdog(order: Order, clock: SuiteClock) -> Watchdog:
    files = {str(path) for path in Path(order.room).glob("*.py")}
    own = unbroken.FILES | {module.__file__ for module in _NOT_TO_BREAK_INTO}

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
        for turn in clock.at_work.turns():
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
