"""`kata class collect`: an export becomes one folder a student, laid out like `exercises/`, and a manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from kata.classroom.choosing import Answer
from kata.classroom.exports import handins, open_export
from kata.classroom.laying import Laid, lay_out
from kata.classroom.manifest import (
    MANIFEST,
    Manifest,
    NoManifest,
    Student,
    TakenAnswer,
    TakenFile,
    TakenHandin,
)
from kata.classroom.members import Budget, Limits, TooMuch
from kata.classroom.naming import Namer
from kata.classroom.notes import Note, Notes
from kata.classroom.people import People
from kata.classroom.placing import Placing
from kata.classroom.platforms import Handin
from kata.classroom.refusal import Refusal
from kata.classroom.roster import read_roster
from kata.classroom.tree import Tree
from kata.course.course import Course, Exercise


@dataclass(frozen=True)
class Wanted:
    """What the teacher says about an export, beside where it is."""

    platform: str | None = None
    roster: Path | None = None
    only: Exercise | None = None
    assignment: str | None = None
    teams: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass
class Collected:
    """What came of it: the manifest as it was written, and what this export changed.

    `changes` has for each student's id what was done to each exercise: "new", "replaced" or "as before".
    """

    platform: str
    handins: int
    manifest: Manifest
    changes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    touched: dict[str, Student] = field(default_factory=dict[str, Student])
    missing: list[Student] = field(default_factory=list[Student])
    strangers: list[str] = field(default_factory=list[str])


Progress = Callable[[int, int, str], None]


def collect(
    course: Course,
    export: Path,
    dest: Path,
    wanted: Wanted,
    version: str,
    progress: Progress | None = None,
) -> Collected:
    """Collect an export into `dest`, adding to what an earlier run collected there.

    Raises `Refusal` with a sentence if the export, the roster or `dest` cannot be used at all. What is wrong with one
    hand-in is told in its notes, and the others go on.
    """
    _must_be_apart(export, dest)
    before = _before(dest)
    namer = Namer(course)
    opened = open_export(export)
    roster = read_roster(wanted.roster) if wanted.roster else None
    platform, found = handins(opened, wanted.platform, namer)
    dest.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    manifest = Manifest(
        version, now, before.students if before else [], before.strangers if before else []
    )
    done = Collected(platform, len(found.handins), manifest)
    people = People(manifest, platform, opened.name, roster, found.handins)
    run = _Run(dest, replace(wanted, platform=platform), opened.name, namer, people, done)
    lead = f"{opened.name}: "
    done.strangers = found.strangers
    kept = [each for each in manifest.strangers if not each.startswith(lead)]
    manifest.strangers = kept + [lead + each for each in found.strangers]
    try:
        for turn, handin in enumerate(found.handins):
            if progress is not None:
                progress(turn, len(found.handins), handin.name)
            run.take(handin)
        done.missing = people.missing()
    finally:  # an interrupted run has a manifest too, and can be gone on with
        manifest.students.sort(key=lambda each: (each.name.casefold(), each.id))
        manifest.write(dest)
    return done


def _must_be_apart(export: Path, dest: Path) -> None:
    one, other = export.resolve(), dest.resolve()
    if other.is_relative_to(one) or one.is_relative_to(other):
        raise Refusal(
            f"{export} and {dest} lie in one another: choose a folder apart from the export"
        )
    if dest.exists() and not dest.is_dir():
        raise Refusal(f"{dest} is a file: choose a folder")


def _before(dest: Path) -> Manifest | None:
    if not dest.is_dir() or not any(dest.iterdir()):
        return None
    if not (dest / MANIFEST).exists():
        raise Refusal(f"{dest} has files that were not collected: choose a new folder")
    try:
        return Manifest.read(dest)
    except NoManifest as error:
        raise Refusal(str(error)) from None


@dataclass
class _Run:
    """One run over one export."""

    dest: Path
    wanted: Wanted
    export: str
    namer: Namer
    people: People
    done: Collected

    def take(self, handin: Handin) -> None:
        student = self.people.whose(handin, is_group=self.wanted.teams)
        self.done.touched[student.id] = student
        assignment = self.wanted.assignment or handin.assignment or ""
        notes = Notes()
        taken = self._taken(handin, assignment)
        if (index := self._turn(student, taken, notes)) is None:
            self._keep_notes(student, assignment, notes, keep=True)
            return
        answers: list[Answer] = []
        try:
            answers = self._answers(handin, notes)
        except Refusal as refusal:
            taken.refused = str(refusal)
            notes.tell("refused", str(refusal))
        if handin.late:
            notes.tell("late", f"{self.wanted.platform} marks it as late")
        for text in handin.texts:
            notes.tell("unplaced", f"{text}: typed or linked on the page, and not a file; read it")
        self._keep(student, index, answers, notes)
        self._keep_notes(student, assignment, notes, keep=False)

    def _answers(self, handin: Handin, notes: Notes) -> list[Answer]:
        if handin.alone:
            raise Refusal(handin.alone)
        budget = Budget(self.wanted.limits)
        try:
            files = Tree(handin.members, budget, notes).files()
            return Placing(self.namer, self.wanted.only, budget, notes).answers(files)
        except (RecursionError, MemoryError):
            raise TooMuch(
                "the hand-in is nested deeper than anybody's is: nothing of it is taken"
            ) from None

    # -- what becomes of it

    def _taken(self, handin: Handin, assignment: str) -> TakenHandin:
        return TakenHandin(
            assignment,
            self.export,
            self.done.platform,
            handin.name,
            handin.ids,
            handin.folder,
            sorted(handin.files),
            handin.submitted,
            handin.late,
            handin.attempt,
            self.done.manifest.collected,
        )

    def _turn(self, student: Student, taken: TakenHandin, notes: Notes) -> int | None:
        """The place of this hand-in among the student's; None if a newer one was collected already."""
        for index, each in enumerate(student.handins):
            if each.assignment != taken.assignment or each.platform != taken.platform:
                continue
            if _is_older(taken.submitted, each.submitted):
                text = f"this export's hand-in is of {taken.submitted}, and that of {each.submitted} stays"
                notes.tell("kept", text)
                return None
            student.handins[index] = taken
            return index
        student.handins.append(taken)
        return len(student.handins) - 1

    def _keep(self, student: Student, index: int, answers: list[Answer], notes: Notes) -> None:
        handin = student.handins[index]
        changes = self.done.changes.setdefault(student.id, {})
        for answer in answers:
            name = answer.exercise.name
            earlier = student.exercises.get(name)
            if earlier is not None and _stays(earlier, answer, student, handin):
                notes.tell("kept", f"what was handed in earlier for {name} stays", name)
                continue
            laid = lay_out(self.dest, student.id, answer, earlier)
            if laid.edited_kept:
                text = f"{name} had been edited in {self.dest}: that is now in {laid.edited_kept}"
                notes.tell("kept", text, name)
            if laid.edited_stays:
                text = f"{name} has been edited in {self.dest}, and its hand-in is as before: left alone"
                notes.tell("kept", text, name)
            changes[name] = _change(earlier, answer)
            if changes[name] == "replaced":
                notes.tell("replaced", f"{name} is another than was collected before", name)
            student.exercises[name] = _taken_answer(answer, index, handin, laid)
        gone = [
            name
            for name, each in student.exercises.items()
            if each.handin == index and name not in {answer.exercise.name for answer in answers}
        ]
        for name in gone:
            notes.tell(
                "kept", f"{name} is no longer in the hand-in: what was collected before stays", name
            )
        if not answers and not any(note.kind == "refused" for note in notes):
            notes.tell("unplaced", "there is no answer in it")
        student.exercises = dict(sorted(student.exercises.items()))

    def _keep_notes(self, student: Student, assignment: str, notes: Notes, *, keep: bool) -> None:
        others = [each for each in student.notes if keep or each.assignment != assignment]
        mine = [Note(each.kind, each.text, each.exercise, assignment) for each in notes]
        student.notes = others + [each for each in mine if each not in others]


def _is_older(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return False
    first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
    return (first.tzinfo is None) == (second.tzinfo is None) and first < second


def _stays(earlier: TakenAnswer, answer: Answer, student: Student, handin: TakenHandin) -> bool:
    """An answer of another assignment's hand-in stays against a stub, and against an older one."""
    if answer.untouched and not earlier.untouched:
        return True
    return student.handins[earlier.handin] is not handin and _is_older(
        handin.submitted, earlier.submitted
    )


def _change(earlier: TakenAnswer | None, answer: Answer) -> str:
    if earlier is None:
        return "new"
    now = {piece.path: piece.sha256 for piece in answer.pieces}
    return "as before" if now == {file.path: file.sha256 for file in earlier.files} else "replaced"


def _taken_answer(answer: Answer, index: int, handin: TakenHandin, laid: Laid) -> TakenAnswer:
    files = [
        TakenFile(piece.path, piece.origin, piece.sha256, len(piece.data)) for piece in laid.pieces
    ]
    return TakenAnswer(
        files, index, handin.submitted, handin.late, handin.attempt, answer.untouched
    )
