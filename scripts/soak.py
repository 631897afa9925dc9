"""Does a busy machine change a verdict? It must not.

Takes the verdict of every answer on the quiet machine, and then again and again, in random order, while busy processes
fight for the cores (and for memory, if asked). Counts the verdicts that changed. It ends after `--runs` rounds or
`--minutes`, whichever comes first. Exit code 1 if a verdict changed or was wrong to begin with.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kata.course.course import Course, Exercise
from kata.run.engine import warm_up
from scripts.console import command_line
from scripts.console.progress import Progress
from scripts.judging import gallery_answers, references
from scripts.root import ROOT
from scripts.soaking.pressure import pressure
from scripts.soaking.rounds import Rounds, order_of, quiet_verdicts

GRACE = 120.0
"""Real seconds that the pressure lasts longer than the rounds may, for the run that is under way at their end."""


def soak(wanted: argparse.Namespace, course: Course, exercises: Sequence[Exercise]) -> int:
    chance = random.Random(wanted.seed)
    every_reference = references(course, exercises)
    galleries = gallery_answers(course, exercises)[wanted.part :: wanted.parts]
    if wanted.gallery >= 0:
        galleries = chance.sample(galleries, min(wanted.gallery, len(galleries)))
    warm_up()
    progress = Progress()
    begun = time.monotonic()
    quiet = quiet_verdicts([*every_reference, *galleries], progress)
    seconds = time.monotonic() - begun
    progress.print(f"{len(quiet.verdicts)} verdicts on the quiet machine in {seconds:.0f} s")
    deadline = time.monotonic() + wanted.minutes * 60
    rounds = Rounds(quiet.verdicts, progress)
    with pressure(wanted.busy, wanted.memory, wanted.minutes * 60 + GRACE):
        while rounds.whole < wanted.runs and time.monotonic() < deadline:
            order = order_of(rounds.whole, wanted.runs, every_reference, galleries, chance)
            rounds.go_on(order, wanted.runs, deadline)
    progress.print(
        f"{rounds.whole} rounds of the reference, {rounds.runs} runs in all, {_pressure(wanted)}, "
        f"seed {wanted.seed}: {rounds.changed} changed verdicts, {quiet.wrong} wrong from the start"
    )
    return 1 if rounds.changed or quiet.wrong or not rounds.runs else 0


def in_parallel(wanted: argparse.Namespace) -> int:
    """Several copies of this script share the rounds and the galleries, and also fight with each other.

    So no verdict is a quiet one; the first of each answer is still compared with what its head says.
    """
    shared = [sys.executable, str(Path(__file__)), *wanted.only, "--busy", "0"]
    shared += ["--minutes", str(wanted.minutes), "--runs", str(-(-wanted.runs // wanted.jobs))]
    share = -(-wanted.gallery // wanted.jobs) if wanted.gallery > 0 else wanted.gallery
    shared += [f"--gallery={share}", f"--parts={wanted.jobs}"]
    with pressure(wanted.busy, wanted.memory, wanted.minutes * 60 + GRACE):
        copies = [
            subprocess.Popen([*shared, f"--seed={wanted.seed + job}", f"--part={job}"])
            for job in range(wanted.jobs)
        ]
        ends = [copy.wait() for copy in copies]
    came = "see above for what changed" if any(ends) else "every verdict stood"
    print(f"\n{wanted.jobs} at a time, {_pressure(wanted)}: {came}")
    return max(ends)


def _pressure(wanted: argparse.Namespace) -> str:
    return f"{wanted.busy} busy processes per core, {wanted.memory} MB of memory pressure"


def _parser() -> argparse.ArgumentParser:
    parser = command_line.parser(__doc__)
    whole = command_line.at_least_one
    parser.add_argument("only", nargs="*", help="parts of the names of exercises (all)")
    parser.add_argument("--runs", type=whole, default=50, help="rounds of the whole reference (50)")
    parser.add_argument(
        "--gallery",
        type=int,
        default=-1,
        help="so many gallery answers, spread over the rounds (-1: all)",
    )
    parser.add_argument("--busy", type=int, default=4, help="busy processes for each core (4)")
    parser.add_argument(
        "--memory", type=int, default=0, help="MB that are touched all the time (0)"
    )
    parser.add_argument("--minutes", type=float, default=120, help="end after so long (120)")
    command_line.add_jobs(parser, 1, "copies of this script that share the rounds")
    for name, default in (("--part", 0), ("--parts", 1)):  # what --jobs gives to each copy
        parser.add_argument(name, type=int, default=default, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the random order")
    return parser


def main() -> int:
    parser = _parser()
    wanted = parser.parse_args()
    course = Course.find(ROOT)
    exercises = command_line.exercises_holding(course, wanted.only, parser)
    return in_parallel(wanted) if wanted.jobs > 1 else soak(wanted, course, exercises)


if __name__ == "__main__":
    raise SystemExit(main())
