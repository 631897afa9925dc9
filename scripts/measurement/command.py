"""The command: its options, and the way from the checkouts to the tables."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from kata.course.course import Course, Exercise
from scripts.checkouts.copies import GitFailed, NoSuchCommit, resolved
from scripts.checkouts.environments import NoEnvironment
from scripts.console import command_line
from scripts.console.progress import Progress
from scripts.measurement.measures import Measure, measures_of, take
from scripts.measurement.report import costs, goals_met, side_by_side
from scripts.measurement.side import Failed, sides
from scripts.measurement.warm import warm_process
from scripts.root import ROOT

LOOKS = 3
"""Turns in which memory is looked at, and nothing is timed."""


def main(said: str | None, argv: Sequence[str] | None = None) -> int:
    """Measure, and print the tables. 1 if a goal is missed, or if what was measured failed."""
    parser = _parser(said)
    wanted = parser.parse_args(argv)
    exercise = command_line.exercise(Course.find(ROOT), wanted.exercise, parser)
    if wanted.against:
        try:
            resolved(wanted.against)
        except NoSuchCommit as unknown:
            parser.error(str(unknown))
    try:
        measured = _measured(exercise, wanted.runs, wanted.against)
    except (Failed, NoEnvironment, GitFailed) as why:
        print(f"{parser.prog}: {why}")
        return 1
    print(f"Medians of {wanted.runs} turns, {os.cpu_count()} processors.\n")
    for line in costs(measured[0]):
        print(line)
    if len(measured) > 1:
        print()
        for line in side_by_side(measured[0], measured[1], wanted.against):
            print(line)
    return 0 if goals_met(measured[0]) else 1


def _measured(exercise: Exercise, runs: int, commit: str | None) -> list[list[Measure]]:
    """The measures of each side. They are taken in turn: one thing here, the same there, the next."""
    progress = Progress()
    progress.show("making the checkouts")
    with ExitStack() as stack:
        room = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kata-speed-")))
        measured = [
            measures_of(side, exercise, stack.enter_context(warm_process(side)), room)
            for side in stack.enter_context(sides(room, commit))
        ]
        take(_in_turn(measured), runs, LOOKS, progress.show)
    progress.clear()
    return measured


def _in_turn(measured: Sequence[Sequence[Measure]]) -> list[Measure]:
    """What is called the same stands together, in the order of the first side."""
    names = list(dict.fromkeys(each.name for measures in measured for each in measures))
    return [
        each for name in names for measures in measured for each in measures if each.name == name
    ]


def _parser(said: str | None) -> argparse.ArgumentParser:
    parser = command_line.parser(said)
    parser.add_argument(
        "--runs",
        type=command_line.at_least_one,
        default=9,
        help="how often each is measured (9)",
    )
    parser.add_argument("--exercise", default="08", help="the exercise that is measured alone (08)")
    parser.add_argument(
        "--against",
        metavar="COMMIT",
        help="measure the kata as it was there too, in turn with this",
    )
    return parser
