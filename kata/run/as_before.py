"""What has not changed is not run again: an exercise that was solved, with every input the same, is left out.

Only where a learner looks at the whole course. Whoever names an exercise or a test, chooses specs, grades, or writes
reports gets everything run; so does CI, and `--fresh`.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from kata.course.course import Course, Exercise
from kata.run.inputs import HasNoKey, Inputs
from kata.run.judged import Judged
from kata.run.named import named_paths
from kata.run.plain_run import is_traced, stranger
from kata.run.report import spec_names
from kata.run.verdicts import Verdict, Verdicts

_CHOOSES_OR_REPORTS = (
    *("kata_fresh", "kata_real_time", "kata_timeline", "kata_timeline_svg", "keyword", "markexpr"),
    *("lf", "failedfirst", "newfirst", "stepwise", "stepwise_skip", "deselect", "ignore"),
    *("ignore_glob", "xmlpath", "pastebin", "usepdb", "trace", "collectonly", "setuponly"),
    *("setupplan", "setupshow", "keepduplicates", "doctestmodules", "pyargs", "runxfail"),
)
"""Options with which everything that was asked for is run."""


class AsBefore:
    """Leaves out what is solved, as before, and keeps what has been solved now. Registered as a pytest plugin."""

    def __init__(self, config: pytest.Config, judged: Judged, asked_for_seed: int | None) -> None:
        self._config = config
        self._course = Course(judged.root)
        self._judged = judged
        self._verdicts = Verdicts(judged.root)
        self._inputs = Inputs(config, judged.root, asked_for_seed)
        self._keys: dict[str, str] = {}
        self._came: dict[str, dict[str, set[str]]] = {}
        self._seconds: dict[str, float] = {}
        self._reads_elsewhere: set[str] = set()

    # What is left out

    @cached_property
    def solved(self) -> dict[str, Verdict]:
        """The exercises that are left out, by their names."""
        if not self._is_usual or any(
            getattr(self._config.option, name, None) for name in _CHOOSES_OR_REPORTS
        ):
            return {}
        return {
            exercise.name: verdict
            for exercise in self._course.exercises
            if self._is_asked_for_with_others(exercise)
            and (verdict := self._verdicts.of(exercise.name)) is not None
            and verdict.key == self._key(exercise)
        }

    @cached_property
    def _is_usual(self) -> bool:
        """A learner's run of his own answers, and nobody looks on."""
        option = self._config.option
        return (
            not os.environ.get("CI")
            and not getattr(option, "kata_answers", None)
            and not getattr(option, "kata_answer", None)
            and not is_traced()
            and stranger(self._config, self._judged.root) is None
        )

    def _is_asked_for_with_others(self, exercise: Exercise) -> bool:
        """Whether a folder above it was named, and nothing of its own."""
        named = named_paths(self._config)
        own = any(path == exercise.folder or exercise.folder in path.parents for path in named)
        return not own and any(path in exercise.folder.parents for path in named)

    def _key(self, exercise: Exercise) -> str:
        if exercise.name not in self._keys:
            try:
                self._keys[exercise.name] = self._inputs.key(exercise)
            except HasNoKey:
                self._keys[exercise.name] = ""
        return self._keys[exercise.name]

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        exercise = collection_path.parent.name
        if exercise not in self.solved or not self._judged.is_spec(collection_path):
            return None
        return True

    # What is said

    def pytest_report_collectionfinish(self) -> str | None:
        if not self.solved:
            return None
        total = sum(len(verdict.specs) for verdict in self.solved.values())
        return (
            f"kata: solved, as before: {', '.join(self._numbers())}. Nothing that their {total} specs depend on has "
            "changed; --fresh runs them too."
        )

    def _numbers(self) -> Iterator[str]:
        """The numbers of the exercises, with the seeds that gave the specs their values."""
        found = [each for each in self._course.exercises if each.name in self.solved]
        for seed, exercises in groupby(found, key=lambda each: self.solved[each.name].seed):
            yield f"{_in_short(each.number for each in exercises)} (--seed {seed})"

    @pytest.hookimpl(tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        if self.solved:
            specs = [name for verdict in self.solved.values() for name in verdict.specs]
            terminalreporter.stats["as before"] = specs

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self.solved:
            session.exitstatus = pytest.ExitCode.OK
        self._keep()
        yield

    # What is kept

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """The keys of what will be run are those of now: somebody may write meanwhile."""
        if self._is_usual:
            for path in {item.path for item in session.items if self._judged.is_spec(item.path)}:
                self._key(self._course.exercise(path.parent.name))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        facts = getattr(report, "kata", None)
        if facts is None:
            return
        exercise: str = facts["exercise"]
        name = report.nodeid.rpartition("::")[2]
        state = facts["state"] if report.when == "call" or not report.passed else "passed"
        self._came.setdefault(exercise, {}).setdefault(name, set()).add(f"{report.when} {state}")
        self._seconds[exercise] = self._seconds.get(exercise, 0.0) + report.duration
        if facts.get("reads_elsewhere"):
            self._reads_elsewhere.add(exercise)

    def _keep(self) -> None:
        for name, came in self._came.items() if self._is_usual else ():
            exercise = self._course.exercise(name)
            key = self._keys.get(name, "")
            if name in self._reads_elsewhere or not key or not _is_solved(exercise, came):
                continue
            del self._keys[name]
            if self._key(exercise) == key:
                verdict = Verdict(
                    key, self._config.option.kata_seed, tuple(came), self._seconds[name]
                )
                self._verdicts.keep(name, verdict)


_ALL_WELL = {"setup passed", "call passed", "teardown passed"}


def _is_solved(exercise: Exercise, came: dict[str, set[str]]) -> bool:
    """Whether all specs were run, and passed."""
    ran = {name.partition("[")[0] for name in came}
    whole = all(states == _ALL_WELL for states in came.values())
    return whole and ran.issuperset(spec_names(exercise))


def _in_short(numbers: Iterable[str]) -> str:
    """01 02 03, or 01-03 where they follow each other."""
    given = list(numbers)
    follow = int(given[-1]) - int(given[0]) == len(given) - 1
    return f"{given[0]}-{given[-1]}" if follow and len(given) > 2 else " ".join(given)
