"""A program as a concrete syntax tree, and what an operator wants to know about a node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst
from libcst import matchers as m
from libcst.metadata import MetadataWrapper, ParentNodeProvider

Replacement = cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.BaseStatement]
Change = tuple[cst.CSTNode, Replacement]


@dataclass(frozen=True)
class Program:
    """A module with the parents of its nodes."""

    module: cst.Module
    parents: dict[cst.CSTNode, cst.CSTNode]

    @classmethod
    def read(cls, source: str) -> Program:
        wrapper = MetadataWrapper(cst.parse_module(source))
        parents = wrapper.resolve(ParentNodeProvider)
        return cls(wrapper.module, dict(parents))

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        return self.parents.get(node)

    def above(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def scope(self, node: cst.CSTNode) -> str:
        """The names of the functions and classes round a node, joined by dots."""
        names = [
            each.name.value
            for each in (node, *self.above(node))
            if isinstance(each, cst.FunctionDef | cst.ClassDef)
        ]
        return ".".join(reversed(names)) or "the module"

    def function(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        return next((each for each in self.above(node) if isinstance(each, cst.FunctionDef)), None)

    def in_an_annotation(self, node: cst.CSTNode) -> bool:
        return any(isinstance(each, cst.Annotation) for each in self.above(node))

    def in_an_assert(self, node: cst.CSTNode) -> bool:
        return any(isinstance(each, cst.Assert) for each in (node, *self.above(node)))

    def code(self, node: cst.CSTNode) -> str:
        return self.module.code_for_node(node)

    def changed(self, node: cst.CSTNode, replacement: Replacement) -> str:
        """The source with another node, or none, in the place of this one."""
        return self.module.visit(Swap(node, replacement)).code


class Swap(cst.CSTTransformer):
    """Puts a replacement in the place of one node."""

    def __init__(self, node: cst.CSTNode, replacement: Replacement) -> None:
        super().__init__()
        self._node = node
        self._replacement = replacement

    def on_leave(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> Replacement:
        return self._replacement if original_node is self._node else updated_node


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all below it, in the order of the source."""
    yield node
    for child in node.children:
        yield from walk(child)


def statements(block: cst.BaseSuite) -> list[cst.BaseStatement]:
    assert isinstance(block, cst.IndentedBlock)
    return list(block.body)


def makes_a_context_manager(decorator: cst.Decorator) -> bool:
    name = "asynccontextmanager"
    pattern = m.OneOf(m.Name(name), m.Attribute(attr=m.Name(name)))
    return m.matches(decorator.decorator, pattern)
