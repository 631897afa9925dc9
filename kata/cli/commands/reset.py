"""`kata reset`: the stub back, and the answer kept."""

import shutil
from datetime import datetime
from pathlib import Path

import typer

from kata.cli.errors import CommandFailed
from kata.course.course import Course, Exercise
from kata.course.state_directory import state_directory


def reset(course: Course, exercise: Exercise) -> None:
    stub = course.stub(exercise)
    answer = exercise.answer.relative_to(course.root).as_posix()
    if not stub.is_file():
        raise CommandFailed(f"The stub of {exercise.name} is not in this copy: {stub} is missing.")
    if exercise.answer.is_file():
        if course.is_untouched(exercise):
            typer.echo(f"{answer} is the stub already: nothing to do.")
            return
        kept = _put_away(course, exercise)
        typer.echo(f"Your answer is kept in {kept.relative_to(course.root).as_posix()}")
    shutil.copyfile(stub, exercise.answer)
    typer.echo(f"{answer} is the stub again.")


def _put_away(course: Course, exercise: Exercise) -> Path:
    """A copy of the answer in a folder named after the time. No copy ever replaces another."""
    backups = state_directory(course.root) / "backups" / exercise.name
    now = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    folder, turn = backups / now, 1
    while folder.exists():
        turn += 1
        folder = backups / f"{now}_{turn}"
    folder.mkdir(parents=True)
    return Path(shutil.copy2(exercise.answer, folder))
