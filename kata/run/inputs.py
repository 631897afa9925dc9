"""Everything that the verdict on an exercise depends on, as one hash.

As a build system has it: where no input has changed, the outcome is the one of before (Mokhov, Mitchell and Peyton
Jones, "Build Systems à la Carte", ICFP 2018). What is in doubt counts as an input: a change of it only costs time.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

import pytest

from kata.answer.copying import NOBODYS_WORK
from kata.answer.loading import DATABASES
from kata.course.course import Exercise
from kata.course.environment import is_an_environment

_SHOWN_ONLY = frozenset(
    (
        *("verbose", "color", "code_highlight", "reportchars", "tbstyle", "fulltrace", "durations"),
        *("durations_min", "showlocals", "no_header", "no_summary", "noheader"),
        *("no_fold_skipped", "force_short_summary", "xfail_tb", "maxfail", "file_or_dir"),
        *("kata_seed", "kata_workers", "kata_fresh", "quiet", "showcapture", "cacheclear"),
    )
)
"""Options that change what is shown of a run, or where it is run, and no verdict."""

_OF_THE_SHELL = frozenset(
    ("_", "PWD", "OLDPWD", "SHLVL", "COLUMNS", "LINES", "PYTEST_CURRENT_TEST")
)
"""Variables of the environment that differ from one command to the next."""

_ABOVE = ("classroom", "cli")
"""Rooms of the kata that no run imports: see docs/architecture.md."""


class HasNoKey(Exception):
    """What an exercise's verdict depends on cannot be told: a link leads elsewhere, or a file cannot be read."""


class Inputs:
    """The inputs of one run. `seed` is the one that was asked for, or None where it was drawn."""

    def __init__(self, config: pytest.Config, root: Path, seed: int | None) -> None:
        self._config = config
        self._root = root
        self._seed = seed

    def key(self, exercise: Exercise) -> str:
        """The hash of all that the verdict on the learner's answer depends on. Raises HasNoKey."""
        try:
            return _hash([self._of_the_run, *_of_files(exercise.folder), str(exercise.folder)])
        except OSError as error:
            raise HasNoKey(str(error)) from error

    @cached_property
    def _of_the_run(self) -> str:
        """The same for all exercises, and for as long as the run lasts."""
        return _hash(
            [
                *_of_files(self._root / "kata", without=_ABOVE, follow=True),
                *(_of_file(path) for path in self._settings()),
                *_of_python(),
                *_of_libraries(),
                *_of_the_environment(),
                *self._of_the_options(),
                f"seed {self._seed}",
            ]
        )

    def _settings(self) -> Iterator[Path]:
        names = ("conftest.py", "pyproject.toml", "exercises/conftest.py", "exercises/__init__.py")
        yield from (self._root / name for name in names if (self._root / name).is_file())

    def _of_the_options(self) -> Iterator[str]:
        for name, value in sorted(vars(self._config.option).items()):
            if name not in _SHOWN_ONLY and not name.startswith("benchmark_"):
                yield f"option {name} {re.sub(' at 0x[0-9a-f]+', '', repr(value))}"


def _of_files(folder: Path, without: Iterable[str] = (), follow: bool = False) -> Iterator[str]:
    """Each file below a folder: its place, whether it may be run, its content."""
    for place, folders, files in os.walk(folder, followlinks=follow):
        folders[:] = sorted(
            name
            for name in folders
            if name not in NOBODYS_WORK
            and not (name in without and place == str(folder))
            and not is_an_environment(os.path.join(place, name))
        )
        for name in sorted(files):
            if not name.endswith(DATABASES) and not name.endswith(".pyc"):
                path = Path(place, name)
                yield f"{path.relative_to(folder).as_posix()} {_of_file(path, follow=follow)}"
        if not follow and any(os.path.islink(os.path.join(place, name)) for name in folders):
            raise HasNoKey(f"{place} has a link to another folder")


def _of_file(path: Path, *, follow: bool = True) -> str:
    if not follow and path.is_symlink():
        raise HasNoKey(f"{path} is a link")
    if not stat.S_ISREG(path.stat().st_mode):
        raise HasNoKey(f"{path} is no file")
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    return f"{path.name} {path.stat().st_mode & stat.S_IXUSR} {content}"


def _of_python() -> list[str]:
    return [sys.version, sys.platform, str(sys.flags), repr(sys.warnoptions), *sys.path]


def _of_libraries() -> Iterator[str]:
    """What is installed, by the names of its metadata, and when it was."""
    for place in sys.path:
        if os.path.isdir(place):
            with os.scandir(place) as found:
                yield from sorted(
                    f"{each.path} {each.stat().st_mtime_ns}"
                    for each in found
                    if each.name.endswith((".dist-info", ".egg-info", ".pth", ".egg-link"))
                )


def _of_the_environment() -> list[str]:
    return sorted(
        f"{name}={value}" for name, value in os.environ.items() if name not in _OF_THE_SHELL
    )


def _hash(parts: Iterable[str]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part.encode("utf-8", "surrogateescape") + b"\0")
    return whole.hexdigest()
