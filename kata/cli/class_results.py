"""`kata class` with results: report, export, merge, similar. What they do is loaded only when it is asked for."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from kata.cli.errors import UsageError, errors_as_messages

Results = Annotated[
    Path, typer.Argument(metavar="RESULTS", help="The folder that `kata class grade` wrote.")
]


def add_to(app: typer.Typer) -> None:
    """Put these commands below `kata class`."""
    app.command()(report)
    app.command()(export)
    app.command()(merge)
    app.command()(similar)


@errors_as_messages()
def report(
    results: Results,
    to: Annotated[Path, typer.Argument(metavar="DEST", help="The folder for the pages.")],
    title: Annotated[str, typer.Option(help="What the class page is called.")] = "The class",
    form: Annotated[
        Literal["html", "text"] | None,
        typer.Option("--format", help="Also a feedback file for each student, in DEST/feedback."),
    ] = None,
    feedback_zip: Annotated[
        tuple[str, Path] | None,
        typer.Option(
            metavar="canvas|moodle FILE",
            help="Also a zip of feedback files that the platform takes back.",
        ),
    ] = None,
) -> None:
    """Write pages about the class that open offline, from a folder."""
    from kata.cli.commands.class_report import report

    report(results, to, title=title, form=form, archive=feedback_zip)


Gradebook = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Fill in the file that it exported.")
]


Gradescope = Annotated[bool, typer.Option("--gradescope", help="Its results.json.")]
Classroom50 = Annotated[bool, typer.Option("--classroom50", help="Its result.json.")]
GitHub = Annotated[
    bool, typer.Option("--github", help="For the autograding reporter of GitHub Actions.")
]
JUnit = Annotated[bool, typer.Option("--junit", help="JUnit's XML.")]
Csv = Annotated[bool, typer.Option("--csv", help="A line for each student.")]
WhereTo = Annotated[
    Path | None, typer.Option("-o", "--out", help="Where to write.", show_default=False)
]
Column = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TITLE[=EXERCISE]",
        help="The column for the marks; with =08, for the points of that exercise. Any number of times.",
    ),
]
Absent = Annotated[
    Literal["leave", "zero"],
    typer.Option(help="What somebody gets who handed in nothing: the cell as it was, or 0."),
]
Scale = Annotated[bool, typer.Option("--scale", help="Convert to the column's maximum.")]
AsIs = Annotated[
    bool, typer.Option("--as-is", help="Write the points, whatever the column's maximum.")
]
Partial = Annotated[
    bool, typer.Option("--partial", help="Though some are not judged: their cells stay.")
]
Student = Annotated[
    str, typer.Option(metavar="ID", help="Whose result, where the format holds one.")
]


@errors_as_messages()
def export(
    results: Results,
    canvas: Gradebook = None,
    moodle: Gradebook = None,
    brightspace: Gradebook = None,
    gradescope: Gradescope = False,
    classroom50: Classroom50 = False,
    github: GitHub = False,
    junit: JUnit = False,
    as_csv: Csv = False,
    out: WhereTo = None,
    column: Column = None,
    absent: Absent = "leave",
    scale: Scale = False,
    as_is: AsIs = False,
    partial: Partial = False,
    student: Student = "",
) -> None:
    """Put marks into a file of your gradebook, or write results for another platform.

    A gradebook's file is filled in as it was exported: all bytes but the marks stay.
    """
    from kata.cli.commands import class_export as commands

    books = {"canvas": canvas, "moodle": moodle, "brightspace": brightspace}
    files = [(name, file) for name, file in books.items() if file is not None]
    flags = {
        "gradescope": gradescope, "classroom50": classroom50, "github": github, "junit": junit, "csv": as_csv,
    }  # fmt: skip
    kinds = [name for name, wanted in flags.items() if wanted]
    if len(files) + len(kinds) != 1:
        raise UsageError(f"Say one of {', '.join(f'--{name}' for name in (*books, *flags))}.")
    if scale and as_is:
        raise UsageError("--scale and --as-is contradict each other.")
    if files:
        from kata.classroom.formats.gradebook import Choices

        way = "scale" if scale else "as-is" if as_is else ""
        choices = Choices(commands.wishes(column or []), absent, way, partial)
        platform, file = files[0]
        commands.fill_in(platform, results, file, out, choices)
    elif kinds[0] in ("junit", "csv"):
        commands.everybody(kinds[0], results, out)
    else:
        commands.one_student(kinds[0], results, student, out)


@errors_as_messages()
def merge(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR... DEST", help="The shards' results, and at last a new folder."
        ),
    ],
) -> None:
    """Put the results of shards together, and say what is doubled or missing."""
    if len(folders) < 2:
        raise UsageError(
            "Name the folders of the shards, and at last a new folder for all of them."
        )
    from kata.cli.commands.class_merge import merge

    merge(folders[:-1], folders[-1])


@errors_as_messages()
def similar(
    place: Annotated[
        Path,
        typer.Argument(
            metavar="RESULTS|SUBMISSIONS", help="Results, or the folder of the answers."
        ),
    ],
    to: Annotated[
        Path, typer.Argument(metavar="DEST", help="A new folder for layout and reports.")
    ],
    exercise: Annotated[
        list[str] | None, typer.Option(help="Only this one. Any number of times.")
    ] = None,
    jplag: Annotated[
        Path | None, typer.Option(metavar="JAR", help="Use JPlag, and not compare50.")
    ] = None,
    only_lay_out: Annotated[
        bool, typer.Option("--lay-out", help="Write the folders, and compare nothing.")
    ] = False,
) -> None:
    """Hand the answers to compare50 or JPlag, with stub and reference as base code."""
    from kata.cli.commands.class_similar import similar
    from kata.course.course import Course

    similar(
        Course.find(Path.cwd()),
        place,
        to,
        exercises=exercise or [],
        jplag=jplag,
        only_lay_out=only_lay_out,
    )
