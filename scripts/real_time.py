"""Does the virtual clock tell the truth? Each answer is judged on it and on the real one: the verdicts must agree.

Every reference and every answer of the galleries. Two at a time at the most, since the real clock needs a quiet
machine: nothing else should run meanwhile. It takes long, for it really waits; `--out` keeps the table as it grows.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "scripts"))

from soak import Subject, subjects  # noqa: E402

from kata.course import Course  # noqa: E402
from kata.engine import Outcomes, run_spec  # noqa: E402


def _both(subject: Subject) -> tuple[Subject, Outcomes, Outcomes, float]:
    virtual = run_spec(subject.exercise, subject.path)
    begun = time.monotonic()
    # What blocks does so for many real seconds here, and is not to be taken for an answer that never ends.
    real = run_spec(subject.exercise, subject.path, real_time=True, cut_off=60, limit=900)
    return subject, virtual, real, time.monotonic() - begun


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


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("only", nargs="*", help="parts of the names of exercises (all)")
    arguments.add_argument(
        "--jobs", type=int, choices=(1, 2), default=1, help="answers at a time (1)"
    )
    arguments.add_argument(
        "--out", type=Path, help="also write the table into this file (Markdown)"
    )
    wanted = arguments.parse_args()
    references, galleries = subjects(Course(ROOT), wanted.only)
    everyone = [*references, *galleries]
    lines = ["| answer | virtual clock | real clock | seconds | agree |", "|---|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    differing: list[str] = []
    begun = time.monotonic()
    with ThreadPoolExecutor(wanted.jobs) as pool:
        for number, (subject, virtual, real, seconds) in enumerate(pool.map(_both, everyone), 1):
            differences = _where_they_differ(virtual, real)
            differing += [f"{subject}: {difference}" for difference in differences]
            agree = "no" if differences else "yes"
            lines.append(
                f"| {subject} | {_verdict(virtual)} | {_verdict(real)} | {seconds:.1f} | {agree} |"
            )
            print(lines[-1], flush=True)
            if wanted.out:
                wanted.out.write_text("\n".join(lines) + "\n", "utf-8")
            passed = time.monotonic() - begun
            left = passed / number * (len(everyone) - number)
            print(
                f"{number} of {len(everyone)}, {len(differing)} specs differ, about {left / 60:.0f} min left",
                file=sys.stderr,
                flush=True,
            )
    for line in differing:
        print(f"DIFFERS: {line}")
    print(
        f"{len(everyone)} answers on {os.cpu_count()} cores in {(time.monotonic() - begun) / 60:.0f} min: "
        f"{len(differing)} specs differ"
    )
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
