"""Runs a learner's tests, once for each app, and brings back what came of them.

All of it happens in one child process, forked from this one where that is possible and started anew
elsewhere. The child imports what every run needs, once, and forks again for each app (see
`kata.suite.runner`). So nothing that the tests do reaches this process, a port that they leave open is
free again for the next run, and whatever hangs is ended.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parents[2]

LIMIT = 60.0
"""Real seconds after which one run is ended, whatever it does.

This is for what no watchdog can end. It is long, so that a busy machine ends no honest tests."""

MOST_PATIENCE = 6
"""All the runs together may take so many times the limit of one."""

NOT_RUN = "the tests were not run to their end"

_NOT_COPIED = ("__pycache__", ".*", "venv", "README.md", "test_*.py", "bench_*.py", "*.db")


InOrder = Literal["as they stand", "backwards", "every second first"]
"""In which order the tests of a run come.

With every second one first, tests stand apart that are neighbours both forwards and backwards."""


@dataclass(frozen=True)
class Job:
    """One run that is wanted: with this app, in this order, to the end or to the first failure.

    If an `essential` one does not pass, the others are not worth their time, and are left out.
    """

    app: Path
    order: InOrder = "as they stand"
    until_failure: bool = False
    essential: bool = False


@dataclass(frozen=True)
class Order:
    """The same as the child knows it: the app and the tests lie in the folder `room`.

    What comes of each test is one line of JSON in the file `record`.
    """

    room: str
    record: str
    order: InOrder = "as they stand"
    until_failure: bool = False
    essential: bool = False
    cut_off: float = 5.0
    limit: float = LIMIT


@dataclass(frozen=True)
class TestOutcome:
    """What came of one test. `outcome` is "passed", "failed" or "skipped".

    `error` is the name of the exception, `line` and `code` are where the learner's file raised it, and
    `unfinished` says that the test itself raised NotImplementedError. A file that could not be
    imported is a test without a name.
    """

    __test__ = False  # not a class of tests, whatever it is called

    name: str
    outcome: str
    error: str = ""
    text: str = ""
    line: int = 0
    code: str = ""
    unfinished: bool = False


@dataclass(frozen=True)
class AppRun:
    """What came of the tests with one app. `seconds` are those of the tests' own clock.

    `hosts` are the other machines that somebody tried to reach. `ended` is "" for a run that came to
    its end, otherwise one sentence.
    """

    tests: tuple[TestOutcome, ...]
    seconds: float = 0.0
    hosts: tuple[str, ...] = ()
    ended: str = ""

    @property
    def failed(self) -> tuple[TestOutcome, ...]:
        return tuple(test for test in self.tests if test.outcome == "failed")

    @property
    def passed(self) -> tuple[TestOutcome, ...]:
        return tuple(test for test in self.tests if test.outcome == "passed")

    @property
    def all_pass(self) -> bool:
        return bool(self.passed) and not self.failed and not self.ended


class Running:
    """Runs of a learner's tests that are under way in a process of their own: ask for what came of them, once."""

    def __init__(self, orders: Sequence[Order], room: Path, limit: float) -> None:
        self._orders = orders
        self._room = room
        self._deadline = time.monotonic() + MOST_PATIENCE * limit
        self._child = _forked(orders) if _can_fork() else _started(orders)
        self._ended = False

    def outcomes(self) -> list[AppRun]:
        """What came of each run. Waits until all have ended, or until there is no more patience."""
        try:
            self._child.wait(max(self._deadline - time.monotonic(), 0.0))
            return [_read(order) for order in self._orders]
        finally:
            self.end()

    def end(self) -> None:
        """End the process, and whatever it has started, and take away its files. A second call does nothing."""
        if self._ended:
            return  # by now the number of the process may be somebody else's
        self._ended = True
        self._child.kill_group()
        shutil.rmtree(self._room, ignore_errors=True)


def begin_tests(
    tests: Path, jobs: Sequence[Job], room: Path, *, limit: float = LIMIT, cut_off: float = 5.0
) -> Running:
    """Begin to run the tests of a file once for each job. Never raises for anything that the tests do.

    `room` is a folder to work in. `limit` is the real seconds that one run may take, `cut_off` those
    after which a test is cut off because nothing moves on.
    """
    room = Path(tempfile.mkdtemp(prefix="suite-", dir=room))
    orders = [_prepared(tests, job, room, limit, cut_off) for job in jobs]
    return Running(orders, room, limit)


def run_tests(
    tests: Path, jobs: Sequence[Job], room: Path, *, limit: float = LIMIT, cut_off: float = 5.0
) -> list[AppRun]:
    """The same, and wait for what comes of it."""
    return begin_tests(tests, jobs, room, limit=limit, cut_off=cut_off).outcomes()


def _prepared(tests: Path, job: Job, room: Path, limit: float, cut_off: float) -> Order:
    """Lay the tests and the app side by side in a folder of their own."""
    folder = room / secrets.token_hex(4)
    if tests.name == "test_main.py":
        # Perhaps the tests have helpers of their own beside them.
        shutil.copytree(tests.parent, folder, ignore=shutil.ignore_patterns(*_NOT_COPIED))
    else:
        folder.mkdir(parents=True)
    shutil.copyfile(tests, folder / "test_main.py")
    shutil.copyfile(job.app, folder / "main.py")
    return Order(
        str(folder),
        str(folder.with_suffix(".jsonl")),
        job.order,
        job.until_failure,
        job.essential,
        cut_off,
        limit,
    )


def write_down(order: Order, facts: dict[str, Any]) -> None:
    """Add one line to the record of a run. What has been written survives whatever comes next."""
    with Path(order.record).open("a", encoding="utf-8") as file:
        file.write(json.dumps(facts) + "\n")


def _read(order: Order) -> AppRun:
    tests: list[TestOutcome] = []
    end: dict[str, Any] = {}
    with contextlib.suppress(FileNotFoundError):
        for line in Path(order.record).read_text("utf-8").splitlines():
            facts: dict[str, Any] = json.loads(line)
            if "outcome" in facts:
                tests.append(TestOutcome(**facts))
            else:
                end.update(facts)
    if "seconds" not in end:
        return AppRun(tuple(tests), ended=end.get("ended", NOT_RUN))
    return AppRun(tuple(tests), end["seconds"], tuple(end["hosts"]))


# Processes


class Process:
    """Another process of this project's own."""

    def __init__(self, number: int, poll: Callable[[], int | None]) -> None:
        self.number = number
        self.poll = poll

    def wait(self, limit: float) -> int | None:
        """Its status, or None if it has not ended within `limit` seconds."""
        deadline = time.monotonic() + limit
        while (status := self.poll()) is None and time.monotonic() < deadline:
            time.sleep(0.005)
        return status

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(self.number, getattr(signal, "SIGKILL", signal.SIGTERM))
        self.wait(5)

    def kill_group(self) -> None:
        """End it, and whatever it and its children have started and left behind."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.number, signal.SIGKILL)
        self.kill()


def _can_fork() -> bool:
    return hasattr(os, "fork") and threading.active_count() == 1


def fork(run: Callable[[], int]) -> Process:
    """Call a function in a copy of this process, whose status will be what the function returns."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        status = 70
        try:
            status = run()
        finally:
            os._exit(status)
    came: list[int] = []

    def poll() -> int | None:
        if not came:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                came.append(os.waitstatus_to_exitcode(status))
        return came[0] if came else None

    return Process(child, poll)


def start(module_arguments: Sequence[str], *, own_group: bool = False) -> Process:
    """Start this module anew, in a Python of its own."""
    paths = (str(ROOT), os.environ.get("PYTHONPATH"))
    process = subprocess.Popen(
        [sys.executable, "-m", "kata.suite.process", *module_arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=own_group and hasattr(os, "setsid"),
    )
    return Process(process.pid, process.poll)


def _started(orders: Sequence[Order]) -> Process:
    return start([json.dumps([asdict(order) for order in orders])], own_group=True)


def _forked(orders: Sequence[Order]) -> Process:
    def run() -> int:
        _leave_the_terminal()
        _run_in_forks(orders)
        return 0

    return fork(run)


def _leave_the_terminal() -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        number = ("stdin", "stdout", "stderr").index(name)
        stream = os.fdopen(number, mode, encoding="utf-8", closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


# In the child


def run_all(orders: Sequence[Order], begin: Callable[[Order], Process]) -> None:
    """Run all that was ordered, as many at a time as there are processors. `begin` starts one run."""
    waiting = list(orders)
    at_work: list[tuple[Order, Process, float]] = []
    while waiting or at_work:
        while waiting and len(at_work) < (os.cpu_count() or 1):
            order = waiting.pop(0)
            at_work.append((order, begin(order), time.monotonic() + order.limit))
        for order, process, deadline in at_work[:]:
            status = process.poll()
            if status is None and time.monotonic() < deadline:
                continue
            at_work.remove((order, process, deadline))
            process.kill()
            write_down(order, {"ended": _ending(status, order.limit)})
            if order.essential and not _read(order).all_pass:
                waiting.clear()
                for other in at_work:
                    other[1].kill()
        time.sleep(0.003)


def _ending(status: int | None, limit: float) -> str:
    if status is None:
        return f"the tests did not end within {limit:g} s, so they were ended"
    if status < 0:
        return f"the process of the tests was ended by signal {-status}"
    return f"the process of the tests ended itself with status {status}"


def _run_in_forks(orders: Sequence[Order]) -> None:
    if not orders:
        return
    from kata.suite import runner

    _warm_up(Path(orders[0].room, "main.py"))
    runner.run_each(orders, Path(orders[0].room).parent)


def _start_a_run(order: Order) -> Process:
    return start(["--one", json.dumps(asdict(order))])


def _warm_up(app: Path) -> None:
    """Import, once for all runs, what they need, and what an app needs: that is most of their time."""
    from kata.network import backend
    from kata.suite import runner

    runner.warm_up()
    with backend.no_certificates():
        spec = importlib.util.spec_from_file_location("warm", app)
        assert spec is not None
        assert spec.loader is not None
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


def main(arguments: Sequence[str]) -> int:
    """What a child that was started anew does."""
    if arguments[0] == "--one":
        from kata.suite import runner

        runner.run(Order(**json.loads(arguments[1])))
        return 0
    orders = [Order(**each) for each in json.loads(arguments[0])]
    if hasattr(os, "fork"):
        _run_in_forks(orders)
    else:
        run_all(orders, _start_a_run)
    return 0


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))
