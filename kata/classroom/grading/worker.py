"""A warm worker: it has imported all that a run needs, and forks a run for each answer it is handed.

It speaks in lines of JSON, over its standard input and output, and takes bytes, never paths. Answers are laid into
a room of the worker's own, which lies in memory where there is some, and goes with it.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from kata.answer.copying import remove
from kata.classroom.grading import orphans
from kata.classroom.grading.patience import Patience
from kata.classroom.sandbox import mounts, user
from kata.classroom.sandbox.confinement import Confinement, Layers, interpreter
from kata.course.course import Course, Exercise
from kata.run.engine import run_spec, warm_up
from kata.run.record import Outcomes
from kata.run.scratch import Scratch

LIMIT = 180.0
"""Seconds for one exercise, without those in the queue for a processor. What stands still is cut off long before."""

LONGEST = 3_600.0
"""Real seconds for one exercise, whatever the machine does."""


class Room:
    """A copy of the kata that has nothing but what a run of one exercise reads, and a place for the answer."""

    def __init__(self, course: Course, folder: Path) -> None:
        folder.chmod(0o711)  # the answer may be another user's
        self.root = folder / "kata"
        self.scratch = folder / "scratch"
        self.code = course.root / "kata"
        self.root.mkdir()
        for name in ("conftest.py", "pyproject.toml"):
            shutil.copyfile(course.root / name, self.root / name)
        try:
            (self.root / "kata").symlink_to(self.code, target_is_directory=True)
        except OSError:  # on Windows not everybody may
            shutil.copytree(self.code, self.root / "kata")
        for exercise in course.exercises:
            place = self.root / "exercises" / exercise.name
            stub = course.stub(exercise)
            for path in (exercise.lesson, *exercise.specs, *exercise.given):
                to = place / path.relative_to(exercise.folder)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, to)
            shutil.copyfile(stub, place / exercise.answer_file)

    def readable(self, name: str) -> list[Path]:
        """What a run of an exercise reads here, and in the kata."""
        own = ("conftest.py", "pyproject.toml", f"exercises/{name}", name)
        return [self.code, *(self.root / each for each in own)]

    @contextlib.contextmanager
    def answer(self, name: str, files: Mapping[str, bytes], owner: int | None) -> Generator[Path]:
        """The answer's folder while the block lasts, called like the exercise: failures name its lines so.

        The scratch folder belongs to `owner`, if there is one.
        """
        place = self.root / name
        self.scratch.mkdir()
        if owner is not None:
            os.chown(self.scratch, owner, owner)
        try:
            for path, data in files.items():
                file = place / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)
            shutil.rmtree(self.scratch, ignore_errors=True)


class Worker:
    """Judges one answer after the other."""

    def __init__(self, course: Course, folder: Path, layers: Layers) -> None:
        self._room = Room(course, folder)
        self._layers = layers
        self._interpreter = interpreter()
        self._user = user.own_user(os.getpid())

    def judge(self, exercise: Exercise, files: Mapping[str, bytes]) -> tuple[Outcomes, float]:
        """What came of it, and the real seconds that it took."""
        began = time.monotonic()
        owner = self._user if self._layers.user else None
        confinement = Confinement(
            self._layers,
            [*self._interpreter, *self._room.readable(exercise.name)],
            self._room.scratch,
            self._user,
            look=[self._room.root],  # pytest lists it, on its way to the specs
            servers=exercise.answer_file == "test_main.py",
        )
        with self._room.answer(exercise.name, files, owner) as place:
            try:
                came = run_spec(
                    exercise.name,
                    place,
                    limit=LONGEST,
                    stop=Patience(LIMIT).is_over,
                    root=self._room.root,
                    confine=confinement.put_on if hasattr(os, "fork") else None,
                    until_cut_off=True,
                )
            finally:
                orphans.end_all()
                if self._layers.memory:
                    mounts.clear_shared_memory()
        return came, time.monotonic() - began


def main() -> None:
    """The worker's own process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    os.umask(0o022)  # the answer may be another user's, and it must be able to read
    orphans.adopt()
    tell = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else prints must not be taken for a verdict
    course = Course(Path(sys.argv[1]))
    layers = Layers(**json.loads(sys.argv[2]))
    with room_in_memory(layers) as room:
        worker = Worker(course, room, layers)
        warm_up()
        gc.collect()
        gc.freeze()  # a forked run then shares this memory, and never looks through it
        for line in sys.stdin:
            name, packed = json.loads(line)
            files = {path: base64.b64decode(data) for path, data in packed.items()}
            came, seconds = worker.judge(course.exercise(name), files)
            tell.write(json.dumps({**asdict(came), "seconds": seconds}) + "\n")
            tell.flush()


@contextlib.contextmanager
def room_in_memory(layers: Layers) -> Generator[Path]:
    """A folder in memory, if there is some. It is not in /dev/shm where answers write into that."""
    if not layers.landlock:
        scratch = Scratch()
        try:
            yield scratch.folder
        finally:
            scratch.remove()
        return
    # A TemporaryDirectory would be taken away by each forked process that ends as Python does.
    folder = Path(tempfile.mkdtemp(prefix="kata-"))
    try:
        room = folder / "room"
        room.mkdir()
        folder.chmod(0o711)
        if layers.memory:
            mounts.have_own_memory(room)
        try:
            yield room
        finally:
            if layers.memory:
                mounts.give_up(room)
    finally:
        remove(folder)


def _leave(_signal: int, _frame: object) -> NoReturn:
    sys.exit(0)  # as an exception, so that a run that is under way is ended too


if __name__ == "__main__":
    main()
