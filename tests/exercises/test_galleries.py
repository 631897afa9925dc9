"""The specs are held to the galleries: they accept every right answer, and refuse every wrong one
by the spec and in the words that its head names.
"""

import ast
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from kata.course.course import Exercise
from kata.course.gallery import WrongHead, name_of, wrong_head
from kata.feedback.remarks import Facts, remarks
from kata.run.engine import Outcomes, run_spec
from kata.run.repair import faults_of_running
from tests.helpers.verdicts import (
    COURSE,
    SEED,
    exercises,
    gallery,
    installed,
    one_line,
    verdict,
)

# One mistake may bring down the specs that speak of it and some that need what it broke, but no more
# than this share of an exercise, so that what is shown is about the mistake.
FAIL_AT_MOST = 3 / 4

# Here every spec may fail, because nothing can work once this is broken.
BREAKS_EVERYTHING: dict[str, frozenset[str]] = {
    # The only route never answers, or drops what the clean-up counts as well.
    "01": frozenset({"asyncio_run", "returns_the_coroutine"}),
    # No call reaches the upstream.
    "03": frozenset(
        {
            "another_url",
            "forgotten_await",
            "httpx2_in_its_place",
            # Whatever comes is asked for by the next request.
            "one_request_late",
            "plain_with",
            "urllib_in_a_thread",
        }
    ),
    "04": frozenset({"forgotten_await"}),
    "08": frozenset(
        {
            "asyncio_run",
            "gather_not_awaited",
            "gather_of_a_list",
            "group_left_too_early",
            "wait_gave_up",
            "wait_gives_up",
        }
    ),
    # No startup, no table, or one that nobody else sees: no query can work.
    "05": frozenset({"endless_startup", "entered_twice", "events_beside_lifespan"}),
    "06": frozenset(
        {
            "another_file",
            "connection_never_opened",
            "create_table_not_awaited",
            "entered_twice",
            "events_beside_a_lifespan",
            "memory_database",
            "memory_per_request",
            "no_table",
        }
    ),
    # Without a POST that works there is nothing to read.
    "07": frozenset(
        {
            "connection_never_opened",
            "insert_not_awaited",
            "journal_mode_not_fetched",
            "memory_per_request",
            "returning_not_read",
            "tuple_without_its_comma",
        }
    ),
    # No fan-out ever ends.
    "09": frozenset({"no_task_done"}),
    # Nothing is ever stored, and what is dropped shows everywhere.
    "14": frozenset({"commit_not_awaited"}),
    # What a suite says of broken apps means nothing if it refuses the given app.
    "10": frozenset(
        {
            "query_in_the_route",
            "streamed_stand_in",
            "another_contract",
            "app_argument",
            "missing_await",
            "no_base_url",
            "no_lifespan",
            "no_stand_in",
            "not_called_test",
            "not_marked",
            "polls_for_ever",
            "skipped",
            "waits_for_ever",
        }
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "answer"), gallery("right"))
def test_a_right_answer_passes_every_spec(exercise: Exercise, answer: Path) -> None:
    outcomes = verdict(exercise.name, answer)

    assert not outcomes.ended
    assert not outcomes.failed, f"{outcomes.failed[0].name}:\n{outcomes.failed[0].text}"
    assert outcomes.specs


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "answer"), gallery("wrong"))
def test_a_wrong_answer_is_caught_in_its_own_words(exercise: Exercise, answer: Path) -> None:
    head = wrong_head(answer)
    outcomes = verdict(exercise.name, answer)

    assert outcomes.failed, outcomes.ended or "every spec accepts it"
    first = outcomes.failed[0]
    assert first.name == head.caught_by, first.text
    assert first.outcome == "failed", "it was taken for a stub"
    text = one_line(first.text)
    assert head.reads in text, first.text
    for other in other_words(exercise, head):
        assert other.reads not in text, f"these are the words of another mistake: {other.mistake}"


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "answer"), gallery("wrong"))
def test_one_mistake_does_not_light_up_every_spec(exercise: Exercise, answer: Path) -> None:
    outcomes = verdict(exercise.name, answer)
    most = math.ceil(FAIL_AT_MOST * len(outcomes.specs))
    failed = [spec.name for spec in outcomes.failed]

    if name_of(answer) in BREAKS_EVERYTHING.get(exercise.number, ()):
        assert len(failed) > most, "it need not be named as one that breaks everything"
    else:
        assert len(failed) <= most, f"more than {most} fail: {', '.join(failed)}"


@pytest.mark.parametrize("exercise", exercises())
def test_no_two_right_answers_are_copies(exercise: Exercise) -> None:
    shapes: dict[str, Path] = {}
    for answer in (COURSE.reference(exercise), *COURSE.gallery(exercise, "right")):
        shape = "\n".join(shape_of(path) for path in files_of(exercise, answer))
        twin = shapes.setdefault(shape, answer)
        # The reference may stand in its gallery as well, as one style of several.
        if twin != COURSE.reference(exercise):
            assert twin == answer, f"{answer.name} is {twin.name} under other names"


@pytest.mark.parametrize("exercise", exercises())
def test_the_reference_passes_every_spec(exercise: Exercise) -> None:
    outcomes = run_spec(exercise.name, COURSE.reference(exercise).parent, seed=SEED)

    assert outcomes.solved, first_failure(outcomes)
    facts = Facts.together(Facts.from_data(spec.facts) for spec in outcomes.specs)
    assert remarks(exercise.number, facts) == []


@pytest.mark.parametrize("exercise", exercises())
def test_what_is_handed_out_is_as_its_form_says(exercise: Exercise) -> None:
    if exercise.form == "repair":
        assert not list(faults_of_running(COURSE, exercise, SEED))
        return
    outcomes = run_spec(exercise.name, COURSE.stub(exercise), seed=SEED)

    assert not outcomes.ended
    assert outcomes.failed, "a stub is no answer"
    assert {spec.outcome for spec in outcomes.failed} == {"not started"}, first_failure(outcomes)


# -- what the tests above ask


def other_words(exercise: Exercise, head: WrongHead) -> Iterator[WrongHead]:
    """The heads of the exercise that name other words: those of other mistakes."""
    for answer in COURSE.gallery(exercise, "wrong"):
        other = wrong_head(answer)
        if other.reads != head.reads:
            yield other


def first_failure(outcomes: Outcomes) -> str:
    return outcomes.failed[0].text if outcomes.failed else outcomes.ended


def files_of(exercise: Exercise, answer: Path) -> list[Path]:
    """The Python files of an answer: one, or all that stand in its folder."""
    if answer.parent.name in ("right", "wrong") or answer == COURSE.reference(exercise):
        return [answer]
    return sorted(answer.parent.rglob("*.py"))


def shape_of(path: Path) -> str:
    """What a program is when names, words of explanation and plain annotations are taken away.

    Each name that the file itself gives is numbered. Names of libraries stay: `anyio.sleep` is another construct
    than `asyncio.sleep`.
    """
    tree = ast.parse(path.read_text("utf-8"))
    given = _Given()
    given.visit(tree)
    numbers: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in given.names:
            node.id = numbers.setdefault(node.id, f"name{len(numbers)}")
        elif isinstance(node, ast.Attribute) and node.attr in given.attributes:
            node.attr = numbers.setdefault(node.attr, f"name{len(numbers)}")
    return ast.dump(_Bare(given.names | given.attributes).visit(tree))


class _Given(ast.NodeVisitor):
    """The names that a file gives: to functions, classes, parameters, variables, attributes."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def visit(self, node: ast.AST) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.names.add(node.name)
            case ast.arg():
                self.names.add(node.arg)
            case ast.Name(ctx=ast.Store()):
                self.names.add(node.id)
            case ast.Attribute(ctx=ast.Store()):
                self.attributes.add(node.attr)
            case _:
                pass
        self.generic_visit(node)


class _Bare(ast.NodeTransformer):
    """Takes away what says nothing about how a program works."""

    def __init__(self, given: set[str]) -> None:
        self._given = given

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name, node.returns = "function", None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.name, node.returns = "function", None
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = "class"
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = "parameter"
        if isinstance(node.annotation, ast.Name):  # more may say where a resource comes from
            node.annotation = None
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        if node.arg in self._given:
            node.arg = "parameter"
        return self.generic_visit(node)


def test_a_copy_under_other_names_is_known_as_one(tmp_path: Path) -> None:
    one = "import asyncio\n\nasync def wait(n: int) -> None:\n    '''Wait.'''\n    await asyncio.sleep(n)\n"
    copy = "import asyncio\n\nasync def rest(s):\n    await asyncio.sleep(s)  # as asked\n"
    another = "import anyio\n\nasync def wait(n):\n    await anyio.sleep(n)\n"
    shapes: list[str] = []
    for text in (one, copy, another):
        (file := tmp_path / "main.py").write_text(text, "utf-8")
        shapes.append(shape_of(file))

    assert shapes[0] == shapes[1] != shapes[2]


def test_most_answers_can_run_here() -> None:
    """Skipping is for single answers: a gallery that is skipped as a whole would prove nothing."""
    for exercise in COURSE.exercises:
        for kind in ("right", "wrong"):
            assert len(installed(exercise, kind)) >= len(COURSE.gallery(exercise, kind)) / 2
