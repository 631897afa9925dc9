"""Rounds of verdicts, each compared with the one that was taken while the machine was quiet."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kata.run.engine import run_spec
from scripts.console.progress import Progress
from scripts.judging import Subject, Verdict, differences, verdict


@dataclass
class Quiet:
    """The verdicts of the quiet machine, and how many of them are not what they should be."""

    verdicts: dict[Subject, Verdict] = field(default_factory=dict[Subject, Verdict])
    wrong: int = 0


def quiet_verdicts(everyone: Sequence[Subject], progress: Progress) -> Quiet:
    quiet = Quiet()
    for number, subject in enumerate(everyone, 1):
        progress.show(f"quiet: {number} of {len(everyone)}, {subject}")
        came = run_spec(subject.exercise, subject.path)
        quiet.verdicts[subject] = verdict(came)
        if not subject.as_it_should_be(came):
            quiet.wrong += 1
            first = came.failed[0].name if came.failed else "none failed"
            progress.print(f"WRONG on the quiet machine: {subject}: {first} {came.ended}")
    return quiet


@dataclass
class Rounds:
    """What has come so far: whole rounds, runs, and runs whose verdict changed."""

    quiet: Mapping[Subject, Verdict]
    progress: Progress
    whole: int = 0
    runs: int = 0
    changed: int = 0
    _begun: float = field(default_factory=time.monotonic)

    def go_on(self, order: Sequence[Subject], wanted: int, deadline: float) -> None:
        """One round in this order, broken off when `deadline` (on the monotonic clock) has come."""
        for subject in order:
            if time.monotonic() > deadline:
                return
            self._judge(subject)
            self.progress.show(
                f"round {self.whole + 1} of {wanted}, {self.runs} runs, {self.changed} changed"
            )
        self.whole += 1
        if self.whole % 10 == 0:
            seconds = time.monotonic() - self._begun
            self.progress.print(
                f"round {self.whole} of {wanted}: {self.runs} runs in {seconds:.0f} s, "
                f"{self.changed} changed"
            )

    def _judge(self, subject: Subject) -> None:
        came = run_spec(subject.exercise, subject.path)
        now = verdict(came)
        self.runs += 1
        if now != self.quiet[subject]:
            self.changed += 1
            what = "; ".join(
                f"{name}: {was} -> {is_now}"
                for name, was, is_now in differences(self.quiet[subject], now)
            )
            self.progress.print(f"CHANGED: {subject}: {what}")
            for spec in came.failed:
                self.progress.print(spec.text)


def order_of(
    turn: int,
    turns: int,
    references: Sequence[Subject],
    galleries: Sequence[Subject],
    chance: random.Random,
) -> list[Subject]:
    """A round has all references and its share of the galleries, in random order.

    When all turns are over, each answer of the galleries has had its own.
    """
    alone = turns > len(galleries)
    share = galleries[turn : turn + 1] if alone else galleries[turn % turns :: turns]
    order = [*references, *share]
    chance.shuffle(order)
    return order
