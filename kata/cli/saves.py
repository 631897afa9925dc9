"""What was just saved, as `kata watch` sees it.

Events of the file system only say when to look; what changed is found by looking. So a file that
was written where no events come from (a network folder, a folder shared with Windows or a
container) is found as well, half a second later.
"""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

Sign = tuple[int, int, int]

LOOK_EVERY = 0.5
"""Seconds between two looks where no event comes."""

_SETTLE = 20
"""Milliseconds of quiet after an event: an editor writes, renames and touches for one save."""


def code_in(folder: Path) -> dict[Path, Sign]:
    """Every Python file below a folder, with a sign that is another after each save."""
    found: dict[Path, Sign] = {}
    for where, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        for name in files:
            if name.endswith(".py") and not name.startswith("."):
                path = Path(where, name)
                try:
                    state = path.stat()
                except OSError:  # gone between two looks
                    continue
                found[path] = (state.st_mtime_ns, state.st_size, state.st_ino)
    return found


def saves(folder: Path, stop: threading.Event) -> Iterator[set[Path]]:
    """The files of each save, one set a time, until `stop` is set."""
    known = code_in(folder)
    for _ in _moments(folder, stop):
        now = code_in(folder)
        changed = {path for path in now.keys() | known.keys() if now.get(path) != known.get(path)}
        known = now
        if changed:
            yield changed


def _moments(folder: Path, stop: threading.Event) -> Iterator[None]:
    """The moments at which to look: after an event, and every now and then."""
    try:
        from watchfiles import watch

        yield  # at once: something may have been saved while this was loaded
        for _ in watch(
            folder,
            watch_filter=None,
            debounce=200,
            step=_SETTLE,
            rust_timeout=int(LOOK_EVERY * 1000),
            yield_on_timeout=True,
            stop_event=stop,
            raise_interrupt=False,
        ):
            yield
    except Exception:  # the system has no more watches to give, or cannot watch this folder
        pass
    while not stop.wait(LOOK_EVERY):
        yield
