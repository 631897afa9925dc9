"""One spec, called in its world: whatever happens becomes one failure, in the words of a `Finding`."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import traceback
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from kata import patches
from kata.answer import loading
from kata.answer.loading import Answer
from kata.clock import off_loop
from kata.containment.crash_reporter import CrashReporter
from kata.feedback.diagnosis import explained
from kata.feedback.failure import Finding, SpecFailure, short
from kata.feedback.remarks import Facts
from kata.feedback.timeline import Timeline
from kata.run.elsewhere import Elsewhere
from kata.run.judged import Judged
from kata.run.scratch import Scratch
from kata.spec.facts import facts_of
from kata.spec.supervision import LOOP_STOPPED, Abandoned, PluginInTheWay
from kata.spec.world import World

FACTS = pytest.StashKey[Facts]()
"""What the answer did in such a spec, if it passed."""

TIMELINE = pytest.StashKey[Timeline]()
"""The timeline of a spec that was called in a world, in the stash of its item."""

READS_ELSEWHERE = pytest.StashKey[bool]()
"""Whether it has read what no hash of its inputs covers, in the same place."""


class SpecCalls:
    """Gives each spec its world and calls it there. Registered as a pytest plugin."""

    def __init__(
        self,
        config: pytest.Config,
        judged: Judged,
        scratch: Scratch,
        crash_reporter: CrashReporter,
        *,
        cut_off: float,
    ) -> None:
        self._config = config
        self._judged = judged
        self._scratch = scratch
        self._crash_reporter = crash_reporter
        self._cut_off = cut_off
        self._elsewhere = Elsewhere(judged.root)
        self._stack = contextlib.ExitStack()
        self._open = False
        self._asks_for_leaks: dict[Any, bool] = {}

    @pytest.fixture
    def kata_world(self, request: pytest.FixtureRequest) -> World:
        """Everything that one spec has to itself. Specs use the fixtures made from it."""
        exercise = self._judged.exercise(request.path)
        if exercise is None:
            pytest.fail(_no_exercise(request.path), pytrace=False)
        return World(
            Answer(exercise, self._judged.source(exercise), self._judged.answers),
            self._scratch.folder,
            cut_off=self._cut_off,
            real_time=bool(self._config.getoption("kata_real_time", None)),
            spec_name=request.node.nodeid,
            seed=self._config.option.kata_seed,
            reports_leaks=not self._leaks_have_a_spec(request.node),
            beat=self._crash_reporter.beat,
            pause=self._crash_reporter.rest,
            say=self._crash_reporter.say,
        )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        world = pyfuncitem.funcargs.get("kata_world")
        suite: Any = pyfuncitem.funcargs.get("kata_suite")
        if suite is not None:
            try:
                came = yield
                pyfuncitem.stash[FACTS] = Facts(most_suite_seconds=suite.seconds)
                return came
            except SpecFailure as failure:
                raise _complete(failure.finding, pyfuncitem.obj, failure) from None
        if not isinstance(world, World):
            return (yield)
        spec: Any = pyfuncitem.obj
        self._prepare(pyfuncitem, world)
        try:
            with world.opened(), _supervised(pyfuncitem, world):
                came = yield
        except SpecFailure as failure:
            raise _complete(failure.finding, spec, failure, world) from None
        except (Abandoned, PluginInTheWay, asyncio.CancelledError) as error:
            if isinstance(error, Abandoned) and world.supervision.only_left_something:
                pyfuncitem.stash[FACTS] = facts_of(world)
                return True
            raise _complete(self._of_an_end(error, world), spec, None, world) from None
        except Exception as error:
            found = _of_an_error(error, world, pyfuncitem.path)
            raise _complete(found, spec, error, world) from error
        else:
            pyfuncitem.stash[FACTS] = facts_of(world)
            return came
        finally:
            self._after(world)
            answer, room = world.life.answer, world.life.room
            pyfuncitem.stash[READS_ELSEWHERE] = self._elsewhere.was_read(
                world.probes.opened, answer.exercise, room
            )

    def _prepare(self, item: pytest.Function, world: World) -> None:
        if not self._open:
            self._open = True
            self._stack.enter_context(off_loop.announced_work())
        item.stash[TIMELINE] = world.timeline
        life = world.life
        self._crash_reporter.watch(item.nodeid, life.answer.folder, life.room, world.cut_off)

    def _after(self, world: World) -> None:
        if self._config.getoption("usepdb", None):
            self._crash_reporter.rest()
        _forget_broken_runner()
        if world.supervision.interrupted:
            # In the answer it became a failure, if anything. For the person it must end the run.
            raise KeyboardInterrupt

    def _of_an_end(self, error: BaseException, world: World) -> Finding:
        """A finding for a spec that was ended from outside."""
        if isinstance(error, PluginInTheWay):
            return Finding(
                came=str(error),
                teaches=f"Another plugin runs this spec: {self._culprit()}. Turn it off, and run again.",
            )
        if world.supervision.fault is not None:
            return world.supervision.fault
        if isinstance(error, Abandoned):
            return Finding()
        return Finding(
            came="the spec itself was cancelled",
            teaches="Cancel only the tasks that you have made: all_tasks() has those of the server too.",
        )

    def _culprit(self) -> str:
        if self._config.pluginmanager.has_plugin("asyncio"):
            return "pytest-asyncio in its auto mode (`-p no:asyncio`, or asyncio_mode = strict)"
        return "one that brings an event loop of its own"

    def pytest_runtest_teardown(self, nextitem: pytest.Item | None) -> None:
        # Between two specs the crash reporter's timer runs on, since to stop and start it costs a millisecond.
        if "kata_world" not in getattr(nextitem, "fixturenames", ()):
            self._crash_reporter.rest()

    def close(self) -> None:
        """The run has come to its end: what was replaced for it is put back."""
        self._stack.close()
        self._open = False

    def _leaks_have_a_spec(self, item: pytest.Function) -> bool:
        module: Any = item.module
        if module not in self._asks_for_leaks:
            functions = [getattr(module, name) for name in dir(module) if name.startswith("test_")]
            codes = [getattr(function, "__code__", None) for function in functions]
            self._asks_for_leaks[module] = any(
                code is not None and _names(code, "nothing_left") for code in codes
            )
        return self._asks_for_leaks[module]


@contextlib.contextmanager
def _supervised(item: pytest.Function, world: World) -> Generator[None]:
    """While the block lasts, the item calls the supervised spec in place of the spec itself."""
    spec: Any = item.obj
    names = item._fixtureinfo.argnames  # pyright: ignore[reportPrivateUsage]
    serves = "client" in names or ("asgi" in names and "serve" not in names)
    item.obj = world.supervision.supervised(spec, serves=serves)
    try:
        yield
    finally:
        item.obj = spec


def _no_exercise(path: Path) -> str:
    return (
        f"{loading.display(path)} is no spec of the course, so there is no answer to judge: "
        "the fixtures of the specs work in the folder of an exercise."
    )


def _complete(
    finding: Finding, spec: Any, cause: BaseException | None, world: World | None = None
) -> SpecFailure:
    """The failure with what was asked, which is the spec's own docstring, and with the way to have it again."""
    asked = finding.asked or " ".join((spec.__doc__ or spec.__name__).split())
    drawn = world is not None and world.values.used
    values = f"--seed {world.values.seed} gives them again" if world and drawn else ""
    failure = SpecFailure(replace(finding, asked=asked, values=values))
    if cause is not None:
        failure.__traceback__ = cause.__traceback__
    return failure


def _of_an_error(error: Exception, world: World, path: Path) -> Finding:
    """A finding for an exception that left the spec."""
    if world.supervision.fault is not None:
        # What the world found first also explains what its end then met.
        return world.supervision.fault
    if "Event loop stopped before" in str(error):
        return LOOP_STOPPED
    return explained(_of_the_spec(error, path), world.probes)


def _of_the_spec(error: Exception, path: Path) -> Finding:
    """A finding for an exception that the spec itself met: an odd answer, or a bare assert."""
    lines = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    where = f"{loading.display(path)}:{lines[-1].lineno}" if lines else None
    said = short(" ".join(str(error).split()), 300)
    name = type(error).__name__
    came = said if isinstance(error, AssertionError) and said else f"{name}: {said}"
    return Finding(came=came, where=where, code=(lines[-1].line or "") if lines else "")


def _names(code: CodeType, *names: str) -> bool:
    """Whether one of these names stands in a function, or in a function inside it."""
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return not {*names}.isdisjoint(code.co_names) or any(_names(each, *names) for each in inner)


def _forget_broken_runner() -> None:
    """If a loop would not even be closed, anyio's plugin keeps its runner, and the next test gets it."""
    with contextlib.suppress(patches.Missing):
        if patches.original("anyio.pytest_plugin", "_current_runner") is not None:
            plugin = sys.modules["anyio.pytest_plugin"]
            if not patches.original("anyio.pytest_plugin", "_runner_leases"):
                vars(plugin)["_current_runner"] = None
