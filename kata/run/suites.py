"""Exercises whose answer is a file of tests: it is judged in runs of its own, or run as the learner names it."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kata.run.judged import Judged
from kata.run.scratch import Scratch

if TYPE_CHECKING:
    from kata.suite.suite import Suite


class Suites:
    """The suite of each such exercise, run once for all its specs. Registered as a pytest plugin."""

    def __init__(self, judged: Judged, scratch: Scratch, *, cut_off: float) -> None:
        self._judged = judged
        self._scratch = scratch
        self._cut_off = cut_off
        self._suites: dict[Path, Suite] = {}

    @pytest.fixture
    def kata_suite(self, request: pytest.FixtureRequest) -> Suite:
        """The answer of an exercise in which it is a file of tests. It is run once for all its specs."""
        exercise = self._judged.exercise(request.path)
        if exercise is None:
            pytest.fail("the fixture `suite` works in the folder of an exercise", pytrace=False)
        return self._suite(exercise)

    def _suite(self, exercise: Path) -> Suite:
        if exercise not in self._suites:
            from kata.suite.suite import Suite

            source = self._judged.source(exercise)
            tests = source if source.is_file() else source / "test_main.py"
            self._suites[exercise] = Suite(
                exercise,
                tests,
                self._scratch.folder,
                cut_off=self._cut_off,
                tree=self._judged.answers,
            )
        return self._suites[exercise]

    def begin(self, items: list[pytest.Item]) -> None:
        """A suite is run many times, in a process of its own: it may as well begin while other specs run."""
        for item in items:
            exercise = self._judged.exercise(item.path)
            if exercise is not None and "kata_suite" in getattr(item, "fixturenames", ()):
                if not self._judged.is_untouched(exercise):
                    self._suite(exercise).begin()

    def end(self) -> None:
        """End the runs that nobody asked for."""
        for suite in self._suites.values():
            suite.end()

    # A learner's own tests, run by name

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        # pytest does not ask about a file that was named, so naming it runs it.
        return True if self._judged.is_a_suite(collection_path) else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> None:
        """A learner who names his own tests gets them run as in any project, in real time."""
        if not isinstance(collector, pytest.Module) or not self._judged.is_a_suite(collector.path):
            return
        from kata.suite import asyncio_only

        # There is no world here, so the loop of the specs (in conftest.py) is not for these tests.
        sys.path.insert(0, str(self._judged.root / "exercises" / collector.path.parent.name))
        with contextlib.suppress(Exception):  # the import is tried again, and reported, by pytest
            module: Any = collector.obj
            if not hasattr(module, "anyio_backend"):
                module.anyio_backend = asyncio_only.anyio_backend
