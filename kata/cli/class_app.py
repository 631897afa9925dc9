"""The commands `kata class ...`: their arguments and their help. What they do is loaded only when it is asked for."""

from pathlib import Path
from typing import Annotated

import typer

from kata.cli.errors import plainly
from kata.course.course import Course

class_app = typer.Typer(
    name="class",
    help="Hand the kata out to a class, and collect what it hands in.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _course() -> Course:
    return Course.find(Path.cwd())


@class_app.command()
@plainly()
def collect(
    export: Annotated[
        Path,
        typer.Argument(
            help="The platform's zip, or a folder: its zip unpacked, clones, one folder a student."
        ),
    ],
    dest: Annotated[
        Path,
        typer.Argument(
            help="The folder to collect into. Collect into it again, and it is updated."
        ),
    ],
    platform: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="PLATFORM",
            help="canvas, moodle, brightspace, blackboard, clones or folders. Without it the names in the export tell.",
        ),
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(help="A CSV file with the class: who is in it and handed in nothing is told."),
    ] = None,
    exercise: Annotated[
        str | None,
        typer.Option(
            help="What this assignment asked for: files that stand in no exercise's folder are of this one."
        ),
    ] = None,
    assignment: Annotated[
        str | None,
        typer.Option(help="What to call this assignment. Without it: what the export is called."),
    ] = None,
    teams: Annotated[
        bool, typer.Option("--teams", help="Each hand-in is that of a group.")
    ] = False,
    max_megabytes: Annotated[int, typer.Option(help="The largest hand-in, unpacked.", min=1)] = 200,
    max_files: Annotated[int, typer.Option(help="The most files in a hand-in.", min=1)] = 2000,
) -> None:
    """Collect an export into one folder a student, laid out like exercises/, and a manifest.json.

    Exit codes: 0 everything was taken, 1 somebody's hand-in was not, or not all of it, 2 the export cannot be read.
    """
    from kata.classroom.collect import Wanted
    from kata.classroom.members import MIB, Limits
    from kata.cli.commands.class_collect import class_collect

    course = _course()
    only = course.exercise(exercise) if exercise else None
    limits = Limits(files=max_files, bytes=max_megabytes * MIB)
    class_collect(course, export, dest, Wanted(platform, roster, only, assignment, teams, limits))
