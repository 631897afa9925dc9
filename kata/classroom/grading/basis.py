"""What a verdict rests on beside the answer: specs, kata, Python and the libraries, as one content hash."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

from kata.course.course import PROJECT, Course


def judged_by(course: Course) -> str:
    """The content hash of all that decides. An answer with the same hash, judged by the same, has the same verdict."""
    whole = hashlib.sha256(content(course).encode() + b"\0")
    for line in sorted({f"{each.name}=={each.version}" for each in distributions()}):
        whole.update(line.encode() + b"\0")
    whole.update(f"{platform.python_implementation()} {platform.python_version()}".encode())
    return whole.hexdigest()[:16]


def kata_version() -> str:
    """The installed version."""
    try:
        return version(PROJECT)
    except PackageNotFoundError:
        return "unknown"


def content(course: Course) -> str:
    """The content hash of the kata alone: its code, its settings, its specs and what is given."""
    whole = hashlib.sha256()
    for path in _files(course):
        whole.update(path.relative_to(course.root).as_posix().encode() + b"\0")
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:16]


_THAT_JUDGE = (("grading",), ("second_look",))


def _files(course: Course) -> Iterator[Path]:
    """The kata's own code, its settings, and of each exercise what is not the learner's."""
    package = course.root / "kata"
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package).parts
        if inside[0] == "cli" or (inside[0] == "classroom" and inside[1:2] not in _THAT_JUDGE):
            continue
        if "__pycache__" not in inside and path.is_file():
            yield path
    yield from (course.root / name for name in ("conftest.py", "pyproject.toml"))
    for exercise in course.exercises:
        yield from (*exercise.specs, *exercise.given)
