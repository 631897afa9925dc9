"""The reports of specs on their way from one process to another, as lines of JSON through a pipe.

pytest itself turns a report into plain data and back; pytest-xdist sends its workers' reports in the same form. Each
line begins with a secret, as in `kata.run.record`, so what an answer writes into every open file is no report.
"""

from __future__ import annotations

import builtins
import json
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from kata.run.report import FailureText

Message = dict[str, Any]

SHOWN_OF_A_FLOOD = 500_000
"""Characters at either end of what a spec's answer has printed. A pipe takes no more than `record.LONGEST` bytes."""


class Heard:
    """Takes in what `record.into` has written, in pieces of any size, and gives messages."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._rest = bytearray()
        self.length = 0

    def messages(self, part: bytes) -> Iterator[Message]:
        """The messages that have come to their end with this piece."""
        self.length += len(part)
        self._rest += part
        if b"\n" not in part:
            return
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            _, secret, data = line.rpartition(self._secret)
            if not secret:
                continue
            try:
                message: object = json.loads(data)
            except ValueError:
                continue
            if isinstance(message, dict):
                yield message  # pyright: ignore[reportUnknownVariableType]


# Reports


def report_to_data(config: pytest.Config, report: pytest.TestReport) -> Message:
    """A report as plain data, with the kata's own failures as what they are."""
    report.sections = [(title, _cut(text)) for title, text in report.sections]
    data: Message = config.hook.pytest_report_to_serializable(config=config, report=report)
    if isinstance(failure := report.longrepr, FailureText):
        crash = failure.reprcrash
        data["longrepr"] = [failure.text, crash.path, crash.lineno, crash.message]
        data["$is_failure_text"] = True
    return data


def _cut(text: str) -> str:
    """What an answer has printed, or its beginning and its end. How much it prints depends on the machine."""
    left_out = len(text) - 2 * SHOWN_OF_A_FLOOD
    if left_out <= 0:
        return text
    said = f"\n... {left_out} characters are left out here ...\n"
    return text[:SHOWN_OF_A_FLOOD] + said + text[-SHOWN_OF_A_FLOOD:]


def report_from_data(config: pytest.Config, data: Message) -> pytest.TestReport:
    """The report again."""
    is_failure_text = data.pop("$is_failure_text", False)
    report: pytest.TestReport = config.hook.pytest_report_from_serializable(
        config=config, data=data
    )
    if is_failure_text:
        text, path, line, summary = data["longrepr"]
        report.longrepr = FailureText(text, path, line, summary)
    # JSON knows no tuples.
    report.location = tuple(report.location)  # pyright: ignore[reportAttributeAccessIssue]
    report.sections = [(title, text) for title, text in report.sections]
    report.user_properties = [(name, value) for name, value in report.user_properties]
    if report.skipped and isinstance(report.longrepr, list):
        report.longrepr = tuple(report.longrepr)  # pyright: ignore
    return report


# Warnings


def warning_to_data(message: warnings.WarningMessage) -> Message:
    category = message.category
    return {
        "text": str(message.message),
        "category": [category.__module__, category.__qualname__],
        "filename": message.filename,
        "line": message.lineno,
    }


def warning_from_data(data: Message) -> warnings.WarningMessage:
    """The warning again; of a category that only the other process has, as a plain `Warning`."""
    module, name = data["category"]
    known = getattr(sys.modules.get(module, builtins), name, Warning)
    category: type[Warning] = (
        known if isinstance(known, type) and issubclass(known, Warning) else Warning
    )
    return warnings.WarningMessage(data["text"], category, data["filename"], data["line"])
