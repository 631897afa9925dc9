"""What the specs say of the answers in the galleries. Each answer is run once for all tests that ask."""

import ast
import functools
import importlib.util
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from kata.course.course import Course, Exercise
from kata.course.gallery import name_of
from kata.run.engine import Outcomes, run_spec
from tests.helpers.work_ahead import WorkAhead

COURSE = Course.find(Path(__file__).parent)

SEED = 1
"""Where a text is compared with one that is kept, its values must be the same in each run."""

# Some answers show that libraries beside the kata's own fit in. Who has not installed these skips
# their answers; any other package that is missing is a failure.
OPTIONAL = ("httpx2", "sqlalchemy", "sqlmodel")


@functools.cache
def verdict(exercise: str, answer: Path) -> Outcomes:
    """The specs of an exercise on one answer of its gallery."""
    return ahead.verdict(exercise, answer)


def judge(exercise: str, answer: Path) -> Outcomes:
    """Run the specs here and now."""
    folder = answer.parent.name not in ("right", "wrong")
    return run_spec(exercise, answer.parent if folder else answer, seed=SEED)


ahead = WorkAhead(judge)
"""Where there is more than one processor, the others work out verdicts before a test asks for them."""


def gallery(kind: str) -> list[ParameterSet]:
    """Every answer of a kind as parameters of a test: (exercise, answer)."""
    return [
        pytest.param(
            exercise, answer, id=f"{exercise.number}-{name_of(answer)}", marks=skips(answer)
        )
        for exercise in COURSE.exercises
        for answer in COURSE.gallery(exercise, kind)
    ]


def exercises() -> list[ParameterSet]:
    return [pytest.param(exercise, id=exercise.number) for exercise in COURSE.exercises]


def installed(exercise: Exercise, kind: str) -> list[Path]:
    """The answers of a gallery that can run here."""
    return [answer for answer in COURSE.gallery(exercise, kind) if not missing(answer)]


def skips(answer: Path) -> list[pytest.MarkDecorator]:
    return [
        pytest.mark.skip(reason=f"{package} is not installed: it is in the dependency group `test`")
        for package in missing(answer)
    ]


@functools.cache
def missing(answer: Path) -> tuple[str, ...]:
    """The optional packages that an answer imports and that are not installed."""
    try:
        tree = ast.parse(answer.read_text("utf-8"))
    except (SyntaxError, ValueError):
        return ()  # a wrong answer may be wrong in this too
    named: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named.update(each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            named.add((node.module or "").partition(".")[0])
    return tuple(
        each for each in OPTIONAL if each in named and importlib.util.find_spec(each) is None
    )


def one_line(text: str) -> str:
    """A text without its line breaks, so that words are found wherever a line ended."""
    return " ".join(text.split())
