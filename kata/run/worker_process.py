"""A worker as the run sees it: a process, what it has told so far, and how it ended."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import warnings
from collections import deque
from collections.abc import Callable
from pathlib import Path

from kata.run import last_words, record
from kata.run.record import LONGEST
from kata.run.report_channel import Heard, Message

GRACE = 0.5
"""Real seconds that a worker has to end when it is told to."""


class WorkerProcess:
    """Started by `__init__`, in a copy of this process; `work` is what it does there."""

    def __init__(self, words: Path, work: Callable[[Callable[[Message], None]], None]) -> None:
        self.messages: deque[Message] = deque()
        self.status: int | None = None
        """None while it runs; then its exit status, or minus the signal that ended it."""
        self._words = words
        secret = record.new_secret()
        self._heard = Heard(secret)
        self._told, tell = os.pipe()
        with warnings.catch_warnings():
            # Since 3.12 Python warns where there are threads that no Python has started.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.number = self._fork(work, tell, secret)
        os.close(tell)
        os.set_blocking(self._told, False)

    def _fork(
        self, work: Callable[[Callable[[Message], None]], None], tell: int, secret: str
    ) -> int:
        # Python runs functions of libraries at a fork, and what a handler of a signal raises in them is lost.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
        number = os.fork()
        if number == 0:
            try:
                os.close(self._told)
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
                work(record.into(tell, secret))
            finally:
                os._exit(0)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return number

    def fileno(self) -> int:
        """The end of the pipe that this process reads."""
        return self._told

    @property
    def runs(self) -> bool:
        return self.status is None

    def look(self) -> None:
        """Take in what it has told meanwhile, and see whether it has ended."""
        if not self.runs:
            return
        self._read()
        done, status = os.waitpid(self.number, os.WNOHANG | os.WUNTRACED)
        if done and os.WIFSTOPPED(status):
            # Its answer has stopped it. It is in a session of its own, so a person's Ctrl-Z was not meant.
            self._kill()
            done, status = os.waitpid(self.number, 0)
        elif self._heard.length > LONGEST:
            self._kill()
            done, status = os.waitpid(self.number, 0)
        if done:
            self._ended(os.waitstatus_to_exitcode(status))

    def ask_to_end(self) -> None:
        """Let it end what it has started, and itself."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(self.number, signal.SIGTERM)

    def end(self) -> None:
        """Wait until it has ended; after a moment of grace it is killed, with all that it has started."""
        deadline = time.monotonic() + GRACE
        done = status = 0
        while not done and time.monotonic() < deadline:
            time.sleep(0.005)
            done, status = os.waitpid(self.number, os.WNOHANG)
        if not done:
            self._kill()
            _, status = os.waitpid(self.number, 0)
        self._ended(os.waitstatus_to_exitcode(status))

    def last_words(self) -> str:
        """Why it died in the middle of a spec, in a sentence."""
        assert self.status is not None
        return last_words.sentence(self._words, self.status)

    def _ended(self, status: int) -> None:
        self._kill_group()
        self._read()
        os.close(self._told)
        self.status = status

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._heard.length <= LONGEST and (part := os.read(self._told, 1 << 16)):
                self.messages.extend(self._heard.messages(part))

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.number, signal.SIGKILL)

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.number, signal.SIGKILL)
