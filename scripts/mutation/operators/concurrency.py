"""Awaits, and what runs side by side."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from scripts.mutation.tree import Change, Program


def await_dropped(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Await):
        yield node, node.expression


def gathered_in_turn(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """`await gather(a(), b())` -> `[await a(), await b()]`, also with a starred generator."""
    if not (isinstance(node, cst.Await) and _calls(program, node.expression, "gather")):
        return
    assert isinstance(node.expression, cst.Call)
    parts: list[str] = []
    for argument in node.expression.args:
        text = program.code(argument.value)
        if argument.keyword is not None:
            continue
        if isinstance(argument.value, cst.GeneratorExp):
            element = program.code(argument.value.elt)
            parts.append(f"*[await {element} {program.code(argument.value.for_in).strip()}]")
        else:
            parts.append(f"*[await each for each in {text}]" if argument.star else f"await {text}")
    yield node, cst.parse_expression(f"[{', '.join(parts)}]")


def awaited_before_the_gather(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """`gather(a(), b())` -> `gather(await a(), b())`: the first is over before the second starts."""
    if isinstance(node, cst.Call) and _calls(program, node, "gather", "create_task"):
        for argument in node.args:
            if argument.keyword is None and not argument.star:
                yield argument.value, cst.Await(argument.value)


def tasks_awaited_as_they_start(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """`group.create_task(a())` -> `await a()`."""
    if isinstance(node, cst.Call) and _calls(program, node, "create_task", "start_soon"):
        text = program.code(node.args[0].value)
        call = text if len(node.args) == 1 else f"{text}({_rest(program, node)})"
        yield node, cst.parse_expression(f"(await {call})")


def sleep_that_blocks(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Await) and _calls(program, node.expression, "sleep"):
        assert isinstance(node.expression, cst.Call)
        seconds = program.code(node.expression.args[0].value)
        yield node, cst.parse_expression(f"__import__('time').sleep({seconds})")


def thread_left_out(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """`await to_thread(f, x)` -> `f(x)`; and `to_thread(f(x))`."""
    names = ("to_thread", "run_sync", "run_in_threadpool")
    if isinstance(node, cst.Await) and _calls(program, node.expression, *names):
        assert isinstance(node.expression, cst.Call)
        first, *_ = node.expression.args
        called = f"{program.code(first.value)}({_rest(program, node.expression)})"
        yield node, cst.parse_expression(called)
        name = program.code(node.expression.func)
        yield node, cst.parse_expression(f"(await {name}({called}))")


def _rest(program: Program, call: cst.Call) -> str:
    return "".join(program.code(argument) for argument in call.args[1:])


def _calls(program: Program, node: cst.CSTNode, *names: str) -> bool:
    return (
        isinstance(node, cst.Call) and program.code(node.func).rpartition(".")[2].strip() in names
    )
