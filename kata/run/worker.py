"""Inside a worker: a process that was forked off after the collection, and runs the specs of one exercise.

It tells each report as soon as there is one, and leaves nothing behind but what it has told.
"""

from __future__ import annotations

import contextlib
import os
import signal
import traceback
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import pytest
from _pytest.capture import CaptureManager

from kata.containment.crash_reporter import CrashReporter
from kata.run.report_channel import Message, report_to_data, warning_to_data
from kata.run.scratch import Scratch
from kata.run.suites import Suites

THE_EXERCISE = "the run of this exercise"

_really_exit = os._exit  # pyright: ignore[reportPrivateUsage]


class Worker:
    """What a worker does. The calling process is good for nothing else afterwards."""

    def __init__(self, scratch: Scratch, suites: Suites, crash_reporter: CrashReporter) -> None:
        self._scratch = scratch
        self._suites = suites
        self._crash_reporter = crash_reporter

    def work(
        self,
        session: pytest.Session,
        items: Sequence[pytest.Item],
        tell: Callable[[Message], None],
        words: Path,
    ) -> None:
        """Run these specs. `words` is the file for a sentence if the process dies."""
        try:
            self._leave_the_run(session.config, words)
            session.config.pluginmanager.register(_Teller(session.config, tell), "kata-teller")
            self._suites.begin(list(items))
            for number, item in enumerate(items):
                nextitem = items[number + 1] if number + 1 < len(items) else None
                tell({"begins": number})
                session.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
                tell({"ends": number})
                if session.shouldfail or session.shouldstop:
                    break
        except KeyboardInterrupt:
            tell({"interrupted": True})
        except pytest.exit.Exception as exit_:
            tell({"exit": [exit_.msg, exit_.returncode]})
        except BrokenPipeError:
            pass  # there is nobody to be told
        except BaseException:
            tell({"broken": traceback.format_exc()})
        finally:
            with contextlib.suppress(BaseException):
                self._suites.end()
                self._crash_reporter.close()
                self._scratch.remove()

    def _leave_the_run(self, config: pytest.Config, words: Path) -> None:
        """Cut this process off from the terminal, the signals and the captured output of the run."""
        os.setsid()
        signal.signal(signal.SIGTERM, self._end_now)
        self._scratch.go_into(str(os.getpid()))
        spoken = os.open(words, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._crash_reporter.speak_of(THE_EXERCISE, spoken)
        null = os.open(os.devnull, os.O_RDWR)
        capture: CaptureManager | None = config.pluginmanager.get_plugin("capturemanager")
        if capture is not None:
            # Their files are shared with the other processes, and so is the place where the next byte goes.
            capture.stop_global_capturing()
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        if capture is not None:
            capture.start_global_capturing()
        for name, plugin in config.pluginmanager.list_name_plugin():
            if type(plugin).__module__.startswith("_pytest.terminal"):
                config.pluginmanager.unregister(name=name)

    def _end_now(self, _signal: int, _frame: FrameType | None) -> None:
        """The run is over, or nobody waits for this exercise any more."""
        with contextlib.suppress(BaseException):
            self._suites.end()
        _really_exit(70)


class _Teller:
    """A plugin of pytest that passes on what others would show."""

    def __init__(self, config: pytest.Config, tell: Callable[[Message], None]) -> None:
        self._config = config
        self._tell = tell

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._tell({"report": report_to_data(self._config, report)})

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, when: str, nodeid: str
    ) -> None:
        self._tell({"warning": warning_to_data(warning_message), "when": when, "nodeid": nodeid})
