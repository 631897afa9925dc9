"""What a class costs: beside a loop of pytest, as it grows, in the second look, on a cluster."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from kata.classroom.results import Result, read_all
from kata.course.course import Course, Exercise
from scripts.measurement import memory
from scripts.measurement.cost import Cost, Costs
from scripts.measurement.goals import Goals
from scripts.measurement.made_up_class import EVERY, STUDENTS, all_different, hand_in
from scripts.measurement.processor import children_cpu, spent
from scripts.measurement.side import Failed
from scripts.root import ROOT
from tests.classroom.dask_cluster import dask_cluster

QUICKER, AS_MUCH_MEMORY, SPREAD, TIMES_THE_WAITING, TWO_WORKERS = 6.0, 2.0, 0.1, 3.0, 1.6


def cost(command: Sequence[str], *, look: bool = False, fine: Sequence[int] = (0,)) -> Cost:
    """What a command costs. With `look` its memory is looked at, which slows it. Raises Failed for another ending."""
    cpu, begun = children_cpu(), time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        if look:
            with memory.watched(process.pid) as peak:
                _, said = process.communicate()
        else:
            peak = None
            _, said = process.communicate()
        seconds = time.perf_counter() - begun
    if process.returncode not in fine:
        raise Failed(f"{' '.join(command)} ended with {process.returncode}:\n{said[-2000:]}")
    return Cost(seconds, spent(cpu), peak and peak.megabytes)


def grading(submissions: Path, results: Path, only: Sequence[Exercise], *options: str) -> list[str]:
    names = ",".join(each.number for each in only)
    command = [sys.executable, "-m", "kata", "class", "grade", str(submissions)]
    return [*command, "--out", str(results), "--only", names, *options]


def one_run(student: Path, only: Sequence[Exercise]) -> list[str]:
    """One turn of the loop: the same exercises."""
    folders = [str(each.folder.relative_to(ROOT)) for each in only]
    return [sys.executable, "-m", "pytest", *folders, f"--answers={student}", "-q"]


def graded(results: Path, students: int) -> list[Result]:
    """The results, if there is one for each student and the references have all points. Raises Failed."""
    found = list(read_all(results))
    wrong = [each.student.id for each in found[::EVERY] if each.points != each.max_points]
    if len(found) != students or wrong:
        raise Failed(f"{len(found)} of {students} results; references without all points: {wrong}")
    return found


def beside_a_loop(
    room: Path, course: Course, only: Sequence[Exercise], rounds: int, goals: Goals
) -> None:
    """The class is graded as often as is asked for, and between two gradings a part of the loop is run."""
    submissions = hand_in(room / "thirty", course, only, STUDENTS)
    students = sorted(submissions.iterdir())
    costs, loop = Costs(), list[Cost]()
    for turn in range(rounds):
        costs.timed.append(cost(grading(submissions, room / f"results-{turn}", only)))
        graded(room / f"results-{turn}", STUDENTS)
        part = students[turn::rounds]
        loop += [cost(one_run(student, only), fine=(0, 1)) for student in part]
        print(f"round {turn + 1}: class {costs.timed[-1].seconds:.0f} s", flush=True)
    seconds, processor = sum(each.seconds for each in loop), sum(each.cpu or 0 for each in loop)
    goals.tell("a loop of pytest, students a minute", 60 * STUDENTS / seconds)
    goals.tell("kata class grade, students a minute", 60 * STUDENTS / costs.seconds)
    quicker = seconds / costs.seconds
    goals.tell("times as many", quicker, f"at least {QUICKER:g}", holds=quicker >= QUICKER)
    goals.tell("the loop, CPU seconds", processor)
    goals.tell("the class, CPU seconds", costs.cpu or 0)
    goals.tell("times the CPU seconds of the class", processor / (costs.cpu or 1))
    single = cost(one_run(students[0], only), look=True).megabytes or 0
    most = cost(grading(submissions, room / "looked at", only), look=True).megabytes or 0
    goals.tell("one run of pytest, MB", single)
    goals.tell("the class, MB", most)
    times = most / single
    goals.tell("times as much", times, f"at most {AS_MUCH_MEMORY:g}", holds=times <= AS_MUCH_MEMORY)


def growth(room: Path, course: Course, only: Sequence[Exercise], goals: Goals) -> None:
    """The small class before and after the large one, and then both with a look at their memory."""
    few = hand_in(room / "few", course, only, STUDENTS)
    many = hand_in(room / "many", course, only, 10 * STUDENTS)
    small = [cost(grading(few, room / "before", only))]
    large = cost(grading(many, room / "large", only))
    graded(room / "large", 10 * STUDENTS)
    small.append(cost(grading(few, room / "after", only)))
    # CPU seconds: whatever else the machine does meanwhile is no growth.
    times = 2 * (large.cpu or 0) / sum(each.cpu or 0 for each in small) / 10
    holds = times <= 1 + SPREAD
    goals.tell("30 students, CPU seconds", sum(each.cpu or 0 for each in small) / 2)
    goals.tell("300 students, CPU seconds", large.cpu or 0)
    goals.tell(
        "300 students, in times of 30, by ten", times, f"at most {1 + SPREAD:g}", holds=holds
    )
    goals.tell("seconds, the same", 2 * large.seconds / sum(each.seconds for each in small) / 10)
    looked = [
        cost(grading(each, room / f"memory-{each.name}", only), look=True).megabytes or 0
        for each in (few, many)
    ]
    goals.tell("30 students, MB", looked[0])
    goals.tell("300 students, MB", looked[1])


def second_look(room: Path, course: Course, count: int, rounds: int, goals: Goals) -> None:
    """So many different right answers to one exercise, and in turn with them one alone."""
    exercise = course.exercise("08")
    reference = course.reference(exercise).read_bytes()
    one, many = (
        all_different(room / f"confirm-{students}", reference, exercise, students)
        for students in (1, count)
    )
    alone, together = Costs(), Costs()
    for turn in range(rounds):
        for submissions, costs in ((one, alone), (many, together)):
            results = room / f"{submissions.name}-{turn}"
            cost(grading(submissions, results, [exercise]))
            costs.timed.append(cost(grading(submissions, results, [exercise], "--confirm")))
            _agree(results)
        print(f"round {turn + 1}: {together.timed[-1].seconds:.0f} s", flush=True)
    # Its CPU seconds cannot be told: nobody waits for the processes that it forks.
    goals.tell("the second look at one answer, seconds", alone.seconds)
    goals.tell(f"the second look at {count}, seconds", together.seconds)
    times = together.seconds / alone.seconds
    holds = times <= TIMES_THE_WAITING
    goals.tell("times the waiting", times, f"at most {TIMES_THE_WAITING:g}", holds=holds)


def _agree(results: Path) -> None:
    looks = [
        spec.second_look.verdict
        for result in read_all(results)
        for exercise in result.exercises
        for spec in exercise.specs
    ]
    if "differs" in looks or "agrees" not in looks:
        raise Failed(f"a right answer differs in the second look: {results}")


def two_workers(
    room: Path, course: Course, only: Sequence[Exercise], rounds: int, goals: Goals
) -> None:
    """A class on a cluster of one worker, and in turn on one of two."""
    submissions = hand_in(room / "thirty", course, only, STUDENTS)
    costs = {1: Costs(), 2: Costs()}
    for turn in range(rounds):
        for count, each in costs.items():
            with dask_cluster(count) as dask:
                results = room / f"{count}-{turn}"
                command = grading(submissions, results, only, f"--cluster={dask.address}")
                each.timed.append(cost(command))
                graded(results, STUDENTS)
        print(
            f"round {turn + 1}: {costs[1].timed[-1].seconds:.0f} s, {costs[2].timed[-1].seconds:.0f} s",
            flush=True,
        )
    goals.tell("one worker, students a minute", 60 * STUDENTS / costs[1].seconds)
    goals.tell("two workers, students a minute", 60 * STUDENTS / costs[2].seconds)
    times = costs[1].seconds / costs[2].seconds
    goals.tell("times as many", times, f"at least {TWO_WORKERS:g}", holds=times >= TWO_WORKERS)
