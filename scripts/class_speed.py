"""What it costs to grade a class, beside a loop of pytest over the same students.

    python scripts/class_speed.py                  thirty students, and the loop
    python scripts/class_speed.py --growth         and ten times as many
    python scripts/class_speed.py --confirm 100    and the second look at so many answers to one exercise

The class is made up of references, answers of the galleries and stubs; ten of the thirty hand in what ten others do. A
number is a ratio wherever it can be, for both sides are measured in one go. CPU seconds are user and system, of all
processes. Memory is looked at in turns of its own, and is the sum of PSS. Exit code 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kata.course.course import Course, Exercise  # noqa: E402
from scripts.measurement import memory  # noqa: E402

QUICKER, AS_MUCH_MEMORY, SPREAD, TIMES_THE_WAITING = 6.0, 2.0, 0.1, 3.0
STUDENTS, SHARING = 30, 10
EVERY = 5
"""So many answers of the galleries, right and wrong in turn, lie between a reference and the next."""


@dataclass(frozen=True)
class Cost:
    seconds: float
    processor: float


@dataclass
class Goals:
    """Prints each number beside its goal, and remembers whether one was missed."""

    missed: bool = False

    def tell(self, what: str, number: float, goal: str = "", *, holds: bool = True) -> None:
        self.missed |= not holds
        print(f"{what:<58} {number:>9.2f}   {goal}{'' if holds else '   MISSED'}", flush=True)


# The class


def answers(exercise: Exercise, course: Course) -> list[Path]:
    """What is handed in for an exercise, by the numbers of students: reference, right, wrong, …, stub."""
    gallery = ROOT / "tests" / "gallery" / exercise.name
    kinds = [sorted(path for path in (gallery / kind).glob("*.py")) for kind in ("right", "wrong")]
    found: list[Path] = []
    for turn in range(STUDENTS):
        if turn % EVERY == 0:
            found.append(course.reference(exercise))
        elif turn % EVERY == EVERY - 1:
            found.append(course.stub(exercise))
        else:
            kind = kinds[turn % 2]
            found.append(kind[turn % len(kind)])
    return found


def hand_in(folder: Path, course: Course, count: int) -> None:
    """Each of the thirty is one of his own, but for the last ten, who share. Further classes differ by a comment."""
    for number in range(count):
        group, turn = divmod(number, STUDENTS)
        source = turn - SHARING if turn >= STUDENTS - SHARING else turn
        for exercise in course.exercises:
            place = folder / f"student-{number:04}" / exercise.name / exercise.answer_file
            place.parent.mkdir(parents=True)
            path = answers(exercise, course)[source]
            shutil.copyfile(path, place)
            if path != course.stub(exercise):
                with place.open("a", encoding="utf-8") as file:
                    file.write(f"\n# {group} {source}\n")


# What is measured


def measured(command: Sequence[str]) -> Cost:
    began, before = time.monotonic(), os.times()
    subprocess.run(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    after = os.times()
    processor = after.children_user + after.children_system
    return Cost(time.monotonic() - began, processor - before.children_user - before.children_system)


def peak(command: Sequence[str]) -> float:
    """The most memory of a command and all below it, in MB."""
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    with memory.watched(process.pid) as seen:
        process.wait()
    return seen.megabytes


def grading(submissions: Path, results: Path, *options: str) -> list[str]:
    command = [sys.executable, "-m", "kata", "class", "grade", str(submissions)]
    return [*command, "--out", str(results), *options]


def one_run(student: Path) -> list[str]:
    return [sys.executable, "-m", "pytest", "exercises/", f"--answers={student}", "-q"]


def against_a_loop(room: Path, course: Course, goals: Goals) -> Cost:
    submissions = room / "thirty"
    hand_in(submissions, course, STUDENTS)
    students = sorted(submissions.iterdir())
    judged = measured(grading(submissions, room / "results"))
    loop = [measured(one_run(student)) for student in students]
    looped = Cost(sum(each.seconds for each in loop), sum(each.processor for each in loop))
    goals.tell("a loop of pytest, students a minute", 60 * STUDENTS / looped.seconds)
    goals.tell("kata class grade, students a minute", 60 * STUDENTS / judged.seconds)
    quicker = looped.seconds / judged.seconds
    goals.tell("times as many", quicker, f"at least {QUICKER:g}", holds=quicker >= QUICKER)
    goals.tell(
        "the loop's CPU seconds, times those of the class", looped.processor / judged.processor
    )
    most = peak(grading(submissions, room / "again"))
    single = peak(one_run(students[0]))
    goals.tell("one run of pytest, MB", single)
    goals.tell("the class, MB", most)
    times = most / single
    goals.tell("times as much", times, f"at most {AS_MUCH_MEMORY:g}", holds=times <= AS_MUCH_MEMORY)
    return judged


def growth(room: Path, course: Course, thirty: Cost, goals: Goals) -> None:
    submissions = room / "three-hundred"
    hand_in(submissions, course, 10 * STUDENTS)
    judged = measured(grading(submissions, room / "many"))
    # CPU seconds: whatever else the machine does meanwhile is no growth.
    times = judged.processor / thirty.processor / 10
    near = abs(times - 1) <= SPREAD
    goals.tell("300 students, in times of 30, by ten", times, f"1 ± {SPREAD:g}", holds=near)
    goals.tell("300 students, MB", peak(grading(submissions, room / "many-again")))


def second_look(room: Path, course: Course, count: int, goals: Goals) -> None:
    """So many different right answers to one exercise, beside one alone."""
    exercise = course.exercise("08")
    reference = course.reference(exercise).read_bytes()

    def look(students: int) -> float:
        submissions, results = room / f"confirm-{students}", room / f"confirmed-{students}"
        for number in range(students):
            place = submissions / f"student-{number:04}" / exercise.name / exercise.answer_file
            place.parent.mkdir(parents=True)
            place.write_bytes(reference + f"\n# {number}\n".encode())
        measured(grading(submissions, results, "--only=08"))
        return measured(grading(submissions, results, "--only=08", "--confirm")).seconds

    alone, all_of_them = look(1), look(count)
    goals.tell("the second look at one answer, seconds", alone)
    goals.tell(f"the second look at {count}, seconds", all_of_them)
    times = all_of_them / alone
    holds = times <= TIMES_THE_WAITING
    goals.tell("times the waiting", times, f"at most {TIMES_THE_WAITING:g}", holds=holds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--growth", action="store_true", help="also ten times as many students")
    parser.add_argument(
        "--confirm", type=int, metavar="N", help="also the second look at N answers"
    )
    parser.add_argument("--no-loop", action="store_true", help="leave the loop and the growth out")
    asked = parser.parse_args()
    course, goals = Course(ROOT), Goals()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before it began")
    with tempfile.TemporaryDirectory(prefix="kata-class-") as folder:
        room = Path(folder)
        if not asked.no_loop:
            thirty = against_a_loop(room, course, goals)
            if asked.growth:
                growth(room, course, thirty, goals)
        if asked.confirm:
            second_look(room, course, asked.confirm, goals)
    return int(goals.missed)


if __name__ == "__main__":
    raise SystemExit(main())
