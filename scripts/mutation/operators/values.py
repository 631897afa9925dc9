"""Numbers, strings, collections, types and names."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from itertools import pairwise
from typing import TypeVar

import libcst as cst

from scripts.mutation.sql import is_sql, other_sql
from scripts.mutation.tree import Change, Program


def number(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Integer):
        value = int(node.value.replace("_", ""), 0)
        for other in (value + 1, value - 1, 2 * value, 0):
            yield node, cst.parse_expression(f"({other})" if other < 0 else str(other))
    elif isinstance(node, cst.Float):
        value = float(node.value)
        for other in (value * 2, value / 2, 0.0):
            yield node, cst.parse_expression(str(other))


def string(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.FormattedStringText):
        for text in (node.value + "x", "x" + node.value, node.value.swapcase()):
            yield node, cst.FormattedStringText(text)
    if not isinstance(node, cst.SimpleString) or _is_only_words(program, node):
        return
    value = ast.literal_eval(node.value)
    assert isinstance(value, str)
    if not value:
        yield node, cst.SimpleString(repr("x"))
        return
    others = [value + "x", value[:-1], value.swapcase(), ""]
    if is_sql(value):
        others = list(other_sql(value))
    elif value.startswith("https:"):
        others += ["http:" + value.removeprefix("https:"), value + "?x=1"]
    for other in others:
        if value in node.value:  # nothing is escaped in it
            quote = node.quote
            yield node, cst.SimpleString(f"{node.prefix}{quote}{other}{quote}")
        else:
            yield node, cst.SimpleString(repr(other))


def key(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """Each entry of a dict, each element of a list or tuple: left out."""
    if isinstance(node, cst.Dict | cst.List | cst.Tuple) and not program.in_an_annotation(node):
        for position in range(len(node.elements)):
            elements = [each for at, each in enumerate(node.elements) if at != position]
            if isinstance(node, cst.Tuple) and len(elements) == 1:
                elements = [elements[0].with_changes(comma=cst.Comma())]
            yield node, node.with_changes(elements=elements)


def order(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """Two neighbours in a list, a tuple or a call change places."""
    if isinstance(program.parent(node), cst.ExceptHandler):
        return
    if isinstance(node, cst.List | cst.Tuple) and not program.in_an_annotation(node):
        elements = list(node.elements)
        for position in range(len(elements) - 1):
            yield node, node.with_changes(elements=_swapped(elements, position))
    if isinstance(node, cst.Call):
        for position, neighbours in enumerate(pairwise(node.args)):
            # A place after an unpacked argument is no place for another one.
            if not any(each.keyword or each.star for each in neighbours):
                yield node, node.with_changes(args=_swapped(list(node.args), position))


def yes_for_no(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Name) and node.value in ("True", "False"):
        yield node, cst.Name("False" if node.value == "True" else "True")


_OTHER_TYPES = {"int": ("str", "float"), "str": ("int",), "float": ("int",), "bool": ("str",)}


def other_type(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """The type of a parameter or a field, which FastAPI and pydantic read: another, or none."""
    if not isinstance(node, cst.Annotation):
        return
    owner, function = program.parent(node), program.function(node)
    if isinstance(owner, cst.Param) and not (function and function.decorators):
        return
    if isinstance(owner, cst.Param) and program.code(node.annotation).strip() == "int":
        yield owner, owner.with_changes(annotation=None)
    is_field = isinstance(owner, cst.AnnAssign) and "." not in program.scope(node)
    if isinstance(owner, cst.Param) or (is_field and _in_a_model(program, node)):
        for other in _OTHER_TYPES.get(program.code(node.annotation).strip(), ()):
            yield node.annotation, cst.parse_expression(other)


def _in_a_model(program: Program, node: cst.CSTNode) -> bool:
    return any(
        isinstance(each, cst.ClassDef)
        and any(program.code(base.value).endswith("Model") for base in each.bases)
        for each in program.above(node)
    )


_OTHER_NAMES = {
    "fetchone": ("fetchall",),
    "fetchall": ("fetchone",),
    "lastrowid": ("rowcount",),
    "Semaphore": ("Lock",),
    "gather": ("wait",),
    "AsyncClient": ("Client",),
    "aclose": ("close",),
}


def other_name(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """A method or class that looks alike and is another."""
    if isinstance(node, cst.Attribute) and not program.in_an_annotation(node):
        for other in _OTHER_NAMES.get(node.attr.value, ()):
            yield node.attr, cst.Name(other)


def sum_or_difference(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    others: dict[type[cst.BaseBinaryOp], cst.BaseBinaryOp] = {
        cst.Add: cst.Subtract(),
        cst.Subtract: cst.Add(),
        cst.Multiply: cst.FloorDivide(),
        cst.FloorDivide: cst.Multiply(),
        cst.Divide: cst.Multiply(),
        cst.Modulo: cst.FloorDivide(),
    }
    if isinstance(node, cst.BinaryOperation) and (other := others.get(type(node.operator))):
        yield node, node.with_changes(operator=other)
    if isinstance(node, cst.AugAssign) and isinstance(node.operator, cst.AddAssign):
        yield node, node.with_changes(operator=cst.SubtractAssign())
    elif isinstance(node, cst.AugAssign) and isinstance(node.operator, cst.SubtractAssign):
        yield node, node.with_changes(operator=cst.AddAssign())


_Item = TypeVar("_Item", cst.BaseElement, cst.Arg)


def _swapped(items: list[_Item], position: int) -> list[_Item]:
    first, second = items[position], items[position + 1]
    items[position] = second.with_changes(comma=first.comma)
    items[position + 1] = first.with_changes(comma=second.comma)
    return items


def _is_only_words(program: Program, node: cst.SimpleString) -> bool:
    """A docstring, an annotation, or the message of an assert."""
    if program.in_an_annotation(node):
        return True
    return isinstance(program.parent(node), cst.Expr | cst.Assert)
