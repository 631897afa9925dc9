"""`kata solution`: the learner's answer and the reference, once the learner's passes."""

from __future__ import annotations

from pathlib import Path

import typer

from kata.cli.code import coloured
from kata.cli.errors import CommandFailed
from kata.course.course import Course, Exercise
from kata.course.reading_code import read_code
from kata.run.progress import standing

# Two columns of code, each of them wide enough for most lines.
_BESIDE = 140
_GAP = 2


def solution(course: Course, exercise: Exercise, *, anyway: bool) -> None:
    reference = course.reference(exercise)
    if not reference.is_file():
        raise CommandFailed(
            f"There is no reference answer for {exercise.name} in this copy of the kata."
        )
    if not anyway:
        _must_be_solved(course, exercise)
    nothing_yet = course.is_untouched(exercise) and exercise.form == "stub"
    shown = [reference] if nothing_yet else [exercise.answer, reference]
    titles = {exercise.answer: "your answer", reference: "the reference"}
    _show([(titles[path], _seen_from(course, path), read_code(path)) for path in shown])


def _must_be_solved(course: Course, exercise: Exercise) -> None:
    number = exercise.number
    others = (
        f"For a hint: kata hint {number}. "
        f"To see the reference anyway: kata solution {number} --anyway."
    )
    if course.is_untouched(exercise):
        raise CommandFailed(f"{exercise.name} is not started. {others}")
    now = standing(course, exercise)
    if now.state != "solved":
        raise CommandFailed(
            f"{exercise.name} is not solved yet: {now.passed} of {now.total} specs pass. {others}"
        )


def _seen_from(course: Course, path: Path) -> str:
    return path.relative_to(course.root).as_posix()


def _show(shown: list[tuple[str, str, str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        for title, path, code in shown:
            typer.echo(f"# {title}: {path}\n\n{code}")
        return
    beside = len(shown) > 1 and console.width >= _BESIDE
    width = console.width // len(shown) - _GAP if beside else console.width
    pages = [
        (f"[bold]{title}[/bold]  {path}", coloured(code, width)) for title, path, code in shown
    ]
    if not beside:
        for heading, code in pages:
            console.print(heading, code, "", sep="\n")
        return
    table = Table.grid(expand=True, padding=(0, _GAP))
    for _ in pages:
        table.add_column(ratio=1)
    table.add_row(*(heading for heading, _ in pages))
    table.add_row(*(code for _, code in pages))
    console.print(table)
