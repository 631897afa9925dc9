"""The program to predict: each exercise has one, and it is small and asks in a form that there is."""

from collections.abc import Iterator

from kata.course.course import Course, Exercise
from kata.course.prediction import NAME, NoPrediction, read_program
from kata.course.rules.reading import shown

LINES = 40
QUESTIONS = 3


def faults(course: Course, exercise: Exercise) -> Iterator[str]:
    path = exercise.folder / NAME
    place = shown(course, path)
    try:
        program = read_program(path)
    except FileNotFoundError:
        yield f"{place} is missing: `kata predict {exercise.number}` runs it."
        return
    except NoPrediction as error:
        yield f"{place} {error}."
        return
    if len(program.questions) > QUESTIONS:
        yield f"{place} asks {len(program.questions)} questions: {QUESTIONS} at most."
    if (count := len(program.code.splitlines())) > LINES:
        yield f"{place} has {count} lines of code: it is read at a glance, with {LINES} at most."
