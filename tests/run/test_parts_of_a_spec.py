"""A spec that is written in parts, with pytest's `subtests`, is one spec, and one failed part is its failure."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from kata.run.engine import run_spec
from tests.helpers.made_up_course import write
from tests.helpers.small_course import FIRST, run_pytest, small_course

pytest.importorskip("_pytest.subtests", reason="pytest has subtests since 9.0")

SPEC = '''\
"""What it is held to."""


async def test_each_status(client, expect, subtests):
    """`GET /first` answers."""
    for status in (200, 404, 500):
        with subtests.test(status=status):
            expect.status(await client.get("/first"), status, why="It is what was asked for.")


async def test_it_answers(client, expect, subtests):
    """`GET /first` answers."""
    with subtests.test("fine"):
        expect.status(await client.get("/first"), 200)
'''


@pytest.fixture
def course(tmp_path: Path) -> Path:
    root = small_course(tmp_path)
    write(root / "exercises" / FIRST / "test_first.py", SPEC)
    return root


def test_the_engine_tells_each_spec_once(course: Path) -> None:
    outcomes = run_spec(FIRST, course / "solutions" / FIRST / "main.py", root=course)
    assert [(spec.name, spec.outcome) for spec in outcomes.specs] == [
        ("test_each_status", "failed"),
        ("test_it_answers", "passed"),
    ]
    (failed,) = outcomes.failed
    assert failed.teaches == "It is what was asked for."
    assert "expected   status 404" in failed.text


@pytest.mark.parametrize("workers", [1, 2])
def test_the_map_and_the_report_for_junit_agree(course: Path, workers: int) -> None:
    report = course / "report.xml"
    run = run_pytest(
        course,
        *("exercises", "--answers=solutions", f"--workers={workers}", f"--junitxml={report}"),
    )

    assert run.status == 1
    assert "01 First   started      1/2" in run.text
    assert "02 Second  solved       3/3" in run.text
    cases = ET.parse(report).iter("testcase")
    states = {
        case.get("name"): [each.get("value") for each in case.iter("property")]
        for case in cases
        if case.get("classname") == f"exercises.{FIRST}.test_first"
    }
    assert states == {"test_each_status": ["failed"], "test_it_answers": ["passed"]}
    suite = next(ET.parse(report).iter("testsuite"))
    assert suite.get("failures") != "0"
