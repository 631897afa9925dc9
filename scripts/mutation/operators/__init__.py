"""The operators: each yields the changes that it makes of the node that it is shown.

Every public function of a module of this package is one, named as the function is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType

import libcst as cst

from scripts.mutation.operators import (
    arguments,
    binding,
    concurrency,
    conditions,
    errors,
    resources,
    statements,
    values,
)
from scripts.mutation.tree import Change, Program

Operator = Callable[[Program, cst.CSTNode], Iterable[Change]]

# A change that two operators make goes by the name of the first.
_MODULES = (
    concurrency,
    values,
    binding,
    statements,
    conditions,
    errors,
    resources,
    arguments,
)


def _operators_of(module: ModuleType) -> Iterator[tuple[str, Operator]]:
    for name, value in vars(module).items():
        own = inspect.isfunction(value) and value.__module__ == module.__name__
        if own and not name.startswith("_"):
            yield name.replace("_", " "), value


OPERATORS: dict[str, Operator] = {
    name: operator for module in _MODULES for name, operator in _operators_of(module)
}
