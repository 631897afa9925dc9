"""`kata class similar`: the answers, handed to a program that finds similar ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from kata.classroom.similar import INSTALL, compare, find_tool, lay_out, submissions_of
from kata.cli.commands.class_errors import refusing
from kata.cli.errors import CommandFailed
from kata.course.course import Course


def similar(
    course: Course,
    place: Path,
    to: Path,
    *,
    exercises: Sequence[str],
    jplag: Path | None,
    only_lay_out: bool,
) -> None:
    wanted = [course.exercise(each) for each in exercises] or list(course.exercises)
    with refusing(to):
        tool = None if only_lay_out else find_tool(jplag)
        if tool is None and not only_lay_out:
            raise CommandFailed(
                f"Neither compare50 nor JPlag is here. {INSTALL}\n--lay-out writes their folders only."
            )
        laid = lay_out(course, submissions_of(place), to, wanted)
        failed: list[str] = []
        for each in laid:
            if each.count < 2:
                typer.echo(f"{each.exercise.name}: {each.count} answers, nothing to compare.")
            elif tool is None:
                typer.echo(
                    f"{each.exercise.name}: {each.count} answers in {each.answers}, base code in {each.base}"
                )
            elif compare(tool, each, to / each.exercise.name / "report"):
                failed.append(each.exercise.name)
    if failed and tool:
        raise CommandFailed(
            f"{tool.called} could not compare {', '.join(failed)}: its own words are above."
        )
    if tool:
        typer.echo(f"The reports of {tool.called}: {to}/*/report*")
