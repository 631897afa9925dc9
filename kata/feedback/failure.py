"""What a failure says: what was asked, what was expected, what came, where to look, and one sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

CODE_INDENT = " " * 17
"""What stands before each line of code below "look at"."""


@dataclass(frozen=True)
class Finding:
    """The parts of a failure, in the order in which they are shown.

    `asked` is the lesson's wording; `request` says which of several requests it was; `where` is `file:line`
    in the learner's code, `code` that line; `values` says how to have the values of this run again;
    `picture` is a drawing of what happened in time; `teaches` is the one sentence. `too_soon` says that it took
    less time than it should. `cut_off` says that real time was lost on it: nothing moved on, until the watchdog
    broke in.
    """

    expected: str = ""
    came: str = ""
    teaches: str = ""
    where: str | None = None
    code: str = ""
    picture: str = ""
    asked: str = ""
    not_started: bool = False
    too_soon: bool = False
    cut_off: bool = False
    values: str = ""
    request: str = ""

    def __post_init__(self) -> None:
        for part in ("came", "teaches"):
            object.__setattr__(self, part, readable(getattr(self, part)))

    def text(self) -> str:
        """The failure as it is printed."""
        blocks: list[str] = []
        if self.asked:
            blocks.append(self.asked)
        facts: list[str] = []
        for name, value in (
            ("request", self.request),
            ("expected", self.expected),
            ("came", self.came),
            ("values", self.values),
        ):
            if value:
                facts.extend(_row(name, value))
        if facts:
            blocks.append("\n".join(facts))
        if self.picture:
            blocks.append(self.picture)
        if self.where:
            line = f"  look at    {self.where}"
            blocks.append(f"{line}\n{CODE_INDENT}{self.code}" if self.code else line)
        if self.teaches:
            blocks.append(self.teaches)
        return "\n\n".join(blocks)

    def to_data(self) -> dict[str, Any]:
        """Plain data, which crosses a pipe."""
        return dict(self.__dict__)


def _row(name: str, value: str) -> list[str]:
    first, *rest = value.splitlines() or [""]
    return [f"  {name:<10} {first}", *(f"             {line}" for line in rest)]


class SpecFailure(AssertionError):
    """A spec does not hold. Its text is the whole failure; there is no traceback to read."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text())
        self.finding = finding


class NotJudged(pytest.skip.Exception):
    """A spec can say nothing yet, and another has failed and said why: no second line of failure for one mistake."""


def short(value: object, limit: int = 300) -> str:
    """A value on one line, cut in the middle when it is long."""
    text = value if isinstance(value, str) else repr(value)
    if len(text) <= limit:
        return text
    half = (limit - 3) // 2
    return f"{text[:half]} … {text[-half:]}"


_NUMBERS_OF_A_RUN = (
    # The repr of a task, which may be cut off anywhere. Its state is what tells something.
    (
        re.compile(r"<Task (\w+) name=(?:[^<>…]|<(?:[^<>…]|<[^<>…]*>)*>)*(?:<[^<>…]*)*[>…]"),
        r"<Task \1>",
    ),
    # What sqlite3 says of a connection in the wrong thread; the second number may be cut off.
    (
        re.compile(r"was created in thread id \d+ and this is (?:thread id )?\d*…?"),
        "was created in another thread",
    ),
    (re.compile(r" at 0x[0-9a-f]*(?=[>…])"), ""),
)


def readable(text: str) -> str:
    """Without the names of tasks, thread ids and addresses: they help nobody, and are new in each run."""
    for numbers, words in _NUMBERS_OF_A_RUN:
        text = numbers.sub(words, text)
    return text
