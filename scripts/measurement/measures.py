"""What is measured of a checkout."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from xml.etree import ElementTree

from kata.course.course import Exercise
from scripts.measurement.cost import Cost, Costs
from scripts.measurement.side import Failed, Side
from scripts.measurement.warm import Warm

BARE_IMPORTS = "import pytest, fastapi, httpx, respx, aiosqlite, asgi_lifespan"
BARE, ALL = "bare imports", "pytest, all exercises"
WORKERS = (1, 2, 4)


class Once(Protocol):
    """Do the thing once. With `look` its memory is looked at."""

    def __call__(self, *, look: bool = False) -> Cost: ...


@dataclass
class Measure:
    """One thing: what it is called, what it is compared with, and the ratio that is the goal."""

    name: str
    once: Once
    against: str = ""
    goal: float = 0.0
    costs: Costs = field(default_factory=Costs)


def measures_of(side: Side, exercise: Exercise, warm: Warm, room: Path) -> list[Measure]:
    """All measures of a checkout, in the order in which they are taken."""
    one = f"pytest {exercise.number}"
    folder = f"exercises/{exercise.name}"

    def verdict(*, look: bool = False) -> Cost:
        return warm.verdict(exercise.name, look=look)

    return [
        Measure(BARE, _command(side, [str(side.python), "-c", BARE_IMPORTS])),
        Measure(one, _references(side, folder), BARE, 1.25),
        Measure(f"{one} --junitxml", _with_xml(side, folder, room / "report.xml"), BARE, 1.3),
        Measure(ALL, _references(side, "exercises/"), BARE, 3.8),
        Measure("after one answer was edited", _after_an_edit(side, exercise), BARE, 1.6),
        *_workers(side),
        Measure(f"warm verdict, {exercise.number}", verdict, one, 0.15),
    ]


def _command(side: Side, command: Sequence[str]) -> Once:
    def once(*, look: bool = False) -> Cost:
        return side.cost(command, look=look)

    return once


def _references(side: Side, *what: str) -> Once:
    return _command(side, side.pytest(*what, "--answers=solutions"))


def _with_xml(side: Side, folder: str, report: Path) -> Once:
    """A run that also writes JUnit XML, and is only good if there are tests in it."""
    run = _references(side, folder, f"--junitxml={report}")

    def once(*, look: bool = False) -> Cost:
        report.unlink(missing_ok=True)
        cost = run(look=look)
        if next(ElementTree.parse(report).iter("testcase"), None) is None:
            raise Failed(f"the JUnit XML holds no test, {side.name}")
        return cost

    return once


def _after_an_edit(side: Side, exercise: Exercise) -> Once:
    """`pytest exercises/` by a learner who has solved all and has changed one answer since the last run."""
    answer = side.kata / "exercises" / exercise.name / exercise.answer_file
    solved = answer.read_text("utf-8")
    edits = itertools.count(1)
    run = _command(side, side.pytest("exercises/"))

    def once(*, look: bool = False) -> Cost:
        answer.write_text(f"{solved}\n# edit {next(edits)}\n", "utf-8")
        return run(look=look)

    return once


def _workers(side: Side) -> Iterator[Measure]:
    """The whole course by so many workers, where the checkout has such an option."""
    if "--workers" in side.options():
        for count in WORKERS:
            name = f"{ALL}, {count} worker{'s' if count > 1 else ''}"
            yield Measure(name, _references(side, "exercises/", f"--workers={count}"))


def take(measures: Sequence[Measure], runs: int, looks: int, tell: Callable[[str], None]) -> None:
    """Measure all in turns, so that a busy moment of the machine slows all alike.

    The first turn counts for nothing: it fills what stands in no cache yet. Then come those that look at memory.
    """
    for each in measures:
        tell(f"first turn: {each.name}")
        each.once()
    for turn in range(1, looks + 1):
        for each in measures:
            tell(f"memory, turn {turn} of {looks}: {each.name}")
            each.costs.looked_at.append(each.once(look=True))
    for turn in range(1, runs + 1):
        for each in measures:
            tell(f"turn {turn} of {runs}: {each.name}")
            each.costs.timed.append(each.once())
