"""What an answer does to the whole process, caught: it ends no run, and what it starts or drops is written down."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator
from typing import Any

from kata import patches
from kata.answer.loading import Halted
from kata.answer.probes import Probes


@contextlib.contextmanager
def process_hooks(probes: Probes) -> Generator[None]:
    """Until the block ends, `os._exit` and `uvicorn.run` raise `Halted`, and the probes see what is dropped."""

    def exit_(status: int = 0) -> None:
        raise Halted(f"the answer ends the program with os._exit({status})")

    def run(*_args: object, **_kwargs: object) -> None:
        raise Halted("the answer starts a server with uvicorn.run()")

    def dropped(coroutine: Any) -> None:
        probes.saw_never_awaited(coroutine)

    replaced: dict[tuple[str, str], Any] = {
        ("os", "_exit"): _only_here(exit_, patches.original("os", "_exit")),
        ("subprocess", "Popen.__init__"): probes.seeing_started(
            patches.original("subprocess", "Popen.__init__")
        ),
        ("warnings", "_warn_unawaited_coroutine"): dropped,
    }
    with contextlib.suppress(patches.Missing):
        key = ("aiosqlite.core", "Connection.__del__")
        replaced[key] = probes.seeing_dropped(patches.original(*key))
    servers: dict[tuple[str, str], Any] = {
        ("uvicorn", "run"): run,
        ("uvicorn", "Server.run"): run,
    }

    def pools() -> dict[tuple[str, str], Any]:
        key = ("sqlalchemy.pool.base", "Pool._should_wrap_creator")
        return {key: probes.engine_pools.seeing_made(patches.original(*key))}

    with (
        patches.replaced(replaced),
        patches.replaced_once_imported("uvicorn", lambda: servers),
        patches.replaced_once_imported("sqlalchemy", pools),
    ):
        yield


def _only_here(here: Callable[[int], None], real: Callable[[int], None]) -> Callable[[int], None]:
    """`os._exit` for a process that may have been forked: a child really ends."""
    parent = os.getpid()

    def exit_(status: int = 0) -> None:
        return here(status) if os.getpid() == parent else real(status)

    return exit_
