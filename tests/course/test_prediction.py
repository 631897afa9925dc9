"""Programs to predict: what a docstring may ask, and when a prediction is right."""

import re
from pathlib import Path

import pytest

from kata.course.prediction import FORMS, NoPrediction, Printed, Question, is_right, read_program
from tests.helpers.made_up_course import PREDICT, write

PRINTED = [Printed(1.0, "Ada"), Printed(2.0, "Grace"), Printed(2.5, "Ada")]


def test_a_program_is_read(tmp_path: Path) -> None:
    found = read_program(write(tmp_path / "predict.py", PREDICT))
    assert found.says == "One waits."
    assert [each.asked for each in found.questions] == [FORMS[0], FORMS[2]]
    assert found.code.startswith("import asyncio")
    assert "One waits" not in found.code


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("What is printed first?", "Why?", "asks 'Why?'; the forms are: What is printed first?"),
        ("What is printed first?\nAfter how many seconds is it over?", "", "asks nothing"),
        ('"""One', 'x = """One', "has no docstring"),
        ("async def main", "def main", "has no `async def main`"),
        ("def main(", "def main((", "is not Python"),
    ],
)
def test_what_is_no_such_program(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in PREDICT
    with pytest.raises(NoPrediction, match=re.escape(fault)):
        read_program(write(tmp_path / "predict.py", PREDICT.replace(old, new)))


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("What is printed first?", "Ada"),
        ("What is printed last?", "Ada"),
        ("After how many seconds is it over?", 3.0),
        ('After how many seconds is "Grace" printed?', 2.0),
    ],
)
def test_the_answers_come_from_the_run(asked: str, answer: str | float) -> None:
    assert Question(asked).answer(PRINTED, 3.0) == answer


@pytest.mark.parametrize(("line", "times"), [("Ada", 2), ("Alan", 0)])
def test_a_line_that_is_asked_for_is_printed_once(line: str, times: int) -> None:
    with pytest.raises(NoPrediction, match=f"'{line}' is printed {times} times, not once"):
        Question(f'After how many seconds is "{line}" printed?').answer(PRINTED, 3.0)


def test_a_program_that_prints_nothing_has_no_first_line() -> None:
    with pytest.raises(NoPrediction, match="prints nothing"):
        Question("What is printed first?").answer([], 3.0)


@pytest.mark.parametrize(
    ("typed", "read"),
    [("2", 2.0), (" 2.5 s", 2.5), ("0,5", 0.5), ("3 seconds", 3.0), ("10sec", 10.0)],
)
def test_seconds_as_people_type_them(typed: str, read: float) -> None:
    assert Question("After how many seconds is it over?").read(typed) == read


@pytest.mark.parametrize("typed", ["", "  ", "two", "-1", "nan", "1e9", "2 3", '""'])
def test_what_is_no_number_of_seconds_is_told(typed: str) -> None:
    with pytest.raises(NoPrediction, match=r"no (number of seconds|answer)"):
        Question("After how many seconds is it over?").read(typed)


@pytest.mark.parametrize(
    ("prediction", "answer", "right"),
    [
        (2.0, 2.0, True),
        (2.04, 2.0, True),
        (2.1, 2.0, False),
        ("ada", "Ada", True),
        ("Adam", "Ada", False),
        ("2", "2", True),
    ],
)
def test_when_a_prediction_is_right(
    prediction: str | float, answer: str | float, right: bool
) -> None:
    assert is_right(prediction, answer) is right


def test_a_line_may_be_typed_with_its_quotation_marks() -> None:
    assert Question("What is printed first?").read(' "Ada" ') == "Ada"
