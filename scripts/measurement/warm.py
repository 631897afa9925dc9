"""A warm process of a checkout, asked for one verdict after the other."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from scripts.measurement.cost import Cost
from scripts.measurement.memory import watched
from scripts.measurement.side import Failed, Side

PROGRAM = Path(__file__).with_name("warm_process.py")


class Warm:
    """What `kata watch` pays for a verdict, without its page."""

    def __init__(self, side: Side, process: subprocess.Popen[str]) -> None:
        self._side = side
        self._process = process

    def verdict(self, exercise: str, *, look: bool = False) -> Cost:
        assert self._process.stdin is not None
        with watched(self._process.pid) if look else nullcontext() as peak:
            self._process.stdin.write(f"{exercise}\n")
            self._process.stdin.flush()
            said = self.line()
        came: dict[str, Any] = json.loads(said)
        if came["failed"]:
            raise Failed(
                f"the reference of {exercise} does not pass, {self._side.name}: {came['failed']}"
            )
        return Cost(came["seconds"], came["cpu"], peak and peak.megabytes)

    def line(self) -> str:
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if not said:
            raise Failed(
                f"the warm process has ended with {self._process.wait()}, {self._side.name}"
            )
        return said


@contextmanager
def warm_process(side: Side) -> Generator[Warm]:
    """The process, once it has its imports behind it."""
    with subprocess.Popen(
        [str(side.python), "-P", str(PROGRAM)],  # -P: nothing beside the program hides a library
        cwd=side.kata,
        env=side.variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        warm = Warm(side, process)
        warm.line()
        yield warm  # on leaving, its input is closed, and it ends
