"""`kata class report`: the pages of a class, and feedback files for its students."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import typer

from kata.classroom.refusal import Refusal
from kata.classroom.report import write_report
from kata.cli.errors import NotSo

Format = Literal["html", "text"]


def report(results: Path, to: Path, *, title: str) -> None:
    try:
        count = write_report(results, to, title=title, told=_progress)
    except Refusal as error:
        raise NotSo(str(error)) from None
    except OSError as error:
        raise NotSo(f"{error.filename or to} could not be written: {error.strerror}.") from None
    students = "1 student" if count == 1 else f"{count} students"
    typer.echo(f"{students}: open {to / 'index.html'}")


def _progress(done: int, of: int) -> None:
    import sys

    if sys.stderr.isatty() and (done % 50 == 0 or done == of):
        typer.echo(f"\r{done} of {of} pages{'' if done < of else chr(10)}", nl=False, err=True)
