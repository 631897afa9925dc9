"""One run of a learner's tests as plain data: what is ordered, and what came of it."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

LIMIT = 60.0
"""Real seconds after which one run is ended, whatever it does.

This is for what no watchdog can end. It is long, so that a busy machine ends no honest tests."""

NOT_RUN = "the tests were not run to their end"


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
    `unfinished` says that the test itself raised NotImplementedError. `seconds` are those of the tests'
    own clock. A file that could not be imported is a test without a name.
    """

    __test__ = False  # not a class of tests, whatever it is called

    name: str
    outcome: str
    error: str = ""
    text: str = ""
    line: int = 0
    code: str = ""
    unfinished: bool = False
    seconds: float = 0.0


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


def write_down(order: Order, facts: dict[str, Any]) -> None:
    """Add one line to the record of a run. What has been written survives whatever comes next."""
    with Path(order.record).open("a", encoding="utf-8") as file:
        file.write(json.dumps(facts) + "\n")


def read_record(order: Order) -> AppRun:
    """What came of a run, from its record, as far as it got."""
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
