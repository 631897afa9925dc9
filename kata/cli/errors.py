"""How a command ends when it cannot do what was asked: one sentence, and an exit code."""

import sys
from collections.abc import Generator
from contextlib import contextmanager

import typer

from kata.cli.page import say
from kata.course.course import NoCourse, NoSuchExercise

EXIT_FAILED = 1
EXIT_USAGE = 2


class CommandFailed(Exception):
    """The command was understood, and cannot do what was asked."""


class UsageError(Exception):
    """The command was called with something that makes no sense."""


@contextmanager
def errors_as_messages() -> Generator[None]:
    """End the command with the message of an error that its user can cause, without a traceback."""
    try:
        yield
    except (NoCourse, NoSuchExercise, UsageError) as error:
        say(str(error), err=True)
        raise typer.Exit(EXIT_USAGE) from None
    except CommandFailed as error:
        say(str(error), err=True)
        raise typer.Exit(EXIT_FAILED) from None
    except KeyboardInterrupt:
        sys.exit(130)
