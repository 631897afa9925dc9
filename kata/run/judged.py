"""Whose answers a run judges: the learner's own, those of `--answers=DIR`, or the one of `--answer=PATH`."""

from __future__ import annotations

from pathlib import Path

import pytest

from kata.course.course import Course


class Judged:
    """Finds the exercise of a spec, and the answer to it that this run judges."""

    def __init__(self, config: pytest.Config) -> None:
        self.root = config.rootpath
        self._config = config
        self.answers = self._path("kata_answers")
        self._answer = self._path("kata_answer")
        self._untouched: dict[Path, bool] = {}

    def _path(self, option: str) -> Path | None:
        value = self._config.getoption(option)
        if not value:
            return None
        here = Path(self._config.invocation_params.dir, value)
        return (here if here.exists() else self.root / value).resolve()

    def exercise(self, path: Path) -> Path | None:
        """The folder of the exercise that a spec's file belongs to, or None for any other file."""
        if path.parent.parent != self.root / "exercises" or self.is_a_suite(path):
            return None
        return path.parent

    def is_a_suite(self, path: Path) -> bool:
        """True for an answer that is a file of tests itself."""
        exercise = self.root / "exercises" / path.parent.name
        return path.name == "test_main.py" and (exercise / path.name).is_file()

    def source(self, exercise: Path) -> Path:
        """Where the answer to an exercise is: a folder, or a file that stands for the answer's main one."""
        if self._answer is not None:
            return self._answer
        if self.answers is not None:
            return self.answers / exercise.name
        return exercise

    def is_untouched(self, exercise: Path) -> bool:
        """True while the answer is still the stub, word for word."""
        if exercise not in self._untouched:
            each = Course(self.root).exercise(exercise.name)
            source = self.source(exercise)
            answer = source if source.is_file() else source / each.answer_file
            stub = Course(self.root).stub(each)
            self._untouched[exercise] = (
                answer.is_file() and stub.is_file() and answer.read_bytes() == stub.read_bytes()
            )
        return self._untouched[exercise]
