"""The command `kata`: its commands, their arguments and their help. What they do is in
`kata.cli.commands`, and is loaded only when it is asked for."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from kata.cli.errors import CommandFailed, errors_as_messages
from kata.cli.here import course_here, names_here
from kata.course.course import Course, Exercise

app = typer.Typer(
    name="kata",
    help="The exercises, their lessons and hints, and your answers. Run it inside the kata.",
    epilog="Exit codes: 0 all right, 1 what was asked is not so, 2 the command was misused.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


Which = Annotated[
    str | None,
    typer.Argument(
        metavar="[EXERCISE]",
        help="Its number or name, such as 08 or parallel. "
        "Without it: the exercise whose folder you are in, else the next one.",
        autocompletion=names_here,
        show_default=False,
    ),
]
Named = Annotated[
    str,
    typer.Argument(
        metavar="EXERCISE",
        help="Its number or name, such as 08 or parallel.",
        autocompletion=names_here,
        show_default=False,
    ),
]


def _meant(course: Course, wanted: str | None) -> Exercise:
    from kata.run.progress import exercise_meant

    exercise = exercise_meant(course, wanted, Path.cwd())
    if exercise is None:
        raise CommandFailed("All exercises are solved: name the one you mean.")
    return exercise


@app.command("next")
@errors_as_messages()
def next_() -> None:
    """Show the lesson of the first exercise that is not solved."""
    from kata.cli.commands.lesson import next_lesson

    next_lesson(course_here(), Path.cwd())


@app.command("list")
@errors_as_messages()
def list_() -> None:
    """Run all exercises and show how each stands."""
    from kata.cli.commands.list import show_list

    show_list(course_here(), Path.cwd())


@app.command()
@errors_as_messages()
def lesson(which: Which = None) -> None:
    """Show a lesson."""
    from kata.cli.commands.lesson import lesson

    lesson(_meant(course_here(), which))


@app.command()
@errors_as_messages()
def hint(
    which: Which = None,
    everything: Annotated[bool, typer.Option("--all", help="Show all hints.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Show the last one once more.")] = False,
) -> None:
    """Show the next hint: first a question, then a pointer, then nearly the code."""
    from kata.cli.commands.hint import hint

    course = course_here()
    hint(course, _meant(course, which), everything=everything, again=again)


@app.command()
@errors_as_messages()
def watch(
    which: Which = None,
    cut_off: Annotated[
        float | None,
        typer.Option(help="Seconds after which an answer that hangs is cut off.", min=0.1),
    ] = None,
) -> None:
    """Run the specs of what you save, as you save it, and show the verdict."""
    from kata.cli.watch import watch

    course = course_here()
    watch(course, course.exercise(which) if which else None, cut_off=cut_off)


@app.command()
@errors_as_messages()
def solution(
    which: Named,
    anyway: Annotated[bool, typer.Option("--anyway", help="Though yours does not pass.")] = False,
) -> None:
    """Show the reference answer beside yours, once yours passes."""
    from kata.cli.commands.solution import solution

    course = course_here()
    solution(course, course.exercise(which), anyway=anyway)


@app.command()
@errors_as_messages()
def reset(which: Named) -> None:
    """Put the stub back, and keep your answer in a folder that is named."""
    from kata.cli.commands.reset import reset

    course = course_here()
    reset(course, course.exercise(which))


@app.command()
@errors_as_messages()
def serve(
    which: Which = None,
    port: Annotated[int, typer.Option(help="The port of your answer.", min=1, max=65535)] = 8000,
    status: Annotated[
        int, typer.Option(help="The status that the internet answers.", min=200, max=599)
    ] = 200,
    takes: Annotated[
        float, typer.Option(help="Seconds that the internet takes to answer.", min=0)
    ] = 0.0,
    down: Annotated[
        bool, typer.Option("--down", help="The internet refuses every connection.")
    ] = False,
    reload: Annotated[bool, typer.Option(help="Restart whenever you save.")] = True,
) -> None:
    """Serve your answer, to try it with a browser or curl.

    It needs no network: what it asks of the internet through httpx is answered by a stand-in on
    this machine.
    """
    from kata.cli.commands.serve import serve

    course = course_here()
    serve(
        course,
        _meant(course, which),
        port=port,
        status=status,
        takes=takes,
        down=down,
        reload=reload,
    )


def _add_what_is_here() -> None:
    """Commands for maintainers and teachers: a copy that was handed out to students lacks them."""
    if find_spec("kata.cli.maintainers_app"):
        from kata.cli.maintainers_app import maintainers_app

        app.add_typer(maintainers_app)
    if find_spec("kata.cli.class_app"):
        from kata.cli.class_app import class_app

        app.add_typer(class_app, rich_help_panel="For teachers")


_add_what_is_here()


def main() -> None:
    app()


if __name__ == "__main__":
    main()
