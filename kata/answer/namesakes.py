"""A file of the answer and a library with one name: which of the two is imported, and what to say of it."""

from __future__ import annotations

import importlib.machinery
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from kata import patches


@dataclass(frozen=True)
class Namesake:
    """A file of the answer with a library's name, what is wrong with that in words, and the remedy."""

    file: str
    came: str
    remedy: str


def modules_in(folder: Path) -> set[str]:
    """The names under which a folder's files and folders can be imported."""
    return {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}


def hides_what_all_need(folder: Path) -> Namesake | None:
    """A file that stands before a library without which no spec can run."""
    names = sorted(patches.LIBRARIES & modules_in(folder))
    return _hides(folder, names[0]) if names else None


def behind(error: BaseException, folder: Path) -> Namesake | None:
    """The file by which an import failed, if the error speaks of a module that is there twice."""
    name = getattr(error, "name", None) if isinstance(error, ImportError) else None
    found = re.search(r"module '(\w+)", str(error))
    top = (name or (found[1] if found else "")).partition(".")[0]
    if top not in modules_in(folder):
        return None
    if top in sys.stdlib_module_names:
        file = _file_of(folder, top)
        came = f"Python's own module {top} comes before your file {file}"
        return Namesake(file, came, f"Give the file {file} another name.")
    return _hides(folder, top) if _is_installed(top) else None


def _hides(folder: Path, name: str) -> Namesake:
    file = _file_of(folder, name)
    return Namesake(
        file,
        f"your file {file} hides the library of that name",
        "Whatever imports the library gets your file. Give the file another name.",
    )


def _file_of(folder: Path, module: str) -> str:
    return module if (folder / module).is_dir() else f"{module}.py"


def _is_installed(name: str) -> bool:
    """Whether a library of that name stands in the environment."""
    elsewhere = [place for place in sys.path if "-packages" in place]
    found = importlib.machinery.PathFinder.find_spec(name, elsewhere)
    return found is not None and found.origin is not None
