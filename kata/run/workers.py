"""The specs of several exercises side by side, each exercise in a process that was forked off after the collection.

By then everything is imported, so a worker begins at once, which an interpreter that is started anew does not
(pytest-xdist starts such ones). What the workers tell is reported in the order of the specs, as if they had been run
one after the other. A worker that dies or hangs costs its own exercise and no other.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _pytest.capture import CaptureManager

from kata.run.judged import Judged
from kata.run.plain_run import is_traced, stranger
from kata.run.processors import processors
from kata.run.scratch import Scratch
from kata.run.verdicts import Verdicts
from kata.run.worker import Worker

if TYPE_CHECKING:
    from kata.run.worker_pool import Share

_DEBUGGERS = rb"\b(breakpoint|set_trace|i?pdb|pudb|debugpy)\b"
"""In an answer: a person may want to look round there, and that needs the terminal."""

_SECONDS_OF_A_SPEC, _SECONDS_OF_A_SUITE = 0.02, 0.05
"""What a spec takes as long as nobody has seen it run; and one that asks a learner's own tests."""


class Workers:
    """Runs the specs in workers where that is quicker and changes nothing. Registered as a pytest plugin."""

    def __init__(
        self, config: pytest.Config, judged: Judged, scratch: Scratch, worker: Worker
    ) -> None:
        self._config = config
        self._judged = judged
        self._scratch = scratch
        self._worker = worker
        self._verdicts = Verdicts(judged.root)
        self._number: int = getattr(config.option, "kata_workers", None) or processors()

    def are_wanted_for(self, session: pytest.Session) -> bool:
        """Whether the specs of this session will be run in workers."""
        return self._number > 1 and len(shares := self._shares(session)) > 1 and self._can(shares)

    def _shares(self, session: pytest.Session) -> list[Share]:
        """The specs by exercise, in their order; none at all if there is anything else among them."""
        if not all(self._judged.is_spec(item.path) for item in session.items):
            return []
        return [list(items) for _, items in groupby(session.items, key=lambda item: item.path)]

    def _can(self, shares: Sequence[Share]) -> bool:
        return (
            hasattr(os, "fork")
            and threading.active_count() == 1  # a fork takes no threads along
            and not self._needs_the_terminal()
            and not is_traced()
            and stranger(self._config, self._judged.root) is None
            and not any(map(self._has_a_breakpoint, shares))
        )

    def _needs_the_terminal(self) -> bool:
        option = self._config.option
        asked = (
            "usepdb",
            "trace",
            "setupshow",
            "setuponly",
            "setupplan",
            "collectonly",
            "log_file",
        )
        return (
            any(getattr(option, name, None) for name in asked)
            or getattr(option, "capture", "fd") not in ("fd", "sys")
            or bool(getattr(option, "log_cli_level", None))
        )

    def _has_a_breakpoint(self, share: Share) -> bool:
        source = self._judged.source(share[0].path.parent)
        files = source.glob("*.py") if source.is_dir() else [source]
        return any(re.search(_DEBUGGERS, _read(file)) for file in files if file != share[0].path)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if session.testsfailed and not session.config.option.continue_on_collection_errors:
            return None  # pytest says so
        if not self.are_wanted_for(session):
            return None
        capture: CaptureManager | None = self._config.pluginmanager.get_plugin("capturemanager")
        if capture is not None:
            capture.suspend_global_capture()
            # What was printed so far would otherwise be printed by each worker.
            printed = capture.read_global_capture()
            sys.stdout.write(printed.out)
            sys.stderr.write(printed.err)
        try:
            self._run(session, self._shares(session))
        finally:
            if capture is not None:
                capture.resume_global_capture()
        return True

    def _seconds(self, share: Share) -> float:
        """How long it may take: as it did when it was last solved, or a guess."""
        if (verdict := self._verdicts.of(share[0].path.parent.name)) is not None:
            return verdict.seconds
        runs_many_times = "kata_suite" in getattr(share[0], "fixturenames", ())
        return len(share) * (_SECONDS_OF_A_SUITE if runs_many_times else _SECONDS_OF_A_SPEC)

    def _run(self, session: pytest.Session, shares: Sequence[Share]) -> None:
        from kata.run.replay import Replay  # not for one exercise alone, the commonest run
        from kata.run.worker_pool import WorkerPool

        assert (
            self._scratch.folder
        )  # made here, and so cleared away here, whatever becomes of a worker
        with tempfile.TemporaryDirectory(prefix="kata-words-") as words:
            pool = WorkerPool(
                session, shares, self._number, self._worker, Path(words), self._seconds
            )
            try:
                for number, share in enumerate(shares):
                    Replay(session, share, lambda number=number: pool.message_of(number)).run()
            finally:
                pool.end()


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
