"""When a clone's last commit was made, without trusting what stands in the clone.

`git log` in a folder of somebody else's obeys the settings that lie there, and some of them name programs
to run. So git is asked from an empty repository of our own, which only borrows the clone's objects.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

_LONGEST = 1_000_000
_COMMIT = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"


def last_commit(clone: Path) -> str | None:
    """The time of the commit that is checked out, ISO 8601 with its offset; None if it cannot be told."""
    commit = _head(clone / ".git")
    objects = clone / ".git" / "objects"
    if commit is None or not objects.is_dir():
        return None
    with tempfile.TemporaryDirectory(prefix="kata-git-") as own:
        shared = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        shared |= {
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
        }
        kind = "--object-format=sha256" if len(commit) == 64 else "--object-format=sha1"
        if _git(["init", "--quiet", "--bare", kind, own], shared) is None:
            return None
        borrowed = {**shared, "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(objects)}
        command = [
            f"--git-dir={own}",
            "show",
            "--no-patch",
            "--no-show-signature",
            "--format=%cI",
            commit,
        ]
        return (_git(command, borrowed) or "").strip() or None


def _git(arguments: list[str], environment: dict[str, str]) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    return done.stdout if done.returncode == 0 else None


def _head(folder: Path) -> str | None:
    """The commit that HEAD names, by way of a branch, loose or packed."""
    head = _text(folder / "HEAD").strip()
    if re.fullmatch(_COMMIT, head):
        return head
    branch = head.removeprefix("ref: ")
    if not re.fullmatch(r"refs/[\w./+@-]+", branch) or ".." in branch:
        return None
    loose = _text(folder.joinpath(*branch.split("/"))).strip()
    if re.fullmatch(_COMMIT, loose):
        return loose
    packed = re.search(
        rf"^({_COMMIT}) {re.escape(branch)}$", _text(folder / "packed-refs"), re.MULTILINE
    )
    return packed[1] if packed else None


def _text(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return ""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_LONGEST)
    except OSError:
        return ""
