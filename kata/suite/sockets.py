"""Sockets in a learner's tests: a thread that waits for one gives up the clock meanwhile."""

from __future__ import annotations

import select
import selectors
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from kata import patches
from kata.clock.clock import Clock
from kata.clock.machine_time import real_monotonic
from kata.clock.mine import mine
from kata.clock.turns import Park, Turn
from kata.suite.suite_clock import READABLE, WRITABLE, SuiteClock, ready

PAUSE = 0.005
"""So long, in real seconds, every socket must have been silent before time moves on."""


def replace_sockets(clock: SuiteClock) -> None:
    """Let a thread that waits for a socket give up the clock meanwhile."""
    if not hasattr(select, "poll"):
        return
    for name in ("accept", "recv", "recv_into", "recvfrom"):
        patches.replace_for_good("socket", f"socket.{name}", partial(_waits, events=READABLE))
    for name in ("send", "sendall"):
        patches.replace_for_good("socket", f"socket.{name}", partial(_waits, events=WRITABLE))
    # The servers of the standard library wait in one of these.
    for name in ("PollSelector", "SelectSelector"):
        patches.replace_for_good("selectors", f"{name}.select", _selects)


def _waits(real: Callable[..., Any], events: int) -> Callable[..., Any]:
    def wait(self: socket.socket, *args: Any, **named: Any) -> Any:
        turn, clock = mine.turn, mine.clock
        descriptor, timeout = self.fileno(), self.gettimeout()
        if turn is None or not isinstance(clock, SuiteClock) or timeout == 0 or descriptor < 0:
            return real(self, *args, **named)
        if not ready(descriptor, events):
            with clock.watching(descriptor, events):
                if not _until(clock, turn, timeout, lambda wait: ready(descriptor, events, wait)):
                    raise TimeoutError("timed out")
        return real(self, *args, **named)

    return wait


def _selects(real: Callable[..., Any]) -> Callable[..., Any]:
    def select_(self: selectors.BaseSelector, timeout: float | None = None) -> Any:
        turn, clock = mine.turn, mine.clock
        if turn is None or clock is None or (timeout is not None and timeout <= 0):
            return real(self, timeout)
        return _until(clock, turn, timeout, lambda wait: real(self, wait))

    return select_


def _until(clock: Clock, turn: Turn, timeout: float | None, look: Callable[[float], Any]) -> Any:
    """Give up the clock until `look` finds something, or for `timeout` seconds of the clock."""
    park = Park(clock, turn)
    clock.park(park, None if timeout is None else clock.now + timeout, real=True)
    try:
        while True:
            before = real_monotonic()
            came = look(PAUSE)
            if came or park.released:
                return came
            clock.elapse(real_monotonic() - before)
    finally:
        clock.resume(park)
        if park.error is not None:
            raise park.error
