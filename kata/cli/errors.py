"""How a command ends when it cannot do what was asked: one sentence, and an exit code."""

import sys
from collections.abc import Generator
from contextlib import contextmanager

import typer

from kata.course.course import NoCourse, NoSuchExercise

NOT_SO = 1
MISUSED = 2


class NotSo(Exception):
    """What was asked for is understood, but it is not so, or not to be had now."""


class Misused(Exception):
    """What was asked for makes no sense as it stands."""


@contextmanager
def plainly() -> Generator[None]:
    """Turn the errors that a user can cause into their sentence; never show him a traceback."""
    try:
        yield
    except (NoCourse, NoSuchExercise, Misused) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(MISUSED) from None
    except NotSo as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(NOT_SO) from None
    except KeyboardInterrupt:
        sys.exit(130)
