"""The one result of a student, as the judge writes it and as everything else reads it.

A folder of results has one JSON file a student and, in `_grading.json`, what all of them share. The
list of specs in a result is the denominator of its points: a spec that could not be judged stands
there with 0 points, and its maximum stays.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kata.classroom.refusal import Refusal
from kata.classroom.whole_file import write_whole

SCHEMA: Literal[1] = 1
"""The version of the format. It goes up when an older kata would misread a newer file."""

HEAD = "_grading.json"

ExerciseState = Literal["solved", "wrong", "not started", "not handed in", "cut off", "not judged"]
SpecState = Literal["passed", "failed", "not started", "not handed in", "cut off", "not judged"]
Verdict = Literal["agrees", "differs", "not asked", "not run"]

Points = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class UnreadableResult(Refusal):
    """A file that should be a result is torn, or of another version of the format."""


class _Part(BaseModel):
    """Never changed after it was made, and no field that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _sound(fields: dict[str, Any]) -> dict[str, Any]:
    """With every text as UTF-8 can hold it: an answer may print half a surrogate pair."""
    return {
        name: value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value
        for name, value in fields.items()
    }


class Student(_Part):
    """Who somebody is, here and on the platform that the work came from.

    `id` stays the same from one collection to the next. `ids` are the platform's own (Canvas `user`,
    Moodle `participant`, clones `username`, ...), `folder` is what his folder is called in the
    platform's download, and `files` what his files are: feedback goes back under these names.
    """

    id: Annotated[str, Field(min_length=1)]
    name: str = ""
    login: str = ""
    email: str = ""
    platform: str = ""
    ids: dict[str, str] = {}
    folder: str = ""
    files: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        return self.name or self.id


class SecondLook(_Part):
    """What the look from outside came to. `text` says more where it differs."""

    verdict: Verdict = "not asked"
    text: str = ""


class SpecResult(_Part):
    """One spec on one answer.

    `title` is the docstring, `diagnosis` the one sentence that teaches, `text` the whole failure.
    `drawing` and `svg` are the timeline, where there is one. `seconds` are real ones.
    """

    name: str
    title: str = ""
    state: SpecState
    points: Points = 0.0
    max_points: Points = 1.0
    seconds: Seconds = 0.0
    diagnosis: str = ""
    text: str = ""
    where: str = ""
    drawing: str = ""
    svg: str = ""
    second_look: SecondLook = SecondLook()

    @classmethod
    def of(cls, **fields: Any) -> Self:
        """With texts as an answer may have made them."""
        return cls(**_sound(fields))


class ExerciseResult(_Part):
    """One exercise of one student. `answer` is the content hash of what was handed in, or "".

    `ended` is a sentence if the run did not come to its end.
    """

    name: str
    title: str = ""
    state: ExerciseState
    points: Points
    max_points: Points
    seconds: Seconds = 0.0
    answer: str = ""
    ended: str = ""
    specs: tuple[SpecResult, ...]

    @classmethod
    def of(cls, specs: Iterable[SpecResult], **fields: Any) -> Self:
        """With the sums of its specs' points."""
        specs = tuple(specs)
        return cls(
            specs=specs,
            points=math.fsum(spec.points for spec in specs),
            max_points=math.fsum(spec.max_points for spec in specs),
            **_sound(fields),
        )

    @property
    def number(self) -> str:
        return self.name.partition("_")[0]

    @property
    def passed(self) -> int:
        return sum(spec.state == "passed" for spec in self.specs)

    @property
    def unjudged(self) -> int:
        """How many specs were not run, after one that was cut off for instance."""
        return sum(spec.state == "not judged" for spec in self.specs)


class Move(_Part):
    """What changed since the last grading. `spec` is empty where the whole exercise moved."""

    exercise: str
    spec: str = ""
    before: str
    now: str


class Result(_Part):
    """Everything about one hand-in. `submitted_at` has no offset where the platform writes none.

    `late_seconds` is 0 for one in time, and where a platform says `late` but not by how much. `members`
    are the students of a group that handed in together, and empty for one who worked alone. `isolation`
    is a sentence that says what held. `judged_by` is the content hash of specs and kata. `notes` are
    for the teacher, and nobody else.
    """

    schema_: Annotated[Literal[1], Field(alias="schema")] = SCHEMA
    student: Student
    group: str = ""
    members: tuple[Student, ...] = ()
    submitted_at: datetime | None = None
    late: bool = False
    late_seconds: Seconds = 0.0
    attempt: Annotated[int, Field(ge=0)] = 1
    kata: str
    judged_by: str
    graded_at: datetime
    isolation: str = ""
    points: Points
    max_points: Points
    exercises: tuple[ExerciseResult, ...]
    notes: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()

    _what: ClassVar[str] = "the result of a student"

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        # Here and not in the parts: a class of 3,000 students has 370,000 specs.
        for each in self.exercises:
            for spec in each.specs:
                if spec.points > spec.max_points:
                    raise ValueError(
                        f"{spec.name} has {spec.points:g} of {spec.max_points:g} points"
                    )
            _same(each.points, [spec.points for spec in each.specs], f"the points of {each.name}")
            most = [spec.max_points for spec in each.specs]
            _same(each.max_points, most, f"the maximum of {each.name}")
        _same(self.points, [each.points for each in self.exercises], "the points")
        _same(self.max_points, [each.max_points for each in self.exercises], "the maximum")
        return self

    @classmethod
    def of(cls, exercises: Iterable[ExerciseResult], **fields: Any) -> Self:
        """With the sums of its exercises' points."""
        exercises = tuple(exercises)
        return cls(
            exercises=exercises,
            points=math.fsum(each.points for each in exercises),
            max_points=math.fsum(each.max_points for each in exercises),
            **fields,
        )

    @property
    def people(self) -> tuple[Student, ...]:
        """Everybody who gets these points."""
        return self.members or (self.student,)

    @property
    def is_late(self) -> bool:
        return self.late or self.late_seconds > 0

    @property
    def absent(self) -> bool:
        """Whether nothing at all was handed in."""
        return all(each.state == "not handed in" for each in self.exercises)

    @property
    def unjudged(self) -> bool:
        """Whether something waits for a judge, so that the points are not yet what they will be."""
        return any(each.state == "not judged" for each in self.exercises)

    def write(self, folder: Path) -> Path:
        """Put it into a folder of results, in place of an older one. Raises OSError."""
        path = folder / file_name(self.student.id)
        write_whole(path, self.model_dump_json(by_alias=True) + "\n")
        return path


class Grading(_Part):
    """What all results of a folder share. `students` are the ids of all who were to be judged.

    `points` is the content hash of the table of points, `submissions` the folder that was judged.
    """

    schema_: Annotated[Literal[1], Field(alias="schema")] = SCHEMA
    kata: str
    judged_by: str
    points: str = ""
    shard: str = "1/1"
    students: tuple[str, ...] = ()
    submissions: str = ""

    _what: ClassVar[str] = "the head of a folder of results"

    def write(self, folder: Path) -> Path:
        path = folder / HEAD
        write_whole(path, self.model_dump_json(by_alias=True, indent=1) + "\n")
        return path


def _same(said: float, parts: Iterable[float], what: str) -> None:
    summed = math.fsum(parts)
    if not math.isclose(said, summed, rel_tol=1e-9, abs_tol=1e-6):
        raise ValueError(f"{what}: {said:g} is said, and the parts make {summed:g}")


# Names of files

_PLAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
# Windows keeps these for devices, whatever follows the dot.
_DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")


def plain_name(student_id: str) -> str:
    """A name for a student's files that is safe on every system, and no other student's.

    An id of small letters, digits and hyphens stays as it is. Any other gets a part of its hash: an
    id may hold anything, and two may differ in capitals only.
    """
    if _PLAIN.fullmatch(student_id) and not _DEVICES.fullmatch(student_id):
        return student_id
    digest = hashlib.sha256(student_id.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    start = re.sub(r"[^a-z0-9]+", "-", student_id.lower()).strip("-")[:40]
    if not start or _DEVICES.fullmatch(start):
        start = f"student-{start}".strip("-")
    # The dot keeps these apart from the ids that stay as they are.
    return f"{start}.{digest}"


def file_name(student_id: str) -> str:
    """The name of a student's file in a folder of results."""
    return f"{plain_name(student_id)}.json"


# Reading

_Read = TypeVar("_Read", Result, Grading)


def read(path: Path) -> Result:
    """Read one result. Raises UnreadableResult with the sentence, and OSError."""
    return _read(path, Result)


def read_head(folder: Path) -> Grading | None:
    """What the results of a folder share, or None if nothing says so. Raises UnreadableResult."""
    path = folder / HEAD
    return _read(path, Grading) if path.is_file() else None


def read_all(folder: Path) -> Iterator[Result]:
    """Every result of a folder, by the names of the files. Raises Refusal if there is none."""
    paths = result_files(folder)
    if not paths:
        raise Refusal(f"There are no results in {folder}: `kata class grade` writes them.")
    for path in paths:
        yield read(path)


def result_files(folder: Path) -> list[Path]:
    """The files of a folder that should be results."""
    if not folder.is_dir():
        raise Refusal(f"There is no folder {folder}.")
    return sorted(path for path in folder.glob("*.json") if path.name[0] not in "._")


def _read(path: Path, kind: type[_Read]) -> _Read:
    data = path.read_bytes()
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        raise UnreadableResult(_why(path, data, kind, error)) from None


def _why(path: Path, data: bytes, kind: type[Result | Grading], error: ValidationError) -> str:
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError):
        return f"{path} is torn, or no JSON: remove it and grade again, which judges only what is missing."
    version = fields.get("schema") if isinstance(fields, dict) else None  # pyright: ignore
    if isinstance(version, int) and version > SCHEMA:
        return (
            f"{path} was written by a newer kata (format {version}; this one reads {SCHEMA}): "
            "use that kata here too."
        )
    if isinstance(version, int) and version < SCHEMA:
        return (
            f"{path} was written by an older kata (format {version}; this one reads {SCHEMA}): "
            "grade again into a new folder."
        )
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    where = f"{place}: " if place else ""
    return f"{path} is not {kind._what} ({where}{said}): remove it and grade again."  # pyright: ignore[reportPrivateUsage]
