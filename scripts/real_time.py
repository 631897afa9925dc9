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
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "scripts"))

from soak import Subject, subjects  # noqa: E402

from kata.course.course import Course  # noqa: E402
from kata.run.engine import Outcomes, run_spec  # noqa: E402

HEAD = ("| answer | virtual clock | real clock | seconds | agree |", "|---|---|---|---|---|")


@dataclass(frozen=True)
class _Row:
    """One line of the table, and what differs between the clocks."""

    line: str
    differences: list[str]


def _both(subject: Subject) -> _Row:
    virtual = run_spec(subject.exercise, subject.path)
    begun = time.monotonic()
    # What blocks does so for many real seconds here, and is not to be taken for an answer that never ends.
    real = run_spec(subject.exercise, subject.path, real_time=True, cut_off=60, limit=3600)
    seconds = time.monotonic() - begun
    differences = [f"{subject}: {each}" for each in _where_they_differ(virtual, real)]
    agree = "no" if differences else "yes"
    line = f"| {subject} | {_verdict(virtual)} | {_verdict(real)} | {seconds:.1f} | {agree} |"
    return _Row(line, differences)


def _verdict(came: Outcomes) -> str:
    if came.ended:
        return came.ended
    if came.solved:
        return f"all {len(came.specs)} pass"
    return (
        f"{len(came.failed)} of {len(came.specs)} fail, first {came.failed[0].name}"
        if came.specs
        else "none ran"
    )


def _where_they_differ(virtual: Outcomes, real: Outcomes) -> list[str]:
    one = {spec.name: spec.outcome for spec in virtual.specs}
    other = {spec.name: spec.outcome for spec in real.specs}
    return [
        f"{name}: {one.get(name, 'not run')} on the virtual clock, {other.get(name, 'not run')} on the real one"
        for name in {**one, **other}
        if one.get(name) != other.get(name)
    ]


def _judged(everyone: list[Subject], jobs: int) -> Iterator[tuple[Subject, _Row]]:
    """Each answer with its row: first all of them, `jobs` at a time, then alone those whose verdicts differ."""
    again: list[Subject] = []
    with ThreadPoolExecutor(jobs) as pool:
        for subject, row in zip(everyone, pool.map(_both, everyone), strict=True):
            if row.differences and jobs > 1:
                again.append(subject)
            yield subject, row
    for subject in again:
        yield subject, _both(subject)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("only", nargs="*", help="parts of the names of exercises (all)")
    arguments.add_argument("--jobs", type=int, default=1, help="answers at a time (1)")
    arguments.add_argument(
        "--out", type=Path, help="also write the table into this file (Markdown)"
    )
    wanted = arguments.parse_args()
    references, galleries = subjects(Course(ROOT), wanted.only)
    everyone = [*references, *galleries]
    rows: dict[Subject, _Row] = {}
    begun = time.monotonic()
    for number, (subject, row) in enumerate(_judged(everyone, wanted.jobs), 1):
        rows[subject] = row
        print(row.line, flush=True)
        if wanted.out:
            table = [*HEAD, *(each.line for each in rows.values())]
            wanted.out.write_text("\n".join(table) + "\n", "utf-8")
        minutes = (time.monotonic() - begun) / number * (len(everyone) - number) / 60
        left = (
            f"about {minutes:.0f} min left" if number < len(everyone) else "those alone once more"
        )
        differing = sum(bool(each.differences) for each in rows.values())
        print(
            f"{len(rows)} of {len(everyone)}, {differing} differ, {left}",
            file=sys.stderr,
            flush=True,
        )
    differences = [line for row in rows.values() for line in row.differences]
    for line in differences:
        print(f"DIFFERS: {line}")
    print(
        f"{len(everyone)} answers on {os.cpu_count()} cores in {(time.monotonic() - begun) / 60:.0f} min: "
        f"{len(differences)} specs differ"
    )
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
