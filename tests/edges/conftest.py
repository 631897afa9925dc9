"""For the tests of the edges: each has a clone of the kata to itself."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.helpers.clone import Clone, cloned


@pytest.fixture
def clone(tmp_path: Path) -> Generator[Clone]:
    yield cloned(tmp_path / "kata")
    for folder, _, _ in os.walk(tmp_path):
        os.chmod(folder, 0o700)


@pytest.fixture
def ada(tmp_path: Path) -> Path:
    """The folder of a hand-in."""
    folder = tmp_path / "submissions" / "ada"
    folder.mkdir(parents=True)
    return folder
