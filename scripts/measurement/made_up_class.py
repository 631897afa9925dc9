"""A class on the disk: thirty students, ten of whom hand in what ten others do, or several times thirty."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from kata.course.course import Course, Exercise
from scripts.root import ROOT

STUDENTS, SHARING = 30, 10
EVERY = 5
"""So many answers, right and wrong in turn, stand from a reference to the next. The last of them is a stub."""


def answers(exercise: Exercise, course: Course) -> list[Path]:
    """What is handed in for an exercise, by the numbers of students: reference, right, wrong, …, stub."""
    gallery = ROOT / "tests" / "gallery" / exercise.name
    kinds = [sorted((gallery / kind).glob("*.py")) for kind in ("right", "wrong")]
    found: list[Path] = []
    for turn in range(STUDENTS):
        if turn % EVERY == 0:
            found.append(course.reference(exercise))
        elif turn % EVERY == EVERY - 1:
            found.append(course.stub(exercise))
        else:
            kind = kinds[turn % 2]
            found.append(kind[turn % len(kind)])
    return found


def hand_in(folder: Path, course: Course, exercises: Sequence[Exercise], count: int) -> Path:
    """Lay the class out. But for the ten who share, and for stubs, no two answers are equal: a comment differs."""
    for exercise in exercises:
        made = answers(exercise, course)
        stub = course.stub(exercise)
        for number in range(count):
            group, turn = divmod(number, STUDENTS)
            source = turn - SHARING if turn >= STUDENTS - SHARING else turn
            place = folder / student(number) / exercise.name / exercise.answer_file
            place.parent.mkdir(parents=True)
            shutil.copyfile(made[source], place)
            if made[source] != stub:
                with place.open("a", encoding="utf-8") as file:
                    file.write(f"\n# {group} {source}\n")
    return folder


def student(number: int) -> str:
    return f"student-{number:04}"


def all_different(folder: Path, answer: bytes, exercise: Exercise, count: int) -> Path:
    """A class that has handed in the same answer to one exercise, but for a comment."""
    for number in range(count):
        place = folder / student(number) / exercise.name / exercise.answer_file
        place.parent.mkdir(parents=True)
        place.write_bytes(answer + f"\n# {number}\n".encode())
    return folder
