"""The world of one spec, from outside: the answer in a process of its own, the judge's clock, upstream and file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx

from kata.answer.copying import remove
from kata.answer.loading import Answer, laid_out
from kata.answer.probes import Probes
from kata.classroom.grading.patience import queued
from kata.classroom.sandbox.confinement import Layers
from kata.classroom.second_look.clock import OutsideClock, OutsideSchedule
from kata.classroom.second_look.database import OutsideDatabase
from kata.classroom.second_look.host import Ended, Host, Kept, Order
from kata.classroom.second_look.not_seen import OnlyWhatIsSeen
from kata.classroom.second_look.requests import OutsideDriver
from kata.classroom.second_look.upstream_lines import UpstreamLines
from kata.classroom.second_look.witness import LATE
from kata.feedback.failure import Finding, SpecFailure
from kata.feedback.timeline import Timeline
from kata.network.upstream import Upstream
from kata.spec.expect import Expect
from kata.spec.life import Serve
from kata.spec.served import StartupFailed
from kata.spec.serving import new_client
from kata.spec.values import Values

STARTUP_SECONDS = 30.0
"""Real seconds that an answer has for its import and its startup."""

SHUTDOWN_SECONDS = 15.0
"""Real seconds that it has to end once it was told to."""

AT_ONCE = 1.0
"""Seconds after which a startup that is still under way keeps no other from beginning."""

LEAKS = "what is left within the process"
BLOCKING = "what blocks the loop without costing time"
SAME_APP = "a second start of the same app"


@dataclass
class Place:
    """Where one world lives: a folder of its own, the user of its processes, and what they may read."""

    folder: Path
    user: int
    read: tuple[str, ...]
    layers: Layers
    host: Host
    starting: asyncio.Semaphore

    @property
    def scratch(self) -> Path:
        return self.folder / "s"

    def start(self, task: str, told: dict[str, Any], *descriptors: socket.socket) -> Kept:
        """Start a process here, confined."""
        order = Order(task, self.layers, self.read, str(self.scratch), self.user, told)
        return self.host.start(order, descriptors)

    def prepare(self) -> None:
        """Make the folders. What lies in the scratch folder later is handed over by `give`."""
        self.folder.mkdir()
        self.scratch.mkdir(mode=0o700)
        self.folder.chmod(0o711)

    def give(self) -> None:
        """Whatever lies in the scratch folder belongs to its user from now on."""
        if self.layers.user:
            for folder, names, files in os.walk(self.scratch):
                for path in (folder, *(os.path.join(folder, name) for name in (*names, *files))):
                    os.chown(path, self.user, self.user, follow_symlinks=False)


@dataclass
class RealTime:
    """What `Expect` asks of a supervision."""

    real_time: bool = True
    if_stuck: str = ""


class OutsideExpect(Expect):
    """`expect`, without what only the answer's own process could show. `left_out` is told of that."""

    def __init__(
        self, clock: OutsideClock, upstream: Upstream, left_out: Callable[[str], None]
    ) -> None:
        super().__init__(
            clock=cast("Any", clock),
            probes=Probes(lambda _: False),
            timeline=Timeline(),
            upstream=upstream,
            supervision=cast("Any", RealTime()),
            leaks=list,
        )
        self._left_out = left_out

    def not_blocked(self, *, why: str = "") -> None:
        self._left_out(BLOCKING)

    def nothing_left(self, *, why: str = "") -> None:
        self._left_out(LEAKS)


@dataclass
class OutsideGiven(OnlyWhatIsSeen):
    """The given files, as the spec may know them."""

    token: str


@dataclass
class OutsideWorld:
    """Counterpart of `kata.spec.world.World`: the fixtures of one spec, by their names.

    `left_out` is what could not be asked, in words. `was_kept_waiting` says that a process of the answer stood in the
    queue for a processor for so long that its times prove nothing.
    """

    answer: Answer
    place: Place
    spec: str
    seed: int
    left_out: list[str] = field(default_factory=list[str])
    was_kept_waiting: bool = False

    def __post_init__(self) -> None:
        self.clock = OutsideClock()
        self.upstream = Upstream()
        self.timeline = Timeline()
        self.schedule = OutsideSchedule(self._leave_out)
        self.values = Values(self.seed, self.spec)
        self.expect = OutsideExpect(self.clock, self.upstream, self._leave_out)
        self.asgi = OutsideDriver(self._socket, lambda: self.clock.now)
        self.client = new_client(self.asgi)
        self.serve = Serve(self._serve)
        self._lives = 0
        self._listens: Path | None = None
        self._processes: list[Kept] = []

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """Lay the answer out, and take away at the end whatever came of it."""
        self.place.prepare()
        try:
            copy = laid_out(self.answer, self.place.scratch / self.answer.exercise.name)
            self.place.give()
            self._given_files = sorted(copy.given)
            self.given = OutsideGiven(copy.token)
            path = copy.folder / "test.db"
            self.database = OutsideDatabase(
                path, lambda line: self.place.start("statements", {"path": str(path)}, line)
            )
            self._lines = UpstreamLines(self.upstream)
            try:
                self.clock.restart()
                yield
            finally:
                await asyncio.shield(self._close())
        finally:
            remove(self.place.folder)

    async def _close(self) -> None:
        for each in self._processes:
            await each.kill()
        await self.database.close()
        await self._lines.close()
        await self.client.aclose()
        self.upstream.close()

    def _leave_out(self, what: str) -> None:
        if what not in self.left_out:
            self.left_out.append(what)

    def _socket(self) -> Path:
        if self._listens is None:
            raise RuntimeError("nothing is served here: send requests inside `async with serve()`")
        return self._listens

    @contextlib.asynccontextmanager
    async def _serve(self, same_app: bool) -> AsyncGenerator[httpx.AsyncClient]:
        if same_app and self._lives:
            self._leave_out(SAME_APP)  # it is started as a new process, which asks for less
        self._lives += 1
        path = self.place.folder / f"{self._lives}.sock"
        process = await self._started(path)
        waited = queued(process.process)
        before, self._listens = self._listens, path
        try:
            yield self.client
        finally:
            self._listens = before
            self.was_kept_waiting |= queued(process.process) - waited > LATE
            ended = await process.stop(SHUTDOWN_SECONDS)
            self._processes.remove(process)
        if not ended:
            raise SpecFailure(
                Finding(
                    expected="the server's process ends when it is told to",
                    came=f"it went on for {SHUTDOWN_SECONDS:.0f} s, and was killed",
                )
            )

    async def _started(self, path: Path) -> Kept:
        told = {
            "folder": str(self.place.scratch / self.answer.exercise.name),
            "exercise": str(self.answer.exercise),
            "given": self._given_files,
        }
        async with self.place.starting:
            with _listening(path) as listening:
                process = self.place.start("serve", told, listening, self._lines.handover())
            self._processes.append(process)
            ready = asyncio.create_task(process.ready())
            await asyncio.wait({ready}, timeout=AT_ONCE)
        done, _ = await asyncio.wait({ready}, timeout=STARTUP_SECONDS)
        try:
            if not done:
                raise StartupFailed(f"no startup within {STARTUP_SECONDS:.0f} s")
            await ready
        except (Ended, StartupFailed) as error:
            ready.cancel()
            await process.kill()
            self._processes.remove(process)
            raise StartupFailed(str(error)) from None
        return process


@contextlib.contextmanager
def _listening(path: Path) -> Generator[socket.socket]:
    """A socket at this place that only the judge can reach."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(str(path))
        path.chmod(0o600)
        listening.listen(4096)
        yield listening
    except BaseException:
        listening.close()
        raise
