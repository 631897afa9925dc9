"""The commands for who makes exercises. They stand beside those for learners, but for copies that are handed out."""

from typing import Annotated

import typer

from kata.cli.errors import errors_as_messages
from kata.cli.here import course_here, names_here

maintainers_app = typer.Typer()


@maintainers_app.command(rich_help_panel="For maintainers")
@errors_as_messages()
def check(
    which: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="EXERCISE",
            help="Numbers or names, such as 08 or parallel. By default, the whole course.",
            autocompletion=names_here,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Check the course against its own rules, and name each fault in a sentence."""
    from kata.cli.commands.check import check

    course = course_here()
    check(course, [course.exercise(each) for each in which or []])


@maintainers_app.command(rich_help_panel="For maintainers")
@errors_as_messages()
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The name of the exercise, such as tiny_pool.")
    ],
    repair: Annotated[
        bool, typer.Option("--repair", help="Give a program that works and is wrong, not a stub.")
    ] = False,
) -> None:
    """Create the files of a new exercise. `kata check` then says what is still to be written."""
    from kata.cli.commands.new import new

    new(course_here(), name, "repair" if repair else "stub")
