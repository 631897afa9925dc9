"""`kata list`: the course map, asked for."""

import sys
from pathlib import Path

import typer

from kata.course.course import Course
from kata.course.course_map import Standing, can_draw, render
from kata.course.notes import notes
from kata.run.progress import standing


def show_list(course: Course, here: Path) -> None:
    show_map([standing(course, exercise) for exercise in course.exercises], here)
    for sentence in notes(course, course.exercises):
        typer.echo(sentence, err=True)


def show_map(standings: list[Standing], here: Path) -> None:
    from rich.console import Console

    console = Console()
    colour = console.is_terminal and not console.no_color
    drawn = can_draw(sys.stdout.encoding)
    text = render(
        standings, width=console.width, unicode=drawn, colour=colour, start=here, everything=True
    )
    typer.echo(text, color=colour)
