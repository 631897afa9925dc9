"""Whose answers a run judges: the learner's own, those of `--answers=DIR`, or the one of `--answer=PATH`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kata.course.course import Course, Exercise, is_there


class Judged:
    """Finds the exercise of a spec, and the answer to it that this run judges."""

    def __init__(self, config: pytest.Config, root: Path) -> None:
        self.root = root
        self._config = config
        self._course = Course(root)
        self._exercises = {exercise.folder: exercise for exercise in self._course.exercises}
        self.answers = self._path("kata_answers")
        self._answer = self._path("kata_answer")
        self._untouched: dict[Path, bool] = {}
        self._is_spec: dict[Path, bool] = {}

    def _path(self, option: str) -> Path | None:
        value = self._config.getoption(option, None)
        if not value:
            return None
        here = Path(self._config.invocation_params.dir, value)
        return (here if os.path.exists(here) else self.root / value).resolve()

    def exercise(self, path: Path) -> Path | None:
        """The folder of the exercise that a spec's file belongs to, or None for any other file."""
        if path.parent not in self._exercises or self.is_a_suite(path):
            return None
        return path.parent

    def is_spec(self, path: Path) -> bool:
        """True for the spec of an exercise. A learner may have tests of his own beside it."""
        if path not in self._is_spec:
            exercise = self._exercises.get(path.parent)
            self._is_spec[path] = exercise is not None and path == exercise.spec
        return self._is_spec[path]

    def is_a_suite(self, path: Path) -> bool:
        """True for an answer that is a file of tests itself."""
        exercise = self.root / "exercises" / path.parent.name
        return path.name == "test_main.py" and (exercise / path.name).is_file()

    @property
    def is_of_the_learner(self) -> bool:
        """True if the answers are those in the exercises' own folders."""
        return self.answers is None and (
            self._answer is None or (self.root / "exercises").resolve() in self._answer.parents
        )

    def source(self, exercise: Path) -> Path:
        """Where the answer to an exercise is: a folder, or a file that stands for the answer's main one."""
        if self._answer is not None:
            return self._answer
        if self.answers is not None:
            return self.answers / exercise.name
        return exercise

    def is_handed_in(self, exercise: Path) -> bool:
        """False if there is no answer, although somebody else's are judged."""
        answer = self._file(self._exercises[exercise])
        return self.is_of_the_learner or is_there(answer)

    def is_untouched(self, exercise: Path) -> bool:
        """True while the answer is still what was handed out, or the learner's own is missing."""
        if exercise not in self._untouched:
            each = self._exercises[exercise]
            self._untouched[exercise] = self.is_handed_in(exercise) and self._course.is_untouched(
                each, self._file(each)
            )
        return self._untouched[exercise]

    def is_to_repair(self, exercise: Path) -> bool:
        """True if a program was handed out, and it is there: it works, so its specs say something of it."""
        each = self._exercises[exercise]
        return each.form == "repair" and is_there(self._file(each))

    def _file(self, exercise: Exercise) -> Path:
        source = self.source(exercise.folder)
        return source if os.path.isfile(source) else source / exercise.answer_file
