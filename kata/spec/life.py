"""The life of an answer in one spec: copied, imported, started, shut down, as often as the spec asks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any

import httpx

from kata.answer.events import fate_of_events
from kata.answer.loading import Answer, AnswerCopy, AnswerFault, ASGIApp, copied, own_line
from kata.answer.probes import Probes
from kata.clock.clock import Clock
from kata.clock.forks import leave_if_forked
from kata.clock.loop import VirtualLoop
from kata.clock.mine import mine
from kata.feedback.timeline import Timeline
from kata.spec.served import Served, ShutdownFailed, StartupFailed, lifespan
from kata.spec.serving import RawDriver, new_client


class Serve:
    """`async with serve() as client:` runs the answer's life cycle, any number of times."""

    StartupFailed = StartupFailed
    ShutdownFailed = ShutdownFailed

    def __init__(self, enter: Callable[[bool], Any]) -> None:
        self._enter = enter

    def __call__(
        self, *, same_app: bool = False
    ) -> contextlib.AbstractAsyncContextManager[httpx.AsyncClient]:
        """Start the answer; the client's requests go to it. Raises `serve.StartupFailed`.

        A second start is one in a new process, which imports the answer anew. With `same_app`, the app of the life
        before starts once more, as in the tests of a project, which import it once.
        """
        return self._enter(same_app)


class Given:
    """The given files of the exercise, as the spec may know them."""

    def __init__(self, life: Life) -> None:
        self._life = life

    @property
    def token(self) -> str:
        """What stands in the given files where they say so, set anew for each spec."""
        return self._life.own_copy.token


class Life:
    """One answer from its import to its last shutdown.

    `phase` says where it is: "import", "startup", "serving", "shutdown" or "done"; `lives` how often it was started.
    A `load_fault` is kept, and raised by whoever runs the spec, so that it becomes the spec's one outcome.
    """

    def __init__(
        self, answer: Answer, room: Path, *, clock: Clock, timeline: Timeline, probes: Probes
    ) -> None:
        self.answer = answer
        self.room = room
        self.copy: AnswerCopy | None = None
        self.served: Served | None = None
        self.load_fault: AnswerFault | None = None
        self.phase = "import"
        self._clock = clock
        self._timeline = timeline
        self._probes = probes
        self._app: ASGIApp | None = None
        self.lives = 0
        self.asgi = RawDriver(self._current_app, clock)
        self.client = new_client(self.asgi)
        self.serve = Serve(self._serve)

    @property
    def own_copy(self) -> AnswerCopy:
        """The copy of the answer that this spec has to itself, while it is there."""
        assert self.copy is not None, "the answer has not been copied yet"
        return self.copy

    def database_path(self) -> Path:
        """Where the answer's `./test.db` is, or will be."""
        return self.own_copy.folder / "test.db"

    @contextlib.contextmanager
    def copied(self) -> Generator[AnswerCopy]:
        """A copy of the answer's folder, until the block ends."""
        with copied(self.answer, self.room) as copy:
            self.copy = copy
            yield copy

    def load(self, *, real_time: bool) -> None:
        """Import the answer, outside any running loop, as a server does."""
        turn = self._clock.begin("import of the answer", primary=True)
        mine.adopt(turn, None if real_time else self._clock)
        try:
            app = self.own_copy.load()
        except AnswerFault as fault:
            self.load_fault = fault
            return
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            where = own_line(error, self._probes.owns)
            self.load_fault = AnswerFault(f"{type(error).__name__}", str(error), where)
            return
        finally:
            leave_if_forked()
            self._clock.finish(turn)
            mine.drop()
        self.served = self._with_probes(app)

    def _with_probes(self, app: ASGIApp) -> Served:
        self._probes.events = fate_of_events(app)
        return Served(app, self._probes, self._clock, self._timeline)

    def _current_app(self) -> ASGIApp:
        if self._app is None:
            raise RuntimeError("nothing is served here: send requests inside `async with serve()`")
        return self._app

    @contextlib.asynccontextmanager
    async def _serve(self, same_app: bool) -> AsyncGenerator[httpx.AsyncClient]:
        assert self.served is not None
        if self.lives and not same_app:
            self._begin_a_new_life()
        self.lives += 1
        before = self._app
        self.phase = "startup"
        try:
            async with lifespan(self.served) as app:
                self.phase = "serving"
                # Whether what the startup left undone is done before the first request must not be a race.
                await settle()
                self._app = app
                driver = RawDriver(lambda: app, self._clock)
                try:
                    async with new_client(driver) as client:
                        yield client
                finally:
                    await driver.drain()
                    await self.asgi.drain()
                    self._app = before
                    self.phase = "shutdown"
            self.phase = "done"
        except (StartupFailed, ShutdownFailed):
            # A thread that the answer did not wait for must not meet a closed loop.
            await settle()
            raise
        await settle()

    def _begin_a_new_life(self) -> None:
        """A restart is a new process: it imports the answer again, while no loop runs."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        swap: Callable[..., object] = getattr(asyncio.tasks, "_swap_current_task", lambda *_: None)
        # Since 3.14 a task can only be put aside, and taken up again, while its loop runs.
        swap(loop, None)
        asyncio._set_running_loop(None)  # pyright: ignore
        try:
            app = self.own_copy.reload()
        except AnswerFault as fault:
            raise StartupFailed(f"{fault.came} when it was imported again") from fault
        finally:
            asyncio._set_running_loop(loop)  # pyright: ignore
            swap(loop, task)
        self.served = self._with_probes(app)


async def settle() -> None:
    """Let threads that are nearly done end, and callbacks that are ready run."""
    for _ in range(5):
        await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    if isinstance(loop, VirtualLoop):
        await loop.stand_still(at_most=0.001)
    else:
        await asyncio.sleep(0.05)
