"""`kata class merge`: the results of shards as one folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from kata.classroom.merge import merge as merged
from kata.cli.commands.class_errors import refusing
from kata.cli.errors import CommandFailed


def merge(folders: Sequence[Path], to: Path) -> None:
    with refusing(to):
        made = merged(folders, to)
    for sentence in made.doubled:
        typer.echo(sentence, err=True)
    count = "1 result" if made.count == 1 else f"{made.count} results"
    typer.echo(f"{count}: {to}")
    if made.missing:
        raise CommandFailed("\n".join(made.missing))
