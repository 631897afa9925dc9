"""`kata class grade`: the first look at a class, with its progress and what came of it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from kata.classroom.grading.bench import isolation_here
from kata.classroom.grading.cluster import ClusterFailed
from kata.classroom.grading.grade import Graded, Told, Wishes, grade
from kata.classroom.refusal import Refusal
from kata.classroom.sandbox.confinement import Layers
from kata.classroom.shards import Shard
from kata.cli.errors import CommandFailed, UsageError
from kata.course.course import Course

if TYPE_CHECKING:
    from kata.classroom.second_look.confirm import Confirmed

_SHOWN = 20


def class_grade(
    course: Course,
    submissions: Path,
    to: Path,
    *,
    points: Path | None,
    due: Path | None,
    only: str | None,
    shard: str | None,
    workers: int | None,
    cluster: str | None,
    isolation: str | None,
    confirm: bool,
    broken: Path | None,
) -> None:
    with suppress(AttributeError):
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr] # names are in every script
        sys.stderr.reconfigure(errors="replace")  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, _stop)
    try:
        part = Shard.parse(shard) if shard else Shard()
        wishes = Wishes(points, due, only, part, workers, isolation, cluster)
        if broken is not None and not confirm:
            raise Refusal("--broken has a meaning only with --confirm")
        if confirm:
            _must_be_possible(broken)
        # Where a cluster judges, the second look is taken here all the same.
        here = isolation_here(course, isolation) if confirm and cluster else None
        with _progress() as told:
            graded = grade(course, submissions, to, wishes, told)
        confirmed = None
        if confirm and (here := here or graded.isolation) is not None:
            confirmed = _look_again(course, submissions, to, here.layers, part, broken)
    except Refusal as refusal:
        raise UsageError(_sentence(str(refusal))) from None
    except ClusterFailed as failure:
        raise CommandFailed(
            f"{failure} What is judged stands in {to}: the same command goes on."
        ) from None
    except KeyboardInterrupt:
        typer.echo(
            f"Interrupted. What is judged stands in {to}: the same command goes on.", err=True
        )
        raise
    except OSError as error:
        raise CommandFailed(f"{error.filename or to}: {error.strerror or error}.") from None
    if confirmed is not None:
        _tell_of_the_second_look(confirmed)
    _tell(graded, to)


def _must_be_possible(broken: Path | None) -> None:
    from kata.classroom.second_look.confirm import must_be_possible

    must_be_possible(broken)


def _look_again(
    course: Course, submissions: Path, to: Path, layers: Layers, part: Shard, broken: Path | None
) -> Confirmed:
    # What it imports is half of what this process would hold, and most gradings do without it.
    from kata.classroom.second_look.confirm import confirm

    with _progress() as told:
        return confirm(course, submissions, to, layers, told, shard=part, broken=broken)


def _stop(_signal: int, _frame: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)  # as an exception, so that the workers are ended too


@contextmanager
def _progress() -> Generator[Told]:
    """A bar on a terminal, and elsewhere a line for each student."""
    if not sys.stderr.isatty():
        yield lambda done, of, line: typer.echo(f"{done} of {of}  {_printable(line)}", err=True)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def told(done: int, of: int, line: str) -> None:
            bar.update(task, completed=done, total=of, description=escape(_printable(line[:60])))

        yield told


def _tell(graded: Graded, to: Path) -> None:
    for line in graded.told:
        typer.echo(_printable(line), err=True)
    for line in graded.moved[:_SHOWN]:
        typer.echo(_printable(line))
    if len(graded.moved) > _SHOWN:
        typer.echo(f"and {len(graded.moved) - _SHOWN} more moved: each result says so.")
    students = "1 student" if graded.students == 1 else f"{graded.students} students"
    answers = "1 answer" if graded.judged == 1 else f"{graded.judged} answers"
    known = f", {graded.known} known from before" if graded.known else ""
    typer.echo(f"{to}: {students}. {answers} judged{known}.")
    if graded.unjudged:
        names = [_printable(name) for name in graded.unjudged]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise CommandFailed(
            f"Not everything of {', '.join(names[:_SHOWN])}{more} could be judged: their results say why."
        )


def _tell_of_the_second_look(confirmed: Confirmed) -> None:
    answers = "1 answer" if confirmed.looked_at == 1 else f"{confirmed.looked_at} answers"
    typer.echo(f"Second look: {answers}.")
    for line in confirmed.differing[:_SHOWN]:
        typer.echo(_printable(line))
    if len(confirmed.differing) > _SHOWN:
        typer.echo(f"and {len(confirmed.differing) - _SHOWN} more: the report names all.")
    if confirmed.unsure:
        names = ", ".join(_printable(name) for name in confirmed.unsure[:_SHOWN])
        typer.echo(
            f"Not everything of {names} could be looked at again, since the machine was busy. Call the same "
            "command again when it is quiet."
        )


def _printable(text: str) -> str:
    """A student chooses his name, and a terminal obeys what it is sent."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
