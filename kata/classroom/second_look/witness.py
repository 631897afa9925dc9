"""The witness: whether the machine was too busy for what it did in real time to prove anything.

It wakes up every few milliseconds and looks how late it is. Of another process Linux says how long it stood in the
queue for a processor.
"""

from __future__ import annotations

import asyncio
from collections import deque

EVERY = 0.02
LATE = 0.1
"""Seconds, a third of what the specs allow in real time."""

_REMEMBERED = 20_000


class Witness:
    """Runs beside the specs, on their loop."""

    def __init__(self) -> None:
        self._late: deque[float] = deque(maxlen=_REMEMBERED)
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._task = asyncio.create_task(self._watch())

    async def end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY
            await asyncio.sleep(EVERY)
            if loop.time() - due > LATE:
                self._late.append(loop.time())

    def was_late(self, *, since: float) -> bool:
        """Whether the judge itself was late since that moment of the loop."""
        return bool(self._late) and self._late[-1] >= since
