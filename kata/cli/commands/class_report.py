"""`kata class report`: the pages of a class, and feedback files for its students."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import get_args

import typer

from kata.classroom.feedback_files import Format, Platform, feedback_zip, write_feedback
from kata.classroom.report import write_report
from kata.classroom.results import read_all
from kata.classroom.whole_file import write_whole
from kata.cli.commands.class_errors import refusing
from kata.cli.errors import UsageError


def report(
    results: Path,
    to: Path,
    *,
    title: str,
    form: Format | None,
    archive: tuple[str, Path] | None,
) -> None:
    platform = _platform(archive[0]) if archive else None
    with refusing(to):
        count = write_report(results, to, title=title, told=_progress)
        if form:
            write_feedback(read_all(results), to / "feedback", form)
            typer.echo(f"Feedback for each student: {to / 'feedback'}")
        if archive and platform:
            write_whole(archive[1], feedback_zip(read_all(results), platform, form or "html"))
            typer.echo(f"Feedback for {platform.capitalize()}: {archive[1]}")
    students = "1 student" if count == 1 else f"{count} students"
    typer.echo(f"{students}: open {to / 'index.html'}")


def _platform(said: str) -> Platform:
    for platform in get_args(Platform):
        if said.lower() == platform:
            return platform
    raise UsageError(f"--feedback-zip knows canvas and moodle, and not {said!r}.")


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty() and (done % 50 == 0 or done == of):
        typer.echo(f"\r{done} of {of} pages{'' if done < of else chr(10)}", nl=False, err=True)
