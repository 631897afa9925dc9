"""The commands that judge known answers take all of them, and tell what differs between two verdicts."""

import random
from pathlib import Path

import pytest

from kata.course.course import Course
from kata.run.engine import Outcomes, SpecOutcome
from scripts.console import command_line
from scripts.console.tables import aligned
from scripts.judging import Subject, differences, gallery_answers, references, verdict
from scripts.root import ROOT
from scripts.soaking.rounds import order_of

COURSE = Course(ROOT)
RIGHT = Subject("01_x", "right", Path("a.py"))


def outcomes(ended: str = "", **came: str) -> Outcomes:
    return Outcomes(tuple(SpecOutcome(name, each, "", 0.0) for name, each in came.items()), ended)


def test_every_answer_is_a_subject_once() -> None:
    found = gallery_answers(COURSE, COURSE.exercises)
    kept = [
        path
        for each in COURSE.exercises
        for kind in ("right", "wrong")
        for path in COURSE.gallery(each, kind)
    ]

    assert len(set(found)) == len(found) == len(kept)
    assert len(references(COURSE, COURSE.exercises)) == len(COURSE.exercises)
    assert all(bool(each.caught_by) == (each.kind == "wrong") for each in found)


def test_what_must_come_of_a_subject() -> None:
    wrong = Subject("01_x", "wrong", Path("a.py"), "two")

    assert RIGHT.as_it_should_be(outcomes(one="passed", two="passed"))
    assert not RIGHT.as_it_should_be(outcomes("It was killed.", one="passed"))
    assert wrong.as_it_should_be(outcomes(one="passed", two="failed", three="failed"))
    assert not wrong.as_it_should_be(outcomes(one="failed", two="failed"))
    assert not wrong.as_it_should_be(outcomes(one="passed", two="passed"))


def test_differences_are_told_by_spec() -> None:
    before, after = (
        verdict(outcomes(one="passed", two="failed")),
        verdict(outcomes("Ended.", one="failed")),
    )

    assert list(differences(before, before)) == []
    assert list(differences(before, after)) == [
        ("one", "passed", "failed"),
        ("two", "failed", "not run"),
        ("the run", "ended", "Ended."),
    ]


@pytest.mark.parametrize("turns", [1, 3, 7, 20])
def test_each_answer_of_the_galleries_has_its_turn(turns: int) -> None:
    galleries = [Subject("01_x", "right", Path(f"{number}.py")) for number in range(7)]
    orders = [order_of(turn, turns, [RIGHT], galleries, random.Random(1)) for turn in range(turns)]

    assert sorted(str(each) for order in orders for each in order if each != RIGHT) == sorted(
        map(str, galleries)
    )
    assert all(order.count(RIGHT) == 1 for order in orders)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--jobs", "0"], "'0' is no number from 1 on"),
        (["--jobs", "x"], "'x' is no number from 1 on"),
    ],
)
def test_a_value_that_makes_no_sense_is_one_sentence(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = command_line.parser("What it does.")
    command_line.add_jobs(parser, 2, "at once")

    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(arguments)
    assert said in capsys.readouterr().err


def test_an_exercise_that_is_not_there_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    parser = command_line.parser(None)

    with pytest.raises(SystemExit, match="2"):
        command_line.exercise(COURSE, "77", parser)
    with pytest.raises(SystemExit, match="2"):
        command_line.exercises_holding(COURSE, ["08", "77"], parser)
    said = capsys.readouterr().err
    assert "There is no exercise '77'." in said
    assert "no exercise has '77' in its name" in said
    assert command_line.exercises_holding(COURSE, ["08"], parser) == [COURSE.exercise("08")]


def test_a_table_is_aligned() -> None:
    assert aligned(("what", "s"), [("one", "1.25"), ("another", "–")]) == [
        "| what    |    s |",
        "|---------|-----:|",
        "| one     | 1.25 |",
        "| another |    – |",
    ]
