"""What students read: a file each, as text or HTML, and the zip that a platform takes back.

The platforms know by the names whose a file is: Canvas by `<name>_<user id>_<attachment id>_<file>`, so the names of
the uploads are kept; Moodle by the folder `<Full name>_<participant id>_assignsubmission_file`.
"""

from __future__ import annotations

import io
import re
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from kata.classroom.overview import stuck_at
from kata.classroom.page_look import points
from kata.classroom.refusal import Refusal
from kata.classroom.results import ExerciseResult, Result, Student, plain_name
from kata.classroom.student_page import REMARKS, about, called, student_page
from kata.classroom.whole_file import put_in_place

Format = Literal["html", "text"]
Platform = Literal["canvas", "moodle"]
ENDINGS: dict[Format, str] = {"html": ".html", "text": ".txt"}
MOST = 100_000
"""Characters of a text feedback's single failure."""


def feedback(result: Result, form: Format) -> str:
    """The feedback as a student may see it: without notes to the teacher and without the second look."""
    return feedback_text(result) if form == "text" else student_page(result, teacher=False)


def feedback_text(result: Result) -> str:
    """Every failure as the kata says it."""
    parts = [
        f"{called(result)}: {points(result.points)} of {points(result.max_points)} points",
        about(result, ids=False),
    ]
    if stuck := stuck_at(result):
        parts.append(f"First: exercise {stuck.exercise.number}. {stuck.reason}")
    for exercise in result.exercises:
        parts += _exercise(exercise)
    parts.append(f"Kata {result.kata}, graded {result.graded_at.isoformat(timespec='minutes')}.")
    return "\n\n".join(part for part in parts if part) + "\n"


def _exercise(exercise: ExerciseResult) -> list[str]:
    title = f"{exercise.number} {exercise.title}: {exercise.state}"
    marks = f"{points(exercise.points)} of {points(exercise.max_points)} points"
    parts = [f"{title}, {marks}\n{'-' * (len(title) + len(marks) + 2)}", exercise.ended]
    parts.append(REMARKS.get(exercise.state, ""))
    for spec in exercise.specs:
        if spec.state in ("failed", "cut off"):
            text = spec.text[:MOST] or spec.diagnosis or spec.title
            drawing = "" if spec.drawing in text else f"\n\n{spec.drawing}"
            parts.append(f"{spec.name}\n\n{text}{drawing}")
    return parts


def write_feedback(results: Iterable[Result], to: Path, form: Format) -> None:
    """A file for each, in a folder that takes the place of an older one."""
    to.parent.mkdir(parents=True, exist_ok=True)
    fresh = to.with_name(f".{secrets.token_hex(6)}")
    fresh.mkdir()
    try:
        for result in results:
            name = plain_name(result.student.id) + ENDINGS[form]
            (fresh / name).write_bytes(feedback(result, form).encode("utf-8", "replace"))
        put_in_place(fresh, to)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def feedback_zip(results: Iterable[Result], platform: Platform, form: Format) -> bytes:
    """A zip that the platform takes as feedback. Raises Refusal if somebody has no name there."""
    named = _canvas_name if platform == "canvas" else _moodle_name
    lost: list[str] = []
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for result in results:
            for person, name in _people(result, named):
                if name:
                    text = feedback(result, form).encode("utf-8", "replace")
                    archive.writestr(_entry(name + ENDINGS[form]), text)
                elif not result.absent:
                    lost.append(f"{person.called} ({person.id})")
    if lost:
        download = "submissions" if platform == "canvas" else "submissions, in folders"
        raise Refusal(
            f"{len(lost)} of the results did not come from {platform.capitalize()}, so their files have no name there: "
            f"{', '.join(lost[:8])}. Collect the zip of all {download} and grade that."
        )
    return data.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """With one time for all, so that the same feedback is the same zip: Moodle passes over equal files."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _people(result: Result, named: Callable[[Student], str]) -> Iterable[tuple[Student, str]]:
    """Each member where the platform has all of them, else whoever handed in."""
    members = [(person, named(person)) for person in result.members]
    if members and all(name for _, name in members):
        return members
    return [(result.student, named(result.student))]


def _canvas_name(person: Student) -> str:
    """After the newest upload: `lovelaceada_1234_5678_feedback`. Canvas reads the first two numbers."""
    newest, name = -1, ""
    for upload in person.files:
        found = re.match(r"(?:\w*?_)??(?:LATE_)?\d+_(\d+)_", upload)
        if found and int(found[1]) > newest:
            newest, name = int(found[1]), f"{found[0]}feedback"
    return name


def _moodle_name(person: Student) -> str:
    """In the folder of the download, or in one of that form: `Ada Lovelace_123_assignsubmission_file/feedback`."""
    number = person.ids.get("participant", "")
    if not number.isdecimal():
        return ""
    if re.fullmatch(rf"[^_/\\]*_{number}_assignsubmission_file_?", person.folder):
        return f"{person.folder}/feedback"
    name = re.sub(r"[_/\\]+", " ", person.name).strip() or "Participant"
    return f"{name}_{number}_assignsubmission_file/feedback"
