"""`manifest.json`: what `kata class collect` took, from whom, and what it did not take.

The judge reads from it whose answers lie where and when they were handed in; the export reads by which
name each platform knows the student again. `docs/classroom.md` explains every field.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

from kata.classroom.notes import Note

MANIFEST = "manifest.json"
SCHEMA = "kata/class/manifest/v1"


class NoManifest(Exception):
    """A folder has no manifest, or one that cannot be read. The message says what to do."""


@dataclass
class TakenFile:
    """One file of an answer. `path` is relative to the exercise's folder, `origin` is where it was in the export."""

    path: str
    origin: str
    sha256: str
    bytes: int


@dataclass
class TakenAnswer:
    """What was taken for one exercise. Times are those of the hand-in that it came with."""

    files: list[TakenFile]
    handin: int
    submitted: str | None
    late: bool | None
    attempt: int | None
    untouched: bool


@dataclass
class TakenHandin:
    """One hand-in as the platform has it. `folder` and `files` are the names in the export, for the way back."""

    assignment: str
    export: str
    platform: str
    name: str
    ids: dict[str, str]
    folder: str | None
    files: list[str]
    submitted: str | None
    late: bool | None
    attempt: int | None
    collected: str
    refused: str | None = None


@dataclass
class Student:
    """One student, or one group. `id` is also the name of the folder, and stays the same for good."""

    id: str
    name: str
    kind: str
    members: list[str]
    in_roster: bool | None
    roster: dict[str, str]
    handins: list[TakenHandin]
    exercises: dict[str, TakenAnswer]
    notes: list[Note]

    @property
    def status(self) -> str:
        """ "collected", "partly" (something was refused or has no place), "refused" or "nothing"."""
        if not self.handins:
            return "nothing"
        trouble = any(note.kind in ("refused", "unplaced") for note in self.notes)
        if self.exercises:
            return "partly" if trouble else "collected"
        return "refused" if trouble else "nothing"


@dataclass
class Manifest:
    """Everybody in a collected folder, and the files that are nobody's."""

    kata: str
    collected: str
    students: list[Student] = field(default_factory=list[Student])
    strangers: list[str] = field(default_factory=list[str])

    def student(self, wanted: str) -> Student | None:
        return next((each for each in self.students if each.id == wanted), None)

    def write(self, folder: Path) -> None:
        """Write it beside, then move it: whoever reads it never finds half of one."""
        everything = {"schema": SCHEMA, "kata": self.kata, "collected": self.collected}
        students = [asdict(each) | {"status": each.status} for each in self.students]
        text = json.dumps(
            {**everything, "students": students, "strangers": self.strangers},
            indent=1,
            ensure_ascii=False,
        )
        fresh = folder / f".{MANIFEST}.{os.getpid()}"
        fresh.write_text(text + "\n", "utf-8")
        fresh.replace(folder / MANIFEST)

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Raises `NoManifest` with one sentence if there is none that this version can read."""
        path = folder / MANIFEST
        try:
            found = cast("dict[str, Any]", json.loads(path.read_text("utf-8")))
            schema = found.get("schema")
        except FileNotFoundError:
            raise NoManifest(
                f"{folder} has no {MANIFEST}: make one with kata class collect"
            ) from None
        except (OSError, ValueError, AttributeError) as error:
            raise NoManifest(
                f"{path} cannot be read ({error}): collect again into a new folder"
            ) from None
        if schema != SCHEMA:
            raise NoManifest(
                f"{path} says {schema!r}, and this version of the kata reads {SCHEMA!r}: "
                "collect again into a new folder"
            )
        try:
            students = [_student(each) for each in found["students"]]
            return cls(
                str(found["kata"]), str(found["collected"]), students, list(found["strangers"])
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise NoManifest(
                f"{path} lacks what it should have ({error}): collect again into a new folder"
            ) from None


def _student(found: dict[str, Any]) -> Student:
    return Student(
        id=found["id"],
        name=found["name"],
        kind=found["kind"],
        members=found["members"],
        in_roster=found["in_roster"],
        roster=found["roster"],
        handins=[TakenHandin(**each) for each in found["handins"]],
        exercises={
            name: TakenAnswer(files=[TakenFile(**file) for file in answer.pop("files")], **answer)
            for name, answer in found["exercises"].items()
        },
        notes=[Note(**each) for each in found["notes"]],
    )
