"""`kata class`: the commands for a teacher. What they do is loaded only when it is asked for."""

from pathlib import Path
from typing import Annotated

import typer

from kata.cli.errors import plainly

app = typer.Typer(
    name="class",
    help="Hand out, collect, judge and explain the work of a class.",
    no_args_is_help=True,
)

Results = Annotated[
    Path, typer.Argument(metavar="RESULTS", help="The folder that `kata class grade` wrote.")
]


@app.command()
@plainly()
def report(
    results: Results,
    to: Annotated[Path, typer.Argument(metavar="DEST", help="The folder for the pages.")],
    title: Annotated[str, typer.Option(help="What the class page is called.")] = "The class",
) -> None:
    """Write pages about the class that open offline, from a folder."""
    from kata.cli.commands.class_report import report

    report(results, to, title=title)
