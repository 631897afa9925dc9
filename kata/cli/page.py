"""Showing Markdown: rendered on a terminal, as it was written anywhere else."""

import typer


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
    from rich.markdown import Markdown

    # Long lines of prose are hard to read, however wide the window is.
    console = Console()
    console.print(Markdown(markdown, code_theme="ansi_dark"), width=min(console.width, 100))
