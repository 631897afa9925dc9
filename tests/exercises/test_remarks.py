"""What is said of right answers of the galleries that are not written as the reference is."""

import pytest

from kata.feedback.remarks import Facts, remarks
from tests.helpers.verdicts import COURSE, verdict

SAID = [
    ("01", "to_thread", "5 worker threads slept"),
    ("01", "polls_the_wall_clock", "One request slept 200 times"),
    ("01", "task_group", ""),
    ("04", "tries_again", "It asked"),
    ("06", "aiosqlite_connection_per_request", "connections to the database were opened for"),
    ("06", "shared_connection_with_lock", ""),
    ("07", "shared_connection_with_lock", "One connection serves all requests"),
    ("09", "client_of_the_request", "though five at a time are enough"),
    ("09", "requests_take_turns", ""),
]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "name", "words"), SAID)
def test_what_is_said_of_an_answer(number: str, name: str, words: str) -> None:
    exercise = COURSE.exercise(number)
    outcomes = verdict(
        exercise.name, next(p for p in COURSE.gallery(exercise, "right") if p.stem == name)
    )
    said = remarks(number, Facts.together(Facts.from_data(spec.facts) for spec in outcomes.specs))

    assert outcomes.solved
    assert any(words in each for each in said) if words else said == []
