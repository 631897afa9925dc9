"""For the tests of the machinery: they are no specs, and have no answer to judge."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Async tests in here run on a plain asyncio loop."""
    return "asyncio"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        dest="update_golden",
        action="store_true",
        help="write the texts in tests/golden/ anew, as the failures read now",
    )
