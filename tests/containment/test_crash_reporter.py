"""The crash reporter is beside the specs, and none of what they wait for."""

from __future__ import annotations

import faulthandler
from pathlib import Path

from kata.clock.strangers import Strangers
from kata.containment.crash_reporter import CrashReporter


def test_its_timer_is_no_thread_that_may_wake_a_loop(tmp_path: Path) -> None:
    # Else each deadlock would be pronounced some real seconds late.
    strangers = Strangers()
    reporter = CrashReporter(tmp_path)
    try:
        reporter.watch("a spec", tmp_path, tmp_path / "room", 5.0)
        assert not strangers.are_here()
        assert faulthandler.is_enabled()
    finally:
        reporter.close()
