"""Who is to be judged: the students of a collected folder, or of a plain one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from kata.classroom import manifest
from kata.classroom.due import Due
from kata.classroom.manifest import MANIFEST, Manifest, NoManifest, TakenAnswer
from kata.classroom.refusal import Refusal
from kata.classroom.results import Student
from kata.classroom.student_page import how_long
from kata.classroom.students import members_of, student_of
from kata.course.course import Course, Exercise


@dataclass(frozen=True)
class Submission:
    """One student's, or one group's. Times are those of the hand-in, as far as they are known."""

    student: Student
    folder: Path
    group: str = ""
    members: tuple[Student, ...] = ()
    submitted_at: datetime | None = None
    late: bool = False
    late_seconds: float = 0.0
    attempt: int = 1
    notes: tuple[str, ...] = ()


def read_submissions(
    folder: Path,
    course: Course,
    exercises: Sequence[Exercise],
    due: Mapping[str, Due],
    extensions: Extensions | None = None,
) -> list[Submission]:
    """Everybody, in the order of the manifest or of the folders' names.

    Raises Refusal if there is nobody, and if an extension is given to somebody who is not there.
    """
    if not folder.is_dir():
        raise Refusal(f"There is no folder {folder}.")
    if (folder / MANIFEST).exists():
        try:
            taken = Manifest.read(folder)
        except NoManifest as error:
            raise Refusal(f"{error}.") from None
        found = [
            _collected(folder, each, exercises, _due_for(each, due, extensions or {}))
            for each in taken.students
        ]
    else:
        found = _plain(folder, course, due)
    if not found:
        raise Refusal(f"There is no student in {folder}.")
    known = {name for each in found for name in _names(each.student)}
    if strangers := sorted(set(extensions or {}) - known):
        raise Refusal(
            f"An extension is given to {strangers[0]!r}, and there is no such student in {folder}."
        )
    return found


Extensions = Mapping[str, Mapping[str, datetime]]
"""By what names a student, and by exercise, when it is due for him."""


def _names(student: Student) -> set[str]:
    return {student.id, student.login, student.email} - {""}


def _due_for(
    taken: manifest.Student, due: Mapping[str, Due], extensions: Extensions
) -> Mapping[str, Due]:
    """The due dates of one student or one group. An extension never makes one earlier."""
    later = dict(due)
    for name in _names(student_of(taken)):
        for exercise, moment in extensions.get(name, {}).items():
            before = later.get(exercise, Due())
            if before.due is None or _aware(before.due) < _aware(moment):
                later[exercise] = replace(before, due=moment)
    return later


def _plain(folder: Path, course: Course, due: Mapping[str, Due]) -> list[Submission]:
    names = {each.name for each in course.exercises}
    places = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] not in "._")
    if any(path.name in names for path in places):
        raise Refusal(
            f"{folder} looks like the work of one student: name the folder that it lies in."
        )
    if places and not any((path / name).is_dir() for path in places for name in names):
        raise Refusal(
            f"No folder in {folder} is laid out like exercises/: `kata class collect` makes such folders."
        )
    unknown = ("When this was handed in is not known, so nothing says whether it was late.",)
    return [
        Submission(
            Student(id=path.name, name=path.name), path, notes=unknown if _any_due(due) else ()
        )
        for path in places
    ]


def _any_due(due: Mapping[str, Due]) -> bool:
    return any(each.due for each in due.values())


def _collected(
    folder: Path, taken: manifest.Student, exercises: Sequence[Exercise], due: Mapping[str, Due]
) -> Submission:
    names = [each.name for each in exercises]
    answers = {name: taken.exercises[name] for name in names if name in taken.exercises}
    times = [_moment(each.submitted) for each in answers.values() or taken.handins]
    seconds, marked, notes = _lateness(answers, due)
    refused = [each.refused for each in taken.handins if each.refused]
    return Submission(
        student_of(taken),
        folder / taken.id,
        group=taken.name if taken.kind == "group" else "",
        members=members_of(taken) if taken.kind == "group" else (),
        submitted_at=max(filter(None, times), key=_aware, default=None),
        late=marked,
        late_seconds=seconds,
        attempt=max((each.attempt or 1 for each in answers.values()), default=1),
        notes=(*(f"A hand-in was refused: {_sentence(why)}" for why in refused), *notes),
    )


def _lateness(
    answers: Mapping[str, TakenAnswer], due: Mapping[str, Due]
) -> tuple[float, bool, list[str]]:
    """Seconds too late, whether the platform marks something as late, and what to tell the teacher.

    Where a time and a due date are known they decide, and the platform's mark does not.
    """
    most, marked = 0.0, False
    notes: list[str] = []
    for name, answer in answers.items():
        if answer.untouched:
            continue
        number = name.partition("_")[0]
        limit = due[name].due if name in due else None
        moment = _moment(answer.submitted)
        if limit is None or moment is None:
            marked |= bool(answer.late)
            if limit is not None and not answer.late:
                notes.append(f"{number}: when it was handed in is not known.")
            continue
        seconds = (_aware(moment) - _aware(limit)).total_seconds()
        if seconds > 0:
            most = max(most, seconds)
            notes.append(f"{number} was handed in {how_long(seconds)} late.")
    return most, marked, notes


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _aware(moment: datetime) -> datetime:
    """A time without an offset is that of this machine."""
    return moment if moment.tzinfo else moment.astimezone()


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
