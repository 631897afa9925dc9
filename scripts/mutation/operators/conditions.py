"""Conditions and comparisons."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from scripts.mutation.tree import Change, Program


def condition(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.If | cst.While | cst.IfExp):
        for other in (cst.Name("True"), cst.Name("False")):
            yield node.test, other
    if isinstance(node, cst.BooleanOperation):
        other = cst.Or() if isinstance(node.operator, cst.And) else cst.And()
        yield node, node.with_changes(operator=other)
        yield node, node.left
        yield node, node.right


_COMPARISONS: dict[type[cst.BaseCompOp], tuple[str, ...]] = {
    cst.Is: ("is not",),
    cst.IsNot: ("is",),
    cst.Equal: ("!=", "<=", ">="),
    cst.NotEqual: ("==", "<", ">"),
    cst.LessThan: ("<=", ">="),
    cst.LessThanEqual: ("<", ">"),
    cst.GreaterThan: (">=", "<="),
    cst.GreaterThanEqual: (">", "<"),
    cst.In: ("not in",),
    cst.NotIn: ("in",),
}


def comparison(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        target = node.comparisons[0]
        left, right = program.code(node.left), program.code(target.comparator)
        for sign in _COMPARISONS.get(type(target.operator), ()):
            yield node, cst.parse_expression(f"({left} {sign} {right})")


def not_dropped(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
        yield node, node.expression
