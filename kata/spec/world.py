"""The world of one spec: a copy of the answer, a clock, an upstream, probes, and what is left afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import itertools
import os
import selectors
import sys
import threading
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from contextvars import Context
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import httpx

from kata import patches
from kata.answer import leaks
from kata.answer.loading import Answer, AnswerCopy, AnswerFault, ASGIApp, Halted, copied, own_line
from kata.answer.probes import (
    Blocked,
    Probes,
    current_request,
    listening,
    short_code_at,
)
from kata.answer.sqlite import watched
from kata.clock import off_loop, spec_loop
from kata.clock.awaiting import awaiting_frames
from kata.clock.clock import Clock, Deadlock, NeverEnds, Park, mine, real_monotonic
from kata.clock.loop import VirtualLoop, leave_if_forked
from kata.clock.process_pools import open_process_door
from kata.clock.spec_loop import RealClock, RealSpecLoop, VirtualSpecLoop
from kata.containment.interpreter_shutdown import exit_functions_of, keep
from kata.containment.process_state import Unharmed
from kata.containment.watchdog import (
    CutOff,
    CutOffForGood,
    Watchdog,
    hearing_interrupts,
    raise_in_thread,
    unchanged_signals,
    watching,
)
from kata.feedback.diagnosis import deadlock, explained, locked, never_ends, waits_for_a_query
from kata.feedback.failure import Finding, SpecFailure
from kata.feedback.timeline import Span, Timeline
from kata.network import backend
from kata.network.upstream import Upstream
from kata.spec.database import Database, Locked
from kata.spec.serving import (
    RawDriver,
    Served,
    ShutdownFailed,
    StartupFailed,
    current_span,
    lifespan,
    new_client,
)


class Abandoned(BaseException):
    """Ends a loop, or a thread, whose spec is over although it would not stop."""


class PluginInTheWay(AssertionError):
    """The spec does not run on the kata's loop."""


LONGEST_IN_REAL_TIME = 150.0
"""Seconds that a spec may take with `--real-time`, where nobody knows whether what goes on ever ends."""

BETWEEN_FAULTS = 10.0
"""Real seconds that a spec has to end once it was told to."""

MOST_ATTEMPTS = 5_000
"""So many connections and calls in one spec are made in a loop without an end. The specs ask for some hundred."""

MANY_STALLS = 100
"""So many deadlocks in one spec mean that it catches them, and goes on to the next."""

LOOP_STOPPED = Finding(
    came="the event loop was stopped",
    teaches="The loop belongs to the server: an answer never stops or closes it.",
)


class Serve:
    """`async with serve() as client:` runs the answer's life cycle, any number of times."""

    StartupFailed = StartupFailed
    ShutdownFailed = ShutdownFailed

    def __init__(self, enter: Callable[[], Any]) -> None:
        self._enter = enter

    def __call__(self) -> contextlib.AbstractAsyncContextManager[httpx.AsyncClient]:
        """Start the answer; the client's requests go to it. Raises `serve.StartupFailed`."""
        return self._enter()


class Given:
    """The given files of the exercise, as the spec may know them."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def token(self) -> str:
        """What stands in the given files where they say so, set anew for each spec."""
        return self._world.token


class World:
    """Everything that one spec has to itself.

    `opened()` prepares it and takes it down again; in between, `supervise` runs the spec's body on
    the spec's loop. `findings` of faults are raised as `SpecFailure`, so that each spec has exactly
    one outcome.
    """

    def __init__(
        self, answer: Answer, room: Path, *, cut_off: float, real_time: bool, spec_name: str
    ) -> None:
        self.answer = answer
        self.room = room
        self.beat: Callable[[], None] = lambda: None
        self.pause: Callable[[], None] = lambda: None
        self.say: Callable[[str], None] = print
        self.cut_off = cut_off
        self.real_time = real_time
        self.interrupted = False
        self.spec_name = spec_name
        self.clock: Clock = RealClock() if real_time else Clock()
        self.timeline = Timeline()
        self.copy: AnswerCopy | None = None
        self.probes = Probes(lambda filename: False)
        self.upstream = Upstream(answer_folder=answer.folder)
        self.served: Served | None = None
        self.load_fault: AnswerFault | None = None
        self.reports_leaks = True
        self.phase = "import"
        self.fault: Finding | None = None
        self.if_stuck = ""
        self.faults = 0
        self.left: list[leaks.Leak] = []
        self._app: ASGIApp | None = None
        self._loop: VirtualSpecLoop | RealSpecLoop | None = None
        self._body: asyncio.Task[Any] | None = None
        self._own_tasks: set[asyncio.Task[Any]] = set()
        self._cancelled_tasks: set[asyncio.Task[Any]] = set()
        self._stalls = 0
        self._calls: dict[int, Span] = {}
        self._attempts = itertools.count(1)
        self._lives = 0
        self.asgi = RawDriver(self._current_app, self.clock)
        self.client = new_client(self.asgi)
        self.serve = Serve(self._serve)
        self.database = Database(self._database_path, lambda: self.probes)

    # What the fixtures use

    @property
    def token(self) -> str:
        assert self.copy is not None
        return self.copy.token

    def _database_path(self) -> Path:
        assert self.copy is not None
        return self.copy.folder / "test.db"

    def _current_app(self) -> ASGIApp:
        if self._app is None:
            raise RuntimeError("nothing is served here: send requests inside `async with serve()`")
        return self._app

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """The loop of this spec, for anyio's plugin."""
        if self.real_time:
            self._loop = RealSpecLoop(self.clock)
        else:
            self._loop = VirtualSpecLoop(self.clock)
            self._loop.on_fault = self._on_fault
        self._loop.on_stop = self._on_stop
        return self._loop

    @contextlib.asynccontextmanager
    async def _serve(self) -> AsyncGenerator[httpx.AsyncClient]:
        assert self.served is not None
        if self._lives:
            self._begin_a_new_life()
        self._lives += 1
        before = self._app
        self.phase = "startup"
        try:
            async with lifespan(self.served) as app:
                self.phase = "serving"
                # Whether what the startup left undone is done before the first request must not be a race.
                await self._settle()
                self._app = app
                driver = RawDriver(lambda: app, self.clock)
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
            await self._settle()
            raise
        await self._settle()

    def _begin_a_new_life(self) -> None:
        """A restart is a new process: it imports the answer again, while no loop runs."""
        assert self.copy is not None
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        swap: Callable[..., object] = getattr(asyncio.tasks, "_swap_current_task", lambda *_: None)
        # Since 3.14 a task can only be put aside, and taken up again, while its loop runs.
        swap(loop, None)
        asyncio._set_running_loop(None)  # pyright: ignore
        try:
            app = self.copy.reload()
        except AnswerFault as fault:
            raise StartupFailed(f"{fault.came} when it was imported again") from fault
        finally:
            asyncio._set_running_loop(loop)  # pyright: ignore
            swap(loop, task)
        self.served = Served(app, self.probes, self.clock, self.timeline)

    async def _settle(self) -> None:
        """Let threads that are nearly done end, and callbacks that are ready run."""
        for _ in range(5):
            await asyncio.sleep(0)
        if isinstance(self._loop, VirtualLoop):
            await self._loop.stand_still(at_most=0.001)
        else:
            await asyncio.sleep(0.05)

    def leaks(self) -> list[leaks.Leak]:
        """What the answer has left open, now that it has been shut down."""
        return leaks.left_open(self)

    def answer_tasks(self) -> list[asyncio.Task[Any]]:
        """Tasks that still run and that the kata did not start."""
        if self._loop is None:
            return []
        return [
            task
            for task in asyncio.all_tasks(self._loop)
            if task is not _running_task() and task not in self._own_tasks and not task.done()
        ]

    # Before and after

    @contextlib.contextmanager
    def opened(self) -> Generator[None]:
        """Copy and import the answer, with every probe in place; clean up whatever is left at the end."""
        with contextlib.ExitStack() as stack:
            self.copy = stack.enter_context(copied(self.answer, self.room))
            self.probes = Probes(self.copy.owns, loop_thread=threading.get_ident())
            if isinstance(self.clock, RealClock):
                self.clock.restart()
            self.clock.on_stall = self._on_stall
            self.upstream.on_event = self._on_upstream
            self.upstream.on_connecting = self._on_attempt
            self.probes.on_blocked = self._on_blocked
            stack.enter_context(backend.installed(self.upstream))
            stack.enter_context(backend.no_certificates())
            stack.enter_context(listening(self.probes))
            stack.enter_context(watched(self.probes.queries))
            stack.enter_context(self._watches())
            stack.enter_context(self._nothing_ends_the_run())
            stack.enter_context(exit_functions_of(self.copy.owns))
            stack.enter_context(warnings.catch_warnings())
            # The threads that Python warns of, since 3.12, may be the kata's own.
            warnings.filterwarnings("ignore", ".* use of fork", DeprecationWarning)
            stack.enter_context(watching(self._watchdog()))
            stack.enter_context(hearing_interrupts(self._on_interrupt))
            stack.enter_context(unchanged_signals())
            stack.callback(self._abandon)
            process = Unharmed(self.copy.owns)
            try:
                self._load()
                with spec_loop.timed_callbacks(), open_process_door():
                    yield
            finally:
                process.restore()
                self.watchdog.restart()

    def _load(self) -> None:
        assert self.copy is not None
        turn = self.clock.begin("import of the answer", primary=True)
        mine.adopt(turn, None if self.real_time else self.clock)
        try:
            app = self.copy.load()
        except AnswerFault as fault:
            self.load_fault = fault
            return
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            self.load_fault = AnswerFault(f"{type(error).__name__}", str(error), self._where(error))
            return
        finally:
            leave_if_forked()
            self.clock.finish(turn)
            mine.drop()
        self.served = Served(app, self.probes, self.clock, self.timeline)

    def _where(self, error: BaseException) -> str | None:
        return own_line(error, self.probes.owns)

    @contextlib.contextmanager
    def _watches(self) -> Generator[None]:
        off_loop.watch.blocked = self.probes.saw_blocking
        off_loop.watch.thread = self._on_thread
        off_loop.watch.place = lambda frame: self.probes.place(frame)[0]
        off_loop.watch.slept = self._on_thread_sleep
        spec_loop.watch.sleeping = self._on_sleep
        spec_loop.watch.hog = self._on_hog
        spec_loop.watch.ending = self._on_ending
        try:
            yield
        finally:
            off_loop.watch.blocked = off_loop.watch.thread = None
            off_loop.watch.place = off_loop.watch.slept = None
            spec_loop.watch.sleeping = spec_loop.watch.hog = spec_loop.watch.ending = None

    @contextlib.contextmanager
    def _nothing_ends_the_run(self) -> Generator[None]:
        def exit_(status: int = 0) -> None:
            raise Halted(f"the answer ends the program with os._exit({status})")

        def run(*_args: object, **_kwargs: object) -> None:
            raise Halted("the answer starts a server with uvicorn.run()")

        def dropped(coroutine: Any) -> None:
            self.probes.saw_never_awaited(coroutine)

        replaced: dict[tuple[str, str], Any] = {
            ("os", "_exit"): _only_here(exit_, patches.original("os", "_exit")),
            ("subprocess", "Popen.__init__"): self.probes.seeing_started(
                patches.original("subprocess", "Popen.__init__")
            ),
            ("warnings", "_warn_unawaited_coroutine"): dropped,
        }
        with contextlib.suppress(patches.Missing):
            key = ("aiosqlite.core", "Connection.__del__")
            replaced[key] = self.probes.seeing_dropped(patches.original(*key))
        servers: dict[tuple[str, str], Any] = {
            ("uvicorn", "run"): run,
            ("uvicorn", "Server.run"): run,
        }
        with patches.replaced(replaced), patches.replaced_once_imported("uvicorn", servers):
            yield

    def _watchdog(self) -> Watchdog:
        self.watchdog = Watchdog(
            self.cut_off,
            progress=self._progress,
            sample=self._sample,
            may_break_into=self._may_break_into,
            elsewhere=self._cut_off_elsewhere,
            last_words=self._last_words,
            must_not_look=lambda: self.clock.in_the_middle,
            at_rest=_at_rest,
            beat=lambda: self.beat(),
            pause=lambda: self.pause(),
            owns=self.probes.owns,
        )
        return self.watchdog

    def _abandon(self) -> None:
        for task in self._cancelled_tasks:
            if not task.done():
                keep(task)
        self.clock.abandon(Abandoned())
        for turn in self.clock.at_work():
            thread = turn.thread
            if thread is not None and thread != threading.get_ident():
                raise_in_thread(thread, Abandoned)
        self.probes.end_processes()
        self.upstream.close()
        leaks.close(self.probes)

    # The spec's body

    def supervised(
        self, spec: Callable[..., Awaitable[object]], *, serves: bool
    ) -> Callable[..., Awaitable[None]]:
        """The spec's function, run so that every fault of the answer becomes one `SpecFailure`."""

        async def run(**fixtures: Any) -> None:
            loop = asyncio.get_running_loop()
            if loop is not self._loop:
                raise PluginInTheWay(
                    f"this spec runs on {type(loop).__module__}.{type(loop).__name__}, not on the kata's loop"
                )
            loop.set_exception_handler(lambda _loop, _context: None)
            self._own_tasks.update(asyncio.all_tasks(loop))
            self._body = loop.create_task(self._live(spec, fixtures, serves), name="the spec")
            self._own_tasks.add(self._body)
            if self.real_time:
                self._give_up(loop, after=LONGEST_IN_REAL_TIME)
            try:
                await self._body
            except asyncio.CancelledError:
                if self.fault is None:
                    raise
                raise SpecFailure(self.fault) from None
            except (CutOff, CutOffForGood) as cut:
                raise SpecFailure(self._cut_off(self._where(cut))) from None
            if self.fault is not None:
                raise SpecFailure(self.fault)

        return run

    def _give_up(self, loop: asyncio.AbstractEventLoop, *, after: float) -> None:
        """End a spec that takes longer than `after` real seconds. The virtual clock sees by itself what never ends."""

        def give_up() -> None:
            if self._body is not None and not self._body.done():
                self._give_up(loop, after=BETWEEN_FAULTS)
                self._on_fault(NeverEnds(f"no end after {LONGEST_IN_REAL_TIME:.0f} s of real time"))

        loop.call_later(after, give_up)

    async def _live(
        self, spec: Callable[..., Awaitable[object]], fixtures: dict[str, Any], serves: bool
    ) -> None:
        if self.load_fault is not None:
            fault = self.load_fault
            raise SpecFailure(Finding(came=fault.came, where=fault.where, teaches=fault.sentence))
        try:
            if serves:
                async with self._serve():
                    await spec(**fixtures)
            else:
                await spec(**fixtures)
        except (StartupFailed, ShutdownFailed) as error:
            part = "startup" if isinstance(error, StartupFailed) else "shutdown"
            raise SpecFailure(
                explained(Finding(expected=f"{part} succeeds", came=f"{error}"), self.probes)
            ) from None
        except Locked as error:
            found = Finding(came=str(error), teaches=locked(writes=self.probes.is_writing))
            raise SpecFailure(explained(found, self.probes)) from None
        if self.upstream.faults:
            raise RuntimeError(f"the spec's own upstream is wrong: {self.upstream.faults[0]}")
        if self.fault is None and self.reports_leaks:
            await self._settle()
            left = self.leaks()
            if left:
                raise SpecFailure(leaks.finding(left, self.probes))

    # Faults

    def _on_stall(self, clock: Clock) -> None:
        park = clock.primary_park()
        if park is not None:
            self._stalls += 1
            clock.fail(park, NeverEnds() if clock.nothing_but_time else Deadlock())

    def _on_interrupt(self) -> None:
        self.interrupted = True

    def _on_ending(self, error: BaseException) -> bool:
        if self.interrupted or self.served is None:
            return False
        self.served.ended(error, "a task")
        if self.fault is None:
            fact = self.probes.raised[-1]
            self.fault = Finding(
                came=f"a task or a callback of the answer raised {type(error).__name__}",
                where=fact.where,
                code=fact.code,
                teaches="On a server nothing but the server itself may end the program.",
            )
        return True

    def _on_stop(self, frame: FrameType) -> None:
        """Somebody stops the loop. asyncio itself does so when the spec is over."""
        if self.fault is None and self.probes.owns(frame.f_code.co_filename):
            where, code = self.probes.place(frame)
            self.fault = replace(LOOP_STOPPED, where=where, code=code)

    def _on_fault(self, error: BaseException) -> None:
        """The loop has found that the spec will never end. Ends it, harder each time."""
        self.faults += 1
        if self.fault is None:
            self.fault = self._fault_finding(error)
        self.clock.grant_time_to_clean_up()
        self.watchdog.restart()
        if self._loop is None or self._body is None or self._body.done() or self.faults > 2:
            raise Abandoned
        self._loop.given_up = True
        if self.faults == 1:
            self._body.cancel()
            return
        self._cancelled_tasks = asyncio.all_tasks(self._loop)
        for task in self._cancelled_tasks:
            task.cancel()

    def _fault_finding(self, error: BaseException) -> Finding:
        where, code = self._where_it_waits()
        if isinstance(error, CutOff):
            return self._cut_off(self._where_outside() or where)
        if isinstance(error, NeverEnds):
            found = never_ends(self.phase, polls_datetime=self._polls_datetime())
            if where is None and (where := self._where_outside()):
                code = short_code_at(where)
            found = replace(found, came=str(error) or found.came, where=where, code=code)
            return explained(found, self.probes) if self.real_time else found
        found = waits_for_a_query() if self.probes.queries.holds_one else deadlock(self.phase)
        found = replace(found, teaches=f"{found.teaches} {self.if_stuck}".strip())
        return explained(replace(found, where=where, code=code), self.probes)

    def _cut_off(self, where: str | None) -> Finding:
        return Finding(
            expected="an end",
            came="nothing moved on for a long time, so the spec was cut off",
            where=where,
            code=short_code_at(where),
            teaches="This line runs or waits for ever and lets nothing else run.",
        )

    def _where_it_waits(self) -> tuple[str | None, str]:
        frame = next(self._waiting_frames(), None)
        return (None, "") if frame is None else self.probes.place(frame)

    def _waiting_frames(self) -> Iterator[FrameType]:
        """The frames of the answer that wait for something, the most telling first."""
        if self._loop is None:
            return
        # The newest waits for something itself, and not for a task that it has made.
        tasks = sorted(
            asyncio.all_tasks(self._loop),
            key=lambda task: (task in self._own_tasks, -_number_of(task)),
        )
        for task in tasks:
            for frame in reversed(list(awaiting_frames(task.get_coro()))):
                if self.probes.owns(frame.f_code.co_filename):
                    yield frame

    def _polls_datetime(self) -> bool:
        """Whether what waits also asks `datetime` for the time, which the clock of the specs does not move."""
        asks = {"now", "utcnow", "today"}
        return any(
            "datetime" in frame.f_code.co_names and asks.intersection(frame.f_code.co_names)
            for frame in self._waiting_frames()
        )

    def _where_outside(self) -> str | None:
        frames = sys._current_frames()  # pyright: ignore[reportPrivateUsage]
        for turn in self.clock.at_work():
            if turn.thread is not None and turn.thread in frames:
                where = self.probes.place(frames[turn.thread])[0] or turn.where
                if where:
                    return where
        return None

    def _progress(self) -> object:
        turns = getattr(self._loop, "turns", 0)
        elsewhere = real_monotonic() if self.clock.works_elsewhere else 0.0
        # To fail the same wait again and again achieves nothing.
        version = 0 if self.real_time or self._stalls > MANY_STALLS else self.clock.version
        return (turns, version, len(sys.modules), elsewhere)

    def _sample(self, frame: FrameType | None) -> None:
        where, code = self.probes.place(frame)
        if where is not None:
            self.probes.sampled = (self.clock.now, where, code)

    def _may_break_into(self, frame: FrameType | None) -> bool:
        if self.probes.own_frame(frame) is None:
            return False
        for _ in range(6):
            if frame is None:
                break
            if frame.f_code.co_filename in _NOT_TO_BREAK_INTO:
                return off_loop.waits_for_a_process(frame.f_code)
            frame = frame.f_back
        return True

    def _cut_off_elsewhere(self, error: BaseException) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        for turn in self.clock.at_work():
            if turn.thread is not None and turn.thread != threading.get_ident():
                where = self._where_outside()
                raise_in_thread(turn.thread, CutOff if self.faults < 2 else Abandoned)
                if self.fault is None:
                    self.fault = self._cut_off(where)
        park = self.clock.primary_park()
        if park is not None and park is not _rest_of(loop) and self.watchdog.strikes > 1:
            # The loop's own thread waits for one that did not end when it was told to.
            self.clock.interrupt(park, error)
        loop.call_soon_threadsafe(self._on_fault, error)

    def _last_words(self) -> None:
        at = f" Look at {self.probes.sampled[1]}." if self.probes.sampled else ""
        self.say(
            f"{self.spec_name} could not be stopped: its answer loops for ever and catches every exception, "
            f"so the whole run ends here.{at}"
        )

    # Facts for the timeline

    def _on_blocked(self, event: Blocked) -> None:
        if event.seconds is None or event.what == "a loop that watches the clock":
            return
        if event.seconds == 0:
            return
        span = self.timeline.start(
            "blocked", event.what, self.clock.now, event.where, parent=current_span.get()
        )
        self.timeline.end(span, self.clock.now + (event.seconds if not self.real_time else 0.0))

    def _on_hog(self, seconds: float, context: Context) -> None:
        self.probes.saw_hog(seconds, context.get(current_request))

    def _on_sleep(self, when: float, frame: FrameType) -> Callable[[], None] | None:
        found = self.probes.own_frame(frame)
        if found is None:
            return None
        own = found[0]
        where, _ = self.probes.place(own)
        span = self.timeline.start(
            "sleep", own.f_code.co_name, self.clock.now, where, parent=current_span.get()
        )
        return lambda: self.timeline.end(span, self.clock.now)

    def _on_thread_sleep(self, seconds: float, frame: FrameType) -> None:
        found = self.probes.own_frame(frame)
        sleeper = found[0] if found else frame
        where = self.probes.place(sleeper)[0]
        span = self.timeline.start(
            "thread", sleeper.f_code.co_name, self.clock.now, where, parent=current_span.get()
        )
        self.timeline.end(span, self.clock.now + seconds)

    def _on_attempt(self) -> None:
        """A connection or a call begins, on whatever thread."""
        if next(self._attempts) == MOST_ATTEMPTS and self._loop is not None:
            error = NeverEnds(f"{MOST_ATTEMPTS} connections and calls, and no end")
            self._loop.call_soon_threadsafe(self._on_fault, error)

    def _on_upstream(self, event: dict[str, Any]) -> None:
        if event["phase"] == "start":
            self._on_attempt()
            self._calls[event["id"]] = self.timeline.start(
                "upstream", event["label"], self.clock.now, parent=current_span.get()
            )
            if self.upstream.connection_log[-1]["blocking"]:
                # However quick the upstream is, a sync client on the loop's thread holds it up.
                self.probes.saw_blocking("a sync client", None, sys._getframe(1))  # pyright: ignore[reportPrivateUsage]
        elif (span := self._calls.pop(event["id"], None)) is not None:
            self.timeline.end(span, self.clock.now)

    def _on_thread(self, thread: threading.Thread) -> None:
        self.probes.threads.append(thread)


def _rest_of(loop: asyncio.AbstractEventLoop) -> Park | None:
    return loop.resting if isinstance(loop, VirtualSpecLoop) else None


def _at_rest(frame: FrameType | None) -> bool:
    """True if a thread with this stack waits for others."""
    for _ in range(4):
        if frame is not None:
            if frame.f_code in _RESTS:
                return True
            frame = frame.f_back
    return False


def _running_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def _only_here(here: Callable[[int], None], real: Callable[[int], None]) -> Callable[[int], None]:
    """`os._exit` for a process that may have been forked: a child really ends."""
    parent = os.getpid()

    def exit_(status: int = 0) -> None:
        return here(status) if os.getpid() == parent else real(status)

    return exit_


def _number_of(task: asyncio.Task[Any]) -> int:
    """asyncio numbers the tasks that nobody gives a name."""
    _, _, number = task.get_name().partition("Task-")
    return int(number) if number.isdecimal() else 0


_NOT_TO_BREAK_INTO = frozenset(
    {
        inspect.getsourcefile(module) or ""
        for module in (inspect.getmodule(Clock), off_loop, patches, inspect.getmodule(Timeline))
        if module is not None
    }
)
_RESTS = frozenset({Park.wait.__code__, selectors.DefaultSelector.select.__code__})
