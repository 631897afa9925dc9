"""The world of one spec: a copy of the answer, a clock, an upstream, probes, and what is left afterwards."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from kata.answer import leaks
from kata.answer.loading import Answer
from kata.answer.probes import Probes, listening
from kata.answer.sqlite import watched
from kata.clock import spec_loop
from kata.clock.clock import Clock
from kata.clock.process_pools import announced_work_of_processes
from kata.clock.spec_loop import RealClock
from kata.containment.interpreter_shutdown import exit_functions_of, keep
from kata.containment.process_state import ProcessState
from kata.containment.threads_left import end_threads
from kata.containment.watchdog import (
    hearing_interrupts,
    unchanged_signals,
    watching,
)
from kata.feedback.timeline import Timeline
from kata.network import backend
from kata.network.upstream import Upstream
from kata.spec.database import Database
from kata.spec.expect import Expect
from kata.spec.life import Given, Life
from kata.spec.observers import Observers
from kata.spec.process_hooks import process_hooks
from kata.spec.progress_watch import ProgressWatch
from kata.spec.supervision import Abandoned, Supervision
from kata.spec.values import Values


class World:
    """Everything that one spec has to itself, put together.

    `opened()` prepares it and takes it down again; in between, `supervision` runs the spec's body on
    the spec's loop. From `seed` come its values. `cut_off` is in seconds without progress. `beat` is called
    some twenty times a second, `pause` while a person debugs, `say` with the last words of a run that has to be ended.
    """

    def __init__(
        self,
        answer: Answer,
        room: Path,
        *,
        cut_off: float,
        real_time: bool,
        spec_name: str,
        seed: int = 0,
        reports_leaks: bool = True,
        beat: Callable[[], None] = lambda: None,
        pause: Callable[[], None] = lambda: None,
        say: Callable[[str], None] = print,
    ) -> None:
        self.cut_off = cut_off
        self.real_time = real_time
        self.clock: Clock = RealClock() if real_time else Clock()
        self.timeline = Timeline()
        self.probes = Probes(lambda filename: False)
        self.upstream = Upstream(answer_folder=answer.folder)
        self.life = Life(answer, room, clock=self.clock, timeline=self.timeline, probes=self.probes)
        self.supervision = Supervision(
            self.life,
            clock=self.clock,
            probes=self.probes,
            upstream=self.upstream,
            leaks=self.leaks,
            reports_leaks=reports_leaks,
            real_time=real_time,
        )
        self._observers = Observers(
            clock=self.clock,
            timeline=self.timeline,
            probes=self.probes,
            upstream=self.upstream,
            real_time=real_time,
        )
        self._progress_watch = ProgressWatch(
            self.supervision, clock=self.clock, probes=self.probes, spec_name=spec_name, say=say
        )
        self._beat, self._pause = beat, pause
        self.client = self.life.client
        self.asgi = self.life.asgi
        self.serve = self.life.serve
        self.given = Given(self.life)
        self.values = Values(seed, spec_name)
        self.database = Database(self.life.database_path, self.probes)
        self.expect = self._expectations()

    def _expectations(self) -> Expect:
        return Expect(
            clock=self.clock,
            probes=self.probes,
            timeline=self.timeline,
            upstream=self.upstream,
            supervision=self.supervision,
            leaks=self.leaks,
        )

    def leaks(self) -> list[leaks.Leak]:
        """What the answer has left open, now that it has been shut down."""
        return leaks.left_open(
            self.probes, self.upstream.connection_log, self.supervision.answer_tasks()
        )

    @contextlib.contextmanager
    def opened(self) -> Generator[None]:
        """Copy and import the answer, with every probe in place; clean up whatever is left at the end."""
        with contextlib.ExitStack() as stack:
            copy = stack.enter_context(self.life.copied())
            self.probes.owns = copy.owns
            self.probes.loop_thread = threading.get_ident()
            if isinstance(self.clock, RealClock):
                self.clock.restart()
            self.clock.on_stall = self.supervision.saw_stall
            self.upstream.traffic.on_event = self._hear_upstream
            self.upstream.on_connecting = self.supervision.saw_attempt
            stack.enter_context(backend.installed(self.upstream))
            stack.enter_context(backend.no_certificates())
            stack.enter_context(listening(self.probes))
            stack.enter_context(watched(self.probes.queries))
            stack.enter_context(self._observers.looking(ending=self.supervision.saw_ending))
            stack.enter_context(process_hooks(self.probes))
            stack.enter_context(exit_functions_of(copy.owns))
            stack.enter_context(warnings.catch_warnings())
            # The threads that Python warns of, since 3.12, may be the kata's own.
            warnings.filterwarnings("ignore", ".* use of fork", DeprecationWarning)
            watchdog = self._progress_watch.watchdog(
                self.cut_off, beat=self._beat, pause=self._pause
            )
            self.supervision.watchdog = watchdog
            stack.enter_context(watching(watchdog))
            stack.enter_context(hearing_interrupts(self.supervision.saw_interrupt))
            stack.enter_context(unchanged_signals())
            stack.callback(self._abandon)
            process = ProcessState(copy.owns)
            try:
                self.life.load(real_time=self.real_time)
                with spec_loop.timed_callbacks(), announced_work_of_processes():
                    yield
            finally:
                process.restore()
                watchdog.restart()

    def _hear_upstream(self, event: dict[str, Any]) -> None:
        if event["phase"] == "start":
            self.supervision.saw_attempt()
        self._observers.saw_upstream(event)

    def _abandon(self) -> None:
        for task in self.supervision.unended_tasks():
            keep(task)
        self.clock.abandon(Abandoned())
        turns = self.clock.at_work.turns
        end_threads(lambda: [turn.thread for turn in turns()], Abandoned)
        self.probes.end_processes()
        self.upstream.close()
        leaks.close(self.probes)
