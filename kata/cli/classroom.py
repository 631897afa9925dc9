"""`kata class`: the commands for a teacher."""

import typer

from kata.cli import classroom_results

app = typer.Typer(
    name="class",
    help="Hand out, collect, judge and explain the work of a class.",
    no_args_is_help=True,
)
classroom_results.add_to(app)
