"""The kata's own files in an exercise's folder, as they were handed out: its spec, and what is given.

A learner works beside them, and may change, break or delete them. So each is kept a second time. `kata check` writes
these copies, so a maintainer who changes a spec has nothing to keep in step by hand.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from kata.course.same_text import same_text


def kept(folder: Path) -> Path:
    """Where the copies for an exercise's folder are. A new exercise has none before `kata check` has run."""
    return folder.parents[1] / "kata" / "course" / "specs" / folder.name


def changed(folder: Path) -> Iterator[Path]:
    """The files of an exercise's folder that are missing, or not as they were handed out."""
    copies = kept(folder)
    for copy in _files(copies):
        path = folder / copy.relative_to(copies)
        if not same_text(copy, path):
            yield path


def put_back(folder: Path, path: Path) -> None:
    """Bring one of these files back. Raises OSError if it cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kept(folder) / path.relative_to(folder), path)


def keep(folder: Path, files: Iterable[Path]) -> Iterator[Path]:
    """Let the copies for an exercise's folder be those of these files in it. Yields those that were not."""
    copies = kept(folder)
    own = {path.relative_to(folder) for path in files}
    for copy in _files(copies):
        if copy.relative_to(copies) not in own:
            copy.unlink()
            yield copy
    for place in sorted(own):
        copy = copies / place
        if not same_text(copy, folder / place):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / place, copy)
            yield copy


def _files(folder: Path) -> list[Path]:
    return [
        Path(place, name)
        for place, _, names in os.walk(folder)
        for name in sorted(names)
        if "__pycache__" not in place and not name.endswith(".pyc")
    ]
