"""Copies of what somebody wrote, in which a spec may write and of which nothing stays.

A copy has the contents of a folder, and not its permissions: it can always be written to and always be removed.
Links are followed as the file system follows them. What cannot be copied is left out, with a sentence that says why.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath

from kata.course.environment import is_an_environment

NOBODYS_WORK = frozenset(
    (
        *("__pycache__", "__pypackages__", "__MACOSX", "node_modules", "site-packages"),
        *(".git", ".hg", ".svn", ".idea", ".vscode", ".tox", ".nox", ".venv", "venv", ".kata"),
        *(".pytest_cache", ".mypy_cache", ".ruff_cache", ".ipynb_checkpoints"),
    )
)
"""Folders with these names hold what tools have made."""


@dataclass(frozen=True)
class LeftOut:
    """Why a file or folder is not in the copy, and what to do. `why` goes on after the file's name."""

    why: str
    remedy: str


def copy_folder(
    source: Path, target: Path, *, without: Callable[[str], bool], tree: Path | None = None
) -> dict[PurePath, LeftOut]:
    """Copy a folder to `target`, which is made. Returns what was left out, by its place in the folder.

    `without` says of a file's name that it is not wanted; folders that tools have made are left out too. `tree` is the
    hand-in that the folder is a part of, where it is graded: no link may lead out of that.
    Raises OSError only if `target` cannot be written.
    """
    copying = _Copying(source, without, tree)
    if os.path.islink(source) and (refused := _refused(str(source), tree)):
        target.mkdir(parents=True)
        return {PurePath(): refused}
    copying.folder(str(source), target)
    return copying.left_out


def copy_file(source: Path, target: Path, *, tree: Path | None = None) -> LeftOut | None:
    """Copy one file. Returns why that cannot be done, if it cannot. A file that is not there is no reason."""
    if reason := why_unreadable(source, tree=tree):
        return reason
    if not os.path.isfile(source):
        return None
    code = source.read_bytes()
    may_run = source.stat().st_mode & stat.S_IXUSR
    if target.is_symlink():
        target.unlink()
    elif target.is_dir():
        remove(target)
    target.write_bytes(code)
    if may_run:
        target.chmod(0o755)
    return None


def why_unreadable(source: Path, *, tree: Path | None = None) -> LeftOut | None:
    """Why a file that is there cannot be copied, if it cannot. `tree` is as for `copy_folder`."""
    if os.path.islink(source) and (refused := _refused(str(source), tree)):
        return refused
    try:
        if stat.S_ISREG(os.stat(source).st_mode):
            source.open("rb").close()
    except FileNotFoundError:
        pass
    except OSError as error:
        return _unreadable(error)
    return None


def remove(folder: Path) -> None:
    """Remove a copy, whatever permissions were taken from it meanwhile. A folder that is not there is no error."""
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        return
    for place, _, _ in os.walk(folder):  # from the top: a folder is listed after it was opened here
        os.chmod(place, stat.S_IRWXU)
        for inside in os.scandir(place):
            if inside.is_dir(follow_symlinks=False):
                os.chmod(inside.path, stat.S_IRWXU)
    shutil.rmtree(folder, ignore_errors=True)


def _unreadable(error: OSError) -> LeftOut:
    return LeftOut(
        f"cannot be read: {error.strerror}",
        "Give yourself the permission to read it, and run again.",
    )


def _refused(link: str, tree: Path | None) -> LeftOut | None:
    """Why a link is not followed, if it is not."""
    if not os.path.exists(link):
        return LeftOut(
            f"is a link to {os.readlink(link)}, which is not there", "Put the file in its place."
        )
    if tree is not None and not _is_inside(os.path.realpath(link), os.path.realpath(tree)):
        return LeftOut(
            f"is a link that leads out of {tree.name}", "Hand in the file itself, not a link to it."
        )
    return None


def _is_inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


class _Copying:
    """One copy while it is made."""

    def __init__(self, source: Path, without: Callable[[str], bool], tree: Path | None) -> None:
        self.left_out: dict[PurePath, LeftOut] = {}
        self._source = str(source)
        self._without = without
        self._tree = tree
        self._copies: dict[str, Path] = {}  # where each folder has its copy, by its real path

    def folder(self, source: str, target: Path) -> None:
        self._copies[os.path.realpath(source)] = target
        target.mkdir(parents=True, exist_ok=True)
        try:
            with os.scandir(source) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            self._leave_out(source, _unreadable(error))
            return
        for entry in entries:
            self._entry(entry, target / entry.name)

    def _entry(self, entry: os.DirEntry[str], target: Path) -> None:
        if not os.path.isdir(entry.path):
            if not self._without(entry.name):
                refused = copy_file(Path(entry.path), target, tree=self._tree)
                self._leave_out(entry.path, refused)
        elif entry.name not in NOBODYS_WORK and not is_an_environment(entry.path):
            if entry.is_symlink():
                self._linked_folder(entry.path, target)
            else:
                self.folder(entry.path, target)

    def _linked_folder(self, link: str, target: Path) -> None:
        if refused := _refused(link, self._tree):
            self._leave_out(link, refused)
            return
        real = os.path.realpath(link)
        if real in self._copies:
            # Perhaps a folder round the link itself: a copy of it would have no end.
            self._link(link, os.path.relpath(self._copies[real], target.parent), target)
        elif self._tree is None and not _is_inside(real, os.path.realpath(self._source)):
            # One's own link to a place elsewhere, which may be of any size.
            self._link(link, real, target)
        else:
            self.folder(link, target)

    def _link(self, link: str, to: str, place: Path) -> None:
        try:
            place.symlink_to(to, target_is_directory=True)
        except OSError as error:  # Windows does not let everybody make links
            self._leave_out(
                link, LeftOut(f"cannot be linked: {error.strerror}", "Copy the folder.")
            )

    def _leave_out(self, path: str, why: LeftOut | None) -> None:
        if why is not None:
            self.left_out[PurePath(os.path.relpath(path, self._source))] = why
