"""`kata lesson` and `kata next`: the lesson, on the terminal."""

import os
import re
from pathlib import Path

import typer

from kata.cli.errors import CommandFailed
from kata.cli.page import show
from kata.course import prediction
from kata.course.course import FOLDED, Course, Exercise
from kata.run.progress import next_exercise


def lesson(exercise: Exercise) -> None:
    if not exercise.text:
        raise CommandFailed(f"{exercise.name} has no lesson: {exercise.lesson} is missing.")
    show(lesson_without_hints(exercise))


def next_lesson(course: Course, here: Path) -> None:
    exercise = next_exercise(course)
    if exercise is None:
        typer.echo(f"All {len(course.exercises)} exercises are solved.")
        return
    lesson(exercise)
    typer.echo(f"Open    {os.path.relpath(exercise.answer, here)}")
    typer.echo(f"Run     pytest {os.path.relpath(exercise.folder, here)}   (or: kata watch)")
    if (exercise.folder / prediction.NAME).is_file():
        typer.echo(f"Predict kata predict {exercise.number}")
    typer.echo(f"Hint    kata hint {exercise.number}")


def lesson_without_hints(exercise: Exercise) -> str:
    """The lesson with its hints still folded: on a terminal, folding means to name the command."""
    command = f"One at a time: `kata hint {exercise.number}`\n"
    first_only = re.sub(FOLDED, "\0", exercise.text)
    text = re.sub(r"\0[\s\0]*", command + "\n", first_only, count=1)
    return text.replace("\0", "").strip() + "\n"
