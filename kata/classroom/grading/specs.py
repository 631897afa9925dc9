"""The list of specs, which is the denominator: read from the files, so nothing that an answer does changes it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from kata.course.course import Exercise


@dataclass(frozen=True)
class Spec:
    """One spec. `title` is its docstring, on one line."""

    name: str
    title: str


def specs_of(exercise: Exercise) -> tuple[Spec, ...]:
    """The specs of an exercise, in their order."""
    return tuple(
        Spec(node.name, " ".join((ast.get_docstring(node) or node.name).split()))
        for path in exercise.specs
        for node in ast.parse(path.read_bytes()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    )
