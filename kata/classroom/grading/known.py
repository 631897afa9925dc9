"""Verdicts that a folder of results has already: an answer that was judged is not judged again."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from kata.classroom.results import (
    ExerciseResult,
    Result,
    UnreadableResult,
    file_name,
    read,
    result_files,
)

_VERDICTS = ("solved", "wrong", "cut off")


class Known:
    """Where the verdict on each answer stands. The verdicts stay in the files, for a class has many.

    Only those count that rest on the same specs, kata and libraries, and that came about in the same isolation.
    `unreadable` are sentences about files that are none.
    """

    def __init__(self, folder: Path, basis: str, isolation: str) -> None:
        self._folder = folder
        self._basis = basis
        self._isolation = isolation
        self._where: dict[tuple[str, str], Path] = {}
        self.unreadable: list[str] = []
        self._read = lru_cache(maxsize=16)(read)
        for path in result_files(folder):
            try:
                self._remember(path, read(path))
            except UnreadableResult:
                self.unreadable.append(f"{path} could not be read, and is written anew.")

    def remember(self, result: Result) -> None:
        """A result was written, or has stood there all the time."""
        self._read.cache_clear()
        self._remember(self._folder / file_name(result.student.id), result)

    def _remember(self, path: Path, result: Result) -> None:
        if (result.judged_by, result.isolation) == (self._basis, self._isolation):
            for each in result.exercises:
                if each.state in _VERDICTS:
                    self._where[each.name, each.answer] = path

    def verdict(self, exercise: str, answer: str) -> ExerciseResult | None:
        """The verdict on an answer, or None. It may have gone with a file that was written anew."""
        path = self._where.get((exercise, answer))
        if path is None:
            return None
        try:
            result = self._read(path)
        except (OSError, UnreadableResult):
            return None
        if (result.judged_by, result.isolation) != (self._basis, self._isolation):
            return None
        return next(
            (
                each
                for each in result.exercises
                if (each.name, each.answer) == (exercise, answer) and each.state in _VERDICTS
            ),
            None,
        )
