"""The watchdog: whatever the answer does, pytest goes on.

An alarm in real time looks at the main thread some twenty times a second. It remembers the
learner's line that runs (so that a computation which holds up the loop can be named), and if
nothing has moved on for too long it breaks in with an exception there, harder each time. Where
there is no SIGALRM, a thread does the same.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from types import FrameType
from typing import Any

from kata import patches
from kata.clock.idleness import Idleness
from kata.clock.strangers import introduce
from kata.containment.dropped import without_a_word_of

DEFAULT_CUT_OFF = 5.0
"""Seconds without any progress after which a spec is cut off: of CPU time, or twice as many idle ones.

Time in which the process stands in line for a processor counts as neither, so a busy machine cuts off nobody."""

TICK = 0.05
MOST_STRIKES = 60

_process_time = time.process_time
_real_sleep = time.sleep
_set_timer: Callable[..., Any] = getattr(signal, "setitimer", lambda *_: None)


class CutOff(Exception):
    """Nothing has moved on for too long. An Exception, so that `finally` and `with` still work."""


class CutOffForGood(BaseException):
    """The same, for code that swallows every Exception."""


class Watchdog:
    """Watches one spec. `progress()` must change its value whenever something was achieved.

    `sample` is given the frame that runs at each tick; `may_break_into` says whether an exception
    may be raised in that frame, `must_not_look` whether a lock may be held that a look would need,
    `at_rest` whether the frame only waits for others. Then `elsewhere` is called, with the exception
    for who keeps it waiting. `beat` is called at each tick, and `pause` while a person debugs.
    """

    def __init__(
        self,
        cut_off: float,
        *,
        progress: Callable[[], object],
        sample: Callable[[FrameType | None], None],
        may_break_into: Callable[[FrameType | None], bool],
        elsewhere: Callable[[BaseException], None],
        last_words: Callable[[], None],
        must_not_look: Callable[[], bool] = lambda: False,
        at_rest: Callable[[FrameType | None], bool] = lambda frame: True,
        beat: Callable[[], None] = lambda: None,
        pause: Callable[[], None] = lambda: None,
        owns: Callable[[str], bool] = lambda filename: False,
    ) -> None:
        self.cut_off = cut_off
        self._progress = progress
        self._sample = sample
        self._may_break_into = may_break_into
        self._elsewhere = elsewhere
        self._last_words = last_words
        self._at_rest = at_rest
        self._beat = beat
        self.pause = pause
        self.owns = owns
        self.must_not_look = must_not_look
        self._seen: object = None
        self._idle = Idleness()
        self._cpu = _process_time()
        self.strikes = 0

    def restart(self, already: float = 0.0) -> None:
        """Begin to count anew, as if `already` seconds had passed without progress."""
        self._cpu = _process_time() - already
        self._idle.reset()
        self._idle.seconds = 2 * already

    def _waited(self) -> float:
        """Seconds since the last progress: of CPU time, or half of the real time spent idle."""
        return max(_process_time() - self._cpu, self._idle.look() / 2)

    def tick(self, frame: FrameType | None) -> BaseException | None:
        """Look once. Returns the exception to raise in the main thread, if it is time for one."""
        self._beat()
        if _hunting and self._at_rest(frame):
            end_the_hunt()
        # It may run in the middle of the answer, which a look that goes wrong must not break.
        with contextlib.suppress(Exception):
            self._sample(frame)
        seen = self._progress()
        if seen != self._seen and self.strikes == 0:
            self._seen = seen
            self.restart()
            return None
        waited = self._waited()
        if waited < self.cut_off:
            return None
        if seen != self._seen and self.strikes > 0:
            self._seen = seen
            self.strikes = 0
            self.restart()
            return None
        breaks_in = self._may_break_into(frame)
        at_rest = not breaks_in and self._at_rest(frame)
        if at_rest and self.strikes > 0 and waited <= self.cut_off * 2:
            return None
        self.strikes += 1
        if self.strikes > MOST_STRIKES:
            self.end_the_run()
        error = CutOff if self.strikes <= 3 else CutOffForGood
        if at_rest:
            self.restart()
            self._elsewhere(error())
            return None
        self.restart(already=self.cut_off - min(0.3, 0.02 * self.strikes))
        if not breaks_in or error is CutOffForGood:
            hunt(frame, self.owns, error)
        return error() if breaks_in else None

    def end_the_run(self) -> None:
        """The last resort: code that swallows even BaseException, for ever."""
        self._last_words()
        real_exit(70)


real_exit = os._exit  # pyright: ignore[reportPrivateUsage]


def hunt(frame: FrameType | None, owns: Callable[[str], bool], error: type[BaseException]) -> None:
    """Raise in every line of the answer from now on, until it has been left.

    A single exception ends in the `except:` of a loop that catches everything. The next line after it
    must raise as well, and only a trace function sees that line. Nor is the answer's own code the one that
    runs whenever the watchdog looks.
    """
    watched = threading.get_ident()

    def trace(frame: FrameType, event: str, _arg: object) -> Any:
        if event == "line" and owns(frame.f_code.co_filename):
            # Raised from here, it would end the tracing.
            raise_in_thread(watched, error)
        return trace

    _hunting.clear()
    _hunting.add(trace)
    sys.settrace(trace)
    while frame is not None:
        frame.f_trace = trace
        frame = frame.f_back


_hunting: set[object] = set()


def end_the_hunt() -> None:
    """The answer's code has been left."""
    if sys.gettrace() in _hunting:
        sys.settrace(None)
    _hunting.clear()


def a_person_is_debugging(owns: Callable[[str], bool]) -> bool:
    """True under a debugger: a person who thinks must not be cut off. An answer may trace itself, though."""
    trace = sys.gettrace()
    if trace is not None:
        code = getattr(trace, "__code__", None)
        return trace not in _hunting and not (code is not None and owns(code.co_filename))
    monitoring = getattr(sys, "monitoring", None)
    return monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None


@contextlib.contextmanager
def watching(dog: Watchdog) -> Generator[None]:
    """Let the watchdog look until the block ends."""
    if a_person_is_debugging(dog.owns):
        dog.pause()
        yield
        return
    by_alarm = threading.current_thread() is threading.main_thread() and hasattr(signal, "SIGALRM")
    looks = _by_alarm(dog) if by_alarm else _by_thread(dog)
    with without_a_word_of(CutOff, CutOffForGood), looks:
        yield


@contextlib.contextmanager
def _by_alarm(dog: Watchdog) -> Generator[None]:
    over = False

    def handler(_number: int, frame: FrameType | None) -> None:
        try:
            error = None
            if a_person_is_debugging(dog.owns):
                dog.pause()
            elif not dog.must_not_look():
                error = dog.tick(frame)
        finally:
            # Each look sets the next one: on a busy machine an alarm that rings by itself would
            # interrupt its own handler, again and again.
            if not over:
                _set_timer(signal.ITIMER_REAL, TICK)
        if error is not None:
            raise error

    before = signal.signal(signal.SIGALRM, handler)
    _set_timer(signal.ITIMER_REAL, TICK)
    try:
        yield
    finally:
        over = True
        end_the_hunt()
        _set_timer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _by_thread(dog: Watchdog) -> Generator[None]:
    watched = threading.get_ident()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            _real_sleep(TICK)
            frame = sys._current_frames().get(watched)  # pyright: ignore[reportPrivateUsage]
            if a_person_is_debugging(dog.owns):
                dog.pause()
            elif (error := dog.tick(frame)) is not None:
                raise_in_thread(watched, type(error))

    thread = threading.Thread(target=look, name="kata watchdog", daemon=True)
    thread.start()
    introduce(thread)
    try:
        yield
    finally:
        over.set()
        thread.join()


def raise_in_thread(ident: int, error: type[BaseException]) -> None:
    """Raise `error` in another thread, as soon as it runs Python code again. In a finalizer, Python drops it."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(error))


@contextlib.contextmanager
def hearing_interrupts(tell: Callable[[], None]) -> Generator[None]:
    """Call `tell` when a person presses Ctrl-C: the KeyboardInterrupt may end in an `except:` of the answer."""
    usual = signal.default_int_handler
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not usual
    ):
        yield
        return

    def interrupted(number: int, frame: FrameType | None) -> None:
        tell()
        usual(number, frame)

    signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


@contextlib.contextmanager
def unchanged_signals() -> Generator[None]:
    """The alarm stays the watchdog's, and other signal handlers of an answer end with the block."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    alarm = getattr(signal, "SIGALRM", None)
    real = patches.original("signal", "signal")
    before: dict[int, Any] = {}

    def signal_(number: int, handler: Any) -> Any:
        if number == alarm:
            return signal.getsignal(number)
        there = real(number, handler)
        before.setdefault(number, there)
        return there

    replaced: dict[tuple[str, str], Any] = {("signal", "signal"): signal_}
    if alarm is not None:

        def setitimer(which: int, seconds: float, interval: float = 0.0) -> Any:
            if which == signal.ITIMER_REAL:
                return (0.0, 0.0)
            return _set_timer(which, seconds, interval)

        def no_alarm(_seconds: int) -> int:
            return 0

        replaced["signal", "setitimer"] = setitimer
        replaced["signal", "alarm"] = no_alarm
    try:
        with patches.replaced(replaced):
            yield
    finally:
        for number, handler in before.items():
            with contextlib.suppress(ValueError, TypeError):
                real(number, handler)
