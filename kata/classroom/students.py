"""Who a student of the manifest is, as his result says it."""

from __future__ import annotations

from kata.classroom import manifest
from kata.classroom.results import Student


def student_of(taken: manifest.Student) -> Student:
    """The student, with the names by which the platform of his newest hand-in knows him."""
    cells = taken.roster
    newest = max(taken.handins, key=lambda each: each.collected, default=None)
    ids = dict(newest.ids) if newest else {}
    if cells.get("id"):
        ids.setdefault("roster", cells["id"])
    return Student(
        id=taken.id,
        name=cells.get("name") or taken.name,
        login=cells.get("username", ""),
        email=cells.get("email", ""),
        platform=newest.platform if newest else "",
        ids=ids,
        folder=(newest.folder or "") if newest else "",
        files=tuple(newest.files) if newest else (),
    )


def members_of(taken: manifest.Student) -> tuple[Student, ...]:
    """The members of a group. The roster gives no more of them than their names."""
    return tuple(Student(id=f"{taken.id}: {name}", name=name) for name in taken.members if name)
