"""A class is graded: each answer judged once, each student's result written as soon as it is known."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from kata.classroom.differences import notes_on
from kata.classroom.due import chosen, read_due, read_extensions
from kata.classroom.grading import verdict
from kata.classroom.grading.answers import Answer, is_untouched, read_answer
from kata.classroom.grading.basis import kata_version
from kata.classroom.grading.bench import Bench, Judges, Judging, bench
from kata.classroom.grading.known import Known
from kata.classroom.grading.points import Points, one_each, read_points
from kata.classroom.grading.specs import Spec, specs_of
from kata.classroom.grading.submissions import Submission, read_submissions
from kata.classroom.grading.workers import WorkerLost
from kata.classroom.moves import moves
from kata.classroom.refusal import Refusal
from kata.classroom.results import (
    HEAD,
    ExerciseResult,
    Grading,
    Result,
    UnreadableResult,
    file_name,
    read,
    result_files,
)
from kata.classroom.sandbox.probe import Isolation
from kata.classroom.shards import Shard
from kata.course.course import Course, Exercise


@dataclass(frozen=True)
class Wishes:
    """What a teacher asked for. Without `workers` there is one for each core. `cluster` is a scheduler's address."""

    points: Path | None = None
    due: Path | None = None
    only: str | None = None
    shard: Shard = field(default_factory=Shard)
    workers: int | None = None
    isolation: str | None = None
    cluster: str | None = None


@dataclass
class Graded:
    """What came of it. `judged` are answers that were run, `known` those whose verdict was known already."""

    students: int = 0
    judged: int = 0
    known: int = 0
    unjudged: list[str] = field(default_factory=list[str])
    moved: list[str] = field(default_factory=list[str])
    told: list[str] = field(default_factory=list[str])
    isolation: Isolation | None = None


@dataclass
class _Open:
    """A student whose result is not whole yet: of each exercise the verdict, or who is at it."""

    submission: Submission
    notes: list[str]
    parts: dict[str, ExerciseResult | Judging]
    digests: dict[str, str]

    @property
    def waits_for(self) -> set[Judging]:
        return {each for each in self.parts.values() if isinstance(each, Future)}


Told = Callable[[int, int, str], None]
"""Called with how many are done, of how many, and a line about who was done last."""


def grade(course: Course, submissions: Path, to: Path, wishes: Wishes, told: Told) -> Graded:
    """Grade a folder of submissions into a folder of results. Raises Refusal before anything is judged.

    What an earlier grading left in the folder is used where answer, specs, kata and libraries are the same.
    """
    exercises = chosen(course, wishes.only) if wishes.only else list(course.exercises)
    specs = {each.name: specs_of(each) for each in exercises}
    points = read_points(wishes.points, course, specs) if wishes.points else one_each(specs)
    due = read_due(wishes.due, course) if wishes.due else {}
    extensions = read_extensions(wishes.due, course) if wishes.due else {}
    everybody = read_submissions(submissions, course, exercises, due, extensions)
    mine = [each for each in everybody if wishes.shard.has(each.student.id)]
    with bench(course, wishes.isolation, wishes.workers, wishes.cluster) as judging:
        _prepare(to, submissions)
        grading = _Grading(course, exercises, specs, points, judging, to)
        head = Grading(
            kata=grading.kata,
            judged_by=judging.basis,
            points=points.digest,
            shard=str(wishes.shard),
            students=tuple(each.student.id for each in mine),
            submissions=str(submissions),
        )
        head.write(to)
        grading.run(mine, told)
    grading.graded.told += _strangers(to, mine)
    return grading.graded


def _prepare(to: Path, submissions: Path) -> None:
    if submissions.resolve() in (to.resolve(), *to.resolve().parents):
        raise Refusal(f"{to} lies in {submissions}: name a folder elsewhere for the results.")
    if to.is_file() or (to.is_dir() and any(to.iterdir()) and not (to / HEAD).is_file()):
        raise Refusal(f"{to} is no folder of results and not empty: name a new folder.")
    to.mkdir(parents=True, exist_ok=True)


def _strangers(to: Path, mine: Sequence[Submission]) -> Iterator[str]:
    names = {file_name(each.student.id) for each in mine}
    strangers = [path.name for path in result_files(to) if path.name not in names]
    if strangers:
        more = f" and {len(strangers) - 6} more" if len(strangers) > 6 else ""
        yield (
            f"{to} also has results of who is not in this grading: {', '.join(strangers[:6])}{more}. "
            "Remove what does not count."
        )


class _Grading:
    """One call: what all students share, and how far it is."""

    def __init__(
        self,
        course: Course,
        exercises: Sequence[Exercise],
        specs: Mapping[str, Sequence[Spec]],
        points: Points,
        judging: Bench,
        to: Path,
    ) -> None:
        self._course = course
        self._exercises = exercises
        self._specs = specs
        self._points = points
        self._to = to
        self.kata = kata_version()
        self._judging = judging
        self.graded = Graded(isolation=judging.isolation)
        self._known = Known(to, judging.basis, judging.isolation.sentence)
        self._pending: dict[tuple[str, str], Judging] = {}

    def run(self, everybody: Sequence[Submission], told: Told) -> None:
        """Judge what is not known, and write each result when it is whole."""
        self.graded.told += self._known.unreadable
        judges = self._judging.judges
        still_open: deque[_Open] = deque()
        for submission in everybody:
            still_open.append(self._begin(submission, judges))
            self._write_whole(still_open, told, len(everybody), at_most=4 * judges.at_once)
        self._write_whole(still_open, told, len(everybody), at_most=0)

    def _write_whole(self, still_open: deque[_Open], told: Told, of: int, *, at_most: int) -> None:
        """Write the results that are whole, until at most so many answers are under way."""
        while True:
            for each in [each for each in still_open if all(f.done() for f in each.waits_for)]:
                still_open.remove(each)
                line = self._finish(each)
                self.graded.students += 1
                told(self.graded.students, of, line)
            under_way = {each for student in still_open for each in student.waits_for}
            under_way = {each for each in under_way if not each.done()}
            if not still_open or len(under_way) < at_most:
                return
            wait(under_way, return_when=FIRST_COMPLETED)

    # One student

    def _begin(self, submission: Submission, judges: Judges) -> _Open:
        notes = list(submission.notes)
        parts: dict[str, ExerciseResult | Judging] = {}
        digests: dict[str, str] = {}
        for exercise in self._exercises:
            specs = self._specs[exercise.name]
            try:
                answer = read_answer(submission.folder, exercise)
            except (Refusal, OSError) as error:
                notes.append(f"{exercise.number} was not judged: {error}")
                parts[exercise.name] = verdict.without_a_run(exercise, specs, "not judged")
                continue
            digests[exercise.name] = answer.digest
            parts[exercise.name] = self._verdict(exercise, answer, judges)
        return _Open(submission, notes, parts, digests)

    def _verdict(
        self, exercise: Exercise, answer: Answer, judges: Judges
    ) -> ExerciseResult | Judging:
        specs = self._specs[exercise.name]
        if not answer.files:
            return verdict.without_a_run(exercise, specs, "not handed in")
        if is_untouched(answer, self._course, exercise):
            return verdict.without_a_run(exercise, specs, "not started", answer.digest)
        key = exercise.name, answer.digest
        if key in self._pending:
            self.graded.known += 1
            return self._pending[key]
        if (known := self._known.verdict(*key)) is not None:
            self.graded.known += 1
            return known
        self.graded.judged += 1
        self._pending[key] = judges.submit(exercise.name, answer.files)
        return self._pending[key]

    def _finish(self, student: _Open) -> str:
        exercises: list[ExerciseResult] = []
        for exercise in self._exercises:
            part = student.parts[exercise.name]
            if isinstance(part, Future):
                part = self._of_a_run(exercise, part, student.digests[exercise.name])
            exercises.append(verdict.with_points(part, self._points.most[exercise.name]))
        result = self._result(student, exercises)
        self._write(result)
        for exercise in self._exercises:
            self._pending.pop((exercise.name, student.digests.get(exercise.name, "")), None)
        if result.unjudged:
            self.graded.unjudged.append(result.student.called)
        return f"{result.student.called}: {result.points:g} of {result.max_points:g} points"

    def _of_a_run(self, exercise: Exercise, judging: Judging, digest: str) -> ExerciseResult:
        specs = self._specs[exercise.name]
        try:
            came, seconds = judging.result()
        except WorkerLost:
            ended = "The judge's own process ended twice on this answer, so there is no verdict."
            return verdict.without_a_run(exercise, specs, "not judged", digest, ended)
        return verdict.after_a_run(exercise, specs, came, seconds, digest)

    def _result(self, student: _Open, exercises: Sequence[ExerciseResult]) -> Result:
        submission = student.submission
        return Result.of(
            exercises,
            student=submission.student,
            group=submission.group,
            members=submission.members,
            submitted_at=submission.submitted_at,
            late=submission.late,
            late_seconds=submission.late_seconds,
            attempt=submission.attempt,
            kata=self.kata,
            judged_by=self._judging.basis,
            graded_at=datetime.now(UTC).replace(microsecond=0),
            isolation=self._judging.isolation.sentence,
            notes=(*student.notes, *notes_on(exercises)),
        )

    def _write(self, result: Result) -> None:
        """Write it, with what changed since the last time. What is the same stays as it is."""
        try:
            before = read(self._to / file_name(result.student.id))
        except (FileNotFoundError, UnreadableResult):
            before = None
        if before is not None:
            same = {"graded_at": before.graded_at, "moves": before.moves}
            if result.model_copy(update=same) == before:
                self._known.remember(before)
                return
            result = result.model_copy(update={"moves": moves(before, result)})
            self.graded.moved += (
                f"{result.student.called}: {move.exercise}{f', {move.spec}' if move.spec else ''}: "
                f"{move.before} → {move.now}"
                for move in result.moves
            )
        result.write(self._to)
        self._known.remember(result)
