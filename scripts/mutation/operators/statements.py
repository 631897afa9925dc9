"""Statements: left out, in another order, with another value."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst
from libcst import matchers as m

from scripts.mutation.tree import Change, Program, walk


def statement_removed(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """`commit()`, `close()`, `raise_for_status()`, `app.state.x = y`, `return`, `raise`, `yield`."""
    if not isinstance(node, cst.SimpleStatementLine) or program.function(node) is None:
        return
    statement = node.body[0]
    if isinstance(statement, cst.Expr) and isinstance(statement.value, cst.BaseString):
        return
    sets_a_name = isinstance(statement, cst.AnnAssign) or (
        isinstance(statement, cst.Assign) and isinstance(statement.targets[0].target, cst.Name)
    )
    if not sets_a_name and not isinstance(statement, cst.Assert | cst.Pass):
        yield node, cst.SimpleStatementLine([cst.Pass()])


def statements_in_another_order(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """Two neighbours of a block change places.

    A commit too early commits nothing: that is the change that removes it.
    """
    if isinstance(node, cst.IndentedBlock) and not isinstance(program.parent(node), cst.ClassDef):
        for position in range(len(node.body) - 1):
            body = list(node.body)
            pair = body[position : position + 2]
            body[position : position + 2] = pair[::-1]
            too_early = "commit(" in program.code(pair[1])
            if not too_early and all(_does_something(each) for each in pair):
                yield node, node.with_changes(body=body)


def _does_something(statement: cst.BaseStatement) -> bool:
    """More than giving a name to a value: such a line may stand anywhere before its use."""
    if isinstance(statement, cst.FunctionDef | cst.ClassDef | cst.Import | cst.ImportFrom):
        return False
    if m.matches(statement, m.SimpleStatementLine([m.Assert()])):
        return False
    acts = cst.Await | cst.Yield | cst.Return | cst.Raise | cst.With | cst.Expr
    return any(isinstance(each, acts) for each in walk(statement))


def value_not_returned(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    says_none = m.matches(node, m.Return(m.Name("None")))
    if isinstance(node, cst.Return | cst.Yield) and node.value is not None and not says_none:
        yield node, node.with_changes(value=None)


def other_value_set(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """`app.state.db = db` -> `app.state.db = None`."""
    if isinstance(node, cst.Assign) and isinstance(node.targets[0].target, cst.Attribute):
        yield node, node.with_changes(value=cst.Name("None"))


def returned_not_raised(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Raise) and node.exc is not None:
        yield node, cst.Return(node.exc)


def loop_left(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Break):
        yield node, cst.Continue()
    elif isinstance(node, cst.Continue):
        yield node, cst.Break()
