"""What the commands say: wrapped and rendered on a terminal, as it was written anywhere else."""

import sys

import typer

WIDEST = 100
"""Columns of prose: longer lines are hard to read, however wide the window is."""


def on_a_terminal() -> bool:
    from rich.console import Console

    return Console().is_terminal


def show(markdown: str) -> None:
    """Render for a person who looks at a terminal; keep the source for a file or a pipe.

    Rich leaves colours away where NO_COLOR is set, and knows how wide the terminal is.
    """
    if not on_a_terminal():
        typer.echo(markdown)
        return
    from rich.console import Console

    from kata.cli.markdown import TerminalMarkdown

    console = Console()
    console.print(TerminalMarkdown(markdown, console), width=min(console.width, WIDEST))


def say(text: str, *, err: bool = False) -> None:
    """Print plain text. On a terminal its lines end between words."""
    stream = sys.stderr if err else sys.stdout
    if stream.isatty():
        from rich.console import Console

        from kata.feedback.wrapping import wrapped

        text = wrapped(text, Console(stderr=err).width)
    typer.echo(text, err=err)
