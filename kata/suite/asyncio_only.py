"""A plugin for pytest with one fixture: async tests of a FastAPI app run on asyncio."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The app is an asyncio one, so its tests don't run on trio, even where that is installed."""
    return "asyncio"
