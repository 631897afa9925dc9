"""One side of a measurement: a checkout of the kata, and the Python that runs it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from scripts.checkouts.copies import put_references, working_copy, worktree
from scripts.checkouts.environments import command_of, environment_of, learners_variables
from scripts.measurement.cost import Cost
from scripts.measurement.memory import watched
from scripts.measurement.processor import children_cpu, spent

HERE = "here"


class Failed(RuntimeError):
    """What was to be measured did not end as it must, so its time says nothing."""


@dataclass(frozen=True)
class Side:
    """A checkout in which the references stand as the learner's own answers."""

    name: str
    kata: Path
    python: Path

    @property
    def variables(self) -> dict[str, str]:
        return {**learners_variables(), "PYTHONPATH": str(self.kata)}

    def pytest(self, *arguments: str) -> list[str]:
        return [*command_of(self.python, "pytest"), *arguments]

    def cost(self, command: Sequence[str], *, look: bool = False) -> Cost:
        """What a command costs in the checkout. With `look` its memory is looked at, which slows it."""
        cpu, begun = children_cpu(), time.perf_counter()
        with subprocess.Popen(
            command,
            cwd=self.kata,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            with watched(process.pid) if look else nullcontext() as peak:
                said, _ = process.communicate()
            seconds = time.perf_counter() - begun
        if process.returncode:
            what = f"{' '.join(command)} ended with {process.returncode}, {self.name}"
            raise Failed(f"{what}:\n{said[-2000:]}")
        return Cost(seconds, spent(cpu), peak and peak.megabytes)

    def options(self) -> str:
        """What `pytest --help` says in the checkout."""
        return subprocess.run(
            self.pytest("--help"),
            cwd=self.kata,
            env=self.variables,
            capture_output=True,
            text=True,
            check=True,
        ).stdout


@contextmanager
def sides(room: Path, commit: str | None) -> Generator[list[Side]]:
    """The checkout as it stands here, with the Python that runs this; or beside it, both as new, that of a commit.

    Two sides differ in nothing but the kata: each is a copy in `room`, with a virtual environment of its own.
    """
    here = working_copy(room / HERE)
    put_references(here)
    if commit is None:
        yield [Side(HERE, here, Path(sys.executable))]
        return
    with worktree(commit, room / "there") as there:
        put_references(there)
        yield [
            Side(HERE, here, environment_of(here, room / "environment-here")),
            Side(commit, there, environment_of(there, room / "environment-there")),
        ]
