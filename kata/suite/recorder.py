"""The recorder of a run: bounds each test, and writes down what came of it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path

import pytest

from kata.answer.probes import innermost
from kata.containment.watchdog import CutOff, CutOffForGood
from kata.suite.jobs import Order, TestOutcome, write_down
from kata.suite.stalls import Stalls
from kata.suite.suite_clock import SuiteClock


class Recorder:
    """A plugin of pytest: bounds each test, and writes down what came of it.

    It is registered before it has anything to record, since pytest takes its time to look at a plugin.
    """

    def begin(self, order: Order, clock: SuiteClock, stalls: Stalls) -> None:
        """Record the run of this order from now on."""
        self.order = order
        self.clock = clock
        self.stalls = stalls
        self._told: set[tuple[str, str]] = set()
        self._test_began = 0.0
        self._file = Path(order.room, "test_main.py")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.order.order == "backwards":
            items.reverse()
        elif self.order.order == "every second first":
            items[:] = items[1::2] + items[::2]

    def pytest_runtest_logstart(self) -> None:
        self.clock.allow_time()
        self._test_began = self.clock.now
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
        if (name, report.outcome) in self._told:
            return report  # each of its subtests has a report too
        if report.failed:
            error = call.excinfo.value if call.excinfo is not None else None
            write_down(self.order, asdict(self._failure(name, error, stalled)))
        elif report.when == "call" or report.skipped:
            took = self.clock.now - self._test_began
            write_down(self.order, asdict(TestOutcome(name, report.outcome, seconds=took)))
        else:
            return report
        self._told.add((name, report.outcome))
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
            line = (traceback.tb_lineno or line) if is_own else line
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
