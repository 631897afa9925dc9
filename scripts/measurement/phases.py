"""A plugin of pytest that measures the CPU time of a run by exercise, by spec and by phase, in one process.

A phase inside another counts only for itself: what the import of an answer costs is without the routes that it makes.
"""

from __future__ import annotations

import functools
import importlib
import time
from collections import defaultdict
from collections.abc import Callable, Generator
from typing import Any

import pytest

PHASES: dict[str, tuple[str, ...]] = {
    "copy": (
        "kata.answer.loading._laid_out",
        "kata.answer.loading._hide_namesakes",
        "kata.answer.loading._purge",
        "kata.answer.loading.remove",
    ),
    "import": ("kata.answer.loading.AnswerCopy.load",),
    "app and routes": (
        "fastapi.applications.FastAPI.__init__",
        "fastapi.routing.APIRouter.add_api_route",
    ),
    "loop and requests": ("anyio._backends._asyncio.TestRunner.run_test",),
    "clients": ("httpx._client.AsyncClient.__init__",),
    "routes of the upstream": ("kata.network.upstream.Upstream.request",),
    "upstream": ("kata.network.server_side.ServerSide.receive",),
    "leaks": ("kata.answer.leaks.left_open",),
    "world": ("kata.spec.world.World.__init__",),
}
"""The functions whose time makes up a phase. What is in none of them is pytest's, and the kata's own round it."""

REST = "the rest"


class Phases:
    """Seconds of CPU: `of[(exercise, spec)][phase]`, and before the first spec by what was done."""

    def __init__(self) -> None:
        self.of: dict[tuple[str, str], dict[str, float]] = {}
        self.before: dict[str, float] = {}
        self._now: dict[str, float] = defaultdict(float)
        self._phase = REST
        self._since = time.process_time()

    def _enter(self, phase: str) -> str:
        now, before = time.process_time(), self._phase
        self._now[before] += now - self._since
        self._phase, self._since = phase, now
        return before

    def timed(self, phase: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """A function whose time counts for that phase."""

        @functools.wraps(real)
        def run(*args: Any, **kwargs: Any) -> Any:
            before = self._enter(phase)
            try:
                return real(*args, **kwargs)
            finally:
                self._enter(before)

        return run

    def pytest_sessionstart(self) -> None:
        self.before["start of Python and pytest"] = time.process_time()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        self.before["collection"] = time.process_time() - sum(self.before.values())
        for phase, names in PHASES.items():
            for name in names:
                self._put(phase, name)
        self.before["import of FastAPI"] = time.process_time() - sum(self.before.values())

    def _put(self, phase: str, name: str) -> None:
        *path, attribute = name.split(".")
        for length in range(len(path), 0, -1):
            try:
                owner: Any = importlib.import_module(".".join(path[:length]))
            except ModuleNotFoundError:
                continue
            for part in path[length:]:
                owner = getattr(owner, part)
            setattr(owner, attribute, self.timed(phase, getattr(owner, attribute)))
            return

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._enter(REST)
        self._now.clear()
        try:
            return (yield)
        finally:
            self._enter(REST)
            self.of[item.path.parent.name, item.name] = dict(self._now)
