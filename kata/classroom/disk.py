"""Reading a folder as an export: its files, and its links as links."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from kata.classroom.junk import junk_folder
from kata.classroom.members import DEEPEST, TOO_DEEP, WHOLE, Member, Parts, nothing, printable
from kata.classroom.refusal import Refusal

_KINDS = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISDIR, "a folder"))
_READ_ONLY = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NONBLOCK", 0)
)


def folder_members(root: Path) -> list[Member]:
    """Every file below a folder, sorted. A link is not followed here; an environment is not looked into."""
    return list(_below(Path(os.path.realpath(root)), ()))


def _below(root: Path, path: Parts) -> Iterator[Member]:
    folder = root.joinpath(*path)
    if len(path) > DEEPEST:
        yield Member((*path, WHOLE), 0, nothing, "/".join(_printable(path)), trouble=TOO_DEEP)
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield _unreadable(path or ("?",), error)
        return
    names = {entry.name for entry in entries}
    if path and (why := junk_folder(path[-1], names)):
        # Told as one thing; a clone's own folder is still looked at by who wants to know its last commit.
        yield Member((*path, WHOLE), 0, nothing, "/".join(path), trouble=why)
        return
    if path and not entries:
        yield Member((*path, WHOLE), 0, nothing, "/".join(_printable(path)), trouble="it is empty")
    for entry in entries:
        yield from _entry(root, entry, (*path, entry.name))


def _entry(root: Path, entry: os.DirEntry[str], path: Parts) -> Iterator[Member]:
    place = Path(entry.path)
    try:
        if entry.is_symlink() or _is_junction(place):
            yield Member(path, 0, nothing, "/".join(path), link=_target(root, place))
            return
        if entry.is_dir(follow_symlinks=False):
            yield from _below(root, path)
            return
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        yield _unreadable(path, error)
        return
    trouble = ""
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for holds, name in _KINDS if holds(status.st_mode)), "a device")
        trouble = f"it is {kind}"
    elif not entry.name.isprintable():
        trouble = "its name has characters that cannot be printed"

    def read(count: int) -> bytes:
        try:
            # What was a file a moment ago may be a link by now.
            with open(os.open(place, _READ_ONLY), "rb") as file:
                return file.read(count)
        except OSError as error:
            raise Refusal(f"{'/'.join(path)} cannot be read: {error.strerror}") from None

    modified = _moment(status.st_mtime)
    yield Member(
        _printable(path), status.st_size, read, "/".join(_printable(path)), modified, None, trouble
    )


def _unreadable(path: Parts, error: OSError) -> Member:
    shown = _printable(path)
    return Member(
        shown, 0, nothing, "/".join(shown), trouble=f"it cannot be read: {error.strerror}"
    )


def _target(root: Path, link: Path) -> str:
    """A link's target, seen from the link: what points into the export by its full path stays inside."""
    target = os.readlink(link)
    if os.path.isabs(target) and Path(target).is_relative_to(root):
        return printable(os.path.relpath(target, link.parent))
    return printable(target)


def _is_junction(path: Path) -> bool:
    return bool(getattr(os.path, "isjunction", bool)(path)) if os.name == "nt" else False


def _printable(path: Parts) -> Parts:
    return tuple(printable(part) for part in path)


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds)
    except (ValueError, OverflowError, OSError):  # a file may say that it is of the year 30000
        return None
