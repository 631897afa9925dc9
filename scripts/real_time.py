"""Does the virtual clock tell the truth? Each answer is judged on it and on the real one: the verdicts must agree.

Every reference and every answer of the galleries. The real clock needs a quiet machine, so nothing else should run
meanwhile. With `--jobs` several answers wait side by side; whatever differs then is judged once more, alone, and that
counts. It takes long, for it really waits; `--out` keeps the table as it grows.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kata.course.course import Course
from kata.run.engine import Outcomes, run_spec
from scripts.console import command_line
from scripts.console.progress import Progress
from scripts.console.tables import head, row
from scripts.judging import THE_RUN, Subject, differences, gallery_answers, references, verdict
from scripts.root import ROOT

SEED = 1
"""Both clocks are asked about the same values."""

HEAD = head("answer", "virtual clock", "real clock", "seconds", "agree")


@dataclass(frozen=True)
class Row:
    """One line of the table, and what differs between the clocks."""

    line: str
    differences: list[str]


def judged_on_both(subject: Subject) -> Row:
    virtual = run_spec(subject.exercise, subject.path, seed=SEED)
    begun = time.monotonic()
    # What blocks does so for many real seconds here, and is not to be taken for an answer that never ends.
    real = run_spec(
        subject.exercise, subject.path, seed=SEED, real_time=True, cut_off=60, limit=3600
    )
    seconds = time.monotonic() - begun
    differing = [
        f"{subject}: {name}: {one} on the virtual clock, {other} on the real one"
        for name, one, other in differences(verdict(virtual), verdict(real))
        if name != THE_RUN  # the sentence names a spec, or not, as the end came sooner or later
    ]
    agree = "no" if differing else "yes"
    line = row(subject, _in_words(virtual), _in_words(real), f"{seconds:.1f}", agree)
    return Row(line, differing)


def _in_words(came: Outcomes) -> str:
    if came.ended:
        return came.ended
    if came.solved:
        return f"all {len(came.specs)} pass"
    if not came.specs:
        return "none ran"
    return f"{len(came.failed)} of {len(came.specs)} fail, first {came.failed[0].name}"


def _judged(everyone: Sequence[Subject], jobs: int) -> Iterator[tuple[Subject, Row]]:
    """Each answer with its row: first all of them, `jobs` at a time, then alone those whose verdicts differ."""
    again: list[Subject] = []
    with ThreadPoolExecutor(jobs) as pool:
        for subject, line in zip(everyone, pool.map(judged_on_both, everyone), strict=True):
            if line.differences and jobs > 1:
                again.append(subject)
            yield subject, line
    for subject in again:
        yield subject, judged_on_both(subject)


def compare(everyone: Sequence[Subject], jobs: int, out: Path | None) -> list[str]:
    """Print a row for each answer, keep the table in `out`, and return what differs."""
    rows: dict[Subject, Row] = {}
    progress = Progress()
    begun = time.monotonic()
    for number, (subject, line) in enumerate(_judged(everyone, jobs), 1):
        rows[subject] = line
        progress.print(line.line)
        if out:
            table = [*HEAD, *(each.line for each in rows.values())]
            out.write_text("\n".join(table) + "\n", "utf-8")
        minutes = (time.monotonic() - begun) / number * (len(everyone) - number) / 60
        left = (
            f"about {minutes:.0f} min left" if number < len(everyone) else "those alone once more"
        )
        differing = sum(bool(each.differences) for each in rows.values())
        progress.show(f"{len(rows)} of {len(everyone)}, {differing} differ, {left}")
    progress.clear()
    return [line for each in rows.values() for line in each.differences]


def _parser() -> argparse.ArgumentParser:
    parser = command_line.parser(__doc__)
    parser.add_argument("only", nargs="*", help="parts of the names of exercises (all)")
    command_line.add_jobs(parser, 1, "answers at a time")
    parser.add_argument("--right", action="store_true", help="references and right answers only")
    parser.add_argument("--out", type=Path, help="also write the table into this file (Markdown)")
    return parser


def main() -> int:
    parser = _parser()
    wanted = parser.parse_args()
    course = Course.find(ROOT)
    exercises = command_line.exercises_holding(course, wanted.only, parser)
    everyone = [*references(course, exercises), *gallery_answers(course, exercises)]
    if wanted.right:
        everyone = [subject for subject in everyone if not subject.caught_by]
    begun = time.monotonic()
    differing = compare(everyone, wanted.jobs, wanted.out)
    for line in differing:
        print(f"DIFFERS: {line}")
    print(
        f"{len(everyone)} answers on {os.cpu_count()} cores in {(time.monotonic() - begun) / 60:.0f} min: "
        f"{len(differing)} specs differ"
    )
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
