"""What a person should know of this copy of the course before anything runs, a sentence each."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from kata.course import pristine
from kata.course.course import Course, Exercise
from kata.course.environment import is_an_environment


def notes(course: Course, exercises: Sequence[Exercise]) -> Iterator[str]:
    """Folders that are no exercise, and what is missing or changed in these exercises."""
    yield from _of_folders(course)
    for exercise in exercises:
        yield from of_specs(course, exercise)


def strangers(course: Course) -> list[Path]:
    """Folders below exercises/ that are no exercise: a copy, an old state, a renamed one, somebody's scratch."""
    known = {exercise.folder for exercise in course.exercises}
    return [
        path
        for path in sorted(course.folder.iterdir())
        if path not in known
        and path.is_dir()
        and not path.name.startswith((".", "__"))
        and not is_an_environment(path)
    ]


def missing(course: Course) -> list[str]:
    """The names of the exercises that have a stub, and no folder."""
    known = {exercise.name for exercise in course.exercises}
    return sorted(path.stem for path in course.stubs.glob("[0-9]*.py") if path.stem not in known)


def of_specs(course: Course, exercise: Exercise) -> Iterator[str]:
    """A sentence for each of the kata's own files that is missing in an exercise, or has been changed."""
    for path in pristine.changed(exercise.folder):
        state = "is not as it was handed out" if path.exists() else "is missing"
        yield f"{_shown(course, path)} {state}: `kata reset --spec {exercise.number}` puts it back."


def _of_folders(course: Course) -> Iterator[str]:
    lost = missing(course)
    for folder in strangers(course):
        renamed = [name for name in lost if name[:2] == folder.name[:2]]
        if renamed:
            lost.remove(renamed[0])
            yield (
                f"{_shown(course, folder)} is no exercise of the course, and exercises/{renamed[0]} is missing: "
                "if it was renamed, give it its name back."
            )
        elif _has_tests(folder):
            yield (
                f"{_shown(course, folder)} is no exercise of the course: "
                "its tests run only when you name them."
            )
    for name in lost:
        yield f"exercises/{name} is missing: it is left out."


def _has_tests(folder: Path) -> bool:
    return any(
        re.fullmatch(r"test_.*\.py|.*_test\.py", name)
        for _, _, names in os.walk(folder)
        for name in names
    )


def _shown(course: Course, path: Path) -> str:
    return path.relative_to(course.root).as_posix()
