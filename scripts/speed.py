"""How long a learner waits: the time of a run, as a ratio to the bare imports of the libraries that it needs.

Everything is measured in one go, in turns, so that a busy moment of the machine slows all alike; the medians
are compared. `python scripts/speed.py` from the folder of the kata, with the Python that the kata is installed in.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kata.course.course import Course, Exercise  # noqa: E402
from kata.run.engine import run_spec, warm_up  # noqa: E402

BARE = "import pytest, fastapi, httpx, respx, aiosqlite, asgi_lifespan"


@dataclass
class Measure:
    """One thing that is timed: what it is called, what it is compared with, and the ratio that is the goal."""

    name: str
    once: Callable[[], float]
    against: str = ""
    goal: float = 0.0
    seconds: list[float] = field(default_factory=list[float])

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def _environment() -> dict[str, str]:
    """A learner's. Without compiled files Python would compile the kata anew in each run."""
    ours = ("PYTEST_", "PYTHONDONTWRITEBYTECODE", "COV_", "COVERAGE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _timed(command: list[str], expect: int = 0) -> float:
    environment = _environment()
    begun = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - begun
    if done.returncode != expect:
        raise SystemExit(
            f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}"
        )
    return seconds


def _pytest() -> list[str]:
    """The command `pytest` as a learner types it, of the Python that runs this script."""
    beside = Path(sys.executable).with_name("pytest.exe" if os.name == "nt" else "pytest")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "pytest"]


def _reference(*what: str) -> Callable[[], float]:
    return lambda: _timed([*_pytest(), *what, "--answers=solutions"])


def _with_xml(exercise: Exercise, room: Path) -> Callable[[], float]:
    """A run that also writes JUnit XML, and is only good if every spec of the exercise stands in it."""

    def once() -> float:
        report = room / "report.xml"
        report.unlink(missing_ok=True)
        seconds = _reference(f"exercises/{exercise.name}", f"--junitxml={report}")()
        cases = [case.get("name") for case in ElementTree.parse(report).iter("testcase")]
        if not cases:
            raise SystemExit("the JUnit XML holds no test")
        return seconds

    return once


def _warm(exercise: Exercise) -> Callable[[], float]:
    """The engine in a process that has the imports behind it: what `kata watch` pays for a verdict."""

    def once() -> float:
        begun = time.perf_counter()
        came = run_spec(exercise.name, ROOT / "solutions" / exercise.name)
        seconds = time.perf_counter() - begun
        if not came.solved:
            raise SystemExit(
                f"the reference of {exercise.name} does not pass: {came.failed} {came.ended}"
            )
        return seconds

    return once


def _show(measures: list[Measure]) -> bool:
    by_name = {measure.name: measure for measure in measures}
    print(f"\n{'':44}  median    best   ratio    goal")
    all_met = True
    for each in measures:
        ratio = ""
        if each.against:
            worth = each.median / by_name[each.against].median
            met = worth <= each.goal
            all_met &= met
            ratio = f"{worth:6.2f}x  {each.goal:5.2f}x  {'met' if met else 'MISSED'} (to {each.against})"
        print(f"{each.name:44} {each.median:6.3f} s {min(each.seconds):6.3f} s {ratio}")
    return all_met


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--runs", type=int, default=9, help="how often each is measured (9)")
    arguments.add_argument(
        "--exercise", default="08", help="the exercise that is measured alone (08)"
    )
    wanted = arguments.parse_args()
    exercise = Course(ROOT).exercise(wanted.exercise)
    one = f"pytest {exercise.number}"
    warm_up()
    with tempfile.TemporaryDirectory(prefix="kata-speed-") as room:
        measures = [
            Measure("bare imports", lambda: _timed([sys.executable, "-c", BARE])),
            Measure(one, _reference(f"exercises/{exercise.name}"), "bare imports", 1.5),
            Measure(f"{one} --junitxml", _with_xml(exercise, Path(room)), "bare imports", 1.3),
            Measure("pytest, all exercises", _reference("exercises/"), "bare imports", 3.0),
            Measure(f"warm verdict, {exercise.number}", _warm(exercise), one, 0.25),
        ]
        for measure in measures:
            measure.once()  # what stands in no cache yet counts for none of them
        for turn in range(1, wanted.runs + 1):
            for measure in measures:
                measure.seconds.append(measure.once())
            print(f"\rturn {turn} of {wanted.runs}", end="", file=sys.stderr, flush=True)
    return 0 if _show(measures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
