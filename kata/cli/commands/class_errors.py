"""How a command for a class ends when it cannot do what was asked."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from kata.classroom.refusal import Refusal
from kata.cli.errors import CommandFailed


@contextmanager
def refusing(place: Path) -> Generator[None]:
    """A refusal is its sentence; a disk that does not play along gets one, with the file's name."""
    try:
        yield
    except Refusal as error:
        raise CommandFailed(str(error)) from None
    except OSError as error:
        raise CommandFailed(f"{error.filename or place}: {error.strerror or error}.") from None
