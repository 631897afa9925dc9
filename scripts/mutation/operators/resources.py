"""What is opened, where it is made, and when it is closed."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst
from libcst import matchers as m

from scripts.mutation.tree import (
    Change,
    Program,
    Swap,
    makes_a_context_manager,
    statements,
    walk,
)


def async_with_removed(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """Entered and never left; neither entered nor left; left at once; left before it is used."""
    if not isinstance(node, cst.With):
        return
    body = statements(node.body)
    for position, item in enumerate(node.items):
        others = [each for at, each in enumerate(node.items) if at != position]
        if others:
            others[-1] = others[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        inside: list[cst.BaseStatement] = [node.with_changes(items=others)] if others else body
        expression = program.code(item.item)
        name = f"{program.code(item.asname.name)} = " if item.asname else ""
        wait, enter = ("await ", "__aenter__") if node.asynchronous else ("", "__enter__")
        entered = cst.parse_statement(f"{name}{wait}({expression}).{enter}()")
        yield node, cst.FlattenSentinel([entered, *inside])
        if item.asname:
            made = cst.parse_statement(f"{name}{expression}")
            yield node, cst.FlattenSentinel([made, *inside])
        else:
            yield node, cst.FlattenSentinel(inside)
    for cut in range(len(body)):
        shorter = body[:cut] or [cst.parse_statement("pass")]
        left = node.with_changes(body=cst.IndentedBlock(shorter))
        yield node, cst.FlattenSentinel([left, *body[cut:]])


def made_at_import(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """What a `with` opens is made once, at the top of the file. (For a lifespan that is right.)"""
    if not isinstance(node, cst.With):
        return
    function = program.function(node)
    if function is None or not isinstance(program.parent(function), cst.Module):
        return
    if any(makes_a_context_manager(each) for each in function.decorators):
        return
    for item in node.items:
        if isinstance(item.item, cst.Call):
            made = cst.parse_statement(f"made_at_import = {program.code(item.item)}")
            changed = function.visit(Swap(item.item, cst.Name("made_at_import")))
            assert isinstance(changed, cst.FunctionDef)
            yield function, cst.FlattenSentinel([made, changed])


_NEVER_CHANGED = ("range", "frozenset", "tuple")


def made_in_each_call(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """`gate = Semaphore(9)` at the top of the file is made anew in each function that uses it."""
    if not isinstance(node, cst.FunctionDef) or not isinstance(program.parent(node), cst.Module):
        return
    used = {each.value for each in walk(node.body) if isinstance(each, cst.Name)}
    for line in program.module.body:
        if not isinstance(line, cst.SimpleStatementLine):
            continue
        made = line.body[0]
        if isinstance(made, cst.AnnAssign):
            target, value = made.target, made.value
        elif isinstance(made, cst.Assign):
            target, value = made.targets[0].target, made.value
        else:
            continue
        if not isinstance(target, cst.Name) or not isinstance(value, cst.Call):
            continue
        if target.value == "app" or program.code(value.func) in _NEVER_CHANGED:
            continue
        if target.value in used:
            yield node, _beginning_with(made, node)


def made_in_each_method(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """`self.gate = Semaphore(9)` of `__init__` is made anew in each method that uses it."""
    if not isinstance(node, cst.FunctionDef) or node.name.value == "__init__":
        return
    above = program.parent(program.parent(node) or node)
    if not isinstance(above, cst.ClassDef):
        return
    for start in m.findall(above, m.FunctionDef(name=m.Name("__init__"))):
        for made in m.findall(start, m.Assign([m.AssignTarget(m.Attribute())], m.Call())):
            assert isinstance(made, cst.Assign)
            target = program.code(made.targets[0].target)
            if target in (program.code(each) for each in m.findall(node, m.Attribute())):
                yield node, _beginning_with(made, node)


def _beginning_with(made: cst.BaseSmallStatement, function: cst.FunctionDef) -> cst.FunctionDef:
    block = cst.IndentedBlock([cst.SimpleStatementLine([made]), *statements(function.body)])
    return function.with_changes(body=block)
