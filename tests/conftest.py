"""For the tests of the machinery: they are no specs, and have no answer to judge."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from kata.course.course import Exercise
from tests.helpers import verdicts

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell ignores it for what it starts in the background, and whatever tests start would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def anyio_backend() -> str:
    """Async tests in here run on a plain asyncio loop."""
    return "asyncio"


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin with the verdicts that the tests will ask for."""
    if session.config.option.collectonly:
        return
    wanted: dict[tuple[str, Path], None] = {}
    for item in session.items:
        asked: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
        exercise, answer = asked.get("exercise"), asked.get("answer")
        if isinstance(exercise, Exercise) and isinstance(answer, Path):
            if not item.get_closest_marker("skip"):
                wanted[exercise.name, answer] = None
    verdicts.ahead.begin(list(wanted))


def pytest_unconfigure() -> None:
    verdicts.ahead.end()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        dest="update_golden",
        action="store_true",
        help="write the texts in tests/golden/ anew, as the failures read now",
    )
