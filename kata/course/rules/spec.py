"""A spec: black box. It reads like the lesson and knows nothing of the answer's code."""

import ast
import sys
from collections import Counter
from collections.abc import Iterator

from kata.course.course import Course, Exercise
from kata.course.rules.reading import Function, parse, shown, unwritten

# The seam is ASGI: a spec that imported the answer, or the framework, would judge how and not what.
_MAY_IMPORT = (sys.stdlib_module_names - {"importlib", "runpy"}) | {"httpx", "pytest", "kata"}


def faults(course: Course, exercise: Exercise) -> Iterator[str]:
    expected = f"test_{exercise.name.removeprefix(exercise.number + '_')}.py"
    if [path.name for path in exercise.specs] != [expected]:
        found = ", ".join(path.name for path in exercise.specs) or "none"
        yield f"{shown(course, exercise.folder)} has one spec, {expected}; found: {found}."
    for path in exercise.specs:
        place = shown(course, path)
        tree = parse(path)
        if isinstance(tree, str):
            yield f"{place} {tree}."
            continue
        yield from unwritten(course, path)
        for fault in (*_imports(tree), *_tests(exercise, tree)):
            yield f"{place}{fault}"


def tests(tree: ast.Module) -> list[Function]:
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    ]


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = ["." * node.level + (node.module or "")]
        else:
            continue
        for name in names:
            if name.split(".")[0] not in _MAY_IMPORT:
                yield f":{node.lineno} imports {name}: a spec talks to fixtures only."


def _tests(exercise: Exercise, tree: ast.Module) -> Iterator[str]:
    found = tests(tree)
    if not found:
        yield " has no test."
    for name, times in Counter(test.name for test in found).items():
        if times > 1:
            yield f" has {times} tests that are called {name}: only the last one would run."
    for test in found:
        if not ast.get_docstring(test):
            yield f":{test.lineno} {test.name} has no docstring: it says what was asked."
        # Whoever judges a learner's tests starts processes; everything else lives on the loop.
        if isinstance(test, ast.FunctionDef) and exercise.answer_file == "main.py":
            yield f":{test.lineno} {test.name} is not async: it would not run on the kata's loop."
