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
    help="Lessons, hints and progress of the FastAPI async kata. Run it anywhere inside the kata's folder.",
    epilog="Exit codes: 0 success, 1 the command found a fault or could not do it, 2 wrong usage.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


Which = Annotated[
    str | None,
    typer.Argument(
        metavar="EXERCISE",
        help="Its number or name, such as 08 or parallel. "
        "By default, the exercise whose folder you are in, or else the next one.",
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
        raise CommandFailed("All exercises are solved: say which one you mean.")
    return exercise


@app.command("next")
@errors_as_messages()
def next_() -> None:
    """Show the lesson of the first exercise that you have not solved."""
    from kata.cli.commands.lesson import next_lesson

    next_lesson(course_here(), Path.cwd())


@app.command("list")
@errors_as_messages()
def list_() -> None:
    """Run all specs and show how far you are."""
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
    again: Annotated[bool, typer.Option("--again", help="Show the last hint again.")] = False,
) -> None:
    """Show the next hint. There are three: a question, a pointer, and nearly the code."""
    from kata.cli.commands.hint import hint

    course = course_here()
    hint(course, _meant(course, which), everything=everything, again=again)


@app.command()
@errors_as_messages()
def watch(
    which: Which = None,
    cut_off: Annotated[
        float | None,
        typer.Option(help="Cut an answer off after this many seconds without progress.", min=0.1),
    ] = None,
) -> None:
    """Run the specs of an exercise whenever you save it, and show what came of them."""
    from kata.cli.watch import watch

    course = course_here()
    watch(course, course.exercise(which) if which else None, cut_off=cut_off)


@app.command()
@errors_as_messages()
def solution(
    which: Named,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Show it even though your answer does not pass yet.")
    ] = False,
) -> None:
    """Compare your answer with the reference answer, once yours passes."""
    from kata.cli.commands.solution import solution

    course = course_here()
    solution(course, course.exercise(which), anyway=anyway)


@app.command()
@errors_as_messages()
def reset(
    which: Named,
    spec: Annotated[
        bool, typer.Option("--spec", help="Put the spec and the given files back instead.")
    ] = False,
) -> None:
    """Put the stub back. Your answer is kept in a folder, which the command names."""
    from kata.cli.commands.reset import reset, reset_spec

    course = course_here()
    (reset_spec if spec else reset)(course, course.exercise(which))


@app.command(
    epilog="Exit codes: 0 all as predicted, 1 another course or a program that failed, 2 wrong usage."
)
@errors_as_messages()
def predict(
    which: Which = None,
    answers: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,C",
            help="Your predictions with commas between, one for each question, where no terminal can ask.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say what a small program does, then run it on the virtual clock and compare."""
    from kata.cli.commands.predict import predict

    course = course_here()
    predict(course, _meant(course, which), answers)


@app.command()
@errors_as_messages()
def serve(
    which: Which = None,
    port: Annotated[int, typer.Option(help="The port to serve on.", min=1, max=65535)] = 8000,
    status: Annotated[
        int, typer.Option(help="The status that the upstream answers with.", min=200, max=599)
    ] = 200,
    takes: Annotated[
        float, typer.Option(help="Seconds that the upstream takes to answer.", min=0)
    ] = 0.0,
    down: Annotated[
        bool, typer.Option("--down", help="Let the upstream refuse every connection.")
    ] = False,
    reload: Annotated[bool, typer.Option(help="Restart the server whenever you save.")] = True,
) -> None:
    """Serve your answer on this machine, with a stand-in for its upstream: no network is needed."""
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
