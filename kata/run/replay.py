"""What a worker told of one exercise, reported as if its specs had been run here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from kata.feedback.failure import Finding
from kata.feedback.remarks import Facts
from kata.run.report import FailureText
from kata.run.report_channel import Message, report_from_data, warning_from_data
from kata.run.worker_process import WorkerProcess


class Replay:
    """The specs of one exercise. `hear` gives the next message of its worker, and then the worker that has ended."""

    def __init__(
        self,
        session: pytest.Session,
        items: Sequence[pytest.Item],
        hear: Callable[[], Message | WorkerProcess],
    ) -> None:
        self._session = session
        self._items = items
        self._hear = hear
        self._lost = ""

    def run(self) -> None:
        """Report each spec. Raises what pytest raises to end a run: -x, Ctrl-C, `pytest.exit`."""
        for item in self._items:
            hook = item.ihook
            hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
            if self._lost or not self._came(item):
                hook.pytest_runtest_logreport(report=self._report_of_a_lost_one(item))
            hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
            if self._session.shouldfail:
                raise self._session.Failed(self._session.shouldfail)
            if self._session.shouldstop:
                raise self._session.Interrupted(self._session.shouldstop)

    def _came(self, item: pytest.Item) -> bool:
        """Report what came of one spec. False if its worker died first."""
        begun = False
        while True:
            message = self._hear()
            if isinstance(message, WorkerProcess):
                self._lost = message.last_words() if begun else _END_IN_BETWEEN
                return False
            if "ends" in message:
                return True
            begun = begun or "begins" in message
            self._pass_on(item, message)

    def _pass_on(self, item: pytest.Item, message: Message) -> None:
        config = item.config
        if "report" in message:
            report = report_from_data(config, message["report"])
            item.ihook.pytest_runtest_logreport(report=report)
        elif "warning" in message:
            facts: dict[str, Any] = {
                "warning_message": warning_from_data(message["warning"]),
                "when": message["when"],
                "nodeid": message["nodeid"],
                "location": None,
            }
            item.ihook.pytest_warning_recorded.call_historic(kwargs=facts)
        elif "interrupted" in message:
            raise KeyboardInterrupt
        elif "exit" in message:
            raise pytest.exit.Exception(*message["exit"])
        elif "broken" in message:
            raise RuntimeError(message["broken"])

    def _report_of_a_lost_one(self, item: pytest.Item) -> pytest.TestReport:
        spec: Any = getattr(item, "obj", None)
        asked = " ".join((getattr(spec, "__doc__", None) or item.name).split())
        finding = Finding(asked=asked, came=self._lost)
        self._lost = _NOT_RUN
        report = pytest.TestReport(
            item.nodeid,
            item.location,
            dict.fromkeys(item.keywords, 1),
            "failed",
            FailureText(finding.text(), str(item.path), item.location[1] or 0, finding.came),
            "call",
            user_properties=[("state", "failed")],
        )
        report.__dict__["kata"] = {
            "exercise": item.path.parent.name,
            "state": "failed",
            "finding": finding.to_data(),
            "untouched": False,
            "facts": Facts().to_data(),
        }
        return report


_END_IN_BETWEEN = "The process of this exercise ended between two specs."
_NOT_RUN = "It was not run: the process of this exercise had ended before."
