"""For the tests of the machinery: they are no specs, and have no answer to judge."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Async tests in here run on a plain asyncio loop."""
    return "asyncio"
