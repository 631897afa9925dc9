"""`kata class collect`: what was taken from whom, aloud."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import typer

from kata.classroom.collect import Collected, Wanted, collect
from kata.classroom.manifest import MANIFEST
from kata.classroom.notes import ROUTINE
from kata.classroom.refusal import Refusal
from kata.cli.errors import CommandFailed, UsageError
from kata.course.course import PROJECT, Course

_AT_MOST = 6


def class_collect(course: Course, export: Path, dest: Path, wanted: Wanted) -> None:
    with suppress(AttributeError):
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr] # names are in every script
    shows = sys.stderr.isatty()

    def progress(turn: int, of: int, name: str) -> None:
        if shows:
            typer.echo(f"\r\x1b[K{turn + 1} of {of}  {name[:60]}", err=True, nl=False)

    try:
        done = collect(course, export, dest, wanted, _version(), progress)
    except Refusal as refusal:
        raise UsageError(_sentence(str(refusal))) from None
    except OSError as error:
        raise CommandFailed(
            f"{error.filename or dest} cannot be written or read: {error.strerror}."
        ) from None
    finally:
        if shows:
            typer.echo("\r\x1b[K", err=True, nl=False)
    _tell(done, export, dest)


def _tell(done: Collected, export: Path, dest: Path) -> None:
    typer.echo(f"{export.name}: {done.platform}, {_number(done.handins, 'hand-in')}.")
    for line in _lines(done, dest):
        typer.echo(line)
    for student in done.missing:
        typer.echo(f"  {student.name}: in the roster, and handed in nothing.")
    strangers = [each for each in done.strangers if each]
    if strangers:
        more = f" and {len(strangers) - _AT_MOST} more" if len(strangers) > _AT_MOST else ""
        typer.echo(f"  Nobody's: {', '.join(strangers[:_AT_MOST])}{more}.")
    outside = [each.name for each in done.touched.values() if each.in_roster is False]
    if outside:
        typer.echo(f"  Not in the roster: {', '.join(outside)}.")
    _sum_up(done, dest)


def _lines(done: Collected, dest: Path) -> Iterator[str]:
    """What was odd: a line for each student, or one for all where many did the same."""
    told = [
        (
            student,
            list(dict.fromkeys(note.text for note in student.notes if note.kind not in ROUTINE)),
        )
        for student in done.touched.values()
    ]
    often = Counter(text for _, texts in told for text in texts)
    for text, count in often.items():
        if count > _AT_MOST:
            names = [student.name for student, texts in told if text in texts]
            yield f"  {count} students ({', '.join(names[:3])}, ...): {_sentence(text)}"
    for student, texts in told:
        own = [text for text in texts if often[text] <= _AT_MOST]
        for text in own[:_AT_MOST]:
            yield f"  {student.name} ({dest.name}/{student.id}): {_sentence(text)}"
        if len(own) > _AT_MOST:
            yield f"  {student.name}: and {len(own) - _AT_MOST} more, in {MANIFEST}."


def _sum_up(done: Collected, dest: Path) -> None:
    kinds = Counter(change for changes in done.changes.values() for change in changes.values())
    answers = ", ".join(
        f"{kinds[kind]} {kind}" for kind in ("new", "replaced", "as before") if kinds[kind]
    )
    with_answers = [each for each in done.touched.values() if each.exercises]
    statuses = Counter(each.status for each in done.touched.values())
    typer.echo(
        f"{dest}: {_number(len(with_answers), 'student')} with answers ({answers or 'no answer'})."
    )
    left_out = sum(note.kind == "left out" for each in done.touched.values() for note in each.notes)
    if left_out:
        typer.echo(f"What was left out of whose hand-in, and why, stands in {dest / MANIFEST}.")
    looked_at = statuses["refused"] + statuses["partly"] + statuses["nothing"]
    if looked_at:
        raise CommandFailed(
            f"{_number(looked_at, 'hand-in')} could not be taken, or not all of it: see above."
        )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _version() -> str:
    try:
        return version(PROJECT)
    except PackageNotFoundError:
        return "unknown"
