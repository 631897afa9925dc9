"""The kept texts of failures: each wrong answer has one, and none is left of an answer that is gone."""

from collections.abc import Iterator

from kata.course.course import Course, Exercise
from kata.course.gallery import name_of
from kata.course.rules.reading import shown


def faults(course: Course, exercise: Exercise) -> Iterator[str]:
    folder = course.root / "tests" / "golden" / exercise.name
    wanted = {folder / f"{name_of(path)}.txt" for path in course.gallery(exercise, "wrong")}
    there = set(folder.glob("*.txt"))
    for path in sorted(wanted - there):
        yield f"{shown(course, path)} is missing: read the failure of {path.stem}, and keep its text."
    for path in sorted(there - wanted):
        yield f"{shown(course, path)} belongs to no wrong answer."
