"""The commands `kata class ...`: their arguments and their help. What they do is loaded only when it is asked for."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from kata.cli import class_grade, class_results
from kata.cli.errors import errors_as_messages
from kata.cli.here import course_here

class_app = typer.Typer(
    name="class",
    help="Hand the kata out to a class, collect and judge what it hands in, and explain what came of it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@class_app.command()
@errors_as_messages()
def handout(
    dest: Annotated[
        Path | None, typer.Argument(help="A new folder for the students' copy.", show_default=False)
    ] = None,
    zip_file: Annotated[
        Path | None, typer.Option("--zip", metavar="FILE", help="Write the copy as a zip, too.")
    ] = None,
    git: Annotated[
        bool, typer.Option("--git", help="Make the folder a git repository with one commit.")
    ] = False,
    only: Annotated[
        str | None,
        typer.Option(metavar="EXERCISES", help="Only these exercises, such as 01-05,08."),
    ] = None,
    due: Annotated[
        Path | None,
        typer.Option(
            help="A TOML file that says when exercises open and are due: those that open later are left out."
        ),
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            help="Apply the dates of --due as if it were this moment. The default is now."
        ),
    ] = None,
    platform: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="PLATFORM",
            help="Write an autograder instead: for classroom50 or for gradescope.",
        ),
    ] = None,
) -> None:
    """Hand out a copy of the kata: everything to learn with, and no solution, gallery or history.

    Exit codes: 0 written, 1 could not be written, 2 wrong usage.
    """
    from kata.cli.commands.class_handout import class_handout

    class_handout(
        course_here(),
        dest,
        zip_file=zip_file,
        git=git,
        only=only,
        due=due,
        at=at,
        platform=platform,
    )


Export = Annotated[
    Path,
    typer.Argument(
        help="The platform's zip, or a folder: its zip unpacked, clones, one folder a student."
    ),
]
Collected = Annotated[
    Path,
    typer.Argument(help="The folder to collect into. Collect into it again, and it is updated."),
]
Platform = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="PLATFORM",
        help="canvas, moodle, brightspace, blackboard, clones, folders, or student for the work of one. "
        "Without it, the names in the export tell which it is.",
    ),
]
Roster = Annotated[
    Path | None,
    typer.Option(help="A CSV file with the class. The report then names who handed in nothing."),
]
OneExercise = Annotated[
    str | None,
    typer.Option(
        help="The exercise that was asked for: files outside every exercise's folder count as part of it."
    ),
]
Assignment = Annotated[
    str | None,
    typer.Option(help="The name of this assignment. The default is the export's own."),
]
Teams = Annotated[bool, typer.Option("--teams", help="Each hand-in is that of a group.")]
MaxMegabytes = Annotated[int, typer.Option(help="The largest hand-in, unpacked.", min=1)]
MaxFiles = Annotated[int, typer.Option(help="The most files in a hand-in.", min=1)]


@class_app.command()
@errors_as_messages()
def collect(
    export: Export,
    dest: Collected,
    platform: Platform = None,
    roster: Roster = None,
    exercise: OneExercise = None,
    assignment: Assignment = None,
    teams: Teams = False,
    max_megabytes: MaxMegabytes = 200,
    max_files: MaxFiles = 2000,
) -> None:
    """Collect an export into one folder a student, laid out like exercises/, and a manifest.json.

    Exit codes: 0 everything was taken, 1 somebody's hand-in was not, or not all of it, 2 the export cannot be read.
    """
    from kata.classroom.collect import Wanted
    from kata.classroom.members import MIB, Limits
    from kata.cli.commands.class_collect import class_collect

    course = course_here()
    only = course.exercise(exercise) if exercise else None
    limits = Limits(files=max_files, bytes=max_megabytes * MIB)
    class_collect(course, export, dest, Wanted(platform, roster, only, assignment, teams, limits))


class_grade.add_to(class_app)
class_results.add_to(class_app)
