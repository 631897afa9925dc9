"""All event loops of a learner's tests, whoever makes them, live on one virtual clock."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import selectors
import sys
import warnings
from types import ModuleType
from typing import Any

from kata import patches
from kata.clock.loop import VirtualLoop
from kata.clock.turns import Park
from kata.suite.stalls import Stalls
from kata.suite.suite_clock import READABLE, SuiteClock


def replace_loops(clock: SuiteClock, stalls: Stalls) -> None:
    """Put a virtual loop wherever a loop can come from."""
    home, real = os.getpid(), asyncio.SelectorEventLoop

    class SuiteLoop(VirtualLoop):
        """A loop on the clock of this process, however it was made."""

        def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
            super().__init__(clock)
            self.on_fault = lambda error: stalls.in_a_loop(self, error)

        def _wait_outside(self, park: Park, select: Any, real: bool) -> Any:
            with clock.watching(self._selector_of_specs.fileno(), READABLE):
                return super()._wait_outside(park, select, real)

    def new_event_loop() -> asyncio.AbstractEventLoop:
        # A server that the tests start as a process of its own lives in real time.
        return SuiteLoop() if os.getpid() == home else real()

    for module in ("asyncio", "asyncio.events"):
        patches.replace_for_good(module, "new_event_loop", lambda _: new_event_loop)
    for module in ("asyncio", "asyncio.unix_events"):
        for name in ("SelectorEventLoop", "EventLoop"):
            patches.replace_for_good(module, name, lambda _: SuiteLoop)
    with warnings.catch_warnings(), contextlib.suppress(AttributeError):
        warnings.simplefilter("ignore", DeprecationWarning)  # policies are on their way out
        policy: Any = getattr(asyncio, "get_event_loop_policy")()  # noqa: B009
        type(policy)._loop_factory = SuiteLoop
    if importlib.util.find_spec("uvloop") is not None:
        sys.modules["uvloop"] = _in_place_of_uvloop(SuiteLoop)


def _in_place_of_uvloop(loop: type[VirtualLoop]) -> ModuleType:
    """uvloop waits in C, where no clock reaches it. uvicorn takes it wherever it is installed."""
    module = ModuleType("uvloop")
    vars(module).update(
        Loop=loop,
        new_event_loop=loop,
        run=asyncio.run,
        install=lambda: None,
        EventLoopPolicy=getattr(asyncio, "DefaultEventLoopPolicy", None),
        __version__="0",
    )
    return module
