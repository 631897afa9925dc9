"""Exercises of a later part wait: a run of the whole course leaves them out until their turn has come."""

from __future__ import annotations

from pathlib import Path

import pytest

from kata.course.course import Course
from kata.run.named import named_paths


class Waiting:
    """Registered as a pytest plugin in a run of a learner's own answers, before anything is collected.

    What waits is never collected, so it costs nothing. To name an exercise, to choose by `-k`, `-m` or `--lf`, or to
    ask what there is (as editors do) leaves nothing out.
    """

    def __init__(self, config: pytest.Config, course: Course) -> None:
        self._config = config
        self._course = course
        self._folders: set[Path] | None = None

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        return collection_path in self._waiting() or None

    def _waiting(self) -> set[Path]:
        if self._folders is None:
            option = self._config.option
            chosen = option.collectonly or option.keyword or option.markexpr
            # pytest without its cache has no such options.
            chosen = chosen or getattr(option, "lf", False) or getattr(option, "failedfirst", False)
            self._folders = set() if chosen else {each.folder for each in self._course.waiting()}
            self._folders -= self._named()
        return self._folders

    def _named(self) -> set[Path]:
        """What was named, and the folders above it."""
        paths = named_paths(self._config)
        return {folder for path in paths for folder in (path, *path.parents)}
