"""Virtual environments: folders that hold other people's code, wherever a learner has put them."""

import os
from pathlib import Path

_MARKS_OF_AN_ENVIRONMENT = (
    "pyvenv.cfg",
    "conda-meta",
    "bin/activate",
    "bin/python",
    "Scripts/activate",
)


def is_an_environment(folder: str | Path) -> bool:
    """Whether a folder is a virtual environment, whatever its name is."""
    return any(os.path.lexists(os.path.join(folder, mark)) for mark in _MARKS_OF_AN_ENVIRONMENT)
