"""Outcomes: what came of a spec, added to pytest's own report as the kata's facts."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from kata.feedback.failure import SpecFailure
from kata.run.judged import Judged
from kata.run.report import FailureText

STILL_THE_STUB = (
    "The answer is still the stub: nothing is written yet. The lesson says what it should do."
)


class Outcomes:
    """Writes `report.kata` for each spec. Registered as a pytest plugin."""

    def __init__(self, config: pytest.Config, judged: Judged) -> None:
        self._config = config
        self._judged = judged

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if self._judged.exercise(item.path) is None or not item.path.name.startswith("test_"):
            return report
        untouched = self._judged.is_untouched(item.path.parent)
        state = report.outcome
        finding: dict[str, Any] = {}
        if call.when == "call" and call.excinfo is not None:
            error = call.excinfo.value
            if isinstance(error, SpecFailure):
                state = "not started" if error.finding.not_started or untouched else "failed"
                finding = error.finding.to_data()
                self._show(report, item, str(error), error.finding.teaches or error.finding.came)
        elif call.when == "call" and report.passed and untouched:
            # Some specs, such as those about clean-up, hold for a stub as well. It has not passed them.
            state = "not started"
            report.outcome = "failed"
            self._show(report, item, STILL_THE_STUB, STILL_THE_STUB)
        # pytest-xdist carries a report's attributes from its workers as they are.
        report.__dict__["kata"] = {
            "exercise": item.path.parent.name,
            "state": state,
            "finding": finding,
            "untouched": untouched,
        }
        return report

    def _show(self, report: pytest.TestReport, item: pytest.Item, text: str, summary: str) -> None:
        if report.longrepr and self._config.getoption("tbstyle") in ("long", "native"):
            return
        line = item.reportinfo()[1] or 0
        report.longrepr = FailureText(text, str(item.path), line, summary)
