"""Where the CPU time of a run goes, by exercise, by spec and by phase: all in one process, one spec after the other.

    python scripts/phases.py                 the references of all exercises
    python scripts/phases.py exercises/04_upstream_errors

Milliseconds of CPU of this process. The learner's own tests of exercise 10 run in processes of their own, which have
a line of their own.
"""

import argparse
import os
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pytest

from scripts.console.tables import aligned
from scripts.measurement.phases import PHASES, REST, Phases

SHOWN = 12
"""So many specs are named, from the dearest on."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="*", default=["exercises/"], help="what pytest is to run")
    phases = Phases()
    options = ["--answers=solutions", "--workers=1", "-qq", "-p", "no:cacheprovider"]
    status = pytest.main([*parser.parse_args().what, *options], plugins=[phases])
    columns = (*PHASES, REST)
    sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (exercise, _), of in phases.of.items():
        for phase, seconds in of.items():
            sums[exercise][phase] += seconds
            sums["all"][phase] += seconds
    print()
    for what, seconds in phases.before.items():
        print(f"{what}: {1000 * seconds:.0f}")
    print(f"processes of exercise 10: {1000 * _of_children():.0f}\n")
    rows = [
        [name, f"{1000 * sum(of.values()):.0f}", *(f"{1000 * of[phase]:.0f}" for phase in columns)]
        for name, of in sums.items()
        if name != "all"
    ]
    of = sums["all"]
    rows.append(
        ["all", f"{1000 * sum(of.values()):.0f}", *(f"{1000 * of[p]:.0f}" for p in columns)]
    )
    print("\n".join(aligned(("exercise", "ms", *columns), rows)))
    dearest = sorted(phases.of.items(), key=lambda each: -sum(each[1].values()))[:SHOWN]
    rows = [[f"{key[0][:2]} {key[1]}", f"{1000 * sum(of.values()):.0f}"] for key, of in dearest]
    print("\n" + "\n".join(aligned(("spec", "ms"), rows)))
    return int(status)


def _of_children() -> float:
    used = os.times()
    return used.children_user + used.children_system


if __name__ == "__main__":
    raise SystemExit(main())
