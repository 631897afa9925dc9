"""The pools in which SQLAlchemy's engines keep connections open, also when every session was closed."""

from __future__ import annotations

import gc
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

_FRAMES_OF_A_NEW_POOL = 6
"""So near is `recreate`, where it makes a pool: its `__init__`, that of its base, and a property are between."""

Place = tuple[str | None, str]
"""`file:line` in the answer, and the code that stands there."""


@dataclass(frozen=True)
class Kept:
    """A connection that nobody uses and that a pool keeps open. `made` is where its engine was made."""

    made: Place
    is_async: bool


class EnginePools:
    """Where the answer made its engines, and which connections their pools keep.

    `place` finds the answer's own line above a frame.
    """

    def __init__(self, place: Callable[[FrameType], Place]) -> None:
        self._place = place
        self._made: WeakKeyDictionary[Any, Place] = WeakKeyDictionary()

    def seeing_made(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """`_should_wrap_creator` of SQLAlchemy's pools, which each calls once while it is made: write down where.

        Not their `__init__`: SQLAlchemy reads from its signature which arguments `create_engine` takes.
        """

        def _should_wrap_creator(pool: Any, creator: Any) -> Any:
            caller = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
            self._made[pool] = self._of_the_pool_before(caller) or self._place(caller)
            return real(pool, creator)

        return _should_wrap_creator

    def _of_the_pool_before(self, frame: FrameType | None) -> Place | None:
        """A pool that was emptied is made anew, for the engine that is where it was."""
        for _ in range(_FRAMES_OF_A_NEW_POOL):
            if frame is None:
                return None
            if frame.f_code.co_name == "recreate":
                emptied = frame.f_locals.get("self")
                return self._made.get(emptied) if emptied is not None else None
            frame = frame.f_back
        return None

    def keeping(self, handle: sqlite3.Connection | None) -> Kept | None:
        """What is known of the pool that keeps this connection for the next who asks, if one does."""
        base = sys.modules.get("sqlalchemy.pool.base")
        record_type = getattr(base, "_ConnectionRecord", None)
        if handle is None or record_type is None:
            return None
        for record in gc.get_objects():
            if type(record) is record_type and _is_kept(record):
                driver = record.driver_connection
                if driver is handle or getattr(driver, "_connection", None) is handle:
                    pool = getattr(record, "_ConnectionRecord__pool", None)
                    made = self._made.get(pool, (None, "")) if pool is not None else (None, "")
                    return Kept(made, is_async=driver is not handle)
        return None


def _is_kept(record: Any) -> bool:
    """Whether a connection is in its pool. One that somebody has taken out has no business to be there yet."""
    return record.fairy_ref is None or record.fairy_ref() is None
