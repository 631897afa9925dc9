"""The code that no exception may break into from outside: it would leave the clock half changed."""

from __future__ import annotations

import inspect

from kata.clock import (
    at_work,
    blocking,
    clock,
    mine,
    off_loop,
    parked,
    schedules,
    strangers,
    stuck,
    turns,
)

FILES = frozenset(
    inspect.getsourcefile(module) or ""
    for module in (
        at_work,
        blocking,
        clock,
        mine,
        off_loop,
        parked,
        schedules,
        strangers,
        stuck,
        turns,
    )
)
"""The files of that code, as its frames name them."""
