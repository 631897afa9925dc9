"""`try`, `except`, `finally`: what becomes of an error, and of the clean-up."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst
from libcst import matchers as m

from scripts.mutation.tree import Change, Program, statements


def finally_moved(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """The `finally` taken out of its `try`: removed, after it, or before it."""
    if not isinstance(node, cst.Try) or node.finalbody is None:
        return
    plain: list[cst.BaseStatement] = (
        [node.with_changes(finalbody=None)] if node.handlers else statements(node.body)
    )
    after = statements(node.finalbody.body)
    yield node, cst.FlattenSentinel(plain)
    yield node, cst.FlattenSentinel([*plain, *after])
    yield node, cst.FlattenSentinel([*after, *plain])


_WIDER = {"HTTPStatusError": "HTTPError", "RequestError": "HTTPError"}
_NARROWER = {
    "RequestError": ("TransportError", "TimeoutException", "ConnectError", "NetworkError"),
    "HTTPError": ("RequestError", "HTTPStatusError"),
    "TimeoutException": ("ReadTimeout", "ConnectTimeout"),
    "Exception": ("ValueError", "RuntimeError"),
    "ValueError": ("TypeError",),
}


def except_wider_or_narrower(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if not isinstance(node, cst.ExceptHandler) or node.type is None:
        return
    yield node, node.with_changes(type=cst.Name("Exception"))
    for each in m.findall(node.type, m.Name()):
        assert isinstance(each, cst.Name)
        for other in (_WIDER.get(each.value), *_NARROWER.get(each.value, ())):
            if other is not None:
                yield each, cst.Name(other)


def handler_removed(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if not isinstance(node, cst.Try):
        return
    for position in range(len(node.handlers)):
        rest = [each for at, each in enumerate(node.handlers) if at != position]
        if rest or node.finalbody:
            yield node, node.with_changes(handlers=rest)
        else:
            yield node, cst.FlattenSentinel(statements(node.body))
    for position in range(len(node.handlers) - 1):
        handlers = list(node.handlers)
        handlers[position], handlers[position + 1] = handlers[position + 1], handlers[position]
        yield node, node.with_changes(handlers=handlers)


def error_swallowed(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """The body of an `except` becomes `pass`, or a bare `raise`."""
    if isinstance(node, cst.ExceptHandler):
        for word in ("pass", "raise"):
            body = cst.IndentedBlock([cst.parse_statement(word)])
            yield node, node.with_changes(body=body)


def try_made_smaller(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """The first or the last statement of a `try` stands outside it."""
    if isinstance(node, cst.Try) and len(tried := statements(node.body)) > 1:
        first, *rest = tried
        yield node, cst.FlattenSentinel([first, node.with_changes(body=cst.IndentedBlock(rest))])
        *rest, last = tried
        if node.orelse is None:
            yield node, cst.FlattenSentinel([node.with_changes(body=cst.IndentedBlock(rest)), last])
