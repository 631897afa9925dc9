"""How a command ends when it cannot do what was asked: one sentence, and an exit code."""

import errno
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


def refusal(error: OSError) -> str:
    """What the system refused, and where, without a full stop."""
    if error.filename is None:
        return str(error)
    place = error.filename2 or error.filename
    return f"{place}: {error.strerror}"


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
    except OSError as error:
        if error.errno == errno.EPIPE:  # whoever reads has had enough: typer ends without a word
            raise
        say(f"{refusal(error)}.", err=True)
        raise typer.Exit(EXIT_FAILED) from None
    except KeyboardInterrupt:
        sys.exit(130)
