"""`kata class handout`: what students get, and what they do not."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import typer

from kata.classroom.delivery import (
    as_folder,
    as_repository,
    as_zip,
    for_classroom_50,
    for_gradescope,
    must_be_free,
)
from kata.classroom.due import chosen, read_due
from kata.classroom.handout import HandOut, hand_out
from kata.classroom.refusal import Refusal
from kata.cli.errors import CommandFailed, UsageError
from kata.course.course import Course

PLATFORMS = ("classroom50", "gradescope")


def class_handout(
    course: Course,
    dest: Path | None,
    *,
    zip_file: Path | None,
    git: bool,
    only: str | None,
    due: Path | None,
    at: datetime | None,
    platform: str | None,
) -> None:
    try:
        _check(dest, zip_file, git, at, due, platform)
        made, later = _made(course, only, due, at, for_a_judge=platform == "gradescope")
        where = _deliver(made, dest, zip_file, git=git, platform=platform)
    except Refusal as refusal:
        text = str(refusal)
        raise UsageError(text if text.endswith(".") else f"{text}.") from None
    except OSError as error:
        raise CommandFailed(
            f"{error.filename or dest or zip_file} cannot be written: {error.strerror}."
        ) from None
    _tell(made, later, where)


def _check(
    dest: Path | None,
    zip_file: Path | None,
    git: bool,
    at: datetime | None,
    due: Path | None,
    platform: str | None,
) -> None:
    if dest is None and zip_file is None:
        raise Refusal("say where to: a folder, or --zip FILE")
    if dest is None and (git or platform):
        raise Refusal(f"{'--git' if git else '--for'} needs a folder to write into")
    if platform is not None and platform not in PLATFORMS:
        raise Refusal(f"--for knows {' and '.join(PLATFORMS)}, and not {platform!r}")
    if platform is not None and (git or zip_file):
        raise Refusal("--for writes a platform's own files: leave --git and --zip away")
    if at is not None and due is None:
        raise Refusal("--at says when to look at the dates of --due: give both")
    if dest is not None:
        must_be_free(dest)


def _made(
    course: Course, only: str | None, due: Path | None, at: datetime | None, *, for_a_judge: bool
) -> tuple[HandOut, list[str]]:
    exercises = chosen(course, only) if only else list(course.exercises)
    moments = read_due(due, course) if due else {}
    now = (at or datetime.now()).astimezone()
    later = [
        each for each in exercises if each.name in moments and not moments[each.name].is_open(now)
    ]
    exercises = [each for each in exercises if each not in later]
    if not exercises:
        raise Refusal(
            f"none of the exercises is open yet on {now:%Y-%m-%d %H:%M}: look at the dates in {due}"
        )
    return hand_out(course, exercises, moments, for_a_judge=for_a_judge), [
        each.name for each in later
    ]


def _deliver(
    made: HandOut, dest: Path | None, zip_file: Path | None, *, git: bool, platform: str | None
) -> list[str]:
    if platform == "classroom50" and dest is not None:
        as_folder(for_classroom_50(made.files), dest)
        return [
            f"{dest}: put these files into CLASSROOM/autograders/ASSIGNMENT/. They get published."
        ]
    if platform == "gradescope" and dest is not None:
        as_zip(for_gradescope(made.files), dest / "autograder.zip", within="")
        return [f"{dest / 'autograder.zip'}: upload it as the assignment's autograder."]
    told: list[str] = []
    if dest is not None:
        (as_repository if git else as_folder)(made.files, dest)
        told.append(
            f"{dest}: {'a repository with one commit' if git else 'a folder'}, {len(made.files)} files."
        )
    if zip_file is not None:
        as_zip(made.files, zip_file)
        told.append(f"{zip_file}: a zip, {len(made.files)} files.")
    return told


def _tell(made: HandOut, later: list[str], where: list[str]) -> None:
    for line in where:
        typer.echo(line)
    typer.echo(f"In it: {', '.join(each.name for each in made.exercises)}.")
    if later:
        typer.echo(f"Not open yet, and not in it: {', '.join(later)}.")
    if made.strays:
        more = f" and {len(made.strays) - 8} more" if len(made.strays) > 8 else ""
        typer.echo(f"Not in it, since git does not know them: {', '.join(made.strays[:8])}{more}.")
    typer.echo(
        "There is no solution, gallery or history in it. What it cannot hide: docs/classroom.md."
    )
