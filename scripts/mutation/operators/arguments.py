"""What a call, a parameter or a function is given: arguments, defaults, methods, decorators."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from scripts.mutation.tree import Change, Program, makes_a_context_manager


def argument_removed(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """Time-outs, limits, `status_code=`, `detail=`, `lifespan=`: what a call or a class is given."""
    if not isinstance(node, cst.Call):
        return
    for position, argument in enumerate(node.args):
        if argument.keyword is not None or position > 0:
            rest = [each for at, each in enumerate(node.args) if at != position]
            rest[-1:] = [each.with_changes(comma=cst.MaybeSentinel.DEFAULT) for each in rest[-1:]]
            yield node, node.with_changes(args=rest)


def default_removed(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Param) and node.default is not None:
        yield node, node.with_changes(default=None, equal=cst.MaybeSentinel.DEFAULT)


_METHODS = ("get", "post", "put")


def other_method(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """Another method, of a route or of a call."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return
    if node.func.attr.value in _METHODS and node.args:
        for method in _METHODS:
            yield node.func.attr, cst.Name(method)


def decorator_removed(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.FunctionDef):
        for position in range(len(node.decorators)):
            rest = [each for at, each in enumerate(node.decorators) if at != position]
            if not makes_a_context_manager(node.decorators[position]):
                yield node, node.with_changes(decorators=rest)
