"""Event loops that the answer makes itself: they live on the clock of whoever makes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from kata.clock.loop import VirtualLoop
from kata.clock.mine import mine


def new_event_loop_of(real: Callable[[], Any]) -> Callable[[], Any]:
    """What stands at `asyncio.new_event_loop`."""

    def new_event_loop() -> asyncio.AbstractEventLoop:
        return real() if mine.clock is None else VirtualLoop(mine.clock)

    return new_event_loop


def selector_event_loop_of(
    real: type[asyncio.AbstractEventLoop],
) -> type[asyncio.AbstractEventLoop]:
    """What stands at `asyncio.SelectorEventLoop`. It passes for the real class wherever one asks for it."""

    class AnyOfThem(type(real)):
        """Whoever asks whether a loop is one of these means the real class."""

        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, real)

    class SelectorEventLoop(real, metaclass=AnyOfThem):
        """The loop that somebody makes by the name of its class."""

        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            if cls is not SelectorEventLoop or mine.clock is None:
                return super().__new__(cls)
            return VirtualLoop(mine.clock)

    SelectorEventLoop.__module__, SelectorEventLoop.__qualname__ = (
        real.__module__,
        real.__qualname__,
    )
    return SelectorEventLoop
