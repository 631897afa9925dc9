"""What a spec has read that no hash of its inputs covers: files of the learner's in other places, and modules there."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

_OF_THE_SYSTEM = ("/dev", "/etc", "/lib", "/lib64", "/proc", "/sys", "/usr", "/System", "/Library")


class Elsewhere:
    """Knows the places whose content is an input, or does not change from one run to the next."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._modules = 0
        self._a_module_is = False

    def was_read(self, opened: Iterable[str], exercise: Path, room: Path) -> bool:
        """Whether one of these files is of no known place, or a module that is there is."""
        places = (*self._always, *_spelt(exercise), *_spelt(room))
        return any(map(_leads_out, opened)) or self._outside(opened, places) or self._module()

    @cached_property
    def _always(self) -> tuple[str, ...]:
        own = [self._root / name for name in ("kata", "conftest.py", "pyproject.toml", ".kata")]
        installed = [Path(place) for place in sysconfig.get_paths().values()]
        python = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix)]
        system = [Path(os.environ.get("SYSTEMROOT", "/usr")), *map(Path, _OF_THE_SYSTEM)]
        return tuple(name for path in (*own, *installed, *python, *system) for name in _spelt(path))

    def _outside(self, files: Iterable[str], places: tuple[str, ...]) -> bool:
        return any(
            os.path.isabs(file) and not f"{os.path.normpath(file)}{os.sep}".startswith(places)
            for file in files
        )

    def _module(self) -> bool:
        """A module that an earlier spec has brought is opened no more, and is there all the same."""
        if len(sys.modules) != self._modules:
            self._modules = len(sys.modules)
            files = [
                getattr(each, "__dict__", {}).get("__file__")
                for each in sys.modules.copy().values()
            ]
            exercises = _spelt(
                self._root / "exercises"
            )  # the specs; an answer's own modules are gone by now
            named = [file for file in files if isinstance(file, str)]
            self._a_module_is = self._outside(named, (*self._always, *exercises))
        return self._a_module_is


def _leads_out(file: str) -> bool:
    """A relative path is one in the answer's copy, unless it climbs out of it."""
    return not os.path.isabs(file) and os.path.normpath(file).startswith("..")


def _spelt(place: Path) -> tuple[str, ...]:
    """A place as it is named, and as it is without links."""
    return tuple({f"{os.path.abspath(place)}{os.sep}", f"{os.path.realpath(place)}{os.sep}"})
