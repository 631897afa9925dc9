"""`kata predict`: a small program, what the learner thinks that it does, and what it does."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from kata.cli.code import show_code
from kata.cli.errors import CommandFailed, UsageError
from kata.cli.page import say, show
from kata.course.course import Course, Exercise
from kata.course.course_map import can_draw
from kata.course.prediction import (
    NAME,
    NoPrediction,
    Program,
    Question,
    is_right,
    read_program,
)

Prediction = str | float


def predict(course: Course, exercise: Exercise, answers: str | None) -> None:
    """Raises CommandFailed if one prediction is wrong, so that the exit code tells."""
    program = _program(course, exercise)
    predictions = None if answers is None else _given(program, answers)
    show(program.says)
    say("")
    show_code(program.code)
    say("")
    if predictions is None:
        predictions = _asked(program, exercise)
    right = _compare(program, predictions)
    if right < len(predictions):
        raise CommandFailed(f"{right} of {len(predictions)} as predicted.")
    say("All as predicted." if right > 1 else "As predicted.")


def _program(course: Course, exercise: Exercise) -> Program:
    path = exercise.folder / NAME
    place = path.relative_to(course.root).as_posix()
    try:
        return read_program(path)
    except FileNotFoundError:
        raise CommandFailed(
            f"{exercise.name} has no program to predict: {place} is missing."
        ) from None
    except NoPrediction as error:
        raise CommandFailed(
            f"{place} {error}. `kata reset --spec {exercise.number}` puts it back."
        ) from None


def _given(program: Program, answers: str) -> list[Prediction]:
    """The predictions of `--answers`, one for each question."""
    given = answers.split(",")
    if len(given) != len(program.questions):
        questions = " ".join(question.asked for question in program.questions)
        raise UsageError(
            f"--answers has {len(given)} of {len(program.questions)} answers, with commas between: {questions}"
        )
    try:
        return [
            question.read(answer) for question, answer in zip(program.questions, given, strict=True)
        ]
    except NoPrediction as error:
        raise UsageError(f"--answers: {error}") from None


def _asked(program: Program, exercise: Exercise) -> list[Prediction]:
    """The predictions, asked for on the terminal one after the other."""
    if not sys.stdin.isatty():
        for question in program.questions:
            say(question.asked)
        raise UsageError(
            f"There is no terminal to ask on: kata predict {exercise.number} --answers "
            + ",".join("SECONDS" if each.is_about_time else "LINE" for each in program.questions)
        )
    return [_ask(question) for question in program.questions]


def _ask(question: Question) -> Prediction:
    while True:
        try:
            return question.read(typer.prompt(question.asked, prompt_suffix=" "))
        except NoPrediction as error:
            say(str(error))


def _compare(program: Program, predictions: Sequence[Prediction]) -> int:
    """Run the program and show how far that is from the predictions. How many are right."""
    from kata.feedback.failure import SpecFailure  # the machinery of the specs, only when it runs
    from kata.feedback.text_chart import draw
    from kata.spec.prediction import run_program

    try:
        ran = run_program(program.path)
        answers = [each.answer(ran.printed, ran.seconds) for each in program.questions]
    except SpecFailure as failure:
        raise CommandFailed(f"The program did not come to its end.\n\n{failure}") from None
    except NoPrediction as error:
        raise CommandFailed(f"{program.path.name}: {error}") from None
    times = [
        (question.about, 0.0, prediction)
        for question, prediction in zip(program.questions, predictions, strict=True)
        if isinstance(prediction, float)
    ]
    drawn = can_draw(sys.stdout.encoding)
    picture = draw(
        ran.spans, unicode=drawn, expected=times, since=ran.began, titles=("predicted", "came")
    )
    say(f"\n{picture}\n")
    for line in ran.printed:
        say(f"{_seconds(line.at):>7}  {line.text}")
    say("")
    right = 0
    for question, prediction, answer in zip(program.questions, predictions, answers, strict=True):
        right += is_right(prediction, answer)
        said = "as predicted" if is_right(prediction, answer) else f"not {_shown(prediction)}"
        say(f"{question.asked}  {_shown(answer)}, {said}.")
    return right


def _shown(value: Prediction) -> str:
    return _seconds(value) if isinstance(value, float) else f'"{value}"'


def _seconds(value: float) -> str:
    return f"{round(value, 2):g} s"
