"""`kata check`: whether the course keeps its own rules."""

from collections.abc import Sequence

import typer

from kata.cli.errors import CommandFailed
from kata.course.course import Course, Exercise
from kata.course.rules import faults


def check(course: Course, exercises: Sequence[Exercise]) -> None:
    count = 0
    for fault in faults(course, exercises):
        typer.echo(fault)
        count += 1
    looked_at = len(exercises or course.exercises)
    if count:
        raise CommandFailed(f"{_number(count, 'fault')} in {_number(looked_at, 'exercise')}.")
    typer.echo(f"{_number(looked_at, 'exercise')} checked: no fault.")


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
