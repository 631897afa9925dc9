"""The rules that the course keeps, so that a maintainer is told of a slip at once.

Each module looks at one thing; each rule is a function that yields a sentence for a fault, with the
file at its beginning. What the specs accept and refuse is not looked at here: the tests run that,
and `kata check` ends with the commands.
"""

from collections.abc import Iterator, Sequence

from kata.course.course import Course, Exercise
from kata.course.rules import (
    answers,
    circumstances,
    given,
    golden,
    guide,
    layout,
    lesson,
    predictable,
    readme,
    repair,
    spec,
    stub,
)

_OF_ONE = (
    *(lesson, repair, stub, spec, given, predictable),
    *(answers, circumstances, golden, readme, guide),
)


def faults(course: Course, exercises: Sequence[Exercise] = ()) -> Iterator[str]:
    """The faults of some exercises; without a choice, of all and of the course as a whole."""
    yield from faults_on_paper(course, exercises)
    yield from stub.faults_of_starting(course, exercises or course.exercises)


def faults_on_paper(course: Course, exercises: Sequence[Exercise] = ()) -> Iterator[str]:
    """Those that reading finds, without starting anything."""
    if not exercises:
        yield from layout.faults(course)
        yield from readme.faults_of_the_table(course)
        yield from guide.faults_of_the_table(course)
    for exercise in exercises or course.exercises:
        for look_at in _OF_ONE:
            yield from look_at.faults(course, exercise)
