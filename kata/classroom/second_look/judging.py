"""Answers looked at from outside, many at a time, for waiting costs nothing; and what fails, again and alone."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kata.answer.copying import remove
from kata.answer.loading import Answer
from kata.classroom.differences import FURTHER
from kata.classroom.results import SecondLook
from kata.classroom.sandbox.confinement import Layers, interpreter
from kata.classroom.second_look import apps
from kata.classroom.second_look.apps import OutsideSuite, Ran
from kata.classroom.second_look.host import Host
from kata.classroom.second_look.looking import Seen, look, seen_of, specs_in
from kata.classroom.second_look.witness import Witness
from kata.classroom.second_look.world import Place
from kata.course.course import Course, Exercise
from kata.run.processors import processors

MOST_FOR_A_PROCESSOR = 128
"""Specs that are under way together, for each processor: nearly all of their time they wait. Each has a process that
takes some ten megabytes."""

FEW = 16
"""The same for those that are tried again, when nothing else is under way. They are so few that none keeps another
waiting, and the witness sees to it."""

TRIES_AGAIN = 2
TRIES_IN_VAIN = 3
"""Further tries, strictly alone, while the machine is too busy for a failure to prove anything."""

BUSY = "the machine was too busy to tell: look again when it is quiet"

_BYTES_FOR_EACH = 48 * 1024**2


@dataclass(frozen=True)
class Job:
    """One answer, and the specs that it passed in the first look. `further` are apps that no student has seen."""

    number: int
    exercise: str
    files: Mapping[str, bytes]
    specs: tuple[str, ...]
    further: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Looked:
    """What came of a job: a look for each of its specs. `further` is a sentence about the further apps."""

    number: int
    looks: Mapping[str, SecondLook]
    further: str = ""


class Gate:
    """Lets many in together, or one alone, who waits until all others are out."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside = asyncio.Semaphore(most)
        self._alone = asyncio.Lock()

    async def together(self, work: Callable[[], Awaitable[Seen]]) -> Seen:
        async with self._inside:
            return await work()

    async def alone(self, work: Callable[[], Awaitable[Seen]]) -> Seen:
        async with self._alone:
            for _ in range(self._most):
                await self._inside.acquire()
            try:
                return await work()
            finally:
                for _ in range(self._most):
                    self._inside.release()


class Judging:
    """Looks at answers, in places below `room`, with processes that `host` forks."""

    def __init__(self, course: Course, room: Path, layers: Layers, host: Host) -> None:
        self._course = course
        self._room = room
        self._layers = layers
        self._host = host
        self._numbers = itertools.count(1)
        self._starting = asyncio.Semaphore(processors())
        self._many = Gate(at_once())
        self._few = Gate(FEW)
        self._witness = Witness()
        self._read = tuple(str(each) for each in interpreter())

    async def look_at(self, jobs: Sequence[Job]) -> AsyncGenerator[Looked]:
        """Look at all of them, and give each as soon as it is known."""
        self._witness.begin()
        handins = [self._handin(job) for job in jobs]
        try:
            again: list[Handin] = []
            async for handin in _as_done(handins, lambda each: each.first(self._many)):
                if handin.in_doubt:
                    again.append(handin)
                else:
                    yield handin.looked
            # Only now: nothing else is under way any more.
            async for handin in _as_done(again, lambda each: each.again(self._few)):
                yield handin.looked
        finally:
            for each in handins:
                each.close()
            await self._witness.end()

    def _handin(self, job: Job) -> Handin:
        exercise = self._course.exercise(job.exercise)
        kind = Suited if exercise.answer_file == "test_main.py" else Served
        return kind(job, exercise, self._place, self._witness, self._room)

    def _place(self) -> Place:
        number = next(self._numbers)
        return Place(
            self._room / f"w{number}",
            _USERS + os.getpid() % 0x10000 * _USERS_OF_ONE + number % _USERS_OF_ONE,
            self._read,
            self._layers,
            self._host,
            self._starting,
        )


_USERS, _USERS_OF_ONE = 0x70000000, 0x800
"""User numbers that nobody has: so many for each process that judges, and another for each place."""


class Handin:
    """One answer on its way through the second look."""

    def __init__(
        self, job: Job, exercise: Exercise, place: Callable[[], Place], witness: Witness, room: Path
    ) -> None:
        self.job = job
        self.exercise = exercise
        self.place = place
        self.witness = witness
        self.folder = room / f"a{job.number}"
        self.seen: dict[str, Seen] = {}
        self.further = ""
        (spec,) = exercise.specs
        self.specs = specs_in(spec)

    async def attempt(self, name: str) -> Seen:
        """Run one spec anew."""
        raise NotImplementedError

    async def first(self, gate: Gate) -> None:
        """Run each spec once."""

        async def one(name: str) -> None:
            self.seen[name] = await gate.together(lambda: self.attempt(name))

        await asyncio.gather(*(one(name) for name in self.job.specs))

    async def again(self, gate: Gate) -> None:
        """Try again what did not hold, and strictly alone where the machine was too busy for that to prove anything."""

        async def one(name: str) -> None:
            for turn in range(TRIES_AGAIN + TRIES_IN_VAIN):
                if turn >= TRIES_AGAIN and not self.seen[name].was_late:
                    return
                let_in = gate.together if turn < TRIES_AGAIN else gate.alone
                self.seen[name] = await let_in(lambda: self.attempt(name))
                if not self.seen[name].is_in_doubt:
                    return
            self.seen[name] = Seen("not run", f"{BUSY} ({self.seen[name].text})")

        await asyncio.gather(*(one(name) for name in self.in_doubt))

    @property
    def in_doubt(self) -> list[str]:
        return [name for name, seen in self.seen.items() if seen.is_in_doubt]

    @property
    def looked(self) -> Looked:
        looks = {name: seen.look for name, seen in self.seen.items()}
        return Looked(self.job.number, looks, self.further)

    def close(self) -> None:
        remove(self.folder)


class Served(Handin):
    """An answer that is served."""

    async def attempt(self, name: str) -> Seen:
        if not self.folder.exists():
            for path, data in self.job.files.items():
                file = self.folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
        answer = Answer(self.exercise.folder, self.folder)
        return await look(self.specs[name], answer, self.place(), self.witness)


class Suited(Handin):
    """An answer that is a file of tests."""

    async def first(self, gate: Gate) -> None:
        self._apps = apps.apps_of(self.exercise.folder)
        further = {Path(name): app for name, app in self.job.further.items()}
        self._late = False
        self._runs: dict[Path, Ran] = {}
        everything = {**self._apps, **further}
        await asyncio.gather(*(self._run(app, everything[app], gate) for app in everything))
        self._asked: dict[str, set[Path]] = {}
        for name in self.job.specs:
            self.seen[name] = self._evaluated(name)
        if further:
            passed = [app.name for app in further if self._runs[app].passed]
            self.further = f"{FURTHER} {len(further) - len(passed)} of {len(further)}"
            self.further += f"; not {', '.join(passed)}." if passed else "."

    async def attempt(self, name: str) -> Seen:
        for app in sorted(self._asked[name]):
            await self._run(app, self._apps[app], None)
        return self._evaluated(name)

    async def _run(self, path: Path, app: str, gate: Gate | None) -> None:
        async def run() -> Seen:
            began = asyncio.get_running_loop().time()
            self._runs[path] = await apps.run_tests(self.job.files, app, self.place())
            self._late = self.witness.was_late(since=began)
            return Seen("agrees")

        await (gate.together(run) if gate is not None else run())

    def _evaluated(self, name: str) -> Seen:
        suite = OutsideSuite(self.exercise.folder, self._runs)
        seen = seen_of(self.specs[name], suite, was_late=self._late)
        self._asked[name] = suite.asked
        return seen


async def _as_done(
    handins: Sequence[Handin], work: Callable[[Handin], Awaitable[None]]
) -> AsyncGenerator[Handin]:
    async def done(handin: Handin) -> Handin:
        await work(handin)
        return handin

    tasks = [asyncio.create_task(done(each)) for each in handins]
    try:
        for each in asyncio.as_completed(tasks):
            yield await each
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def at_once() -> int:
    """How many specs are under way together: as many as there are processors and memory for."""
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return FEW
    return max(FEW, min(MOST_FOR_A_PROCESSOR * processors(), free // _BYTES_FOR_EACH))
