"""What a run was told to run: the paths on its command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def path_of(config: pytest.Config, argument: str) -> Path:
    """The path of one argument, which may go on with the name of a test. Links are not followed."""
    place = Path(config.invocation_params.dir, argument.partition("::")[0])
    return Path(os.path.abspath(place))


def named_paths(config: pytest.Config) -> list[Path]:
    """The paths of all arguments."""
    return [path_of(config, argument) for argument in config.args]
