"""The programs of `kata predict`: each runs, and has one answer to each of its questions, in every run."""

import pytest

from kata.course.course import Exercise
from kata.course.prediction import NAME, read_program
from kata.spec.prediction import run_program
from tests.helpers.verdicts import COURSE


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda each: each.number)
def test_a_program_has_one_answer_to_each_question(exercise: Exercise) -> None:
    program = read_program(exercise.folder / NAME)
    answers = [
        [question.answer(ran.printed, ran.seconds) for question in program.questions]
        for ran in (run_program(program.path) for _ in range(2))
    ]
    assert answers[0] == answers[1]
    for question, answer in zip(program.questions, answers[0], strict=True):
        assert question.read(str(answer)) == answer
