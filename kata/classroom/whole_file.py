"""A file, or a folder of them, that is there whole or not at all."""

import contextlib
import os
import secrets
import shutil
from pathlib import Path


def write_whole(path: Path, content: bytes | str) -> None:
    """Write beside the place and rename: who reads meanwhile sees the old file or the new one.

    A text is written as UTF-8, with its line ends as they are. Raises OSError.
    """
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    # A short name of its own: the whole name may be as long as a file system allows.
    beside = path.parent / f".{secrets.token_hex(6)}.part"
    try:
        beside.write_bytes(data)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def put_in_place(fresh: Path, place: Path) -> None:
    """Let a folder that is ready take the place of another, which may be missing. Both are on one disk."""
    old = fresh.with_name(f"{fresh.name}.old")
    if place.is_dir():
        place.rename(old)
    fresh.rename(place)
    shutil.rmtree(old, ignore_errors=True)
