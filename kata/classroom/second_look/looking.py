"""One spec from outside: called in its world, on the real clock, and what that comes to."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib.util
import inspect
import random
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx

from kata.answer.loading import Answer
from kata.classroom.results import SecondLook, Verdict
from kata.classroom.second_look.not_seen import NotSeen
from kata.classroom.second_look.witness import Witness
from kata.classroom.second_look.world import OutsideWorld, Place
from kata.feedback.failure import Finding, SpecFailure
from kata.spec.served import StartupFailed
from kata.spec.supervision import LONGEST_IN_REAL_TIME

LONGEST_TEXT = 1_000

_OUT_OF_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ENOSPC)
_FIXTURES = (
    *("clock", "expect", "serve", "client", "asgi", "upstream", "database", "given", "values"),
    *("timeline", "schedule"),
)

Spec = Callable[..., Awaitable[object]]


@dataclass(frozen=True)
class Seen:
    """What one try came to. `was_late` says that the machine was too busy to prove anything by a failure."""

    verdict: Verdict
    text: str = ""
    was_late: bool = False

    @property
    def is_in_doubt(self) -> bool:
        """Whether another try is worth its time."""
        return self.verdict == "differs" or (self.verdict == "not run" and self.was_late)

    @property
    def look(self) -> SecondLook:
        return SecondLook(verdict=self.verdict, text=self.text[:LONGEST_TEXT])


def specs_in(path: Path) -> Mapping[str, Spec]:
    """The specs of a file by their names."""
    return {name: each for name, each in vars(_module(path)).items() if name.startswith("test_")}


@lru_cache
def _module(path: Path) -> ModuleType:
    found = importlib.util.spec_from_file_location(f"kata_second_look_{path.stem}", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


async def look(spec: Spec, answer: Answer, place: Place, witness: Witness) -> Seen:
    """Run one spec on an answer, with values of its own. Never raises for anything that the answer does."""
    began = asyncio.get_running_loop().time()
    world = OutsideWorld(
        answer,
        place,
        spec.__name__,
        random.SystemRandom().randrange(1_000_000),  # pyright: ignore
    )
    tasks: set[asyncio.Task[Any]] = set()
    of_this_spec.set(tasks)
    try:
        try:
            async with world.opened(), asyncio.timeout(LONGEST_IN_REAL_TIME):
                await _call(spec, world)
        finally:
            await _end(tasks)
    except Exception as error:
        seen = _of(error, world)
        late = world.was_kept_waiting or witness.was_late(since=began)
        return Seen(seen.verdict, seen.text, was_late=late)
    return Seen("agrees", _left_out(world))


of_this_spec: ContextVar[set[asyncio.Task[Any]] | None] = ContextVar("of_this_spec", default=None)
"""The tasks that began, in whatever way, in the spec that is running."""


def remembering(loop: asyncio.AbstractEventLoop, work: Any, **how: Any) -> asyncio.Task[Any]:
    """A factory of tasks that notes to which spec each belongs: what one leaves under way when it fails is ended."""
    task = asyncio.Task(work, loop=loop, **how)
    if (tasks := of_this_spec.get()) is not None:
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    return task


async def _end(tasks: set[asyncio.Task[Any]]) -> None:
    under_way = tasks - {asyncio.current_task()}
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)


def seen_of(spec: Callable[..., object], suite: object, *, was_late: bool) -> Seen:
    """What a spec about a learner's own tests says of runs that have been made."""
    try:
        spec(suite)
    except NotSeen as error:
        return Seen("not asked", f"not seen from outside: {error}")
    except SpecFailure as failure:
        return Seen("differs", _said(failure.finding), was_late)
    except Exception as error:
        return Seen("differs", f"{type(error).__name__}: {error}", was_late)
    return Seen("agrees")


async def _call(spec: Spec, world: OutsideWorld) -> None:
    names = inspect.signature(spec).parameters
    fixtures = {name: _fixture(name, spec, world) for name in names}
    served = "client" in names or ("asgi" in names and "serve" not in names)
    async with world.serve() if served else contextlib.nullcontext():
        await spec(**{name: fixture() for name, fixture in fixtures.items()})
    if world.upstream.faults:
        raise RuntimeError(f"the spec's own upstream is wrong: {world.upstream.faults[0]}")


def _fixture(name: str, spec: Spec, world: OutsideWorld) -> Callable[[], object]:
    """What gives a spec its fixture of this name: the world, or a plain function in the spec's own file, of such ones.

    Raises NotSeen for any other.
    """
    if name in _FIXTURES:
        return lambda: getattr(world, name)
    made: object = getattr(spec, "__globals__", {}).get(name)
    own = inspect.unwrap(made) if callable(made) else None
    if own is None or inspect.isgeneratorfunction(own) or inspect.iscoroutinefunction(own):
        raise NotSeen(f"the fixture {name}")
    others = [_fixture(each, spec, world) for each in inspect.signature(own).parameters]
    return lambda: own(*(each() for each in others))


def _of(error: Exception, world: OutsideWorld) -> Seen:
    drawn = f" (seed {world.seed})" if world.values.used else ""
    if isinstance(error, NotSeen):
        return Seen("not asked", f"not seen from outside: {error}")
    if isinstance(error, SpecFailure):
        return Seen("differs", _said(error.finding) + drawn)
    if isinstance(error, OSError) and error.errno in _OUT_OF_ROOM:
        return Seen("not run", f"the judge has no room: {error.strerror}", was_late=True)
    if isinstance(error, TimeoutError):
        return Seen("differs", f"no end within {LONGEST_IN_REAL_TIME:.0f} s")
    if isinstance(error, StartupFailed):
        return Seen("differs", f"the server did not start: {error}")
    if isinstance(error, httpx.TransportError):
        return Seen("differs", f"no reply: {error}")
    return Seen("differs", f"{type(error).__name__}: {' '.join(str(error).split())}{drawn}")


def _said(finding: Finding) -> str:
    parts = [f"expected {finding.expected}" if finding.expected else "", f"came {finding.came}"]
    return "; ".join(part for part in parts if part)


def _left_out(world: OutsideWorld) -> str:
    return f"not seen from outside: {', '.join(world.left_out)}" if world.left_out else ""
