"""Whether a hand-in has the shape that is looked for, and a sentence for what stands elsewhere."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from kata.course.course import Course, Exercise


def misplaced(course: Course, answers: Path, exercises: Sequence[Exercise]) -> Iterator[str]:
    """A sentence for each answer that is not there where another file may be meant.

    `answers` is a folder laid out like exercises/. A hand-in that holds nothing else is simply not complete, and
    needs no sentence.
    """
    lacking = [each for each in exercises if not _has(answers / each.name, each.answer_file)]
    if not lacking:
        return
    looked_for = f"looked for {lacking[0].name}/{lacking[0].answer_file} in {answers.name}"
    if len(lacking) == len(exercises):
        if inside := _one_level_too_deep(course, answers):
            yield f"{looked_for}, and found the exercises in {inside}: judge that folder."
            return
        if flat := [name for name in _files(answers) if _is_meant(name, lacking[0].answer_file)]:
            yield f"{looked_for}, and found {flat[0]} itself: put it into the folder of its exercise."
            return
    for exercise in lacking:
        looked_for = f"looked for {exercise.name}/{exercise.answer_file} in {answers.name}"
        if found := _instead(answers, exercise):
            yield f"{looked_for}, and found {found}: give it that name."


def instead_of(exercise: Exercise) -> str | None:
    """The learner's own file that may be meant to be his answer, where that is missing."""
    names = _files(exercise.folder)
    return next((name for name in names if _is_meant(name, exercise.answer_file)), None)


def _instead(answers: Path, exercise: Exercise) -> str | None:
    """What is there instead of the answer to an exercise, as a path inside the hand-in."""
    for folder in _folders(answers):
        number = re.match(r"\D*0*(\d+)(?!\d)", folder)
        meant = folder.lower() == exercise.name or (
            number is not None and int(number[1]) == int(exercise.number)
        )
        if not meant:
            continue
        for name in _files(answers / folder):
            if _is_meant(name, exercise.answer_file):
                return f"{folder}/{name}"
        for inner in _folders(answers / folder):
            if _has(answers / folder / inner, exercise.answer_file):
                return f"{folder}/{inner}/{exercise.answer_file}"
    return None


def _is_meant(name: str, answer_file: str) -> bool:
    """Whether a file may be meant to be the answer: Main.py, main(1).py, main.py.txt, main.ipynb."""
    stem = re.escape(answer_file.removesuffix(".py"))
    copy = r"[ _-]*(copy|kopie|copie|final|\(?\d+\)?)?"
    return bool(re.fullmatch(rf"(?i){stem}{copy}(\.py|\.txt|\.py\.txt|\.pyw)|.*\.ipynb", name))


def _one_level_too_deep(course: Course, answers: Path) -> str | None:
    names = {exercise.name for exercise in course.exercises}
    for folder in set(_folders(answers)) - names:
        if names.intersection(_folders(answers / folder)):
            return f"{answers.name}/{folder}"
    return None


def _has(folder: Path, name: str) -> bool:
    """Whether a folder has a file of exactly that name, also where the file system takes `Main.py` for it."""
    return name in _entries(folder)


def _folders(folder: Path) -> list[str]:
    return [name for name in _entries(folder) if os.path.isdir(folder / name)]


def _files(folder: Path) -> list[str]:
    return [name for name in _entries(folder) if not os.path.isdir(folder / name)]


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith((".", "__")))
    except OSError:
        return []
