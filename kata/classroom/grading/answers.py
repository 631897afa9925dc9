"""The answer to one exercise as bytes, read once: what is hashed is what is judged."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from kata.classroom.refusal import Refusal
from kata.course.course import Course, Exercise

MOST_FILES = 500
MOST_BYTES = 20_000_000

_NEVER = ("__pycache__", "venv", "node_modules", "__MACOSX")
_DATABASES = (".pyc", ".db", ".sqlite", ".sqlite3", "-wal", "-shm", "-journal", ".log")


@dataclass(frozen=True)
class Answer:
    """The files by their paths below the exercise's folder, written with slashes. No file: nothing was handed in."""

    files: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def digest(self) -> str:
        """The content hash, or "" where there is nothing."""
        if not self.files:
            return ""
        whole = hashlib.sha256()
        for path, data in sorted(self.files.items()):
            for part in (path.encode("utf-8", "surrogatepass"), data):
                whole.update(len(part).to_bytes(8, "big"))
                whole.update(part)
        return whole.hexdigest()[:16]


def read_answer(folder: Path, exercise: Exercise) -> Answer:
    """What a student's folder holds for an exercise.

    Lessons, specs and given files are not taken: the kata's own are used. Links are not followed. Raises Refusal
    for one that is too large, and OSError.
    """
    place = folder / exercise.name
    if place.is_symlink() or not (place / exercise.answer_file).is_file():
        return Answer()
    files: dict[str, bytes] = {}
    size = 0
    for path in _files(place, exercise):
        if len(files) == MOST_FILES:
            raise Refusal(f"{exercise.number} has more than {MOST_FILES} files: look at it.")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1 - size)
        size += len(data)
        if size > MOST_BYTES:
            raise Refusal(f"{exercise.number} is larger than {MOST_BYTES:,} bytes: look at it.")
        files[path.relative_to(place).as_posix()] = data
    return Answer(MappingProxyType(files) if exercise.answer_file in files else {})


def _files(place: Path, exercise: Exercise) -> Iterator[Path]:
    kept = {path.relative_to(exercise.folder) for path in exercise.given}
    for folder, names, files in os.walk(place):
        names[:] = sorted(name for name in names if name not in _NEVER and name[0] != ".")
        for name in sorted(files):
            path = Path(folder, name)
            inside = path.relative_to(place)
            is_answer = inside.as_posix() == exercise.answer_file
            is_test = name.startswith(("test_", "bench_")) or name == "conftest.py"
            if not is_answer and (
                inside in kept
                or name[0] == "."
                or name.endswith(_DATABASES)
                or (is_test and len(inside.parts) == 1)
                or inside.as_posix() == "README.md"
            ):
                continue
            if path.is_file() and not path.is_symlink():
                yield path


def is_untouched(answer: Answer, course: Course, exercise: Exercise) -> bool:
    """Whether it is still the stub, whatever the line ends."""
    data = answer.files.get(exercise.answer_file)
    return data is not None and _plain(data) == _plain(course.stub(exercise).read_bytes())


def _plain(data: bytes) -> bytes:
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").rstrip()
