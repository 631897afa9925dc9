"""A run of the kata inside pytest, from its beginning to the end of the process."""

from __future__ import annotations

import contextlib
import importlib
import random
from pathlib import Path
from typing import Any

import pytest
from _pytest.junitxml import xml_key

from kata import patches
from kata.answer import loading
from kata.containment.crash_reporter import CrashReporter
from kata.containment.dropped import without_a_word_of
from kata.containment.interpreter_shutdown import leave_behind_stuck_threads, leave_stubborn_tasks
from kata.containment.watchdog import DEFAULT_CUT_OFF, CutOff, CutOffForGood
from kata.course.course import Course
from kata.run import garbage
from kata.run.as_before import AsBefore
from kata.run.collection import Collection
from kata.run.endpoint_places import endpoints_placed_by_their_code
from kata.run.first_route import first_route, old_models_unimported
from kata.run.judged import Judged
from kata.run.light_imports import models_built_at_their_first_use
from kata.run.outcomes import Outcomes
from kata.run.report import Reporter
from kata.run.scratch import Scratch
from kata.run.spec_call import SpecCalls
from kata.run.suites import Suites
from kata.run.waiting import Waiting
from kata.run.worker import Worker
from kata.run.workers import Workers
from kata.spec.supervision import Abandoned

_IMPORTED_BY_THE_FIRST_SPEC = (
    *("aiosqlite", "anyio._backends._asyncio", "asgi_lifespan._concurrency.asyncio"),
    *("concurrent.futures.thread", "fastapi.applications", "fastapi.telemetry._runtime"),
)

SEEDS = 1_000_000
"""How many seeds a run that is given none chooses from: so many that no two runs are alike, and short to type."""


_SEED = "kata_seed"
"""Under this name a worker of pytest-xdist is told the seed: of the options it knows those of the command line only."""


class Session:
    """Registered as a pytest plugin for the length of one run. It registers the others, each with one idea."""

    def __init__(self, config: pytest.Config, home: Path) -> None:
        self._config = config
        self._exit_status: int | None = None
        self._begun: set[Path] = set()
        self._replaced = contextlib.ExitStack()
        self._scratch = Scratch()
        self._crash_reporter = CrashReporter(config.invocation_params.dir)
        loading.display_from(config.invocation_params.dir)
        judged = Judged(config, home)
        asked_for_seed: int | None = getattr(config.option, "kata_seed", None)
        if asked_for_seed is None:
            drawn = random.SystemRandom().randrange(SEEDS)
            config.option.kata_seed = _told_by_xdist(config).get(_SEED, drawn)
        cut_off: float = config.getoption("kata_cut_off", None) or DEFAULT_CUT_OFF
        self._suites = Suites(judged, self._scratch, cut_off=cut_off)
        self._spec_calls = SpecCalls(
            config, judged, self._scratch, self._crash_reporter, cut_off=cut_off
        )
        plugins = config.pluginmanager
        plugins.register(Collection(config, judged), "kata-collection")
        if judged.is_of_the_learner:
            plugins.register(Waiting(config, Course(home)), "kata-waiting")
        as_before = AsBefore(config, judged, asked_for_seed)
        plugins.register(as_before, "kata-as-before")
        plugins.register(Reporter(config, judged, lambda: as_before.solved), "kata-reporter")
        plugins.register(Outcomes(config, judged, lambda: bool(as_before.solved)), "kata-outcomes")
        plugins.register(self._suites, "kata-suites")
        plugins.register(self._spec_calls, "kata-spec-calls")
        worker = Worker(self._scratch, self._suites, self._crash_reporter)
        self._workers = Workers(config, judged, self._scratch, worker)
        plugins.register(self._workers, "kata-workers")
        if config.getoption("kata_timeline", None) or config.getoption("kata_timeline_svg", None):
            from kata.run.timeline_report import TimelineReport

            plugins.register(TimelineReport(config), "kata-timeline")
        for sentence in patches.unknown_versions():
            config.issue_config_time_warning(pytest.PytestConfigWarning(f"kata: {sentence}"), 2)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        garbage.collect_nothing(self._config)
        # A thread may end of them when its spec is long over.
        self._replaced.enter_context(without_a_word_of(Abandoned, CutOff, CutOffForGood))
        if (junit := self._config.stash.get(xml_key, None)) is not None:
            junit.add_global_property("seed", str(self._config.option.kata_seed))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        # Leaks are looked for with the garbage collector. It need not go through what every answer imports.
        if session.items and not self._config.option.collectonly:
            with models_built_at_their_first_use():
                for name in _IMPORTED_BY_THE_FIRST_SPEC:
                    with contextlib.suppress(ImportError):  # an older version has it elsewhere
                        importlib.import_module(name)
            self._replaced.enter_context(old_models_unimported())
            self._replaced.enter_context(endpoints_placed_by_their_code())
            first_route()
        garbage.collect_seldom(self._config)
        if self._config.option.collectonly or self._is_a_worker_of_xdist():
            return
        if not self._workers.are_wanted_for(session):
            self._suites.begin(session.items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if item.path not in self._begun:
            self._begun.add(item.path)
            garbage.look_no_more_at_what_is_there()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Called by pytest-xdist for each worker, before it is started."""
        node.workerinput[_SEED] = self._config.option.kata_seed

    def _is_a_worker_of_xdist(self) -> bool:
        """One of several workers of pytest-xdist, which may never come to a suite."""
        return bool(_told_by_xdist(self._config))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        self._suites.end()
        garbage.collect_as_before(self._config)
        self._spec_calls.close()
        self._replaced.close()
        self._scratch.remove()
        self._exit_status = int(exitstatus)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        self._crash_reporter.close()
        if self._exit_status is not None:
            leave_stubborn_tasks(self._exit_status)
            leave_behind_stuck_threads(self._exit_status)


def _told_by_xdist(config: pytest.Config) -> dict[str, Any]:
    """What a worker of pytest-xdist has been told, or nothing where this is none."""
    return getattr(config, "workerinput", {})
