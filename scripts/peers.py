"""Other people's tests on the kata's loop: asyncio's own, and those that installed packages bring.

    python scripts/peers.py                     all of them, on a plain loop and on the kata's, and what differs
    python scripts/peers.py test_locks          only the modules whose names hold this

They know nothing of a virtual clock, so whatever they ask of an event loop must hold on it too. Each module runs twice,
in a process of its own. A test that fails on both loops says nothing of the kata. The status is 1 if a test that passes
on a plain loop does not on the kata's, and is not among those that are known.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
import unittest
import warnings
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kata.clock import off_loop, process_pools  # noqa: E402
from kata.clock.clock import Clock, Deadlock, NeverEnds  # noqa: E402
from kata.clock.spec_loop import VirtualSpecLoop  # noqa: E402

ASYNCIO = ("locks", "queues", "timeouts", "taskgroups", "waitfor", "tasks", "streams", "events")
MODULES = (*(f"test.test_asyncio.test_{name}" for name in ASYNCIO), "aiosqlite.tests.smoke")

LIMIT = 600.0
"""Real seconds that one module may take on one loop."""

PLAIN, VIRTUAL = "plain", "virtual"

KNOWN: dict[str, str] = {
    "test_signal_handling_while_selecting": "an alarm of the system rings in real time, after the loop's own timers",
    "test_signal_handling_args": "the same",
    "test_run_coroutine_threadsafe_with_timeout": "work that was given to a thread before the loop ran is in real time",
    "test_handle_source_traceback": "the frame of the method that writes sleeps down is the innermost of the traceback",
}
"""Tests that are left out on the kata's loop, by the end of their names, and why."""


class PeersLoop(VirtualSpecLoop):
    """A loop of a test, on a clock of its own. A deadlock is raised where the loop was started."""

    def __init__(self, selector: object = None) -> None:
        clock = Clock()
        clock.on_stall = _end
        super().__init__(clock)
        self.on_fault = self._fail

    def _fail(self, error: BaseException) -> None:
        self.clock.abandon(error)
        raise error


def _end(clock: Clock) -> None:
    park = clock.parked.primary()
    if park is not None:
        clock.fail(park, NeverEnds() if clock.nothing_but_time else Deadlock())


@contextmanager
def virtual_loops() -> Generator[None]:
    """Every loop is the kata's, whoever makes it. This process is good for nothing else afterwards."""
    modules: list[ModuleType | None] = [asyncio, asyncio.events]
    modules.append(sys.modules.get("asyncio.unix_events"))
    for module in modules:
        for name in ("SelectorEventLoop", "EventLoop", "new_event_loop"):
            if module is not None and hasattr(module, name):
                setattr(module, name, PeersLoop)
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        policy: Any = getattr(asyncio, "get_event_loop_policy", lambda: None)()
        if policy is not None:
            type(policy)._loop_factory = PeersLoop
    importlib.import_module("concurrent.futures.process")  # so that its work is announced
    with off_loop.announced_work(), process_pools.announced_work_of_processes():
        yield


class _Outcomes(unittest.TestResult):
    """What came of each test, by its name."""

    def __init__(self) -> None:
        super().__init__()
        self.came: dict[str, str] = {}
        self.left_out: dict[str, str] = {}

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        super().startTest(test)
        if why := self.left_out.get(test.id().rpartition(".")[2]):
            setattr(test, test.id().rpartition(".")[2], lambda: test.skipTest(why))

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        self.came.setdefault(test.id(), "passed")
        super().stopTest(test)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802
        self.came[test.id()] = "skipped"

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        self.came[test.id()] = f"failed: {_line(err[1])}"

    def addError(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        self.came[test.id()] = f"failed: {_line(err[1])}"

    def addSubTest(self, test: unittest.TestCase, subtest: Any, err: Any) -> None:  # noqa: N802
        if err is not None:
            self.addFailure(test, err)


def _line(error: BaseException) -> str:
    said = (str(error).strip().splitlines() or [""])[-1]
    return f"{type(error).__name__} {said}".strip()[:120]


def run_module(name: str, loop: str, record: Path) -> None:
    """Run the tests of one module in this process, and write down what came of each as JSON."""
    if loop == VIRTUAL:
        with virtual_loops():
            outcomes = _run_tests(name, loop)
    else:
        outcomes = _run_tests(name, loop)
    record.write_text(json.dumps(outcomes), "utf-8")


def _run_tests(name: str, loop: str) -> dict[str, str]:
    result = _Outcomes()
    result.left_out = KNOWN if loop == VIRTUAL else {}
    unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(name)).run(result)
    return result.came


@dataclass(frozen=True)
class Ran:
    """What came of one module on one loop. `ended` says how, if it did not come to its end."""

    outcomes: dict[str, str]
    seconds: float
    ended: str = ""


def ran(name: str, loop: str, folder: Path) -> Ran:
    """Run a module in a process of its own."""
    record = folder / f"{name}.{loop}.json"
    command = [sys.executable, "-W", "ignore", __file__, "--run", name, loop, str(record)]
    began, ended = time.monotonic(), ""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=LIMIT, check=False)
        if not record.exists():
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            ended = f"it ended with status {done.returncode}: {said[-1] if said else 'no word'}"
    except subprocess.TimeoutExpired:
        ended = f"it did not end within {LIMIT:.0f} s"
    outcomes: dict[str, str] = json.loads(record.read_text("utf-8")) if record.exists() else {}
    return Ran(outcomes, time.monotonic() - began, ended)


def differing(plain: Ran, virtual: Ran) -> dict[str, str]:
    """The tests that pass on a plain loop and not on the kata's, and what came there."""
    passed = [name for name, came in plain.outcomes.items() if came == "passed"]
    came = {name: virtual.outcomes.get(name, "not run") for name in passed}
    return {name: outcome for name, outcome in came.items() if outcome != "passed"}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="parts of the names of modules")
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        run_module(given.run[0], given.run[1], Path(given.run[2]))
        return 0
    chosen = [m for m in MODULES if not given.names or any(part in m for part in given.names)]
    if not chosen:
        parser.error(f"no module is called so; there are {', '.join(MODULES)}")
    there = [name for name in chosen if _is_there(name)]
    for name in set(chosen) - set(there):
        print(f"{name} is left out: this Python, or the package, comes without it.")
    print("| tests | number | plain | kata | pass on a plain loop only |\n|---|--:|--:|--:|--:|")
    unknown: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in there:
            unknown += _compared(name, Path(folder))
    print("\n" + "\n".join(unknown or ["Whatever passes on a plain loop passes on the kata's."]))
    return 1 if unknown else 0


def _compared(name: str, folder: Path) -> list[str]:
    plain, virtual = (ran(name, loop, folder) for loop in (PLAIN, VIRTUAL))
    differ = differing(plain, virtual)
    passed = [Counter(r.outcomes.values())["passed"] for r in (plain, virtual)]
    cells = (
        f"{name.removeprefix('test.')}",
        f"{len(plain.outcomes)}",
        f"{passed[0]} in {plain.seconds:.1f} s",
        f"{passed[1]} in {virtual.seconds:.1f} s",
        f"{len(differ)}",
    )
    print(f"| {' | '.join(cells)} |", flush=True)
    ended = [
        f"{name} on the {loop} loop: {each.ended}"
        for loop, each in ((PLAIN, plain), (VIRTUAL, virtual))
        if each.ended
    ]
    unknown = {test: came for test, came in differ.items() if test.rpartition(".")[2] not in KNOWN}
    return ended or [f"{test}: {came}" for test, came in unknown.items()]


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(main())
