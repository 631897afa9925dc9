"""A run of the kata inside pytest: gives each spec its world, and turns what came of it into one outcome."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

import pytest

from kata import patches
from kata.answer import loading
from kata.answer.loading import Answer
from kata.clock import off_loop
from kata.containment.interpreter_shutdown import leave_behind_stuck_threads, leave_stubborn_tasks
from kata.containment.sentinel import Sentinel
from kata.containment.watchdog import DEFAULT_CUT_OFF
from kata.course.course import Course
from kata.feedback.diagnosis import explained
from kata.feedback.failure import Finding, SpecFailure, short
from kata.run.report import FailureText, Reporter
from kata.spec.supervision import LOOP_STOPPED, Abandoned, PluginInTheWay
from kata.spec.world import World

if TYPE_CHECKING:
    from kata.suite.suite import Suite

ROOM_IN_MEMORY = 32 * 1024 * 1024
"""Bytes that must be free in memory's own folder before copies of answers are put there."""


class Session:
    """Registered as a pytest plugin for the length of one run."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.root = config.rootpath
        self._room: Path | None = None
        self._stack = contextlib.ExitStack()
        self._open = False
        self._exit_status: int | None = None
        self._sentinel = Sentinel(config.invocation_params.dir)
        self._stubs: dict[Path, bool] = {}
        self._suites: dict[Path, Suite] = {}
        self._asks_for_leaks: dict[Any, bool] = {}
        loading.display_from(config.invocation_params.dir)
        self._answers = self._path("kata_answers")
        self._answer = self._path("kata_answer")
        config.pluginmanager.register(Reporter(config, self._answers), "kata-reporter")
        if config.getoption("kata_timeline") or config.getoption("kata_timeline_svg"):
            from kata.run.timeline_report import TimelineReport

            config.pluginmanager.register(TimelineReport(config), "kata-timeline")
        for sentence in patches.unknown_versions():
            config.issue_config_time_warning(pytest.PytestConfigWarning(f"kata: {sentence}"), 2)

    def _path(self, option: str) -> Path | None:
        value = self.config.getoption(option)
        if not value:
            return None
        here = Path(self.config.invocation_params.dir, value)
        return (here if here.exists() else self.root / value).resolve()

    # The world of each spec

    @pytest.fixture
    def kata_world(self, request: pytest.FixtureRequest) -> World:
        """Everything that one spec has to itself. Specs use the fixtures made from it."""
        exercise = self._exercise(request.path)
        assert exercise is not None, "only specs under exercises/ have a world"
        return World(
            Answer(exercise, self._source(exercise)),
            self._room_for_copies(),
            cut_off=self.config.getoption("kata_cut_off") or DEFAULT_CUT_OFF,
            real_time=bool(self.config.getoption("kata_real_time")),
            spec_name=request.node.nodeid,
            reports_leaks=not self._leaks_have_a_spec(request.node),
            beat=self._sentinel.beat,
            pause=self._sentinel.rest,
            say=self._sentinel.say,
        )

    @pytest.fixture
    def kata_suite(self, request: pytest.FixtureRequest) -> Suite:
        """The answer of an exercise in which it is a file of tests. It is run once for all its specs."""
        exercise = self._exercise(request.path)
        assert exercise is not None, "only specs under exercises/ judge a suite"
        return self._suite(exercise)

    def _suite(self, exercise: Path) -> Suite:
        if exercise not in self._suites:
            from kata.suite.suite import Suite

            source = self._source(exercise)
            tests = source if source.is_file() else source / "test_main.py"
            cut_off = self.config.getoption("kata_cut_off") or DEFAULT_CUT_OFF
            self._suites[exercise] = Suite(
                exercise, tests, self._room_for_copies(), cut_off=cut_off
            )
        return self._suites[exercise]

    def _begin_suites(self, items: list[pytest.Item]) -> None:
        """A suite is run many times, in a process of its own: it may as well begin while other specs run."""
        if hasattr(self.config, "workerinput"):
            return  # one of several workers of pytest-xdist, which may never come to it
        for item in items:
            exercise = self._exercise(item.path)
            if exercise is not None and "kata_suite" in getattr(item, "fixturenames", ()):
                if not self._untouched(exercise):
                    self._suite(exercise).begin()

    def _exercise(self, path: Path) -> Path | None:
        if path.parent.parent != self.root / "exercises" or self._is_a_suite(path):
            return None
        return path.parent

    # An answer that is a file of tests

    def _is_a_suite(self, path: Path) -> bool:
        exercise = self.root / "exercises" / path.parent.name
        return path.name == "test_main.py" and (exercise / path.name).is_file()

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        # pytest does not ask about a file that was named, so naming it runs it.
        return True if self._is_a_suite(collection_path) else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> None:
        """A learner who names his own tests gets them run as in any project, in real time."""
        if not isinstance(collector, pytest.Module) or not self._is_a_suite(collector.path):
            return
        from kata.suite import asyncio_only

        # There is no world here, so the loop of the specs (in conftest.py) is not for these tests.
        sys.path.insert(0, str(self.root / "exercises" / collector.path.parent.name))
        with contextlib.suppress(Exception):  # the import is tried again, and reported, by pytest
            module: Any = collector.obj
            if not hasattr(module, "anyio_backend"):
                module.anyio_backend = asyncio_only.anyio_backend

    def _source(self, exercise: Path) -> Path:
        if self._answer is not None:
            return self._answer
        if self._answers is not None:
            return self._answers / exercise.name
        return exercise

    def _room_for_copies(self) -> Path:
        if self._room is None:
            self._room = Path(tempfile.mkdtemp(prefix="kata-", dir=_in_memory())).resolve()
        return self._room

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        world = pyfuncitem.funcargs.get("kata_world")
        if "kata_suite" in pyfuncitem.funcargs:
            try:
                return (yield)
            except SpecFailure as failure:
                raise self._complete(failure.finding, pyfuncitem.obj, failure) from None
        if not isinstance(world, World):
            return (yield)
        if not self._open:
            self._open = True
            self._stack.enter_context(off_loop.open_doors())
        spec: Any = pyfuncitem.obj
        self._sentinel.watch(
            pyfuncitem.nodeid, world.life.answer.folder, world.life.room, world.cut_off
        )
        names = pyfuncitem._fixtureinfo.argnames  # pyright: ignore[reportPrivateUsage]
        try:
            with world.opened():
                pyfuncitem.obj = world.supervision.supervised(
                    spec, serves="client" in names or ("asgi" in names and "serve" not in names)
                )
                try:
                    return (yield)
                finally:
                    pyfuncitem.obj = spec
        except SpecFailure as failure:
            raise self._complete(failure.finding, spec, failure) from None
        except Abandoned:
            raise self._complete(world.supervision.fault or Finding(), spec, None) from None
        except PluginInTheWay as error:
            finding = Finding(
                came=str(error),
                teaches=f"Another plugin runs this spec: {self._culprit()}. Turn it off, and run again.",
            )
            raise self._complete(finding, spec, None) from None
        except asyncio.CancelledError:
            finding = world.supervision.fault or Finding(
                came="the spec itself was cancelled",
                teaches="Cancel only the tasks that you have made: all_tasks() has those of the server too.",
            )
            raise self._complete(finding, spec, None) from None
        except Exception as error:
            # What the world found first also explains what its end then met.
            finding = world.supervision.fault or explained(
                _of_the_spec(error, pyfuncitem.path), world.probes
            )
            if world.supervision.fault is None and "Event loop stopped before" in str(error):
                finding = LOOP_STOPPED
            raise self._complete(finding, spec, error) from error
        finally:
            if self.config.getoption("usepdb"):
                self._sentinel.rest()
            _forget_broken_runner()
            if world.supervision.interrupted:
                # In the answer it became a failure, if anything. For the person it must end the run.
                raise KeyboardInterrupt

    def pytest_runtest_teardown(self, nextitem: pytest.Item | None) -> None:
        # Between two specs the sentinel's timer runs on, since to stop and start it costs a millisecond.
        if "kata_world" not in getattr(nextitem, "fixturenames", ()):
            self._sentinel.rest()

    def _leaks_have_a_spec(self, item: pytest.Function) -> bool:
        module: Any = item.module
        if module not in self._asks_for_leaks:
            functions = [getattr(module, name) for name in dir(module) if name.startswith("test_")]
            codes = [getattr(function, "__code__", None) for function in functions]
            self._asks_for_leaks[module] = any(
                code is not None and _names(code, "nothing_left") for code in codes
            )
        return self._asks_for_leaks[module]

    def _culprit(self) -> str:
        if self.config.pluginmanager.has_plugin("asyncio"):
            return "pytest-asyncio in its auto mode (`-p no:asyncio`, or asyncio_mode = strict)"
        return "one that brings an event loop of its own"

    def _complete(self, finding: Finding, spec: Any, cause: BaseException | None) -> SpecFailure:
        asked = finding.asked or " ".join((spec.__doc__ or spec.__name__).split())
        failure = SpecFailure(replace(finding, asked=asked))
        if cause is not None:
            failure.__traceback__ = cause.__traceback__
        return failure

    # Outcomes

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if self._exercise(item.path) is None or not item.path.name.startswith("test_"):
            return report
        state = report.outcome
        finding: dict[str, Any] = {}
        if call.when == "call" and call.excinfo is not None:
            error = call.excinfo.value
            if isinstance(error, SpecFailure):
                not_started = error.finding.not_started or self._untouched(item.path.parent)
                state = "not started" if not_started else "failed"
                finding = error.finding.to_data()
                if self.config.getoption("tbstyle") not in ("long", "native"):
                    summary = error.finding.teaches or error.finding.came
                    report.longrepr = FailureText(
                        str(error), str(item.path), item.reportinfo()[1] or 0, summary
                    )
        facts = {
            "exercise": item.path.parent.name,
            "state": state,
            "finding": finding,
            "untouched": self._untouched(item.path.parent),
        }
        # pytest-xdist carries a report's attributes from its workers as they are.
        report.__dict__["kata"] = facts
        return report

    def _untouched(self, exercise: Path) -> bool:
        """True while the answer is still the stub, word for word."""
        if exercise not in self._stubs:
            each = Course(self.root).exercise(exercise.name)
            source = self._source(exercise)
            answer = source if source.is_file() else source / each.answer_file
            stub = Course(self.root).stub(each)
            self._stubs[exercise] = (
                answer.is_file() and stub.is_file() and answer.read_bytes() == stub.read_bytes()
            )
        return self._stubs[exercise]

    # The run

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        # Nothing that is made while the tests are collected is garbage.
        self._gc_was_enabled = gc.isenabled()
        gc.disable()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        # Leaks are looked for with the garbage collector. It need not go through what every answer imports.
        if session.items and not self.config.option.collectonly:
            importlib.import_module("fastapi.applications")
        gc.freeze()
        if self._gc_was_enabled:
            gc.enable()
        if not self.config.option.collectonly:
            self._begin_suites(session.items)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        for suite in self._suites.values():
            suite.end()
        if self._gc_was_enabled:
            gc.enable()
        self._stack.close()
        self._open = False
        if self._room is not None:
            shutil.rmtree(self._room, ignore_errors=True)
            self._room = None
        self._exit_status = int(exitstatus)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        self._sentinel.close()
        if self._exit_status is not None:
            leave_stubborn_tasks(self._exit_status)
            leave_behind_stuck_threads(self._exit_status)


def _names(code: CodeType, *names: str) -> bool:
    """Whether one of these names stands in a function, or in a function inside it."""
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return not {*names}.isdisjoint(code.co_names) or any(_names(each, *names) for each in inner)


def _in_memory() -> str | None:
    """A folder that lives in memory, where there is one: a database that is written there waits for no disk."""
    folder = "/dev/shm"
    if "TMPDIR" in os.environ or not os.access(folder, os.W_OK | os.X_OK):
        return None
    return folder if shutil.disk_usage(folder).free > ROOM_IN_MEMORY else None


def _forget_broken_runner() -> None:
    """If a loop would not even be closed, anyio's plugin keeps its runner, and the next test gets it."""
    with contextlib.suppress(patches.Missing):
        if patches.original("anyio.pytest_plugin", "_current_runner") is not None:
            plugin = sys.modules["anyio.pytest_plugin"]
            if not patches.original("anyio.pytest_plugin", "_runner_leases"):
                vars(plugin)["_current_runner"] = None


def _of_the_spec(error: Exception, path: Path) -> Finding:
    """A finding for an exception that the spec itself met: an odd answer, or a bare assert."""
    lines = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    where = f"{loading.display(path)}:{lines[-1].lineno}" if lines else None
    said = short(" ".join(str(error).split()), 300)
    name = type(error).__name__
    came = said if isinstance(error, AssertionError) and said else f"{name}: {said}"
    return Finding(came=came, where=where, code=(lines[-1].line or "") if lines else "")
