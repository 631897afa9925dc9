"""The table of the guide's claims: every claim is held by something that exists, and every exercise stands in it.

An exercise that is about something else needs no row: its lesson says under "Since the guide" that it
is not in the guide.
"""

import re
from collections.abc import Iterator

from kata.course.course import Course, Exercise
from kata.course.guide import KINDS, BadTable, Claim, Held, claims, table, totals
from kata.course.rules.reading import parse, shown
from kata.course.rules.spec import tests

_NOT_IN_IT = re.compile(r"\bnot in the guide\b", re.IGNORECASE)


def faults(course: Course, exercise: Exercise) -> Iterator[str]:
    """What is wrong with the rows of one exercise."""
    place = shown(course, table(course.root))
    try:
        held = _held(course)
    except (OSError, BadTable):
        return  # the whole table's own fault
    own = [each for each in held if each.exercise == exercise.name]
    if not own and not _NOT_IN_IT.search(exercise.sections.get("Since the guide", "")):
        yield (
            f"{place} has no row that {exercise.name} holds. If the exercise is not in the guide, let its "
            "lesson say so under `## Since the guide`: it is not in the guide."
        )
    specs = {
        test.name
        for path in exercise.specs
        if not isinstance(tree := parse(path), str)
        for test in tests(tree)
    }
    wrong = course.root / "tests" / "gallery" / exercise.name / "wrong"
    for each in own:
        if each.spec not in specs:
            yield f"{place} names {exercise.name}::{each.spec}, which is not there."
        if not (wrong / each.answer).is_file():
            yield f"{place} names {shown(course, wrong / each.answer)}, which is not there."


def faults_of_the_table(course: Course) -> Iterator[str]:
    """What is wrong with the table as a whole."""
    path = table(course.root)
    place = shown(course, path)
    if not path.is_file():
        yield f"{place} is missing."
        return
    text = path.read_text("utf-8")
    try:
        rows = claims(text)
    except BadTable as error:
        yield f"{place} {error}"
        return
    yield from (f"{place} {fault}" for fault in _of_the_rows(course, rows))
    kinds = [row.what for row in rows]
    if totals(text) != (counted := (len(kinds), *(kinds.count(kind) for kind in KINDS))):
        yield (
            f"{place} must say above its rows that it has "
            f"{counted[0]} rows: {counted[1]} claims and {counted[2]} code blocks."
        )


def _of_the_rows(course: Course, rows: list[Claim]) -> Iterator[str]:
    known = {exercise.name for exercise in course.exercises}
    if [row.number for row in rows] != list(range(1, len(rows) + 1)):
        yield "does not number its rows from 1 without a gap."
    for row in rows:
        if row.what not in KINDS:
            yield f"calls row {row.number} {row.what!r}: it is a claim, or code."
        if not row.says:
            yield f"does not say in row {row.number} what the guide says."
        if not row.held_by:
            yield f"names no spec that holds row {row.number}."
        for held in row.held_by:
            if held.exercise not in known:
                yield f"names {held.exercise} in row {row.number}, and there is no such exercise."


def is_in_the_guide(course: Course, exercise: Exercise) -> bool:
    """Whether a row names the exercise."""
    return any(each.exercise == exercise.name for each in _held(course))


def _held(course: Course) -> list[Held]:
    rows = claims(table(course.root).read_text("utf-8"))
    return [held for row in rows for held in row.held_by]
