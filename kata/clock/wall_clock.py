"""What the clock on the wall says: `datetime` and `time.time` move with the virtual clock.

`datetime.now`, `utcnow`, `today`, `date.today`, and the functions of `time` that ask for the present, take it from C.
To put other classes in their place, as freezegun does, breaks what looks at the type: pydantic has no schema for such
a class, sqlite3 no adapter, and a name that was bound before keeps the real time. time-machine changes the functions
inside the types instead, so that one `datetime` is there for everybody: for subclasses, for `isinstance`, for names
that were bound long ago. It has wheels for every Python of the kata. Its import takes 4 ms, and a look at the time
1 to 2 µs. It asks an object for the time, by its method `time_ns`, and here that method asks the clock of the calling
thread.

time-machine leaves `time.ctime` and `time.asctime` alone, so they are replaced here. SQLite has a clock of its own, in
real time: `CURRENT_TIMESTAMP` and `datetime('now')` do not move. `create_function` could replace them on each
connection. But SQLite then takes them for functions of the user, and refuses them in the default of a column under
`PRAGMA trusted_schema = OFF`; and so the kata would refuse a right answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import time_machine


def present_or(real: Callable[..., str], present: Callable[[], Any]) -> Callable[..., str]:
    """The function `real` of a moment. Without one it takes the present moment."""

    def of(moment: Any = None, /) -> str:
        return real(present() if moment is None else moment)

    of.__module__, of.__qualname__ = "time", getattr(real, "__name__", "")
    return of


NAMES: dict[tuple[str, str], Any] = {
    ("time", "ctime"): present_or(time.ctime, lambda: time.time()),
    ("time", "asctime"): present_or(time.asctime, lambda: time.localtime()),
}
"""Replacements for what time-machine leaves alone."""


def real_ns() -> int:
    """The real time in nanoseconds, while `telling` lasts."""
    return time_machine.escape_hatch.time.time_ns()


@contextmanager
def telling(time_ns: Callable[[], int]) -> Generator[None]:
    """Until the block ends, `datetime` and `time` ask `time_ns` for the nanoseconds since 1970."""
    traveller = time_machine.travel(time.time()).start()
    vars(traveller)["time_ns"] = time_ns
    try:
        yield
    finally:
        # Whoever has travelled further and not come back is taken back too.
        while traveller in time_machine.traveller_stack:
            _back.stop()


_back = time_machine.travel(0)
