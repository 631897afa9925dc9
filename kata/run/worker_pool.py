"""The workers of a run: so many at a time. Half of them take what is longest, the others what is next to be shown."""

from __future__ import annotations

import select
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from kata.run.report_channel import Message
from kata.run.worker import Worker
from kata.run.worker_process import WorkerProcess

Share = list[pytest.Item]
"""The specs of one exercise."""

PAUSE = 0.05
"""Real seconds after which a worker's process is looked at although it has told nothing."""


class WorkerPool:
    """A process for each share, at most `most` at a time. `end()` ends all of them."""

    def __init__(
        self,
        session: pytest.Session,
        shares: Sequence[Share],
        most: int,
        worker: Worker,
        words: Path,
        seconds: Callable[[Share], float],
    ) -> None:
        self._session = session
        self._shares = shares
        self._most = most
        self._worker = worker
        self._words = words
        self._seconds = [seconds(share) for share in shares]
        self._waiting = set(range(len(shares)))
        self._begun: dict[int, WorkerProcess] = {}
        self._long: set[int] = set()

    def message_of(self, number: int) -> Message | WorkerProcess:
        """The next that the worker of a share has told; the process itself once it has ended and told all."""
        while True:
            self._begin()
            worker = self._begun.get(number)
            if worker is not None:
                if worker.messages:
                    return worker.messages.popleft()
                if not worker.runs:
                    return worker
            self._look()

    def end(self) -> None:
        """End those that still run, and all that they have started."""
        self._waiting.clear()
        for worker in self._at_work():
            worker.ask_to_end()
        for worker in self._at_work():
            worker.end()

    def _at_work(self) -> list[WorkerProcess]:
        return [worker for worker in self._begun.values() if worker.runs]

    def _begin(self) -> None:
        while self._waiting and len(self._at_work()) < self._most:
            number = self._next()
            share, words = self._shares[number], self._words / str(number)
            sys.stdout.flush()
            sys.stderr.flush()
            self._begun[number] = WorkerProcess(
                words,
                lambda tell, share=share, words=words: self._worker.work(
                    self._session, share, tell, words
                ),
            )

    def _next(self) -> int:
        """The share to begin with now. It waits no more."""
        at_work = sum(
            worker.runs and number in self._long for number, worker in self._begun.items()
        )
        if at_work < self._most // 2:
            number = max(self._waiting, key=self._seconds.__getitem__)
            self._long.add(number)
        else:
            number = min(self._waiting)
        self._waiting.remove(number)
        return number

    def _look(self) -> None:
        at_work = self._at_work()
        select.select(at_work, [], [], PAUSE)
        for worker in at_work:
            worker.look()
