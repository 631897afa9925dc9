"""`kata class grade --confirm`: what passed the first look is looked at again, from outside.

No point changes. Where an answer does less than it says to itself, the teacher is told.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

from kata.classroom.differences import notes_on
from kata.classroom.grading.answers import read_answer
from kata.classroom.grading.submissions import Submission, read_submissions
from kata.classroom.grading.workers import end, started
from kata.classroom.refusal import Refusal
from kata.classroom.results import (
    ExerciseResult,
    Result,
    SecondLook,
    SpecResult,
    UnreadableResult,
    file_name,
    read,
)
from kata.classroom.sandbox.confinement import Layers
from kata.classroom.second_look.apps import disguised
from kata.classroom.second_look.judging import Job
from kata.classroom.second_look.process import packed
from kata.classroom.shards import Shard
from kata.course.course import Course, Exercise

BATCH = 100
"""Answers that are looked at together. What has to be tried again waits for the end of its batch."""

LOST = "the judge's own process ended on this answer, or beside it"

Key = tuple[str, str]
"""An exercise and the content hash of an answer to it. Equal answers are looked at once."""

Told = Callable[[int, int, str], None]


@dataclass
class Confirmed:
    """What came of it. `looked_at` are answers, `differing` sentences, `unsure` who has something that was not run."""

    looked_at: int = 0
    differing: list[str] = field(default_factory=list[str])
    unsure: list[str] = field(default_factory=list[str])


def must_be_possible(broken: Path | None = None) -> None:
    """Raises Refusal where there can be no second look, or where the further apps are none."""
    if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
        raise Refusal(
            "--confirm needs Linux: it forks the answers' processes and hands sockets to them. Leave it out, and the "
            "first look alone is taken."
        )
    if broken is not None:
        further_apps(broken)


def further_apps(folder: Path) -> dict[str, str]:
    """The apps of a folder by their names, as the tests see them. Raises Refusal."""
    paths = sorted(folder.glob("*.py")) if folder.is_dir() else []
    if not paths:
        raise Refusal(
            f"There is no app in {folder}: each is a Python file, like main.py of exercise 10."
        )
    found: dict[str, str] = {}
    for path in paths:
        try:
            found[path.name] = disguised(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, SyntaxError, ValueError) as error:
            raise Refusal(f"{path} cannot be read as Python: {error}.") from None
        if not any(isinstance(each, ast.Assign) for each in ast.parse(found[path.name]).body):
            raise Refusal(f"{path} has no `app`.")
    return found


def confirm(
    course: Course,
    submissions: Path,
    results: Path,
    layers: Layers,
    told: Told,
    *,
    shard: Shard,
    broken: Path | None = None,
) -> Confirmed:
    """Look again at what passed, and write what came of it into the results. Raises Refusal and OSError.

    `told` is called with how many answers are done, of how many, and a line.
    """
    everybody = read_submissions(submissions, course, course.exercises, {})
    mine = [each for each in everybody if shard.has(each.student.id)]
    further = further_apps(broken) if broken is not None else {}
    run = _Run(course, results, further, mine)
    total = len(run.whose)
    told(0, total, "the second look")
    with _Judge(course, layers) as judge:
        keys = iter(list(run.whose))
        while batch := list(islice(keys, BATCH)):
            for job, looks in judge.look_at(run.jobs(batch)):
                run.write(batch[job], looks)
                run.done.looked_at += 1
                told(run.done.looked_at, total, run.line(batch[job]))
    run.tell()
    return run.done


class _Run:
    """One call: who handed in what is to be looked at."""

    def __init__(
        self,
        course: Course,
        results: Path,
        further: Mapping[str, str],
        submissions: Iterable[Submission],
    ) -> None:
        self._course = course
        self._results = results
        self._further = further
        self._folders = {each.student.id: each.folder for each in submissions}
        self.whose: dict[Key, list[str]] = {}
        self.done = Confirmed()
        for result in self._read_all():
            for exercise in result.exercises:
                if self._wanted(exercise):
                    key = exercise.name, exercise.answer
                    self.whose.setdefault(key, []).append(result.student.id)

    def _read_all(self) -> Iterator[Result]:
        for student in self._folders:
            with suppress(FileNotFoundError, UnreadableResult):
                yield read(self._results / file_name(student))

    def _wanted(self, exercise: ExerciseResult) -> list[str]:
        """The specs of an exercise that are still to be looked at."""
        again = bool(self._further) and self._is_a_suite(exercise.name)
        return [
            spec.name
            for spec in exercise.specs
            if spec.state == "passed" and (again or not _is_known(spec.second_look))
        ]

    def _is_a_suite(self, name: str) -> bool:
        return self._course.exercise(name).answer_file == "test_main.py"

    def jobs(self, batch: Sequence[Key]) -> list[Job]:
        """What the judge is told. An answer that has changed since the first look is not among it."""
        jobs: list[Job] = []
        for number, (name, digest) in enumerate(batch):
            exercise = self._course.exercise(name)
            student = self.whose[name, digest][0]
            answer = self._answer(student, exercise)
            result = read(self._results / file_name(student))
            found = next(each for each in result.exercises if each.name == name)
            if answer is not None and answer[0] == digest:
                further = self._further if self._is_a_suite(name) else dict[str, str]()
                jobs.append(Job(number, name, answer[1], tuple(self._wanted(found)), further))
        return jobs

    def _answer(self, student: str, exercise: Exercise) -> tuple[str, Mapping[str, bytes]] | None:
        try:
            answer = read_answer(self._folders[student], exercise)
        except (Refusal, OSError):
            return None
        return answer.digest, dict(answer.files)

    def write(self, key: Key, looks: Mapping[str, SecondLook]) -> None:
        """Put what came of an answer into the results of all who handed it in."""
        for student in self.whose[key]:
            path = self._results / file_name(student)
            result = read(path)
            before = set(notes_on(result.exercises))
            exercises = tuple(
                _with_looks(each, looks) if (each.name, each.answer) == key else each
                for each in result.exercises
            )
            notes = [note for note in result.notes if note not in before]
            fields = {"exercises": exercises, "notes": (*notes, *notes_on(exercises))}
            result.model_copy(update=fields).write(self._results)

    def line(self, key: Key) -> str:
        students = self.whose[key]
        more = f" and {len(students) - 1} more" if len(students) > 1 else ""
        return f"{key[0].partition('_')[0]} of {students[0]}{more}"

    def tell(self) -> None:
        """Say of whom the two looks differ, also where that was known before."""
        for result in self._read_all():
            notes = list(notes_on(result.exercises))
            self.done.differing += (f"{result.student.called}: {note}" for note in notes)
            verdicts = {
                spec.second_look.verdict for each in result.exercises for spec in each.specs
            }
            if "not run" in verdicts:
                self.done.unsure.append(result.student.called)


def _is_known(look: SecondLook) -> bool:
    return look.verdict in ("agrees", "differs") or (
        look.verdict == "not asked" and look.text != ""
    )


def _with_looks(exercise: ExerciseResult, looks: Mapping[str, SecondLook]) -> ExerciseResult:
    specs: list[SpecResult] = []
    for spec in exercise.specs:
        look = looks.get(spec.name)
        specs.append(spec if look is None else spec.model_copy(update={"second_look": look}))
    return exercise.model_copy(update={"specs": tuple(specs)})


class _Judge:
    """The process of the second look, from outside. It is started anew for the next batch if it has ended."""

    def __init__(self, course: Course, layers: Layers) -> None:
        self._arguments = [str(course.root), json.dumps(asdict(layers))]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> _Judge:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            end(self._process)

    def look_at(self, jobs: list[Job]) -> Iterator[tuple[int, dict[str, SecondLook]]]:
        """The number of each job and what came of its specs, as soon as it is known."""
        missing = {job.number: job for job in jobs}
        if not jobs:
            return
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(OSError):
            process.stdin.write(packed(jobs) + "\n")
            process.stdin.flush()
        for line in process.stdout:
            came = json.loads(line)
            if "batch" in came:
                break
            looks = {name: SecondLook(**each) for name, each in came["looks"].items()}
            if came["further"] and looks:
                first = next(iter(looks))
                said = f"{came['further']} {looks[first].text}".strip()
                looks[first] = looks[first].model_copy(update={"text": said})
            del missing[came["number"]]
            yield came["number"], looks
        for job in missing.values():
            yield job.number, {name: SecondLook(verdict="not run", text=LOST) for name in job.specs}

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = started("kata.classroom.second_look.process", self._arguments)
        return self._process
