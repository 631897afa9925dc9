"""Outcomes: what came of a spec, added to pytest's own report as the kata's facts."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from kata.course.course_map import NOT_HANDED_IN
from kata.feedback.failure import NotJudged, SpecFailure
from kata.feedback.remarks import Facts
from kata.run.judged import Judged
from kata.run.report import FailureText
from kata.run.spec_call import FACTS, READS_ELSEWHERE

STILL_THE_STUB = (
    "The answer is still the stub: nothing is written yet. The lesson says what it should do."
)


_IS_CALLED = pytest.StashKey[bool]()

_FAILED_PART = pytest.StashKey[tuple["pytest.CallInfo[None]", pytest.TestReport]]()
"""The first failed `subTest` of a spec. pytest reports it on its own, and lets the spec pass or fail, as it comes."""


class Outcomes:
    """Writes `report.kata` for each spec. Registered as a pytest plugin."""

    def __init__(
        self, config: pytest.Config, judged: Judged, left_out_some: Callable[[], bool]
    ) -> None:
        self._config = config
        self._left_out_some = left_out_some
        self._judged = judged
        self._alone = False

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        specs = {item.path for item in session.items if self._judged.is_spec(item.path)}
        self._alone = len(specs) == 1 and not self._left_out_some()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        item.stash[_IS_CALLED] = True
        try:
            return (yield)
        finally:
            item.stash[_IS_CALLED] = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if not self._judged.is_spec(item.path):
            return report
        if item.stash.get(_IS_CALLED, False):
            # A part of the spec, whose outcome is yet to come.
            if report.failed:
                item.stash.setdefault(_FAILED_PART, (call, report))
            return report
        if call.when == "call" and report.passed and _FAILED_PART in item.stash:
            call, part = item.stash[_FAILED_PART]
            report.outcome, report.longrepr = "failed", part.longrepr
        exercise = item.path.parent
        untouched = self._judged.is_untouched(exercise)
        state = report.outcome
        finding: dict[str, Any] = {}
        if call.when == "call" and call.excinfo is not None:
            error = call.excinfo.value
            if isinstance(error, SpecFailure):
                finding = error.finding.to_data()
                if not self._judged.is_handed_in(exercise):
                    state = NOT_HANDED_IN
                else:
                    begun = not error.finding.not_started and self._says_something(exercise)
                    state = "failed" if begun else "not started"
                summary = error.finding.teaches or error.finding.came
                if state == NOT_HANDED_IN:
                    summary = f"{state}: {error.finding.came}"
                self._show(report, item, str(error), summary)
            elif isinstance(error, NotJudged):
                state = "failed"
        elif call.when == "call" and report.passed and self._is_a_stub(exercise):
            # Some specs, such as those about clean-up, hold for a stub as well. It has not passed them.
            state = "not started"
            report.outcome = "failed"
            self._show(report, item, STILL_THE_STUB, STILL_THE_STUB)
        if call.when == "call":
            item.user_properties.append(("state", state))
        # pytest-xdist carries a report's attributes from its workers as they are.
        report.__dict__["kata"] = {
            "exercise": exercise.name,
            "state": state,
            "finding": finding,
            "untouched": untouched,
            "facts": item.stash.get(FACTS, Facts()).to_data() if call.when == "call" else {},
            "reads_elsewhere": item.stash.get(READS_ELSEWHERE, False),
        }
        return report

    def _is_a_stub(self, exercise: Path) -> bool:
        return self._judged.is_untouched(exercise) and not self._judged.is_to_repair(exercise)

    def _says_something(self, exercise: Path) -> bool:
        """Whether a failure is one, and not only a sign that the work has not begun.

        A program to repair fails for reasons. They are told when the run is about this exercise; in a run about
        several, the failures of what somebody has begun come first.
        """
        if not self._judged.is_untouched(exercise):
            return True
        return self._alone and self._judged.is_to_repair(exercise)

    def _show(self, report: pytest.TestReport, item: pytest.Item, text: str, summary: str) -> None:
        if report.longrepr and self._config.getoption("tbstyle", None) in ("long", "native"):
            return
        line = item.reportinfo()[1] or 0
        report.longrepr = FailureText(text, str(item.path), line, summary)
