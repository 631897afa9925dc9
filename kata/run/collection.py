"""What a run collects: the specs of the course, wherever the run was started, and nothing that is in their way."""

from __future__ import annotations

import inspect
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from kata.course.course import Course, Exercise, is_there
from kata.course.hand_in import instead_of, misplaced
from kata.course.notes import notes, of_specs, strangers
from kata.run.judged import Judged
from kata.run.named import named_paths, path_of
from kata.run.report import FailureText


class Collection:
    """Registered as a pytest plugin, before anything is collected, or when an editor's run comes to the kata."""

    def __init__(self, config: pytest.Config, judged: Judged) -> None:
        self._config = config
        self._judged = judged
        self._course = Course(judged.root)
        self._is_at_home = config.inipath == judged.root / "pyproject.toml"
        self._others: list[Path] = []
        self._left_out = {*strangers(self._course)}
        config.args = [self._spec_for(argument) for argument in config.args]

    # What is named

    def _spec_for(self, argument: str) -> str:
        """The spec of an exercise, where its answer was named: that is how an editor runs "this file"."""
        path = path_of(self._config, argument)
        exercise = self._exercise_round(path)
        if exercise is None or path.parent != exercise.folder or path.suffix != ".py":
            return argument
        if path.name.startswith(("test_", "bench_")) or not exercise.spec.is_file():
            return argument
        return str(exercise.spec)

    def _exercise_round(self, path: Path) -> Exercise | None:
        each = (path, *path.parents)
        return next((e for e in self._course.exercises if e.folder in each), None)

    def _wanted(self) -> Iterator[Exercise]:
        """The exercises that the run is about."""
        named = named_paths(self._config)
        for exercise in self._course.exercises:
            round_it = (exercise.folder, *exercise.folder.parents)
            if any(path in round_it or self._exercise_round(path) == exercise for path in named):
                yield exercise

    # What is left out

    def leave_out_another(self, home: Path) -> None:
        """A run knows one kata. The specs of another one, beside it, are not for it."""
        if home != self._judged.root:
            self._others.append(home)

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        # pytest does not ask about what was named, so naming it runs it.
        path = collection_path
        if path in self._left_out or any(other in path.parents for other in self._others):
            return True
        if path == self._judged.root / "kata":
            return True  # it holds copies of the specs
        if not self._is_at_home and path.parent == self._judged.root:
            return path.name != "exercises" or None  # the kata's own tests need its own settings
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, collector: pytest.Collector, obj: object) -> None:
        """Where other settings are in force than the kata's, anyio's plugin has to be told of each spec."""
        if self._config.getini("anyio_mode") == "auto" or not inspect.iscoroutinefunction(obj):
            return
        if self._judged.exercise(collector.path) is not None:
            pytest.mark.anyio(obj)

    # What cannot be collected

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """A spec that cannot be read ends no other: its place in the report has a sentence."""
        report = yield
        exercise = self._exercise_round(collector.path) if report.failed else None
        if exercise is None:
            return report
        self._config.option.continue_on_collection_errors = True
        told = list(of_specs(self._course, exercise))
        if told:
            error = _last_line(str(report.longrepr))
            report.longrepr = FailureText(
                "\n".join([error, "", *told]), str(collector.path), 0, told[0]
            )
        return report

    # What is said

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        self._say_what_is_odd()
        return (yield)

    def _say_what_is_odd(self) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        option = self._config.option
        if not isinstance(terminal, TerminalReporter) or option.collectonly:
            return
        wanted = list(self._wanted())
        if terminal.verbosity < -1 or not wanted:
            return
        for sentence in (*notes(self._course, wanted), *self._of_answers(wanted)):
            terminal.write_line(f"kata: {sentence}")

    def _of_answers(self, exercises: list[Exercise]) -> Iterator[str]:
        if self._judged.answers is not None:
            yield from misplaced(self._course, self._judged.answers, exercises)
        elif self._judged.is_of_the_learner:
            for exercise in exercises:
                if not is_there(exercise.answer):
                    yield _not_there(self._course, exercise)


def _not_there(course: Course, exercise: Exercise) -> str:
    answer = exercise.answer.relative_to(course.root).as_posix()
    if found := instead_of(exercise):
        return f"{answer} is missing, and {found} is there: give it that name."
    return f"{answer} is missing: `kata reset {exercise.number}` puts the stub there."


def _last_line(text: str) -> str:
    """The error itself, at the end of what pytest says of it."""
    lines = [line.removeprefix("E").strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
