"""Values that are bound to an SQL statement."""

from __future__ import annotations

import ast
from collections.abc import Iterable

import libcst as cst

from scripts.mutation.tree import Change, Program


def bound_parameter_inside_the_sql(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """`execute("... ?", (x,))` -> `execute(f"... '{x}'")`."""
    if not isinstance(node, cst.Call) or len(node.args) < 2:
        return
    sql, values = node.args[0].value, node.args[1].value
    if not isinstance(sql, cst.SimpleString) or not isinstance(values, cst.Tuple | cst.List):
        return
    text = str(ast.literal_eval(sql.value)).replace("{", "{{").replace("}", "}}")
    for element in values.elements:
        text = text.replace("?", f"'{{{program.code(element.value)}}}'", 1)
    yield node, node.with_changes(args=[cst.Arg(cst.parse_expression(f'f"""{text}"""'))])
