"""What stands in a learner's tests and explains why they notice nothing: read from their source, and not run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

_COUNTS = re.compile(r"\bcall_count\b|\bcalls\b|\bcalled\b|\bassert_called|\bmark\.respx\b")

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def taught(why: str, source: str, *, calls: bool = False) -> str:
    """What is said of tests that did not notice a broken app: `why`, or the habit that keeps them from it.

    `calls` says that the app differs from the right one in the calls that it makes.
    """
    nodes = _nodes(source)
    unawaited = next(_tests_that_nobody_awaits(nodes), "")
    if unawaited:
        return (
            f"`{unawaited}` is a coroutine function, and a plain `TestCase` awaits none: nothing in it runs. "
            "`unittest.IsolatedAsyncioTestCase` does."
        )
    doubled = next(_tests_of_one_name(nodes), "")
    if doubled:
        return f"Two of your tests are called `{doubled}`, so only the last of them is run. {why}"
    returned = next(_tests_that_return(nodes), "")
    if returned:
        return f"`{returned}` returns a value, and nobody looks at what a test returns: write `assert`."
    if calls and "respx_mock" in source and not _COUNTS.search(source):
        return f"{why} The fixture `respx_mock` counts them, and checks none by itself."
    return why


def mark_without_its_plugin(source: str) -> bool:
    """Whether tests are marked for pytest-asyncio."""
    return "mark.asyncio" in source


def _nodes(source: str) -> list[ast.AST]:
    try:
        return list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return []


def _tests_that_nobody_awaits(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if not isinstance(node, ast.ClassDef):
            continue
        names = {getattr(base, "attr", getattr(base, "id", "")) for base in node.bases}
        if "TestCase" in names:
            methods = (each for each in node.body if isinstance(each, ast.AsyncFunctionDef))
            yield from (each.name for each in methods if each.name.startswith("test"))


def _tests_of_one_name(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Names that a module or a class gives to two of its tests: the second takes the place of the first."""
    for scope in nodes:
        if isinstance(scope, ast.Module | ast.ClassDef):
            names = [each.name for each in scope.body if isinstance(each, _FUNCTIONS)]
            yield from (
                name
                for place, name in enumerate(names)
                if name.startswith("test") and name in names[:place]
            )


def _tests_that_return(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if (
            isinstance(node, _FUNCTIONS)
            and node.name.startswith("test")
            and _returns_something(node)
        ):
            yield node.name


def _returns_something(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    rest: list[ast.AST] = list(function.body)
    while rest:
        node = rest.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue  # what stands in there is returned to somebody else
        if isinstance(node, ast.Return) and not _is_none(node.value):
            return True
        rest.extend(ast.iter_child_nodes(node))
    return False


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)
