"""Whose code a frame runs: a library's, Python's own among them, or somebody else's."""

from __future__ import annotations

import os
import sysconfig
from types import FrameType

_FOLDERS = tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "purelib", "platlib")})


def is_of_a_library(frame: FrameType) -> bool:
    """What is written at run time, as the `__init__` of a dataclass, has no file: then its module's counts."""
    file = frame.f_code.co_filename
    if file.startswith("<"):
        file = str(frame.f_globals.get("__file__") or file)
    return file.startswith(_FOLDERS)
