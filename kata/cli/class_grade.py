"""`kata class grade`: its arguments and its help. What it does is loaded only when it is asked for."""

from pathlib import Path
from typing import Annotated

import typer

from kata.cli.errors import errors_as_messages
from kata.cli.here import course_here


def add_to(app: typer.Typer) -> None:
    """Put the command below `kata class`."""
    app.command()(grade)


Submissions = Annotated[
    Path,
    typer.Argument(
        metavar="SUBMISSIONS",
        help="What `kata class collect` made, or one folder a student, laid out like exercises/.",
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="RESULTS", help="The folder for the results, one file a student."
    ),
]
Points = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="A TOML file with the points of exercises and specs. Without it, each spec is one.",
    ),
]
Due = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="The TOML file that says when exercises are due, as for handout."
    ),
]
Only = Annotated[
    str | None,
    typer.Option(metavar="EXERCISES", help="Only these exercises, such as 01-05,08."),
]
Shard = Annotated[
    str | None,
    typer.Option(
        metavar="I/N",
        help="Only one part of the class, such as 3/16. `kata class merge` puts the parts together.",
    ),
]
Confirm = Annotated[
    bool,
    typer.Option(
        "--confirm",
        help="Take a second look, from outside, at what passed: the same specs on the real clock, at the answer as "
        "a real server runs it. What differs is reported, and costs no point.",
    ),
]
Broken = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="With --confirm: further broken apps for the tests of exercise 10, which no student has seen.",
    ),
]
AtOnce = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="How many answers to judge at once. Without it: one a core.", min=1
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Judge on the workers of a dask cluster, such as tcp://head:8786 (the extra `cluster`). Unless "
        "--require-isolation says otherwise, answers must reach no network there.",
    ),
]
RequireIsolation = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Judge nothing unless this held when it was tried: process, limits, user, landlock or network.",
    ),
]


@errors_as_messages()
def grade(
    submissions: Submissions,
    out: Out,
    points: Points = None,
    due: Due = None,
    only: Only = None,
    shard: Shard = None,
    confirm: Confirm = False,
    broken: Broken = None,
    workers: AtOnce = None,
    cluster: Cluster = None,
    require_isolation: RequireIsolation = None,
) -> None:
    """Judge a class: the specs on each answer, and one result a student, written as soon as it is known.

    Interrupted and called again, it goes on. Called again later, it judges only what changed, and says who moved.

    Exit codes: 0 everybody is judged, 1 something could not be judged, 2 nothing was judged since the command cannot
    be followed as it stands, 130 interrupted.
    """
    from kata.cli.commands.class_grade import class_grade

    class_grade(
        course_here(),
        submissions,
        out,
        points=points,
        due=due,
        only=only,
        shard=shard,
        workers=workers,
        cluster=cluster,
        isolation=require_isolation,
        confirm=confirm,
        broken=broken,
    )
