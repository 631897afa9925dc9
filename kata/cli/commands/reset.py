"""`kata reset`: the stub back, or the spec, and what stood there kept."""

import shutil
from datetime import datetime
from pathlib import Path

import typer

from kata.cli.errors import CommandFailed
from kata.course import pristine
from kata.course.course import Course, Exercise
from kata.course.state_directory import state_directory


def reset(course: Course, exercise: Exercise) -> None:
    stub = course.stub(exercise)
    answer = exercise.answer.relative_to(course.root).as_posix()
    handed_out = "the program to repair" if exercise.form == "repair" else "the stub"
    if not stub.is_file():
        raise CommandFailed(f"The stub of {exercise.name} is not in this copy: {stub} is missing.")
    if exercise.answer.is_file():
        if course.is_untouched(exercise):
            typer.echo(f"{answer} is {handed_out} already: nothing to do.")
            return
        kept = _put_away(course, exercise, exercise.answer)
        typer.echo(f"Your answer is kept in {kept.relative_to(course.root).as_posix()}")
    shutil.copyfile(stub, exercise.answer)
    typer.echo(f"{answer} is {handed_out} again.")


def reset_spec(course: Course, exercise: Exercise) -> None:
    """The spec and the given files as they were handed out. The answer is not touched."""
    changed = list(pristine.changed(exercise.folder))
    for path in changed:
        shown = path.relative_to(course.root).as_posix()
        if path.is_file():
            kept = _put_away(course, exercise, path)
            typer.echo(
                f"What stood in {shown} is kept in {kept.relative_to(course.root).as_posix()}"
            )
        pristine.put_back(exercise.folder, path)
        typer.echo(f"{shown} is as it was handed out.")
    if not changed:
        shown = exercise.spec.relative_to(course.root).as_posix()
        typer.echo(f"{shown} is as it was handed out: nothing to do.")


def _put_away(course: Course, exercise: Exercise, path: Path) -> Path:
    """A copy of a file in a folder named after the time. No copy ever replaces another."""
    backups = state_directory(course.root) / "backups" / exercise.name
    now = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    folder, turn = backups / now, 1
    while folder.exists():
        turn += 1
        folder = backups / f"{now}_{turn}"
    folder.mkdir(parents=True)
    return Path(shutil.copy2(path, folder))
