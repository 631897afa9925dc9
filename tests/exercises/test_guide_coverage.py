"""The table of the guide's claims is true: the specs that it names refuse the answers that it names.

Whether its rows are complete, and what they name exists, is a rule of the course (`kata check`).
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from kata.course.guide import Claim, Held, claims, table
from kata.run.engine import ROOT
from tests.helpers.verdicts import missing, verdict

HERE = Path(__file__).parent
FACTS = (HERE / "test_guide_code.py", HERE / "test_real_servers.py")

CLAIMS = claims(table(ROOT).read_text("utf-8"))
HELD = list(dict.fromkeys(held for claim in CLAIMS for held in claim.held_by))


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, kinds)}


@pytest.mark.parametrize("held", HELD, ids=str)
def test_the_spec_refuses_the_wrong_answer(held: Held) -> None:
    answer = ROOT / "tests" / "gallery" / held.exercise / "wrong" / held.answer
    if lacking := missing(answer):
        pytest.skip(f"{lacking[0]} is not installed")
    outcomes = verdict(held.exercise, answer)
    assert not outcomes.ended
    came = {spec.name: spec.outcome for spec in outcomes.specs}
    assert came.get(held.spec) == "failed"


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
