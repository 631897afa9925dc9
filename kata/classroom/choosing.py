"""Which of several files is taken for an exercise, and what is written of it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import timedelta

from kata.classroom.contents import Contents
from kata.classroom.members import Member, Parts
from kata.classroom.naming import Likeness
from kata.classroom.notes import Notes
from kata.course.course import Course, Exercise
from kata.course.same_text import same_code

_SAME_TIME = timedelta(minutes=1)
_RESERVED = r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?"
_LONGEST_NAME = 120
_LONGEST_PATH = 180


@dataclass
class Candidate:
    """One file that may be the answer to an exercise, and the folder that it stands in."""

    member: Member
    likeness: Likeness
    folder: Parts
    beside: list[Member] = field(default_factory=list[Member])
    untouched: bool = False
    data: bytes = b""
    is_loose: bool = False

    @property
    def shown(self) -> str:
        return self.member.shown


@dataclass(frozen=True)
class Piece:
    """One file of an answer, as it is written. `origin` is where it was in the export."""

    path: str
    origin: str
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Answer:
    """What is taken for one exercise: the answer first, then what lies beside it."""

    exercise: Exercise
    pieces: tuple[Piece, ...]
    untouched: bool
    order: int


class Choosing:
    """Chooses among the files that may be an answer, and tells the notes of those that it leaves."""

    def __init__(self, course: Course, contents: Contents, notes: Notes) -> None:
        self._course = course
        self._contents = contents
        self._notes = notes

    def best(self, exercise: Exercise, found: list[Candidate]) -> Answer | None:
        """What is taken for an exercise, or None if nothing of what was found can be had."""
        candidates: list[Candidate] = []
        for each in found:
            if (data := self._contents.code(each.member, exercise)) is not None:
                each.data, each.untouched = data, self._is_stub(exercise, data)
                candidates.append(each)
        if not candidates:
            return None
        best = _newest(candidates)
        for each in candidates:
            if each is not best and each.data == best.data:
                self._notes.tell("left out", f"{each.shown}: the same as {best.shown}")
            elif each is not best:
                why = _why(best, each)
                self._notes.tell(
                    "doubled",
                    f"{best.shown} is taken, and {each.shown} is not: {why}",
                    exercise.name,
                )
        if best.member.name != exercise.answer_file and not best.is_loose:
            text = f"{best.shown} was taken for {exercise.answer_file}"
            self._notes.tell("renamed", text, exercise.name)
        pieces = [Piece(exercise.answer_file, best.member.origin, best.data)]
        for member in best.beside:
            inside = member.path[len(best.folder) :]
            if inside[0].casefold() == exercise.answer_file:
                continue  # a folder of that name: Python would never look into it
            path = self._safe(inside, exercise)
            if path and (data := self._contents.code(member, exercise)) is not None:
                pieces.append(Piece(path, member.origin, data))
        return Answer(exercise, tuple(pieces), best.untouched, best.member.order)

    def _is_stub(self, exercise: Exercise, data: bytes) -> bool:
        stub = self._course.stub(exercise)
        return stub.is_file() and same_code(data, stub.read_bytes())

    def _safe(self, path: Parts, exercise: Exercise) -> str:
        """The name under which a file beside an answer is written; nothing if no system should have to hold it."""
        names = [unicodedata.normalize("NFC", part) for part in path]
        if len("/".join(names)) > _LONGEST_PATH:
            names = [""]
        for name in names:
            if (
                re.search(r'[<>:"/\\|?*\x00-\x1f]', name)
                or re.fullmatch(_RESERVED, name)
                or name in ("", ".", "..")
                or name.endswith((".", " "))
                or len(name.encode("utf-8", "replace")) > _LONGEST_NAME
            ):
                self._notes.tell(
                    "refused",
                    f"{'/'.join(path)} is not taken: not every system can hold such a name",
                    exercise.name,
                )
                return ""
        return "/".join(names)


def _newest(candidates: list[Candidate]) -> Candidate:
    """A stub is nobody's choice. Then the newer upload, the newer file, the higher number put to its name."""
    left = [each for each in candidates if not each.untouched] or candidates
    top = max(each.member.order for each in left)
    left = [each for each in left if each.member.order == top]
    dated = [each.member.modified for each in left if each.member.modified]
    if len(dated) == len(left):
        left = [
            each
            for each in left
            if each.member.modified and max(dated) - each.member.modified <= _SAME_TIME
        ]
    return max(
        left,
        key=lambda each: (
            each.likeness.counter,
            each.likeness.exact,
            -len(each.folder),
            each.shown,
        ),
    )


def _why(best: Candidate, other: Candidate) -> str:
    if other.untouched and not best.untouched:
        return "that is the stub"
    if best.member.order != other.member.order:
        return "it was handed in later"
    dated, than = best.member.modified, other.member.modified
    if dated and than and dated - than > _SAME_TIME:
        return "it is newer"
    if best.likeness.counter != other.likeness.counter:
        return "a higher number was put to its name"
    return "nothing tells which is newer"
