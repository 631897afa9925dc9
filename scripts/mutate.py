"""Mutation: change the reference answers a little, one change at a time, and see that a spec fails.

    python scripts/mutate.py                     all references
    python scripts/mutate.py 05 07               some of them
    python scripts/mutate.py 07 --list           what would be changed, without running anything
    python scripts/mutate.py 07 --only commit    the changes whose name or text holds a word
    python scripts/mutate.py --sample 1          one change for each operator and exercise

A change that no spec sees has *survived*. Either a spec is missing, or the changed program does the
same as the reference; then the argument for that stands in `same_program.toml`, beside this
script. The script fails if a survivor has no argument, if an argument is out of date, or, in a run of
all references, if less than 98 % of all changes are caught. Changes with an argument count as not
caught.

Why not mutmut or cosmic-ray? Both were looked at (3.8 and 8.7). mutmut leaves decorated functions
and code outside functions alone, and a FastAPI answer is little else; and it runs the tests itself,
on a package that they import. cosmic-ray writes each change into the file in place and starts a
command for it: the tree is broken while it runs, and a new process costs four times as much as a
forked one. Neither drops an `await`, moves a `finally`, or takes a bound parameter away. So the
changes are made here with libcst, which keeps the rest of the file as it is, and `run_spec` judges
them as it judges everything else.

What is left alone, because nothing that a client can see depends on it: comments, docstrings, the
annotations of variables and return values, `from error`, `assert`s that only tell the type checker
something, a lifespan's `@asynccontextmanager` (FastAPI takes a bare generator too), what a lifespan
enters being made at the top of the file, a `range` being made in each call, `def` for `async def`
where nothing is awaited, `SELECT *` where all columns are selected, `except BaseException` (it
differs for a request that is cancelled, and no lesson cancels one); and what could only end in a
NameError: imports, names.
"""

from __future__ import annotations

import argparse
import ast
import multiprocessing
import re
import sys
import tempfile
import textwrap
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import libcst as cst
from libcst import matchers as m
from libcst.metadata import MetadataWrapper, ParentNodeProvider

ROOT = Path(__file__).resolve().parent.parent
ARGUMENTS = Path(__file__).with_name("same_program.toml")
CAUGHT_AT_LEAST = 0.98

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from kata.course.course import Course, Exercise  # noqa: E402
from kata.run.engine import Outcomes, run_spec  # noqa: E402

Replacement = cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.BaseStatement]
Change = tuple[cst.CSTNode, Replacement]


# -- the changes


@dataclass(frozen=True)
class Mutant:
    """A reference with one change. Its name holds the change itself, so it survives other edits."""

    exercise: str
    operator: str
    scope: str
    change: str
    source: str = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.operator} in {self.scope}: {self.change}"


@dataclass(frozen=True)
class Program:
    """The reference as a tree, with what the operators want to know about a node."""

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

    def nodes(self) -> Iterator[cst.CSTNode]:
        yield from _walk(self.module)

    def code(self, node: cst.CSTNode) -> str:
        return self.module.code_for_node(node)

    def changed(self, node: cst.CSTNode, replacement: Replacement) -> str:
        changed = self.module.visit(_Swap(node, replacement))
        return changed.code


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _walk(child)


class _Swap(cst.CSTTransformer):
    def __init__(self, node: cst.CSTNode, replacement: Replacement) -> None:
        super().__init__()
        self._node = node
        self._replacement = replacement

    def on_leave(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> Replacement:
        return self._replacement if original_node is self._node else updated_node


Operator = Callable[[Program, cst.CSTNode], Iterable[Change]]
OPERATORS: dict[str, Operator] = {}


def operator(function: Operator) -> Operator:
    """Each operator is named as its function; it yields changes of the node that it is shown."""
    OPERATORS[function.__name__.replace("_", " ")] = function
    return function


def mutants(exercise: str, source: str) -> tuple[Mutant, ...]:
    """Every change of a reference, each once, in the order of the operators."""
    program = Program.read(source)
    nodes = [each for each in program.nodes() if not program.in_an_assert(each)]
    seen = {_meaning(source)}
    names: Counter[str] = Counter()
    found: list[Mutant] = []
    for operation, operate in OPERATORS.items():
        for node in nodes:
            for target, replacement in operate(program, node):
                changed = program.changed(target, replacement)
                meaning = _meaning(changed)
                if meaning is None or meaning in seen:
                    continue
                seen.add(meaning)
                scope = program.scope(node)
                what = _difference(source, changed)
                names[name := f"{operation}{scope}{what}"] += 1
                if names[name] > 1:
                    what += f" (the {names[name]}. of these)"
                found.append(Mutant(exercise, operation, scope, what, changed))
    return tuple(found)


def _meaning(source: str) -> str | None:
    """What is left of a program without its comments and its look. None if it does not compile."""
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
        return ast.dump(ast.parse(source))
    except SyntaxError:
        return None


def _difference(before: str, after: str) -> str:
    """The changed lines, short, as `before -> after`."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    shown = [" / ".join(filter(None, map(_without_comment, lines))) for lines in (old, new)]
    if shown[0] == shown[1]:
        return f"{shown[0]} (further out)"
    return " -> ".join(part or "(nothing)" for part in shown)


def _without_comment(line: str) -> str:
    return "" if line.lstrip().startswith("#") else " ".join(line.split())


# -- awaits, and what runs side by side


@operator
def await_dropped(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Await):
        yield node, node.expression


@operator
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


@operator
def awaited_before_the_gather(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """`gather(a(), b())` -> `gather(await a(), b())`: the first is over before the second starts."""
    if isinstance(node, cst.Call) and _calls(program, node, "gather", "create_task"):
        for argument in node.args:
            if argument.keyword is None and not argument.star:
                yield argument.value, cst.Await(argument.value)


@operator
def tasks_awaited_as_they_start(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """`group.create_task(a())` -> `await a()`."""
    if isinstance(node, cst.Call) and _calls(program, node, "create_task", "start_soon"):
        text = program.code(node.args[0].value)
        call = text if len(node.args) == 1 else f"{text}({_rest(program, node)})"
        yield node, cst.parse_expression(f"(await {call})")


@operator
def sleep_that_blocks(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Await) and _calls(program, node.expression, "sleep"):
        assert isinstance(node.expression, cst.Call)
        seconds = program.code(node.expression.args[0].value)
        yield node, cst.parse_expression(f"__import__('time').sleep({seconds})")


@operator
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


# -- values


@operator
def number(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Integer):
        value = int(node.value.replace("_", ""), 0)
        for other in (value + 1, value - 1, 2 * value, 0):
            yield node, cst.parse_expression(f"({other})" if other < 0 else str(other))
    elif isinstance(node, cst.Float):
        value = float(node.value)
        for other in (value * 2, value / 2, 0.0):
            yield node, cst.parse_expression(str(other))


@operator
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
    if _is_sql(value):
        others = list(_other_sql(value))
    elif value.startswith("https:"):
        others += ["http:" + value.removeprefix("https:"), value + "?x=1"]
    for other in others:
        if value in node.value:  # nothing is escaped in it
            quote = node.quote
            yield node, cst.SimpleString(f"{node.prefix}{quote}{other}{quote}")
        else:
            yield node, cst.SimpleString(repr(other))


@operator
def key(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """Each entry of a dict, each element of a list or tuple: left out."""
    if isinstance(node, cst.Dict | cst.List | cst.Tuple) and not program.in_an_annotation(node):
        for position in range(len(node.elements)):
            elements = [each for at, each in enumerate(node.elements) if at != position]
            if isinstance(node, cst.Tuple) and len(elements) == 1:
                elements = [elements[0].with_changes(comma=cst.Comma())]
            yield node, node.with_changes(elements=elements)


@operator
def order(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """Two neighbours in a list, a tuple or a call change places."""
    if isinstance(program.parent(node), cst.ExceptHandler):
        return
    if isinstance(node, cst.List | cst.Tuple) and not program.in_an_annotation(node):
        elements = list(node.elements)
        for position in range(len(elements) - 1):
            yield node, node.with_changes(elements=_swapped(elements, position))
    if isinstance(node, cst.Call):
        positional = [each for each in node.args if each.keyword is None]
        for position in range(len(positional) - 1):
            yield node, node.with_changes(args=_swapped(list(node.args), position))


@operator
def yes_for_no(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Name) and node.value in ("True", "False"):
        yield node, cst.Name("False" if node.value == "True" else "True")


_OTHER_TYPES = {"int": ("str", "float"), "str": ("int",), "float": ("int",), "bool": ("str",)}


@operator
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


@operator
def other_name(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """A method or class that looks alike and is another."""
    if isinstance(node, cst.Attribute) and not program.in_an_annotation(node):
        for other in _OTHER_NAMES.get(node.attr.value, ()):
            yield node.attr, cst.Name(other)


@operator
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


# -- SQL


def _is_sql(text: str) -> bool:
    return re.match(r"\s*(SELECT|INSERT|CREATE|UPDATE|DELETE|PRAGMA)\b", text) is not None


_CLAUSES = (
    r"IF NOT EXISTS ",
    r" WHERE .*?(?= ORDER BY| LIMIT|$)",
    r" ORDER BY .*?(?= LIMIT|$)",
    r" LIMIT .*$",
    r" NOT NULL",
    r" PRIMARY KEY",
    r" AUTOINCREMENT",
    r" RETURNING .*$",
)


def _other_sql(text: str) -> Iterator[str]:
    """The clauses of a statement left out one by one, its columns changed, its order turned."""
    for clause in _CLAUSES:
        if re.search(clause, text, re.DOTALL):
            yield re.sub(clause, "", text, count=1, flags=re.DOTALL)
    if "ORDER BY" in text:
        yield text + " DESC"
        yield re.sub(r"ORDER BY id", "ORDER BY name", text)
    if "CREATE TABLE" in text:
        yield text.replace("INTEGER", "TEXT").replace("id TEXT", "id INTEGER")
        yield text.replace("name TEXT", "name INTEGER")
        yield text.replace("INTEGER PRIMARY KEY", "TEXT PRIMARY KEY")
        yield re.sub(r",\s*name[^\n)]*", "", text)
    for column, other in (("id", "name"), ("name", "id")):
        yield re.sub(rf"\b{column}\b", other, text, count=1)
    yield text.replace("SELECT id, name", "SELECT name, id")
    yield text.replace("SELECT id,", "SELECT")
    yield text.replace("SELECT id, name", "SELECT id")
    yield text.replace("SELECT 1", "SELECT 2")
    yield text.replace("SELECT 1", "SELECT NULL")
    yield text.replace("= ?", ">= ?")
    yield text.replace("= ?", "<> ?")
    yield text.replace("sqlite_master", "nowhere")
    yield text.replace("users", "user")
    yield "SELECT 1"


@operator
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


# -- statements


@operator
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


@operator
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
    return any(isinstance(each, acts) for each in _walk(statement))


@operator
def value_not_returned(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    says_none = m.matches(node, m.Return(m.Name("None")))
    if isinstance(node, cst.Return | cst.Yield) and node.value is not None and not says_none:
        yield node, node.with_changes(value=None)


@operator
def other_value_set(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """`app.state.db = db` -> `app.state.db = None`."""
    if isinstance(node, cst.Assign) and isinstance(node.targets[0].target, cst.Attribute):
        yield node, node.with_changes(value=cst.Name("None"))


@operator
def returned_not_raised(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Raise) and node.exc is not None:
        yield node, cst.Return(node.exc)


@operator
def loop_left(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Break):
        yield node, cst.Continue()
    elif isinstance(node, cst.Continue):
        yield node, cst.Break()


# -- conditions


@operator
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


@operator
def comparison(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        target = node.comparisons[0]
        left, right = program.code(node.left), program.code(target.comparator)
        for sign in _COMPARISONS.get(type(target.operator), ()):
            yield node, cst.parse_expression(f"({left} {sign} {right})")


@operator
def not_dropped(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
        yield node, node.expression


# -- errors and clean-up


@operator
def finally_moved(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """The `finally` taken out of its `try`: removed, after it, or before it."""
    if not isinstance(node, cst.Try) or node.finalbody is None:
        return
    plain: list[cst.BaseStatement] = (
        [node.with_changes(finalbody=None)] if node.handlers else _statements(node.body)
    )
    after = _statements(node.finalbody.body)
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


@operator
def except_wider_or_narrower(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if not isinstance(node, cst.ExceptHandler) or node.type is None:
        return
    yield node, node.with_changes(type=cst.Name("Exception"))
    for each in m.findall(node.type, m.Name()):
        assert isinstance(each, cst.Name)
        for other in (_WIDER.get(each.value), *_NARROWER.get(each.value, ())):
            if other is not None:
                yield each, cst.Name(other)


@operator
def handler_removed(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if not isinstance(node, cst.Try):
        return
    for position in range(len(node.handlers)):
        rest = [each for at, each in enumerate(node.handlers) if at != position]
        if rest or node.finalbody:
            yield node, node.with_changes(handlers=rest)
        else:
            yield node, cst.FlattenSentinel(_statements(node.body))
    for position in range(len(node.handlers) - 1):
        handlers = list(node.handlers)
        handlers[position], handlers[position + 1] = handlers[position + 1], handlers[position]
        yield node, node.with_changes(handlers=handlers)


@operator
def error_swallowed(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """The body of an `except` becomes `pass`, or a bare `raise`."""
    if isinstance(node, cst.ExceptHandler):
        for word in ("pass", "raise"):
            body = cst.IndentedBlock([cst.parse_statement(word)])
            yield node, node.with_changes(body=body)


@operator
def try_made_smaller(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """The first or the last statement of a `try` stands outside it."""
    if isinstance(node, cst.Try) and len(statements := _statements(node.body)) > 1:
        first, *rest = statements
        yield node, cst.FlattenSentinel([first, node.with_changes(body=cst.IndentedBlock(rest))])
        *rest, last = statements
        if node.orelse is None:
            yield node, cst.FlattenSentinel([node.with_changes(body=cst.IndentedBlock(rest)), last])


# -- what is opened, and where

_CONTEXT_MANAGER = m.OneOf(
    m.Name("asynccontextmanager"), m.Attribute(attr=m.Name("asynccontextmanager"))
)


@operator
def async_with_removed(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """Entered and never left; neither entered nor left; left at once; left before it is used."""
    if not isinstance(node, cst.With):
        return
    body = _statements(node.body)
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


@operator
def made_at_import(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """What a `with` opens is made once, at the top of the file. (For a lifespan that is right.)"""
    if not isinstance(node, cst.With):
        return
    function = program.function(node)
    if function is None or not isinstance(program.parent(function), cst.Module):
        return
    if any(m.matches(each.decorator, _CONTEXT_MANAGER) for each in function.decorators):
        return
    for item in node.items:
        if isinstance(item.item, cst.Call):
            made = cst.parse_statement(f"made_at_import = {program.code(item.item)}")
            changed = function.visit(_Swap(item.item, cst.Name("made_at_import")))
            assert isinstance(changed, cst.FunctionDef)
            yield function, cst.FlattenSentinel([made, changed])


_NEVER_CHANGED = ("range", "frozenset", "tuple")


@operator
def made_in_each_call(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """`gate = Semaphore(9)` at the top of the file is made anew in each function that uses it."""
    if not isinstance(node, cst.FunctionDef) or not isinstance(program.parent(node), cst.Module):
        return
    used = {each.value for each in _walk(node.body) if isinstance(each, cst.Name)}
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
            first = cst.SimpleStatementLine([made])
            block = cst.IndentedBlock([first, *_statements(node.body)])
            yield node, node.with_changes(body=block)


@operator
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
                first = cst.SimpleStatementLine([made])
                block = cst.IndentedBlock([first, *_statements(node.body)])
                yield node, node.with_changes(body=block)


def _statements(block: cst.BaseSuite) -> list[cst.BaseStatement]:
    assert isinstance(block, cst.IndentedBlock)
    return list(block.body)


# -- arguments and decorators


@operator
def argument_removed(program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """Time-outs, limits, `status_code=`, `detail=`, `lifespan=`: what a call or a class is given."""
    if not isinstance(node, cst.Call):
        return
    for position, argument in enumerate(node.args):
        if argument.keyword is not None or position > 0:
            rest = [each for at, each in enumerate(node.args) if at != position]
            rest[-1:] = [each.with_changes(comma=cst.MaybeSentinel.DEFAULT) for each in rest[-1:]]
            yield node, node.with_changes(args=rest)


@operator
def default_removed(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.Param) and node.default is not None:
        yield node, node.with_changes(default=None, equal=cst.MaybeSentinel.DEFAULT)


_METHODS = ("get", "post", "put")


@operator
def other_method(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    """Another method, of a route or of a call."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return
    if node.func.attr.value in _METHODS and node.args:
        for method in _METHODS:
            yield node.func.attr, cst.Name(method)


@operator
def decorator_removed(_program: Program, node: cst.CSTNode) -> Iterable[Change]:
    if isinstance(node, cst.FunctionDef):
        for position in range(len(node.decorators)):
            rest = [each for at, each in enumerate(node.decorators) if at != position]
            if not m.matches(node.decorators[position].decorator, _CONTEXT_MANAGER):
                yield node, node.with_changes(decorators=rest)


# -- running them


@dataclass(frozen=True)
class Verdict:
    mutant: Mutant
    caught_by: str
    teaches: str
    seconds: float

    @property
    def survived(self) -> bool:
        return not self.caught_by


def judge(mutant: Mutant, *, cut_off: float = 6.0) -> Verdict:
    """Run the specs on one mutant, up to the first that fails."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kata-mutant-") as room:
        answer = Path(room) / "main.py"
        answer.write_text(mutant.source, "utf-8")
        outcomes = run_spec(mutant.exercise, answer, cut_off=cut_off, options=["-x"])
    caught_by, teaches = _caught(outcomes)
    return Verdict(mutant, caught_by, teaches, time.monotonic() - began)


def _caught(outcomes: Outcomes) -> tuple[str, str]:
    if outcomes.failed:
        return outcomes.failed[0].name, outcomes.failed[0].teaches
    if outcomes.ended:
        return "the run", outcomes.ended
    return ("", "") if outcomes.specs else ("the run", "no spec ran")


def judge_all(chosen: Sequence[Mutant], *, jobs: int, cut_off: float) -> Iterator[Verdict]:
    """The verdicts, in order. More than one process forks its runs, as each has no threads."""
    judged = partial(judge, cut_off=cut_off)
    if jobs == 1:
        yield from map(judged, chosen)
        return
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        yield from pool.imap(judged, chosen)


def references(course: Course, wanted: Sequence[str] = ()) -> Iterator[tuple[Exercise, Path]]:
    """The references that are apps. Where the answer is a file of tests there is nothing to mutate."""
    exercises = [course.exercise(each) for each in wanted] or course.exercises
    for exercise in exercises:
        path = course.reference(exercise)
        if exercise.answer_file == "main.py" and path.is_file():
            yield exercise, path


def sample(found: Sequence[Mutant], each: int) -> list[Mutant]:
    """The first few of each operator, from different places as far as there are any."""
    kinds: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in found:
        kinds[mutant.operator].append(mutant)
    chosen: list[Mutant] = []
    for group in kinds.values():
        step = max(1, len(group) // each)
        chosen += group[::step][:each]
    return chosen


# -- the arguments


def arguments(path: Path = ARGUMENTS) -> dict[tuple[str, str], str]:
    """(exercise, name of the change) -> why the changed program is the same."""
    if not path.exists():
        return {}
    said: dict[tuple[str, str], str] = {}
    for entry in tomllib.loads(path.read_text("utf-8")).get("same", []):
        for name in entry["changes"]:
            said[entry["exercise"], name] = " ".join(entry["because"].split())
    return said


def main(argv: Sequence[str] | None = None) -> int:
    options = _options().parse_args(argv)
    course = Course.find(ROOT)
    found: list[Mutant] = []
    for exercise, path in references(course, options.exercises):
        if not options.list and not (first := run_spec(exercise.name, path)).solved:
            said = (
                f"{first.failed[0].name}\n{first.failed[0].text}" if first.failed else first.ended
            )
            print(f"{exercise.name}: the reference itself does not pass.\n{said}")
            return 1
        found += mutants(exercise.name, path.read_text("utf-8"))
    complete = not (options.only or options.sample)
    if options.only:
        words = [word.lower() for word in options.only]
        found = [each for each in found if all(word in each.name.lower() for word in words)]
    if options.sample:
        groups: dict[str, list[Mutant]] = defaultdict(list)
        for mutant in found:
            groups[mutant.exercise].append(mutant)
        found = [each for group in groups.values() for each in sample(group, options.sample)]
    if options.list:
        for mutant in found:
            print(f"{mutant.exercise}  {mutant.name}")
        print(f"{len(found)} changes")
        return 0
    verdicts: list[Verdict] = []
    for verdict in judge_all(found, jobs=options.jobs, cut_off=options.cut_off):
        verdicts.append(verdict)
        if options.verbose or verdict.survived:
            came = verdict.caught_by or "SURVIVED"
            teaches = f"  {verdict.teaches}" if verdict.teaches else ""
            print(f"{verdict.mutant.exercise}  {came}  {verdict.mutant.name}{teaches}", flush=True)
    return report(verdicts, complete=complete, whole=complete and not options.exercises)


def report(verdicts: Sequence[Verdict], *, complete: bool, whole: bool) -> int:
    """The table, the survivors without an argument, and what the arguments say too much.

    A `complete` run made every change of its references, a `whole` one those of all references.
    """
    said = arguments()
    by_exercise: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        by_exercise[verdict.mutant.exercise].append(verdict)
    print("\n| exercise | changes | caught | the same program | not explained |")
    print("|---|---|---|---|---|")
    unexplained: list[Mutant] = []
    for exercise, group in by_exercise.items():
        survivors = [each.mutant for each in group if each.survived]
        open_ones = [each for each in survivors if (exercise, each.name) not in said]
        unexplained += open_ones
        caught, explained = len(group) - len(survivors), len(survivors) - len(open_ones)
        print(f"| {exercise} | {len(group)} | {caught} | {explained} | {len(open_ones)} |")
    caught = sum(not each.survived for each in verdicts)
    share = caught / len(verdicts) if verdicts else 1.0
    print(f"\n{caught} of {len(verdicts)} changes are caught: {share:.1%}.")
    explained = len(verdicts) - caught - len(unexplained)
    if others := len(verdicts) - explained:
        print(f"Without the same program: {caught} of {others}, {caught / others:.1%}.")
    for mutant in unexplained:
        print(f"\nNo spec sees this, and nothing says why:\n  {mutant.exercise}  {mutant.name}")
    stale = [
        (exercise, name)
        for exercise, name in said
        if complete
        and exercise in by_exercise
        and name not in {each.mutant.name for each in by_exercise[exercise] if each.survived}
    ]
    for exercise, name in stale:
        print(f"\n{ARGUMENTS.name} explains what is caught, or gone:\n  {exercise}  {name}")
    if whole and share < CAUGHT_AT_LEAST:
        print(f"\nAt least {CAUGHT_AT_LEAST:.0%} must be caught.")
    return int(bool(unexplained or stale or (whole and share < CAUGHT_AT_LEAST)))


def _options() -> argparse.ArgumentParser:
    said = textwrap.dedent(__doc__ or "")
    parser = argparse.ArgumentParser(
        description=said, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("exercises", nargs="*", help="numbers or names; none means all")
    parser.add_argument("--list", action="store_true", help="show the changes, and run nothing")
    parser.add_argument("--only", nargs="+", help="those whose name or text holds all these words")
    parser.add_argument("--sample", type=int, metavar="N", help="N for each operator and exercise")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once (default 2)")
    parser.add_argument("--cut-off", type=float, default=6.0, help="seconds for one that hangs")
    parser.add_argument("--verbose", "-v", action="store_true", help="also those that are caught")
    return parser


if __name__ == "__main__":
    sys.exit(main())
