"""The lesson of an exercise that gives a program to repair: it tells what users report."""

import re
from collections.abc import Iterator

from kata.course.course import Course, Exercise
from kata.course.rules.reading import shown

REPORTS = 3
_WHERE = "The situation"


def faults(course: Course, exercise: Exercise) -> Iterator[str]:
    if exercise.form != "repair":
        return
    count = len(reports(exercise))
    if count != REPORTS:
        yield (
            f"{shown(course, exercise.lesson)} has {count} reports of users under `## {_WHERE}`: a program to "
            f"repair has {REPORTS}, each a quotation of its own (lines that begin with `> `)."
        )


def reports(exercise: Exercise) -> list[str]:
    """What users report: each quotation of the situation."""
    text = exercise.sections.get(_WHERE, "")
    return re.findall(r"(?m)^> ?.+(?:\n>.*)*", text)
