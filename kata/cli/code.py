"""Code on a terminal: coloured, and on a narrow one a line that does not fit goes on below, between two words and
indented."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.syntax import Syntax

_COMMENT = re.compile(r"\s*# ")
_GOES_ON = 4
"""Columns by which the rest of a line stands further in than its beginning."""


def folded(code: str, width: int) -> str:
    """The code with no line longer than this, unless a single word is. A comment stays a comment."""
    return "\n".join(_folded(line, width) for line in code.splitlines())


def _folded(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    comment = _COMMENT.match(line)
    indent = comment[0] if comment else " " * (len(line) - len(line.lstrip()) + _GOES_ON)
    return textwrap.fill(
        line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def coloured(code: str, width: int) -> Syntax:
    """Code in the terminal's own colours: its background may be light."""
    from rich.syntax import Syntax

    return Syntax(
        folded(code.rstrip(), width),
        "python",
        theme="ansi_dark",
        background_color="default",
        word_wrap=True,
    )


def show_code(code: str) -> None:
    """Print code: coloured for a person, as it is for a file or a pipe."""
    from rich.console import Console

    console = Console()
    if console.is_terminal:
        console.print(coloured(code, console.width))
    else:
        typer.echo(code)
