"""The page of one student, for the teacher or, as feedback, for the student."""

from __future__ import annotations

from datetime import timedelta

from kata.classroom.overview import LETTERS, stuck_at
from kata.classroom.page_look import cut, look, render, when
from kata.classroom.results import Result, SpecResult

TEXT_MOST = 20_000
"""Characters of one failure on a page. The result has all of it."""

REMARKS = {
    "not started": "The file is as it was handed out.",
    "not handed in": "Nothing was handed in for this exercise.",
    "not judged": "This exercise was not judged. Its points are open; that is no zero.",
}


def student_page(result: Result, *, teacher: bool) -> str:
    """HTML that needs no other file. Only the teacher's has the notes and the second look."""
    return render(
        "student.html",
        {
            "result": result,
            "teacher": teacher,
            "name": called(result),
            "about": about(result, ids=teacher),
            "solved": sum(each.state == "solved" for each in result.exercises),
            "stuck": stuck_at(result),
            "notes": teachers_notes(result),
            "letters": LETTERS,
            "remarks": REMARKS,
            "body_of": body_of,
            "look": look(),
        },
    )


def called(result: Result) -> str:
    """The name of whoever handed in: a student's, or those of a group."""
    return ", ".join(person.called for person in result.people)


def about(result: Result, *, ids: bool) -> str:
    """Group, hand-in, attempt and lateness, in a line."""
    parts: list[str] = []
    if ids:
        parts.append(", ".join(person.id for person in result.people))
    if result.group:
        parts.append(f"group {result.group}")
    if result.submitted_at is not None:
        parts.append(f"handed in {when(result.submitted_at)}")
    elif result.absent:
        parts.append("nothing handed in")
    if result.is_late:
        by = f" by {how_long(result.late_seconds)}" if result.late_seconds else ""
        parts.append(f"late{by}")
    if result.attempt > 1:
        parts.append(f"attempt {result.attempt}")
    return " · ".join(parts)


def how_long(seconds: float) -> str:
    """Days, hours and minutes, without those that are 0; below a minute, seconds."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    span = timedelta(seconds=round(seconds))
    hours, minutes = divmod(span.seconds // 60, 60)
    parts = ((span.days, "d"), (hours, "h"), (minutes, "min"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def teachers_notes(result: Result) -> list[str]:
    """What the judge noted, and where the two looks differ but nobody noted it."""
    notes = list(result.notes)
    for exercise in result.exercises:
        looked = [spec for spec in exercise.specs if spec.second_look.verdict == "differs"]
        if looked and not any(note.startswith(exercise.number) for note in notes):
            share = f"{len(looked)} of {len(exercise.specs)} specs"
            notes.append(f"{exercise.number}: the second look differs in {share}.")
    return notes


def body_of(spec: SpecResult) -> str:
    """The failure without its first and its last paragraph, where these are title and diagnosis."""
    text = spec.text.strip("\n")
    first, _, rest = text.partition("\n\n")
    if " ".join(first.split()) == " ".join(spec.title.split()):
        text = rest
    if spec.diagnosis:
        text = text.removesuffix(spec.diagnosis)
    return cut(text.strip("\n"), TEXT_MOST)
