"""What it costs to grade a class, beside a loop of pytest over the same students.

    python scripts/class_speed.py                  thirty students with ten exercises, and the loop
    python scripts/class_speed.py --growth         ten times as many students, beside these
    python scripts/class_speed.py --confirm 100    the second look at so many answers to one exercise
    python scripts/class_speed.py --cluster        two workers of a dask cluster on this machine, beside one

Several of these are measured one after the other, and `--only 01,03,08` takes fewer exercises. The class is made up of
references, answers of the galleries and stubs; ten of the thirty hand in what ten others do. Both sides of a ratio are
measured in turns, in one go, and the medians are compared. CPU seconds are user and system, of all processes. Memory is
looked at in turns of its own, and is the sum of PSS. What does not end as it should is an error, for a class that was
not graded is quick. Exit code 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kata.classroom.due import chosen
from kata.course.course import Course
from scripts.measurement.classes import beside_a_loop, growth, second_look, two_workers
from scripts.measurement.goals import Goals
from scripts.root import ROOT


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", default="01-10", metavar="EXERCISES", help="such as 01,03,08")
    parser.add_argument("--rounds", type=int, default=3, help="how often the class is graded")
    parser.add_argument("--growth", action="store_true", help="ten times as many students")
    parser.add_argument("--confirm", type=int, metavar="N", help="the second look at N answers")
    parser.add_argument("--cluster", action="store_true", help="two workers of a dask cluster")
    asked = parser.parse_args()
    course, goals = Course(ROOT), Goals()
    exercises = chosen(course, asked.only)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before it began", flush=True)
    with tempfile.TemporaryDirectory(prefix="kata-class-") as folder:
        room = Path(folder)
        if asked.growth:
            growth(room, course, exercises, goals)
        if asked.confirm:
            second_look(room, course, asked.confirm, asked.rounds, goals)
        if asked.cluster:
            two_workers(room, course, exercises, asked.rounds, goals)
        if not (asked.growth or asked.confirm or asked.cluster):
            beside_a_loop(room, course, exercises, asked.rounds, goals)
    print(f"load {os.getloadavg()[0]:.1f} at the end")
    return int(goals.missed)


if __name__ == "__main__":
    raise SystemExit(main())
