"""What the watchdog of a spec goes by: what counts as progress, and where it may break in."""

from __future__ import annotations

import asyncio
import inspect
import selectors
import sys
import threading
from collections.abc import Callable
from types import FrameType

from kata import patches
from kata.answer.probes import Probes
from kata.clock import process_waits, unbroken
from kata.clock.clock import Clock
from kata.clock.machine_time import real_monotonic
from kata.clock.spec_loop import VirtualSpecLoop
from kata.clock.turns import Park
from kata.containment.watchdog import CutOff, Watchdog, raise_in_thread
from kata.feedback import timeline as timeline_module
from kata.spec.supervision import Abandoned, Supervision, was_cut_off

MANY_STALLS = 100
"""So many deadlocks in one spec mean that it catches them, and goes on to the next."""


class ProgressWatch:
    """The questions that a `Watchdog` asks, answered for one spec.

    `beat` is called at each look, `pause` while a person debugs, `say` with the last words of a run
    that has to be ended.
    """

    def __init__(
        self,
        supervision: Supervision,
        *,
        clock: Clock,
        probes: Probes,
        spec_name: str,
        say: Callable[[str], None],
    ) -> None:
        self._supervision = supervision
        self._clock = clock
        self._probes = probes
        self._spec_name = spec_name
        self._say = say

    def watchdog(
        self, cut_off: float, *, beat: Callable[[], None], pause: Callable[[], None]
    ) -> Watchdog:
        """The watchdog of this spec, which cuts it off after `cut_off` seconds without progress."""
        return Watchdog(
            cut_off,
            progress=self._progress,
            sample=self._sample,
            may_break_into=self._may_break_into,
            elsewhere=self._cut_off_elsewhere,
            last_words=self._last_words,
            must_not_look=lambda: self._clock.in_the_middle,
            at_rest=_at_rest,
            beat=beat,
            pause=pause,
            owns=self._probes.owns,
        )

    def _progress(self) -> object:
        turns = getattr(self._supervision.loop, "turns", 0)
        elsewhere = real_monotonic() if self._clock.works_elsewhere else 0.0
        # To fail the same wait again and again achieves nothing.
        stale = self._supervision.real_time or self._supervision.stalls > MANY_STALLS
        return (turns, 0 if stale else self._clock.version, len(sys.modules), elsewhere)

    def _sample(self, frame: FrameType | None) -> None:
        where, code = self._probes.place(frame)
        if where is not None:
            self._probes.sampled = (self._clock.now, where, code)

    def _may_break_into(self, frame: FrameType | None) -> bool:
        if self._probes.own_frame(frame) is None:
            return False
        for _ in range(6):
            if frame is None:
                break
            if frame.f_code.co_filename in _NOT_TO_BREAK_INTO:
                return process_waits.waits_for_a_process(frame.f_code)
            frame = frame.f_back
        return True

    def _cut_off_elsewhere(self, error: BaseException) -> None:
        supervision, loop = self._supervision, self._supervision.loop
        if loop is None or loop.is_closed():
            return
        for turn in self._clock.at_work.turns():
            if turn.thread is not None and turn.thread != threading.get_ident():
                where = supervision.whereabouts.outside()
                raise_in_thread(turn.thread, CutOff if supervision.faults < 2 else Abandoned)
                if supervision.fault is None:
                    supervision.fault = was_cut_off(where)
        park = self._clock.parked.primary()
        strikes = supervision.watchdog.strikes
        if park is not None and park is not _rest_of(loop) and strikes > 1:
            # The loop's own thread waits for one that did not end when it was told to.
            self._clock.interrupt(park, error)
        loop.call_soon_threadsafe(supervision.end_the_spec, error)

    def _last_words(self) -> None:
        at = f" Look at {self._probes.sampled[1]}." if self._probes.sampled else ""
        self._say(
            f"{self._spec_name} could not be stopped: its answer loops for ever and catches every exception, "
            f"so the whole run ends here.{at}"
        )


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


_NOT_TO_BREAK_INTO = unbroken.FILES | {
    inspect.getsourcefile(module) or "" for module in (patches, timeline_module)
}
_RESTS = frozenset({Park.wait.__code__, selectors.DefaultSelector.select.__code__})
