"""The loop that a spec itself runs on: in virtual or in real time, with its work written down."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import itertools
import selectors
import sys
import threading
import time
import weakref
from collections.abc import Callable, Generator, Sequence
from contextvars import Context
from types import FrameType
from typing import Any

from kata import patches
from kata.clock.clock import Clock
from kata.clock.executors import unfinished
from kata.clock.forks import leave_if_forked
from kata.clock.loop import ManyThreads, VirtualLoop
from kata.clock.mine import mine
from kata.clock.turns import Turn

perf_counter = time.perf_counter
thread_time = time.thread_time
real_join = threading.Thread.join

LONGEST_PAUSE = 3_600.0
"""Seconds between two looks at work that a spec has left in a thread."""

REAL_PATIENCE = 2.0
"""Real seconds that a thread has to end when it has nothing more to do."""


class _Watch:
    """What the running spec wants to know of its loop."""

    sleeping: Callable[[float, FrameType], Callable[[], None] | None] | None = None
    made_task: Callable[[asyncio.Task[Any], FrameType], None] | None = None
    hog: Callable[[float, Context], None] | None = None
    ending: Callable[[BaseException], bool] | None = None
    """Told of what would end the program; says whether the answer raised it, so that it ends no more."""

    hog_seconds: float = 0.1


watch = _Watch()


class _WrittenDown(ManyThreads):
    """Tells of each task that is made, and of each `asyncio.sleep`: its begin, and its end or that it was cancelled."""

    def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
        self._sleeps: dict[int, Callable[[], None]] = {}
        self._numbers = itertools.count(1)
        self._number_of: weakref.WeakKeyDictionary[asyncio.Task[Any], int] = (
            weakref.WeakKeyDictionary()
        )
        self.given_up = False
        self.waits_for: Sequence[threading.Thread] = ()
        """Threads whose work the end of the loop waits for, while it does."""
        self.on_stop: Callable[[FrameType], None] | None = None
        super().__init__(selector)

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        handle = super().call_at(when, callback, *args, context=context)
        if (
            watch.sleeping is not None
            and getattr(callback, "__name__", "") == "_set_result_unless_cancelled"
        ):
            ended = watch.sleeping(when, sys._getframe(1))  # pyright: ignore[reportPrivateUsage]
            if ended is not None:
                self._sleeps[id(handle)] = ended
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        # `asyncio.sleep` cancels its timer in any case, so this is also how an undisturbed one
        # ends.
        ended = self._sleeps.pop(id(handle), None)
        if ended is not None:
            ended()
        super()._timer_handle_cancelled(handle)  # pyright: ignore

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = super().create_task(coro, **options)
        self._number_of[task] = next(self._numbers)
        if watch.made_task is not None:
            watch.made_task(task, sys._getframe(1))  # pyright: ignore[reportPrivateUsage]
        return task

    def number_of(self, task: asyncio.Task[Any]) -> int:
        """Which of the loop's tasks it is, in the order in which they were made."""
        return self._number_of.get(task, 0)

    def stop(self) -> None:
        if self.on_stop is not None:
            self.on_stop(sys._getframe(1))  # pyright: ignore[reportPrivateUsage]
        super().stop()

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Wait for the threads of `to_thread`, until the spec is given up.

        asyncio's own way joins them, so that a thread which never ends would keep this one for ever.
        """
        self._executor_shutdown_called = True
        executor: Any = getattr(self, "_default_executor", None)
        if executor is None:
            return
        executor.shutdown(wait=False)
        self.waits_for = _threads(executor)
        pause = 0.001
        while self._works(executor) and not self.given_up:
            await asyncio.sleep(pause)
            pause = min(2 * pause, self._longest_pause)
        if not self._works(executor):
            for thread in self.waits_for:
                real_join(thread, REAL_PATIENCE)
            self.waits_for = ()

    _longest_pause = LONGEST_PAUSE

    def _works(self, executor: Any) -> bool:
        return unfinished(executor) > 0


class VirtualSpecLoop(VirtualLoop, _WrittenDown):
    """The spec's loop in virtual time."""

    is_the_specs = True

    def _first_turn(self) -> Turn:
        return self.clock.begin("the spec's event loop", primary=True)


class RealSpecLoop(_WrittenDown):
    """The spec's loop in real time, for `--real-time`. It writes the moments down at which its timers go off."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.turns = 0

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        @functools.wraps(callback)
        def go_off(*args: Any) -> None:
            self.clock.moments.append(self.clock.now)
            callback(*args)

        return super().call_at(when, go_off, *args, context=context)

    def run_forever(self) -> None:
        mine.turn = Turn("the spec's event loop", primary=True)
        try:
            super().run_forever()
        finally:
            mine.turn = None

    def _run_once(self) -> None:
        self.turns += 1
        leave_if_forked()
        super()._run_once()  # pyright: ignore

    _longest_pause = 0.05

    def _works(self, executor: Any) -> bool:
        return any(thread.is_alive() for thread in _threads(executor))


def _threads(executor: Any) -> list[threading.Thread]:
    return list(getattr(executor, "_threads", ()))


LONGEST_REAL_IDLE = 15.0
"""Seconds of an idle while that are waited for with --real-time. What is left of a longer one is passed over."""


class RealClock(Clock):
    """Real seconds since the spec began, behind the face of the virtual clock."""

    def __init__(self) -> None:
        self._began: float | None = None
        super().__init__()
        self.restart()

    def restart(self) -> None:
        """Count the seconds from now on."""
        self._began = time.monotonic()

    @property
    def now(self) -> float:  # pyright: ignore[reportIncompatibleVariableOverride]
        return 0.0 if self._began is None else time.monotonic() - self._began

    @now.setter
    def now(self, value: float) -> None:
        pass

    def shortened(self, idle: float) -> float:
        """The first `LONGEST_REAL_IDLE` seconds. The others pass at once, and no timer of the loop hears of them."""
        waited = min(idle, LONGEST_REAL_IDLE)
        if self._began is not None:
            self._began -= idle - waited
        return waited


STAMP_LASTS = 0.02
"""Seconds for which one reading of the CPU time serves: to read it is a system call, and callbacks are many."""


class _Collections:
    """CPU seconds that Python spent collecting garbage on a spec's loop, which are no computation of an answer's."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def __call__(self, phase: str, _info: dict[str, int]) -> None:
        """What `gc.callbacks` calls."""
        if mine.turn is None or not mine.turn.primary:
            return
        if phase == "start":
            self._began = thread_time()
        else:
            self.seconds += thread_time() - self._began


def _run(
    real: Callable[[asyncio.Handle], None], collections: _Collections
) -> Callable[[asyncio.Handle], None]:
    stamped, burnt_before = 0.0, 0.0

    def run(self: asyncio.Handle) -> None:
        nonlocal stamped, burnt_before
        if watch.hog is None or mine.turn is None or not mine.turn.primary:
            return real(self)
        mine.turn.reads = 0
        context: Context = self._context  # pyright: ignore
        began, collected = perf_counter(), collections.seconds
        if began - stamped > STAMP_LASTS:
            stamped, burnt_before = began, thread_time()
        try:
            real(self)
        except (SystemExit, KeyboardInterrupt) as error:
            # Raised in a task, these two leave the loop itself, and the whole run with it.
            if watch.ending is None or not watch.ending(error):
                raise
        if perf_counter() - began > watch.hog_seconds and watch.hog is not None:
            # What was burnt between the stamp and the beginning was not more than the time between them.
            burnt = thread_time() - burnt_before - (began - stamped)
            burnt -= collections.seconds - collected
            if burnt > watch.hog_seconds:
                watch.hog(burnt, context)

    return run


@contextlib.contextmanager
def timed_callbacks() -> Generator[None]:
    """Measure the CPU time of every callback on a spec's loop while the block lasts, and let none end the program."""
    key = ("asyncio.events", "Handle._run")
    collections = _Collections()
    gc.callbacks.append(collections)
    try:
        with patches.replaced({key: _run(patches.original(*key), collections)}):
            yield
    finally:
        with contextlib.suppress(ValueError):  # an answer may have cleared the list
            gc.callbacks.remove(collections)
