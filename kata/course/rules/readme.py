"""The table of the course in the README of the repository: a row for each exercise, as its lesson has it."""

import re
from collections.abc import Iterator

from kata.course.course import Course, Exercise

_ROW = (
    r"(?m)^\| (?P<number>\d{2,}) (?P<title>[^|]+?) \| (?P<minutes>\d+) \| (?P<builds>[^|]*?) *\|$"
)


def faults(course: Course, exercise: Exercise) -> Iterator[str]:
    if exercise.minutes is None:  # the lesson's own fault
        return
    row = _rows(course).get(exercise.number)
    wanted = f"| {exercise.number} {exercise.title} | {exercise.minutes} | what you build |"
    if row is None:
        yield f"README.md lacks a row in the table of the course: {wanted}"
    elif (row["title"], row["minutes"]) != (exercise.title, str(exercise.minutes)):
        yield f"README.md has another title or time than the lesson: {wanted}"
    elif not row["builds"]:
        yield f"README.md does not say what is built in {exercise.number}."


def faults_of_the_table(course: Course) -> Iterator[str]:
    known = {exercise.number for exercise in course.exercises}
    for number in _rows(course):
        if number not in known:
            yield f"README.md has a row {number} for an exercise that is not there."


def _rows(course: Course) -> dict[str, re.Match[str]]:
    try:
        text = (course.root / "README.md").read_text("utf-8")
    except FileNotFoundError:
        return {}
    return {found["number"]: found for found in re.finditer(_ROW, text)}
