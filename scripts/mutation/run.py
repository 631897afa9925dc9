"""The specs on a mutant, up to the first that fails."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kata.run.engine import Outcomes, run_spec
from scripts.mutation.mutants import Mutant


@dataclass(frozen=True)
class Verdict:
    """Which spec failed first, "" if none did, and the sentence with which it did; `seconds` are real ones."""

    mutant: Mutant
    caught_by: str
    teaches: str
    seconds: float

    @property
    def survived(self) -> bool:
        return not self.caught_by


def judge(mutant: Mutant, *, cut_off: float = 6.0) -> Verdict:
    """Run the specs on one mutant. `cut_off` is the real seconds that one may stand still."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kata-mutant-") as room:
        answer = Path(room) / "main.py"
        answer.write_text(mutant.source, "utf-8")
        outcomes = run_spec(mutant.exercise, answer, cut_off=cut_off, options=["-x"])
    caught_by, teaches = _caught(outcomes)
    return Verdict(mutant, caught_by, teaches, time.monotonic() - began)


def _caught(outcomes: Outcomes) -> tuple[str, str]:
    if outcomes.failed:
        return outcomes.failed[0].name, outcomes.failed[0].teaches
    if outcomes.ended:
        return "the run", outcomes.ended
    return ("", "") if outcomes.specs else ("the run", "no spec ran")


def judge_all(chosen: Sequence[Mutant], *, jobs: int, cut_off: float) -> Iterator[Verdict]:
    """The verdicts, in order. More than one process forks its runs, as each has no threads."""
    judged = partial(judge, cut_off=cut_off)
    if jobs == 1:
        yield from map(judged, chosen)
        return
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        yield from pool.imap(judged, chosen)
