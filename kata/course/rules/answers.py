"""The reference and the gallery: enough answers, each with a head that says what it is for."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

from kata.course.course import Course, Exercise
from kata.course.gallery import BadHead, WrongHead, docstring, wrong_head
from kata.course.rules.reading import parse, shown, unwritten
from kata.course.rules.spec import tests

RIGHT_AT_LEAST = 6
WRONG_AT_LEAST = 10


def faults(course: Course, exercise: Exercise) -> Iterator[str]:
    yield from _reference(course, exercise)
    yield from _right(course, exercise)
    yield from _wrong(course, exercise)


def _reference(course: Course, exercise: Exercise) -> Iterator[str]:
    path = course.reference(exercise)
    place, tree = shown(course, path), parse(path)
    if isinstance(tree, str):
        yield f"{place} {tree}: an exercise has a reference answer."
        return
    yield from unwritten(course, path)
    source = path.read_text("utf-8")
    for word in ("TODO", "NotImplementedError"):
        if word in source:
            yield f"{place} still has {word} in it."
    if not re.search(r"^\s*# ", source, re.MULTILINE):
        yield f"{place} has no comment: a reference teaches."


def _right(course: Course, exercise: Exercise) -> Iterator[str]:
    paths = course.gallery(exercise, "right")
    yield from _enough(course, exercise, "right", len(paths), RIGHT_AT_LEAST)
    shapes: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        yield from unwritten(course, path)
        tree = parse(path)
        if isinstance(tree, str):
            yield f"{shown(course, path)} {tree}."
            continue
        said = docstring(path)
        if not said or "\n\n" in said:
            yield f"{shown(course, path)} must begin with its style, in one sentence."
        if path.parent.name == "right":  # one with files beside it may differ in those
            shapes[_shape(tree)].append(path)
    for alike in shapes.values():
        if len(alike) > 1:
            names = ", ".join(path.name for path in alike)
            folder = shown(course, alike[0].parent)
            yield f"{folder} has the same answer under other names: {names}."


def _wrong(course: Course, exercise: Exercise) -> Iterator[str]:
    paths = course.gallery(exercise, "wrong")
    yield from _enough(course, exercise, "wrong", len(paths), WRONG_AT_LEAST)
    specs = {test.name for path in exercise.specs for test in _tests_in(path)}
    heads: dict[Path, WrongHead] = {}
    for path in paths:
        yield from unwritten(course, path)
        try:
            head = wrong_head(path)
        except BadHead as error:
            yield f"{shown(course, path)}: {error}."
            continue
        if specs and head.caught_by not in specs:
            yield f"{shown(course, path)} names {head.caught_by} as the spec that catches it: there is none."
        heads[path] = head
    yield from _words_of_their_own(course, exercise, heads)


def _words_of_their_own(
    course: Course, exercise: Exercise, heads: dict[Path, WrongHead]
) -> Iterator[str]:
    """Every mistake is another, and the words of one are no part of another's."""
    mistakes: dict[str, Path] = {}
    for path, head in heads.items():
        first = mistakes.setdefault(head.mistake, path)
        if first != path:
            yield f"{shown(course, path)} says the same mistake as {first.name}."
    reads = {head.reads: path for path, head in heads.items()}
    for some, other in permutations(reads, 2):
        if some in other:
            yield f"{shown(course, reads[other])} reads the words of {reads[some].name} too: {some}"
    if len(heads) >= WRONG_AT_LEAST > len(reads):
        folder = f"tests/gallery/{exercise.name}/wrong"
        yield f"{folder} reads {len(reads)} different words: {WRONG_AT_LEAST} mistakes have their own."


def _tests_in(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = parse(path)
    return [] if isinstance(tree, str) else tests(tree)


def _enough(
    course: Course, exercise: Exercise, kind: str, count: int, at_least: int
) -> Iterator[str]:
    if count < at_least:
        folder = f"tests/gallery/{exercise.name}/{kind}"
        yield f"{folder} has {count} answers: a gallery has at least {at_least} {kind} ones."


def _shape(tree: ast.Module) -> str:
    """What is left of an answer when names and words of explanation are taken away."""
    text = ast.dump(_Nameless().visit(tree))
    return re.sub(r"(id|name|arg|attr)='[^']*'", "", text)


class _Nameless(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)
