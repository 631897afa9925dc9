"""Runs a learner's tests, once for each app, and brings back what came of them.

All of it happens in one child process, forked from this one where that is possible and started anew
elsewhere. The child imports what every run needs, once, and forks again for each app (see
`kata.suite.runner`). So nothing that the tests do reaches this process, a port that they leave open is
free again for the next run, and whatever hangs is ended.
"""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from kata.answer import copying
from kata.suite.child_process import ChildProcess, can_fork, fork, leave_the_terminal
from kata.suite.jobs import LIMIT, AppRun, Job, Order, read_record
from kata.suite.schedule import run_all

ROOT = Path(__file__).resolve().parents[2]

MOST_PATIENCE = 6
"""All the runs together may take so many times the limit of one."""


class Running:
    """Runs of a learner's tests that are under way in a process of their own: ask for what came of them, once."""

    def __init__(self, orders: Sequence[Order], room: Path, limit: float) -> None:
        self._orders = orders
        self._room = room
        self._deadline = time.monotonic() + MOST_PATIENCE * limit
        self._child = _forked(orders) if can_fork() else _started(orders)
        self._ended = False

    def outcomes(self) -> list[AppRun]:
        """What came of each run. Waits until all have ended, or until there is no more patience."""
        try:
            self._child.wait(max(self._deadline - time.monotonic(), 0.0))
            return [read_record(order) for order in self._orders]
        finally:
            self.end()

    def end(self) -> None:
        """End the process, and whatever it has started, and take away its files. A second call does nothing."""
        if self._ended:
            return  # by now the number of the process may be somebody else's
        self._ended = True
        self._child.kill_group()
        copying.remove(self._room)


def begin_tests(
    tests: Path,
    jobs: Sequence[Job],
    room: Path,
    *,
    limit: float = LIMIT,
    cut_off: float = 5.0,
    tree: Path | None = None,
) -> Running:
    """Begin to run the tests of a file once for each job. Never raises for anything that the tests do.

    `room` is a folder to work in. `limit` is the real seconds that one run may take, `cut_off` those
    after which a test is cut off because nothing moves on. `tree` is the hand-in that no link may leave.
    """
    room = Path(tempfile.mkdtemp(prefix="suite-", dir=room))
    orders = [_prepared(tests, job, room, limit, cut_off, tree) for job in jobs]
    return Running(orders, room, limit)


def run_tests(
    tests: Path, jobs: Sequence[Job], room: Path, *, limit: float = LIMIT, cut_off: float = 5.0
) -> list[AppRun]:
    """The same, and wait for what comes of it."""
    return begin_tests(tests, jobs, room, limit=limit, cut_off=cut_off).outcomes()


def _prepared(
    tests: Path, job: Job, room: Path, limit: float, cut_off: float, tree: Path | None
) -> Order:
    """Lay the tests and the app side by side in a folder of their own."""
    folder = room / secrets.token_hex(4)
    if tests.name == "test_main.py":
        # Perhaps the tests have helpers of their own beside them.
        copying.copy_folder(tests.parent, folder, without=_is_not_of_the_tests, tree=tree)
    else:
        folder.mkdir(parents=True)
    copying.copy_file(tests, folder / "test_main.py", tree=tree)
    copying.copy_file(job.app, folder / "main.py")
    return Order(
        str(folder),
        str(folder.with_suffix(".jsonl")),
        job.order,
        job.until_failure,
        job.essential,
        cut_off,
        limit,
    )


def _is_not_of_the_tests(name: str) -> bool:
    is_of_the_kata = name.startswith(("test_", "bench_")) and name.endswith(".py")
    return is_of_the_kata or name.startswith(".") or name == "README.md" or name.endswith(".db")


def start(module_arguments: Sequence[str], *, own_group: bool = False) -> ChildProcess:
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
    return ChildProcess(process.pid, process.poll)


def _started(orders: Sequence[Order]) -> ChildProcess:
    return start([json.dumps([asdict(order) for order in orders])], own_group=True)


def _forked(orders: Sequence[Order]) -> ChildProcess:
    def run() -> int:
        leave_the_terminal()
        _run_in_forks(orders)
        return 0

    return fork(run)


def _run_in_forks(orders: Sequence[Order]) -> None:
    if not orders:
        return
    from kata.suite import runner

    _warm_up(Path(orders[0].room, "main.py"))
    runner.run_each(orders, Path(orders[0].room).parent)


def _start_a_run(order: Order) -> ChildProcess:
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
