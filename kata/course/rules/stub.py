"""A stub: it imports, starts and is typed, and what is owed says so in one place.

A program to repair is typed and starts too, and owes nothing that it names. What its specs say of it is
`kata.run.repair`'s.
"""

import ast
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from kata.course.course import Course, Exercise
from kata.course.reading_code import read_code
from kata.course.rules.reading import Function, decorators, functions, parse, shown, unwritten
from kata.course.same_text import same_text

_ROUTES = frozenset(
    ("get", "post", "put", "patch", "delete", "head", "options", "route", "api_route", "websocket")
)
_STARTS_WITHIN = 60


def faults(course: Course, exercise: Exercise) -> Iterator[str]:
    place = shown(course, exercise.answer)
    tree = parse(exercise.answer)
    if isinstance(tree, str):
        yield f"{place} {tree}: an exercise has a stub."
        return
    yield from unwritten(course, exercise.answer)
    yield from _kept(course, exercise)
    # A program to repair begins where a stub ends: nothing in it says what is to be done.
    rules = (_typed, _finished) if exercise.form == "repair" else (_todo, _typed, _owed, _lifespan)
    for rule in rules:
        for fault in rule(exercise, tree):
            yield f"{place}{fault}"


def _kept(course: Course, exercise: Exercise) -> Iterator[str]:
    kept = course.stub(exercise)
    if not same_text(kept, exercise.answer):
        yield (
            f"{shown(course, exercise.answer)} differs from {shown(course, kept)}: "
            f"`kata reset {exercise.number}` puts that stub in place, or copy the other way if the "
            "newer one is here."
        )


def _todo(exercise: Exercise, tree: ast.Module) -> Iterator[str]:
    count = len(re.findall(r"\bTODO\b", read_code(exercise.answer)))
    if count != 1:
        yield f" has {count} TODO: a stub has one, where work is owed."


def _finished(exercise: Exercise, tree: ast.Module) -> Iterator[str]:
    source = read_code(exercise.answer)
    for word in ("TODO", "FIXME", "NotImplementedError"):
        if re.search(rf"\b{word}\b", source):
            yield f" has {word} in it: a program to repair works, and does not say where it is wrong."


def _typed(exercise: Exercise, tree: ast.Module) -> Iterator[str]:
    for function in functions(tree):
        given = function.args
        named = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
        bare = [
            each.arg
            for each in named
            if each is not None and each.annotation is None and each.arg not in ("self", "cls")
        ]
        bare += [] if function.returns is not None else ["what it returns"]
        if bare:
            yield f":{function.lineno} {function.name} has no type for {', '.join(bare)}."


def _owed(exercise: Exercise, tree: ast.Module) -> Iterator[str]:
    """NotImplementedError is how "not started" is told from "wrong": in routes, and only there."""
    allowed = {
        node
        for function in functions(tree)
        if _is_owed(exercise, function)
        for node in ast.walk(function)
    }
    raised = [node for node in ast.walk(tree) if isinstance(node, ast.Raise) and _is_not_yet(node)]
    for node in raised:
        if node not in allowed:
            yield f":{node.lineno} raises NotImplementedError outside of a route."
    if not raised:
        yield " raises NotImplementedError nowhere, so nobody can tell that it is not written yet."


def _is_owed(exercise: Exercise, function: Function) -> bool:
    if exercise.answer_file == "test_main.py":
        return function.name.startswith("test_")
    return any(name in _ROUTES for name in decorators(function))


def _is_not_yet(node: ast.Raise) -> bool:
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def _lifespan(exercise: Exercise, tree: ast.Module) -> Iterator[str]:
    for function in functions(tree):
        if "asynccontextmanager" not in decorators(function):
            continue
        body = [node for node in function.body if not _is_text(node)]
        yields = (
            len(body) == 1
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Yield)
            and body[0].value.value is None
        )
        if not yields:
            yield f":{function.lineno} {function.name} must be an empty `yield`: a stub starts."


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def faults_of_starting(course: Course, exercises: Sequence[Exercise]) -> Iterator[str]:
    """Import every stub and start its app, all in one other process."""
    stubs = {str(each.answer): each for each in exercises if each.answer.is_file()}
    with tempfile.TemporaryDirectory() as elsewhere:
        try:
            ran = subprocess.run(
                [sys.executable, "-B", "-m", "kata.course.rules.starting", *stubs],
                cwd=elsewhere,
                env=_environment(),
                capture_output=True,
                text=True,
                timeout=_STARTS_WITHIN,
                check=False,
            )
        except subprocess.TimeoutExpired:
            yield f"A stub did not start and stop within {_STARTS_WITHIN} s."
            return
    try:
        wrong: dict[str, str] = json.loads(ran.stdout)
    except ValueError:
        yield f"The stubs could not be started: {ran.stderr.strip().splitlines()[-1:]}"
        return
    for path, what in wrong.items():
        yield f"{shown(course, Path(path))} {what}"


def _environment() -> dict[str, str]:
    """The child runs elsewhere, and must find this very kata."""
    import os

    here = str(Path(__file__).resolve().parents[3])
    paths = filter(None, (here, os.environ.get("PYTHONPATH")))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
