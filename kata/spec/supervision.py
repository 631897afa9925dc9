"""The supervision of one spec: whatever the answer does, the spec ends, and with one outcome."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from types import FrameType
from typing import Any

from kata.answer.leaks import Leak
from kata.answer.probes import Probes, short_code_at
from kata.clock.clock import Clock, Deadlock, NeverEnds
from kata.clock.spec_loop import RealSpecLoop, VirtualSpecLoop
from kata.containment.watchdog import CutOff, CutOffForGood, Watchdog
from kata.feedback.diagnosis import (
    NOT_DONE,
    THREAD_NEVER_ENDS,
    deadlock,
    died_unasked,
    explained,
    locked,
    never_ends,
    waits_for_a_query,
)
from kata.feedback.failure import Finding, SpecFailure
from kata.feedback.leak_report import leak_finding
from kata.network.upstream import Upstream
from kata.spec.database import Locked
from kata.spec.life import Life, settle
from kata.spec.served import ShutdownFailed, StartupFailed
from kata.spec.whereabouts import Whereabouts


class Abandoned(BaseException):
    """Ends a loop, or a thread, whose spec is over although it would not stop."""


class PluginInTheWay(AssertionError):
    """The spec does not run on the kata's loop."""


LONGEST_IN_REAL_TIME = 240.0
"""Seconds that a spec may take on the real clock, where nobody knows whether what goes on ever ends. 11 needs 180."""

BETWEEN_FAULTS = 10.0
"""Real seconds that a spec has to end once it was told to."""

MOST_ATTEMPTS = 5_000
"""So many connections and calls in one spec are made in a loop without an end. The specs ask for some hundred."""

LOOP_STOPPED = Finding(
    came="the event loop was stopped",
    teaches="The loop belongs to the server: an answer never stops or closes it.",
)


class Supervision:
    """Runs the spec's body on the spec's loop, and turns every fault of the answer into one `SpecFailure`.

    `fault` is what was found first, `faults` how often the spec had to be told to end, and `interrupted`
    whether a person pressed Ctrl-C.
    """

    watchdog: Watchdog

    def __init__(
        self,
        life: Life,
        *,
        clock: Clock,
        probes: Probes,
        upstream: Upstream,
        leaks: Callable[[], list[Leak]],
        reports_leaks: bool,
        real_time: bool,
    ) -> None:
        self.reports_leaks = reports_leaks
        self.is_asked_for_leaks = False
        self.real_time = real_time
        self.loop: VirtualSpecLoop | RealSpecLoop | None = None
        self.fault: Finding | None = None
        self.faults = 0
        self.stalls = 0
        self.interrupted = False
        self.if_stuck = ""
        self.whereabouts = Whereabouts(clock, probes)
        self._life = life
        self._clock = clock
        self._probes = probes
        self._upstream = upstream
        self._leaks = leaks
        self._body: asyncio.Task[Any] | None = None
        self._own_tasks: set[asyncio.Task[Any]] = set()
        self._attempts = itertools.count(1)

    # The spec's body

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """The loop of this spec, for anyio's plugin."""
        if self.real_time:
            self.loop = RealSpecLoop(self._clock)
        else:
            self.loop = VirtualSpecLoop(self._clock)
            self.loop.on_fault = self.end_the_spec
        self.loop.on_stop = self.saw_stop
        return self.loop

    def supervised(
        self, spec: Callable[..., Awaitable[object]], *, serves: bool
    ) -> Callable[..., Coroutine[Any, Any, None]]:
        """The spec's function, run so that every fault of the answer becomes one `SpecFailure`."""

        async def run(**fixtures: Any) -> None:
            loop = asyncio.get_running_loop()
            if loop is not self.loop:
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
                raise SpecFailure(was_cut_off(self.whereabouts.raised(cut))) from None
            if self.fault is not None:
                raise SpecFailure(self.fault)

        return run

    def _give_up(self, loop: asyncio.AbstractEventLoop, *, after: float) -> None:
        """End a spec that takes longer than `after` real seconds. The virtual clock sees by itself what never ends."""

        def give_up() -> None:
            if self._body is not None and not self._body.done():
                self._give_up(loop, after=BETWEEN_FAULTS)
                self.end_the_spec(
                    NeverEnds(f"no end after {LONGEST_IN_REAL_TIME:.0f} s of real time")
                )

        loop.call_later(after, give_up)

    async def _live(
        self, spec: Callable[..., Awaitable[object]], fixtures: dict[str, Any], serves: bool
    ) -> None:
        if (fault := self._life.load_fault) is not None:
            raise SpecFailure(
                Finding(
                    came=fault.came,
                    where=fault.where,
                    teaches=fault.sentence,
                    cut_off=fault.cut_off,
                )
            )
        try:
            if serves:
                async with self._life.serve():
                    await spec(**fixtures)
            else:
                await spec(**fixtures)
        except (StartupFailed, ShutdownFailed) as error:
            part = "startup" if isinstance(error, StartupFailed) else "shutdown"
            raise SpecFailure(
                explained(Finding(expected=f"{part} succeeds", came=f"{error}"), self._probes)
            ) from None
        except Locked as error:
            found = Finding(came=str(error), teaches=locked(writes=self._probes.is_writing))
            raise SpecFailure(explained(found, self._probes)) from None
        if self._upstream.faults:
            raise RuntimeError(f"the spec's own upstream is wrong: {self._upstream.faults[0]}")
        if self.fault is None and self.reports_leaks:
            await settle()
            if left := self._leaks():
                raise SpecFailure(leak_finding(left, self._probes))

    def answer_tasks(self) -> list[asyncio.Task[Any]]:
        """Tasks that still run and that the kata did not start."""
        if self.loop is None:
            return []
        return [
            task
            for task in asyncio.all_tasks(self.loop)
            if task is not _running_task() and task not in self._own_tasks and not task.done()
        ]

    def unended_tasks(self) -> set[asyncio.Task[Any]]:
        """Tasks that are not done. When the loop has come to its end, these are the ones that no cancellation ends."""
        return set() if self.loop is None else asyncio.all_tasks(self.loop)

    # Faults

    @property
    def only_left_something(self) -> bool:
        """The spec has passed, its server has stopped, and then a task or a piece of work would not end.

        That has a spec of its own, which asks for it.
        """
        if self.reports_leaks or self.is_asked_for_leaks:
            return False
        body = self._body
        passed = body is not None and body.done() and not body.cancelled() and not body.exception()
        return passed and self._life.phase == "done"

    def saw_stall(self, clock: Clock) -> None:
        """Nothing can happen any more: whoever waits for it is told so."""
        park = clock.parked.primary()
        if park is not None:
            self.stalls += 1
            clock.fail(park, NeverEnds() if clock.nothing_but_time else Deadlock())

    def saw_interrupt(self) -> None:
        """A person pressed Ctrl-C."""
        self.interrupted = True

    def saw_attempt(self) -> None:
        """A connection or a call begins, on whatever thread."""
        if next(self._attempts) == MOST_ATTEMPTS and self.loop is not None:
            error = NeverEnds(f"{MOST_ATTEMPTS} connections and calls, and no end")
            # Whoever makes them may be elsewhere when the loop hears of it.
            place = self._probes.place(sys._getframe())  # pyright: ignore[reportPrivateUsage]
            self.loop.call_soon_threadsafe(self.end_the_spec, error, place)

    def saw_ending(self, error: BaseException) -> bool:
        """A callback raised what would end the program. True if it was the answer's, and ends it no more."""
        if self.interrupted or self._life.served is None:
            return False
        self._life.served.ended(error, "a task")
        if self.fault is None:
            fact = self._probes.raised[-1]
            self.fault = Finding(
                came=f"a task or a callback of the answer raised {type(error).__name__}",
                where=fact.where,
                code=fact.code,
                teaches="On a server nothing but the server itself may end the program.",
            )
        return True

    def saw_stop(self, frame: FrameType) -> None:
        """Somebody stops the loop. asyncio itself does so when the spec is over."""
        if self.fault is None and self._probes.owns(frame.f_code.co_filename):
            where, code = self._probes.place(frame)
            self.fault = replace(LOOP_STOPPED, where=where, code=code)

    def end_the_spec(
        self, error: BaseException, place: tuple[str | None, str] = (None, "")
    ) -> None:
        """The spec will never end by itself. Ends it, harder each time. Raises Abandoned if that is of no use.

        `place` is the line that is at fault, as `file:line` and its code, if somebody saw it.
        """
        self.faults += 1
        if self.fault is None:
            self.fault = self._finding(error, place)
        self._clock.grant_time_to_clean_up()
        self.watchdog.restart()
        if self.loop is None or self._body is None or self._body.done() or self.faults > 2:
            raise Abandoned
        self.loop.given_up = True
        if self.faults == 1:
            self._body.cancel()
            return
        for task in asyncio.all_tasks(self.loop):
            task.cancel()

    def _finding(self, error: BaseException, place: tuple[str | None, str]) -> Finding:
        where, code = place
        was_cancelled = False
        if where is None:
            where, code, was_cancelled = self.whereabouts.waiting(self.loop, self._own_tasks)
        if isinstance(error, CutOff):
            return was_cut_off(self.whereabouts.outside() or where)
        if isinstance(error, NeverEnds):
            threads = () if self.loop is None else self.loop.waits_for
            if threads:
                where = self.whereabouts.of_threads(threads)
                return replace(THREAD_NEVER_ENDS, where=where, code=short_code_at(where))
            found = never_ends(self._life.phase)
            if where is None and (where := self.whereabouts.outside()):
                code = short_code_at(where)
            found = replace(found, came=str(error) or found.came, where=where, code=code)
            return explained(found, self._probes) if self.real_time else found
        said = self.if_stuck
        if self._probes.queries.holds_one:
            found = waits_for_a_query(at_a_line=where is not None)
        elif (died := self.whereabouts.died(self.loop)) is not None:
            death, where = died
            found, code = died_unasked(death), short_code_at(where)
        elif (joins := self.whereabouts.joining(self.loop)) is not None:
            where, code = self._probes.place(joins)
            found, said = deadlock(self._life.phase), said or NOT_DONE
        else:
            found = deadlock(self._life.phase, was_cancelled=was_cancelled)
        found = replace(found, teaches=f"{found.teaches} {said}".strip())
        return explained(replace(found, where=where, code=code), self._probes)


def was_cut_off(where: str | None) -> Finding:
    """The finding for a spec in which nothing has moved on; `where` is the line that it stood in."""
    return Finding(
        expected="an end",
        came="nothing moved on for a long time, so the spec was cut off",
        where=where,
        code=short_code_at(where),
        teaches="This line runs or waits for ever and lets nothing else run.",
        cut_off=True,
    )


def _running_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
