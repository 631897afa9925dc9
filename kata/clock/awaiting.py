"""What a suspended coroutine waits in, frame by frame."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from types import FrameType
from typing import Any


def awaiting_frames(coroutine: Any) -> Iterator[FrameType]:
    """The frames of a suspended coroutine, from the outermost to what it waits in."""
    for _ in range(200):
        if type(coroutine).__name__ in _WRAPPERS:
            # What is awaited inside `async for` and `__await__` hides its generator; the collector knows it.
            inside = [
                each for each in gc.get_referents(coroutine) if type(each).__name__ in _WRAPPED
            ]
            coroutine = inside[0] if inside else None
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "ag_frame", None)
        frame = frame or getattr(coroutine, "gi_frame", None)
        if frame is not None:
            yield frame
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "ag_await", None)
        if coroutine is None:
            return


_WRAPPERS = (
    "async_generator_asend",
    "async_generator_athrow",
    "coroutine_wrapper",
    "anext_awaitable",
)
_WRAPPED = ("async_generator", "coroutine", "async_generator_asend", "generator")
