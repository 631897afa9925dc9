"""Does a busy machine change a verdict? It must not.

Takes the verdict of every answer on the quiet machine, and then again and again, in random order, while
busy processes fight for the cores (and for memory, if asked). Counts the verdicts that changed. It ends after
`--runs` rounds or `--minutes`, whichever comes first. Exit code 1 if a verdict changed or was wrong to begin with.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kata.course.course import Course  # noqa: E402
from kata.course.gallery import wrong_head  # noqa: E402
from kata.run.engine import Outcomes, run_spec, warm_up  # noqa: E402

Verdict = tuple[tuple[str, str], ...]

# Each ends by itself when its time is up or this script is gone: nothing is left burning.
BUSY = """
import os, sys, time
parent, end = os.getppid(), time.monotonic() + float(sys.argv[1])
while time.monotonic() < end and os.getppid() == parent:
    for _ in range(200_000):
        pass
"""
HUNGRY = """
import os, sys, time
parent, end, size = os.getppid(), time.monotonic() + float(sys.argv[1]), int(sys.argv[2]) << 20
while time.monotonic() < end and os.getppid() == parent:
    block = bytearray(size)
    for at in range(0, size, 4096):
        block[at] = 1
    del block
"""


@dataclass(frozen=True)
class Subject:
    """An answer, and what must come of it: `caught_by` is the first spec that fails, "" for a right one."""

    exercise: str
    kind: str
    path: Path
    caught_by: str = ""

    def __str__(self) -> str:
        return f"{self.exercise[:2]} {self.kind} {self.path.stem if self.kind != 'reference' else ''}".strip()

    def run(self) -> tuple[Verdict, Outcomes]:
        came = run_spec(self.exercise, self.path)
        verdict = tuple((spec.name, spec.outcome) for spec in came.specs)
        return (*verdict, ("the run", came.ended or "ended")), came

    def as_it_should_be(self, came: Outcomes) -> bool:
        if not self.caught_by:
            return came.solved
        return bool(came.failed) and came.failed[0].name == self.caught_by


def subjects(course: Course, only: list[str]) -> tuple[list[Subject], list[Subject]]:
    """The references, and the answers of the galleries."""
    references: list[Subject] = []
    galleries: list[Subject] = []
    for exercise in course.exercises:
        if only and not any(part in exercise.name for part in only):
            continue
        references.append(Subject(exercise.name, "reference", ROOT / "solutions" / exercise.name))
        for kind in ("right", "wrong"):
            for path in course.gallery(exercise, kind):
                caught_by = wrong_head(path).caught_by if kind == "wrong" else ""
                place = path if path.parent.name == kind else path.parent
                galleries.append(Subject(exercise.name, kind, place, caught_by))
    return references, galleries


@contextmanager
def pressure(busy: int, memory: int, seconds: float) -> Generator[None]:
    """`busy` processes for each core, and one that touches `memory` MB again and again."""
    count = busy * (os.cpu_count() or 1)
    commands = [[sys.executable, "-c", BUSY, str(seconds)] for _ in range(count)]
    if memory:
        commands.append([sys.executable, "-c", HUNGRY, str(seconds), str(memory)])
    processes = [subprocess.Popen(command) for command in commands]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()


def _differences(before: Verdict, after: Verdict) -> str:
    was, now = dict(before), dict(after)
    changed = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return "; ".join(
        f"{name}: {was.get(name, 'not run')} -> {now.get(name, 'not run')}" for name in changed
    )


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _calm(everyone: list[Subject]) -> tuple[dict[Subject, Verdict], int]:
    verdicts: dict[Subject, Verdict] = {}
    wrong = 0
    for number, subject in enumerate(everyone, 1):
        _progress(f"quiet: {number} of {len(everyone)}, {subject}")
        verdicts[subject], came = subject.run()
        if not subject.as_it_should_be(came):
            wrong += 1
            first = came.failed[0].name if came.failed else "none failed"
            print(f"\nWRONG on the quiet machine: {subject}: {first} {came.ended}", flush=True)
    return verdicts, wrong


def soak(wanted: argparse.Namespace) -> int:
    chance = random.Random(wanted.seed)
    references, galleries = subjects(Course(ROOT), wanted.only)
    galleries = galleries[wanted.part :: wanted.parts]
    if wanted.gallery >= 0:
        galleries = chance.sample(galleries, min(wanted.gallery, len(galleries)))
    warm_up()
    begun = time.monotonic()
    calm, wrong = _calm([*references, *galleries])
    print(
        f"\n{len(calm)} verdicts on the quiet machine in {time.monotonic() - begun:.0f} s",
        flush=True,
    )

    begun = time.monotonic()
    deadline = begun + wanted.minutes * 60
    changed = runs = rounds = 0
    with pressure(wanted.busy, wanted.memory, wanted.minutes * 60 + 120):
        while rounds < wanted.runs and time.monotonic() < deadline:
            share = _share(galleries, rounds, wanted.runs)
            order = [*references, *share]
            chance.shuffle(order)
            for subject in order:
                if time.monotonic() > deadline:
                    break
                verdict, _ = subject.run()
                runs += 1
                if verdict != calm[subject]:
                    changed += 1
                    print(
                        f"\nCHANGED: {subject}: {_differences(calm[subject], verdict)}", flush=True
                    )
                _progress(f"round {rounds + 1} of {wanted.runs}, {runs} runs, {changed} changed")
            else:
                rounds += 1
                if rounds % 10 == 0 or not sys.stderr.isatty():
                    print(
                        f"round {rounds} of {wanted.runs}: {runs} runs in {time.monotonic() - begun:.0f} s, "
                        f"{changed} changed",
                        flush=True,
                    )
    print(
        f"\n{rounds} rounds of the reference, {runs} runs in all, {wanted.busy} busy processes per core, "
        f"{wanted.memory} MB of memory pressure, seed {wanted.seed}: {changed} changed verdicts, "
        f"{wrong} wrong from the start"
    )
    return 1 if changed or wrong or not runs else 0


def in_parallel(wanted: argparse.Namespace) -> int:
    """Several copies of this script share the rounds and the galleries, and also fight with each other.

    So no verdict is a quiet one; the first of each answer is still compared with what its head says.
    """
    shared = [sys.executable, str(Path(__file__)), *wanted.only, "--busy", "0"]
    shared += ["--minutes", str(wanted.minutes), "--runs", str(-(-wanted.runs // wanted.jobs))]
    share = -(-wanted.gallery // wanted.jobs) if wanted.gallery > 0 else wanted.gallery
    shared += [f"--gallery={share}", f"--parts={wanted.jobs}"]
    with pressure(wanted.busy, wanted.memory, wanted.minutes * 60 + 120):
        copies = [
            subprocess.Popen([*shared, f"--seed={wanted.seed + job}", f"--part={job}"])
            for job in range(wanted.jobs)
        ]
        ends = [copy.wait() for copy in copies]
    print(
        f"\n{wanted.jobs} at a time, {wanted.busy} busy processes per core, {wanted.memory} MB of memory pressure: "
        f"{'every verdict stood' if not any(ends) else 'see above for what changed'}"
    )
    return max(ends)


def _share(galleries: list[Subject], turn: int, turns: int) -> list[Subject]:
    """A round has the whole reference and its share of the galleries: all of them have had their turn at the end."""
    return (
        galleries[turn % turns :: turns] if turns <= len(galleries) else galleries[turn : turn + 1]
    )


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("only", nargs="*", help="parts of the names of exercises (all)")
    arguments.add_argument(
        "--runs", type=int, default=50, help="rounds of the whole reference (50)"
    )
    arguments.add_argument(
        "--gallery",
        type=int,
        default=-1,
        help="so many gallery answers, spread over the rounds (-1: all)",
    )
    arguments.add_argument("--busy", type=int, default=4, help="busy processes for each core (4)")
    arguments.add_argument(
        "--memory", type=int, default=0, help="MB that are touched all the time (0)"
    )
    arguments.add_argument("--minutes", type=float, default=120, help="end after so long (120)")
    arguments.add_argument(
        "--jobs", type=int, default=1, help="copies of this script that share the rounds (1)"
    )
    for name, default in (("--part", 0), ("--parts", 1)):  # what --jobs gives to each copy
        arguments.add_argument(name, type=int, default=default, help=argparse.SUPPRESS)
    arguments.add_argument("--seed", type=int, default=int(time.time()), help="of the random order")
    wanted = arguments.parse_args()
    return in_parallel(wanted) if wanted.jobs > 1 else soak(wanted)


if __name__ == "__main__":
    raise SystemExit(main())
