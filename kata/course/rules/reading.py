"""Reading a Python file to judge its form."""

import ast
from collections.abc import Iterator
from pathlib import Path

from kata.course.course import Course
from kata.course.reading_code import read_code

Function = ast.FunctionDef | ast.AsyncFunctionDef

UNWRITTEN = "WRITE:"
"""What `kata new` puts where a person has to write something."""


def shown(course: Course, path: Path) -> str:
    """The path as a fault names it."""
    return path.relative_to(course.root).as_posix()


def parse(path: Path) -> ast.Module | str:
    """The file's tree, or what is wrong with it in words."""
    try:
        return ast.parse(read_code(path), str(path))
    except FileNotFoundError:
        return "is missing"
    except (SyntaxError, ValueError) as error:
        return f"is not Python: {error}"


def functions(tree: ast.AST) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def decorators(function: Function) -> Iterator[str]:
    """The last names of a function's decorators: "get" of `@app.get("/")`."""
    for node in function.decorator_list:
        named = node.func if isinstance(node, ast.Call) else node
        if isinstance(named, ast.Attribute):
            yield named.attr
        elif isinstance(named, ast.Name):
            yield named.id


def unwritten(course: Course, path: Path) -> Iterator[str]:
    """A fault for each place that `kata new` left to be written."""
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return
    for number, line in enumerate(lines, 1):
        if UNWRITTEN in line:
            what = line.partition(UNWRITTEN)[2].strip()
            yield f"{shown(course, path)}:{number} is still to be written: {what}"
