"""Exercise 10 from outside: the learner's tests under a plain pytest, in a process of its own for each app.

What is read is how pytest's process ends, and when. The tests see an app without its name, its comments and its
layout: to tell a broken one from the right one by its text is work, and further apps, which students have never seen,
take even that away.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kata.answer.copying import remove
from kata.classroom.second_look.not_seen import NotSeen, OnlyWhatIsSeen
from kata.classroom.second_look.world import Place
from kata.feedback.failure import Finding, SpecFailure
from kata.suite.suite import BROKEN, RIGHT

LONGEST = 180.0
"""Real seconds for the tests with one app. The lesson allows a third of it."""

ORDER = "the order of the tests"


@dataclass(frozen=True)
class Ran:
    """How pytest ended with one app: its exit status, None if it never did, and after how many seconds."""

    status: int | None
    seconds: float

    @property
    def passed(self) -> bool:
        return self.status == 0

    def __str__(self) -> str:
        if self.status is None:
            return f"pytest had not ended after {LONGEST:.0f} s"
        return f"pytest ended with status {self.status}"


def apps_of(exercise: Path) -> dict[Path, str]:
    """All apps of an exercise by their files, as the tests see them."""
    paths = [exercise / "main.py"]
    paths += [
        path for place in (RIGHT, BROKEN) for path in sorted((place / exercise.name).glob("*.py"))
    ]
    return {path: disguised(path.read_text("utf-8")) for path in paths}


def disguised(source: str) -> str:
    """The same app without its comments, its docstrings and its layout. Raises SyntaxError."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if ast.get_docstring(node, clean=False) is not None and len(node.body) > 1:
                del node.body[0]
    return ast.unparse(tree) + "\n"


async def run_tests(files: Mapping[str, bytes], app: str, place: Place) -> Ran:
    """Run the tests with one app. Never raises for anything that they do."""
    place.prepare()
    try:
        folder = place.scratch / "tests"
        for path, data in {**files, "main.py": app.encode()}.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        place.give()
        async with place.starting:
            process = place.start("tests", {"folder": str(folder)})
        began = time.monotonic()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST):
                    await process.end()
            return Ran(process.status, time.monotonic() - began)
        finally:
            await asyncio.shield(process.kill())
    finally:
        remove(place.folder)


class OutsideSuite(OnlyWhatIsSeen):
    """Counterpart of `kata.suite.suite.Suite`, on runs that have been made. `asked` says about which."""

    def __init__(self, exercise: Path, runs: Mapping[Path, Ran]) -> None:
        self._exercise = exercise
        self._runs = runs
        self.asked: set[Path] = set()

    def _with(self, app: Path) -> Ran:
        self.asked.add(app)
        return self._runs[app]

    def _with_the_given_app(self) -> Ran:
        return self._with(self._exercise / "main.py")

    def passes(self) -> None:
        _expect(self._with_the_given_app(), "every test passes with the given main.py")

    def passes_with(self, app: str, what: str, why: str) -> None:
        ran = self._with(RIGHT / self._exercise.name / f"{app}.py")
        _expect(ran, f"every test passes with {what}")

    def needs_no_network(self, why: str) -> None:
        _expect(self._with_the_given_app(), "every test passes where there is no network")

    def passes_in_any_order(self, why: str) -> None:
        raise NotSeen(ORDER)

    def notices(self, app: str, why: str, *, calls: bool = False) -> None:
        ran = self._with(BROKEN / self._exercise.name / f"{app}.py")
        if ran.passed:
            raise SpecFailure(
                Finding(expected=f"a test that fails with the broken app {app}", came="all pass")
            )

    def takes_at_most(self, seconds: float, why: str) -> None:
        ran = self._with_the_given_app()
        if ran.seconds > seconds:
            raise SpecFailure(
                Finding(expected=f"at most {seconds:g} s", came=f"they took {ran.seconds:.0f} s")
            )


def _expect(ran: Ran, what: str) -> None:
    if not ran.passed:
        raise SpecFailure(Finding(expected=what, came=str(ran)))
