"""Given files and benchmarks: the kata's own, and only in the exercise's folder."""

from collections.abc import Iterator

from kata.course.course import Course, Exercise
from kata.course.gallery import docstring
from kata.course.rules.reading import parse, shown, unwritten


def faults(course: Course, exercise: Exercise) -> Iterator[str]:
    for path in (*exercise.given, *exercise.benches):
        if path.suffix != ".py":
            continue
        tree = parse(path)
        if isinstance(tree, str):
            yield f"{shown(course, path)} {tree}."
        elif path.parent == exercise.folder and not docstring(path):
            yield f"{shown(course, path)} has no docstring: a learner reads it too."
        yield from unwritten(course, path)
    for name in ("conftest.py", "__init__.py"):
        if (path := exercise.folder / name).exists():
            yield f"{shown(course, path)} should not be there: fixtures stand in one conftest.py."
    # A copy beside a right answer would never be used, and would soon be an old one.
    right = course.root / "tests" / "gallery" / exercise.name / "right"
    for given in exercise.given:
        inside = given.relative_to(exercise.folder)
        for folder in (course.reference(exercise).parent, *right.glob("*/")):
            if (copy := folder / inside).is_file():
                yield f"{shown(course, copy)} is given: the kata lays its own copy there."
