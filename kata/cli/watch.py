"""`kata watch`: runs the specs of what was just saved, and shows the verdict.

Three threads post events: saves, keys, and finished runs. The main thread takes them one by one and
asks a `Watching`, which decides what to run and what to show and knows no threads. One run at a
time: what is saved during a run is run again after it, once, however often it was saved.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kata.course.course import Course, Exercise
from kata.course.course_map import Standing
from kata.run.progress import standing_after

if TYPE_CHECKING:
    from kata.run.engine import Outcomes


class Screen(Protocol):
    """What a `Watching` shows. The real one is `kata.cli.screen.TerminalScreen`."""

    def running(self, exercise: Exercise) -> None: ...
    def verdict(self, standing: Standing, outcomes: Outcomes) -> None: ...
    def trouble(self, exercise: Exercise, error: BaseException) -> None: ...
    def standings(self, standings: list[Standing]) -> None: ...
    def hint(self, exercise: Exercise) -> None: ...
    def all_solved(self) -> None: ...
    def keys(self) -> None: ...


class Watching:
    """What `kata watch` is at: the exercise, the run that is under way, and those to come."""

    def __init__(
        self, course: Course, screen: Screen, start_run: Callable[[Exercise], None]
    ) -> None:
        self._course = course
        self._screen = screen
        self._start_run = start_run
        self._known: dict[str, Standing] = {}
        self._to_run: list[Exercise] = []
        self._running: Exercise | None = None
        self._looking_for_next = False
        self._running_all = False
        self.current: Exercise | None = None

    def begin(self, exercise: Exercise | None) -> None:
        """Start on an exercise, or on the first that is not solved."""
        if exercise is not None:
            self._move_to(exercise)
        elif self._course.exercises:
            self._looking_for_next = True
            self._move_to(self._course.exercises[0])

    def saved(self, paths: Iterable[Path]) -> None:
        """Files were saved: their exercise is what the learner is at."""
        touched = {each.name for path in paths if (each := self._course.around(path))}
        if not touched:
            return
        # A branch that was switched touches many exercises at once: that is no reason to move.
        if self.current is None or self.current.name not in touched:
            names = (each for each in self._course.exercises if each.name in touched)
            self.current = next(names)
        self._looking_for_next = self._running_all = False
        self._move_to(self.current)

    def ran(self, exercise: Exercise, came: Outcomes | BaseException) -> None:
        """A run has ended, with outcomes or, if it could not be done at all, with an error."""
        self._running = None
        self._show(exercise, came)
        self._run_next()

    def pressed(self, key: str) -> bool:
        """A key was pressed. Says whether to go on."""
        key = key.lower()
        if key == "q":
            return False
        if key == "n":
            self._looking_for_next, self._running_all = True, False
            self._go_on()
        elif key == "h" and self.current is not None:
            self._screen.hint(self.current)
            self._screen.keys()
        elif key == "l":
            self._show_all()
        elif key == "a":
            self._looking_for_next, self._running_all = False, True
            self._to_run = [each for each in self._course.exercises if each != self._running]
            self._run_next()
        return True

    # -- runs

    def _move_to(self, exercise: Exercise) -> None:
        self.current = exercise
        self._to_run = [exercise]
        self._run_next()

    def _run_next(self) -> None:
        if self._running is None and self._to_run:
            self._running = self._to_run.pop(0)
            self._screen.running(self._running)
            self._start_run(self._running)

    def _show(self, exercise: Exercise, came: Outcomes | BaseException) -> None:
        if isinstance(came, BaseException):
            self._known.pop(exercise.name, None)
            self._looking_for_next = self._running_all = False
            self._screen.trouble(exercise, came)
            self._screen.keys()
            return
        standing = standing_after(self._course, exercise, came)
        self._known[exercise.name] = standing
        if self._running_all:
            if not self._to_run:
                self._running_all = False
                self._show_all()
        elif exercise != self.current:
            pass  # the learner has moved on meanwhile
        elif self._looking_for_next and standing.state == "solved":
            self._go_on()
        else:
            self._looking_for_next = False
            self._screen.verdict(standing, came)
            self._screen.keys()

    def _go_on(self) -> None:
        """Move to the exercise after this one that is not known to be solved."""
        exercises = self._course.exercises
        names = [each.name for each in exercises]
        at = names.index(self.current.name) if self.current else -1
        for exercise in (*exercises[at + 1 :], *exercises[: at + 1]):
            known = self._known.get(exercise.name)
            if known is None or known.state != "solved":
                self._move_to(exercise)
                return
        self._looking_for_next = False
        self._screen.all_solved()
        self._screen.keys()

    def _show_all(self) -> None:
        unknown = [Standing(each, "not run") for each in self._course.exercises]
        self._screen.standings([self._known.get(each.exercise.name, each) for each in unknown])
        self._screen.keys()


Event = Callable[["Watching"], bool]
"""What a thread posts: what to tell the `Watching`. It says whether to go on."""


def watch(course: Course, exercise: Exercise | None, *, cut_off: float | None = None) -> None:
    """Watch until the learner quits."""
    from kata.cli.keys import keys
    from kata.cli.saves import saves
    from kata.cli.screen import TerminalScreen
    from kata.run.warm_process import WarmProcess

    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    runs: queue.SimpleQueue[Exercise] = queue.SimpleQueue()
    stop = threading.Event()
    warm = WarmProcess(course, cut_off=cut_off)
    warm.start()

    def look_for_saves() -> None:
        for paths in saves(course.folder, stop):
            events.put(lambda watching, paths=paths: watching.saved(paths) is None)

    def run() -> None:
        while True:
            wanted = runs.get()
            try:
                came = warm.run(wanted)
            except Exception as error:
                came = error
            events.put(lambda watching, e=wanted, c=came: watching.ran(e, c) is None)

    for work in (look_for_saves, run):
        threading.Thread(target=work, daemon=True).start()
    with keys(lambda key: events.put(lambda watching: watching.pressed(key))) as has_keys:
        watching = Watching(course, TerminalScreen(course, has_keys), runs.put)
        watching.begin(exercise)
        try:
            while _next(events)(watching):
                pass
        except KeyboardInterrupt:
            pass
        finally:
            stop.set()
            warm.close()


def _next(events: queue.SimpleQueue[Event]) -> Event:
    """The next event. With a time-out, because Windows cannot interrupt a wait without one."""
    while True:
        try:
            return events.get(timeout=1)
        except queue.Empty:
            continue
