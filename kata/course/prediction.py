"""A program whose course a learner predicts before it runs: `predict.py` in an exercise's folder.

It is an application with a coroutine `main` that uses it, and prints. What `main` asks for by the names of its
parameters it gets, as a spec does: `client`, `upstream`, `serve`, `database`. The questions stand in its docstring, a
line each, in one of a few forms. No answer is written down anywhere: the program is run, and has it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kata.course.reading_code import read_code

NAME = "predict.py"

FORMS = (
    "What is printed first?",
    "What is printed last?",
    "After how many seconds is it over?",
    'After how many seconds is "..." printed?',
)
"""The questions that there are. In the place of the dots stands a line that the program prints."""

SAME = 0.05
"""Seconds by which a right prediction may differ."""

_QUESTION = (
    r"What is printed (first|last)\?|"
    r"After how many seconds is (?:it (?P<over>over)|\"(?P<line>.+)\" printed)\?"
)
_SECONDS = r"(\d+(?:[.,]\d+)?)\s*(s|sec|seconds?)?"


class NoPrediction(ValueError):
    """A program cannot be predicted as it stands. The message says why."""


@dataclass(frozen=True)
class Printed:
    """A line that a program printed, and its second."""

    at: float
    text: str


@dataclass(frozen=True)
class Question:
    """One of the `FORMS`, as it stands in a program."""

    asked: str

    @property
    def is_about_time(self) -> bool:
        return self.asked.startswith("After")

    @property
    def about(self) -> str:
        """What it asks about: a line that is printed, or "over" for the end."""
        found = re.fullmatch(_QUESTION, self.asked)
        return (found["line"] or found["over"] or "") if found else ""

    def read(self, prediction: str) -> str | float:
        """A prediction as it was typed. Raises NoPrediction with a sentence."""
        text = prediction.strip().strip("\"'")
        if not text:
            raise NoPrediction("There is no answer.")
        if not self.is_about_time:
            return text
        found = re.fullmatch(_SECONDS, text, re.IGNORECASE)
        if found is None:
            raise NoPrediction(f"{text!r} is no number of seconds, such as 2 or 0.5.")
        return float(found[1].replace(",", "."))

    def answer(self, printed: Sequence[Printed], seconds: float) -> str | float:
        """What is right, of a program that printed this and took so long. Raises NoPrediction."""
        if self.is_about_time and self.about == "over":
            return seconds
        if self.is_about_time:
            found = [line.at for line in printed if line.text == self.about]
            if len(found) != 1:
                raise NoPrediction(f"{self.about!r} is printed {len(found)} times, not once.")
            return found[0]
        if not printed:
            raise NoPrediction("It prints nothing.")
        return (printed[0] if "first" in self.asked else printed[-1]).text


def is_right(prediction: str | float, answer: str | float) -> bool:
    """Whether a prediction is the answer, but for capital letters and a few hundredths of a second."""
    if isinstance(prediction, float) and isinstance(answer, float):
        return abs(prediction - answer) <= SAME
    return str(prediction).casefold() == str(answer).casefold()


@dataclass(frozen=True)
class Program:
    """A program to be predicted: what it is in a sentence or two, its code, and the questions."""

    path: Path
    says: str
    code: str
    questions: tuple[Question, ...]


def read_program(path: Path) -> Program:
    """Read one. Raises NoPrediction if it is no such program, and OSError if it is not there."""
    text = read_code(path)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise NoPrediction(f"is not Python: {error}") from None
    head = tree.body[0] if tree.body else None
    said = ast.get_docstring(tree)
    if said is None or head is None or head.end_lineno is None:
        raise NoPrediction("has no docstring: it says what happens, and what is asked")
    lines = said.splitlines()
    asked = [line for line in lines if line.endswith("?")]
    for line in asked:
        if not re.fullmatch(_QUESTION, line):
            raise NoPrediction(f"asks {line!r}; the forms are: {' '.join(FORMS)}")
    if not asked:
        raise NoPrediction(f"asks nothing; the forms are: {' '.join(FORMS)}")
    if not any(
        isinstance(node, ast.AsyncFunctionDef) and node.name == "main" for node in tree.body
    ):
        raise NoPrediction("has no `async def main`: that is what is run")
    says = "\n".join(line for line in lines if line not in asked).strip()
    code = "\n".join(text.splitlines()[head.end_lineno :]).strip()
    return Program(path, says, code, tuple(map(Question, asked)))
