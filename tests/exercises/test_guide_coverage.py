"""The table of the guide's claims is true: every claim has a spec, and the spec refuses a mistake.

`docs/guide-coverage.md` is for people. Its rows are read here: a claim without a spec or without a
wrong answer fails, so does a name that does not exist, and so does a wrong answer that passes the
spec which is said to refuse it.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from kata.course.course import Exercise
from kata.run.engine import ROOT
from tests.helpers.verdicts import COURSE, missing, verdict

TABLE = ROOT / "docs" / "guide-coverage.md"
FACTS = (ROOT / "tests" / "test_guide_code.py", ROOT / "tests" / "test_real_servers.py")
COLUMNS = ["No.", "What", "The guide", "Held by", "Today"]

_HELD = r"`(?P<exercise>\w+)::(?P<spec>\w+)` refuses `(?P<answer>[\w/]+\.py)`"


@dataclass(frozen=True)
class Held:
    """A spec that holds a claim, and a wrong answer that it refuses."""

    exercise: str
    spec: str
    answer: str

    @property
    def path(self) -> Path:
        return ROOT / "tests" / "gallery" / self.exercise / "wrong" / self.answer

    def __str__(self) -> str:
        return f"{self.exercise}::{self.spec} refuses {self.answer}"


@dataclass(frozen=True)
class Claim:
    number: int
    what: str
    says: str
    held_by: tuple[Held, ...]
    today: str


def read() -> list[Claim]:
    claims: list[Claim] = []
    for line in TABLE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("|") or cells == COLUMNS or set(line) <= set("|- "):
            continue
        assert len(cells) == len(COLUMNS), f"this row has {len(cells)} cells: {line}"
        number, what, says, held, today = cells
        held_by: list[Held] = []
        for each in held.split("<br>") if held else []:
            found = re.fullmatch(_HELD, each.strip())
            assert found, (
                f"row {number} does not read '`exercise::spec` refuses `answer.py`': {each}"
            )
            held_by.append(Held(found["exercise"], found["spec"], found["answer"]))
        claims.append(Claim(int(number), what, says, tuple(held_by), today))
    return claims


CLAIMS = read()
HELD = list(dict.fromkeys(held for claim in CLAIMS for held in claim.held_by))


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, kinds)}


@cache
def specs_of(name: str) -> set[str]:
    exercise = next((each for each in COURSE.exercises if each.name == name), None)
    return set[str]().union(*(functions(path) for path in exercise.specs)) if exercise else set()


def test_the_claims_are_numbered_without_a_gap() -> None:
    assert [claim.number for claim in CLAIMS] == list(range(1, len(CLAIMS) + 1))


def test_the_table_says_how_many_there_are() -> None:
    """Whoever takes the last row away must change the sentence as well."""
    said = re.search(r"(\d+) rows: (\d+) claims and (\d+) code blocks", TABLE.read_text("utf-8"))
    assert said
    kinds = [claim.what for claim in CLAIMS]
    counted = (len(kinds), kinds.count("claim"), kinds.count("code"))
    assert tuple(int(number) for number in said.groups()) == counted
    assert set(kinds) == {"claim", "code"}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim.number))
def test_every_claim_is_held(claim: Claim) -> None:
    assert claim.says
    assert claim.held_by, "no spec holds this claim"
    for held in claim.held_by:
        assert held.spec in specs_of(held.exercise), f"there is no {held.exercise}::{held.spec}"
        assert held.path.exists(), f"there is no {held.path.relative_to(ROOT)}"


@pytest.mark.parametrize("held", HELD, ids=str)
def test_the_spec_refuses_the_wrong_answer(held: Held) -> None:
    if lacking := missing(held.path):
        pytest.skip(f"{lacking[0]} is not installed")
    outcomes = verdict(held.exercise, held.path)
    assert not outcomes.ended
    came = {spec.name: spec.outcome for spec in outcomes.specs}
    assert came.get(held.spec) == "failed"


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.name)
def test_every_exercise_stands_in_the_table(exercise: Exercise) -> None:
    assert exercise.name in {held.exercise for held in HELD}


def test_what_happens_today_is_shown() -> None:
    shown = {name for path in FACTS for name in functions(path)}
    named = {name for claim in CLAIMS for name in re.findall(r"`(test_\w+)`", claim.today)}
    assert named <= shown


def test_every_fact_about_the_guides_code_stands_in_the_table() -> None:
    facts = {name for name in functions(FACTS[0]) if name.startswith("test_")}
    named = {name for claim in CLAIMS for name in re.findall(r"`(test_\w+)`", claim.today)}
    assert facts <= named


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim.number))
def test_a_fact_is_never_told_without_its_test(claim: Claim) -> None:
    assert not claim.today or "`test_" in claim.today
