"""The kata as it stands here, or as it was at some commit, in another folder; with a learner's answers if wanted."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from kata.course.course import Course
from scripts.root import ROOT


class GitFailed(RuntimeError):
    """Git is not here, or this is no repository, or git did not do what it was asked for."""


class NoSuchCommit(LookupError):
    """Git knows no commit of that name."""


def working_copy(folder: Path) -> Path:
    """All files that git tracks or does not ignore, as they stand here, put into a new folder."""
    for name in _git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        source = ROOT / name
        if name and source.is_file():  # git names what was deleted and not yet committed, too
            there = folder / name
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, there)
    return folder


@contextmanager
def worktree(commit: str, folder: Path) -> Generator[Path]:
    """A worktree of that commit in a new folder, taken from git's list at the end."""
    _git("worktree", "add", "--quiet", "--detach", str(folder), resolved(commit))
    try:
        yield folder
    finally:
        _git("worktree", "remove", "--force", str(folder))


def resolved(commit: str) -> str:
    """The whole name of a commit. Raises NoSuchCommit, with one sentence, if there is none."""
    try:
        return _git("rev-parse", "--verify", "--end-of-options", f"{commit}^{{commit}}")
    except GitFailed:
        raise NoSuchCommit(f"git knows no commit {commit!r}: `git log` lists them") from None


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise GitFailed(
            "git is not installed, and it knows which files belong to the kata"
        ) from None
    except subprocess.CalledProcessError as failed:
        raise GitFailed(f"`{' '.join(command)}`: {failed.stderr.strip()}") from None
    return done.stdout.strip("\n")


def put_stubs(kata: Path) -> None:
    """Every answer as a learner finds it."""
    here = Course.find(ROOT)
    for exercise in Course(kata).exercises:
        exercise.answer.write_bytes(here.stub(exercise).read_bytes())


def put_references(kata: Path) -> None:
    """Every answer as a learner may have it in the end: the reference, with all that stands beside it."""
    course = Course(kata)
    for exercise in course.exercises:
        shutil.copytree(course.solutions / exercise.name, exercise.folder, dirs_exist_ok=True)
