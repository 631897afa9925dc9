"""The course as a whole: numbered without a gap, and nothing that belongs to no exercise."""

import re
from collections.abc import Iterator
from pathlib import Path

from kata.course.course import FOLDER, Course
from kata.course.rules.reading import shown


def faults(course: Course) -> Iterator[str]:
    yield from _strangers(course)
    yield from _numbers(course)
    yield from _orphans(course)


def _strangers(course: Course) -> Iterator[str]:
    known = {exercise.name for exercise in course.exercises}
    for path in _listed(course.folder):
        if path.name in known:
            continue
        if path.is_dir() and re.fullmatch(FOLDER, path.name):
            stub = course.stubs / f"{path.name}.py"
            yield f"{shown(course, stub)} is missing: without it the folder of that name is no exercise."
        else:
            yield f"{shown(course, path)} is not the folder of an exercise (such as 08_some_name)."


def _numbers(course: Course) -> Iterator[str]:
    for expected, exercise in enumerate(course.exercises, 1):
        if exercise.number != f"{expected:02}":
            yield (
                f"{shown(course, exercise.folder)} should have the number {expected:02}: "
                "the exercises are numbered from 01, each number once."
            )
            return


def _orphans(course: Course) -> Iterator[str]:
    """Folders that once belonged to an exercise, or were misspelt."""
    known = {exercise.name for exercise in course.exercises}
    for folder in (course.solutions, course.root / "tests" / "gallery"):
        for path in _listed(folder):
            if path.is_dir() and path.name not in known:
                yield f"{shown(course, path)} belongs to no exercise."
    for path in _listed(course.stubs):
        if path.suffix == ".py" and re.match(r"\d", path.name) and path.stem not in known:
            yield f"{shown(course, path)} belongs to no exercise."


def _listed(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [
        path
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".") and path.name != "__pycache__"
    ]
