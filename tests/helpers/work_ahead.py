"""Verdicts worked out by the other processors of the machine while the tests begin.

A verdict takes about a second, and hundreds are asked for. Threads are no help, since a process that has some
cannot be forked for each answer. So one process for each further processor, and some more, work through the same list. Whoever
begins an answer puts a file with its number into a folder that all share, and then the outcome.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from kata.run.engine import Outcomes

Judge = Callable[[str, Path], Outcomes]

WAITING = 2
"""So many more processes than processors: some answers only wait, for real seconds, and use none."""


class WorkAhead:
    """The list of answers, and the processes that work through it beside this one."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._numbers: dict[tuple[str, Path], int] = {}
        self._room: Path | None = None
        self._workers: list[int] = []

    def begin(self, wanted: Sequence[tuple[str, Path]]) -> None:
        """Start to work through the list. Without `fork`, or with one processor, nothing is started."""
        others = min((os.cpu_count() or 1) - 1, 7)
        if not hasattr(os, "fork") or others < 1 or len(wanted) < 2:
            return
        others += WAITING
        self._numbers = {each: number for number, each in enumerate(wanted)}
        self._room = Path(tempfile.mkdtemp(prefix="kata-verdicts-"))
        for _ in range(others):
            worker = os.fork()
            if worker == 0:
                status = 1
                try:
                    self._work(os.getppid())
                    status = 0
                finally:
                    os._exit(status)
            self._workers.append(worker)

    def verdict(self, exercise: str, answer: Path) -> Outcomes:
        """The outcome for one answer: worked out here, or waited for if another process has begun it."""
        number = self._numbers.get((exercise, answer))
        if number is None or self._claim(number):
            return self._judge(exercise, answer)
        file = self._outcome(number)
        while not file.exists():
            if not self._any_at_work():
                return self._judge(exercise, answer)
            time.sleep(0.01)
        return pickle.loads(file.read_bytes())

    def end(self) -> None:
        """End the processes, whatever they do, and take away what they left."""
        for worker in self._workers:
            # One that has hardly begun has no group of its own yet.
            for kill in (os.kill, os.killpg):
                with contextlib.suppress(ProcessLookupError):
                    kill(worker, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(worker, 0)
        self._workers.clear()
        if self._room is not None:
            shutil.rmtree(self._room, ignore_errors=True)

    def _work(self, parent: int) -> None:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        for (exercise, answer), number in self._numbers.items():
            if os.getppid() != parent:
                return
            if self._claim(number):
                outcomes = self._judge(exercise, answer)
                part = self._outcome(number).with_suffix(".part")
                part.write_bytes(pickle.dumps(outcomes))
                part.rename(self._outcome(number))

    def _claim(self, number: int) -> bool:
        """True for the first process that asks."""
        assert self._room is not None
        try:
            os.close(os.open(self._room / f"{number}.begun", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def _outcome(self, number: int) -> Path:
        assert self._room is not None
        return self._room / f"{number}.outcome"

    def _any_at_work(self) -> bool:
        for worker in self._workers[:]:
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(worker, os.WNOHANG) == (0, 0):
                    continue
            self._workers.remove(worker)
        return bool(self._workers)
