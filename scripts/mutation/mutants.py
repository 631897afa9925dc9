"""The mutants of a reference: every change that some operator makes, each once and under a name of its own."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kata.course.course import Course, Exercise
from scripts.mutation.operators import OPERATORS
from scripts.mutation.tree import Program, walk


@dataclass(frozen=True)
class Mutant:
    """A reference with one change. Its name holds the change itself, so it survives other edits."""

    exercise: str
    operator: str
    scope: str
    change: str
    source: str = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.operator} in {self.scope}: {self.change}"


def references(course: Course, wanted: Sequence[str] = ()) -> Iterator[tuple[Exercise, Path]]:
    """The references that are apps. Where the answer is a file of tests there is nothing to mutate."""
    exercises = [course.exercise(each) for each in wanted] or course.exercises
    for exercise in exercises:
        path = course.reference(exercise)
        if exercise.answer_file == "main.py" and path.is_file():
            yield exercise, path


def mutants(exercise: str, source: str) -> tuple[Mutant, ...]:
    """Every change of a reference, each once, in the order of the operators."""
    seen = {_meaning(source)}
    names: Counter[str] = Counter()
    found: list[Mutant] = []
    for operator, scope, changed in _changes(Program.read(source)):
        meaning = _meaning(changed)
        if meaning is None or meaning in seen:
            continue
        seen.add(meaning)
        what = _difference(source, changed)
        names[name := f"{operator}{scope}{what}"] += 1
        if names[name] > 1:
            what += f" (the {names[name]}. of these)"
        found.append(Mutant(exercise, operator, scope, what, changed))
    return tuple(found)


def _changes(program: Program) -> Iterator[tuple[str, str, str]]:
    """Of each change: the operator's name, where it was made, and the whole changed source."""
    nodes = [each for each in walk(program.module) if not program.in_an_assert(each)]
    for name, operate in OPERATORS.items():
        for node in nodes:
            for target, replacement in operate(program, node):
                yield name, program.scope(node), program.changed(target, replacement)


def _meaning(source: str) -> str | None:
    """What is left of a program without its comments and its look. None if it does not compile."""
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
        return ast.dump(ast.parse(source))
    except SyntaxError:
        return None


def _difference(before: str, after: str) -> str:
    """The changed lines, short, as `before -> after`."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    shown = [" / ".join(filter(None, map(_without_comment, lines))) for lines in (old, new)]
    if shown[0] == shown[1]:
        return f"{shown[0]} (further out)"
    return " -> ".join(part or "(nothing)" for part in shown)


def _without_comment(line: str) -> str:
    return "" if line.lstrip().startswith("#") else " ".join(line.split())


def holding(found: Sequence[Mutant], words: Sequence[str]) -> list[Mutant]:
    """Those whose name or text holds all these words."""
    wanted = [word.lower() for word in words]
    return [each for each in found if all(word in each.name.lower() for word in wanted)]


def sample(found: Sequence[Mutant], each: int) -> list[Mutant]:
    """The first few of each exercise and operator, from different places as far as there are any."""
    kinds: dict[tuple[str, str], list[Mutant]] = defaultdict(list)
    for mutant in found:
        kinds[mutant.exercise, mutant.operator].append(mutant)
    chosen: list[Mutant] = []
    for group in kinds.values():
        step = max(1, len(group) // each)
        chosen += group[::step][:each]
    return chosen
