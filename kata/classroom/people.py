"""Whose a hand-in is: the same student again, in a newer export or in that of another assignment."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from kata.classroom.manifest import Manifest, Student
from kata.classroom.platforms import Handin
from kata.classroom.roster import Entry, Roster, name_key

_LETTERS = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "ß": "ss", "æ": "ae", "ı": "i"}
)
_RESERVED = r"con|prn|aux|nul|com\d|lpt\d"

_Cells = tuple[tuple[str, str], ...]


class People:
    """Everybody that a manifest has, looked up by what an export says of them, and added to it."""

    def __init__(
        self,
        manifest: Manifest,
        platform: str,
        export: str,
        roster: Roster | None,
        handins: Iterable[Handin],
    ) -> None:
        self._manifest = manifest
        self._platform = platform
        self._export = export
        self._roster = roster
        self._ids = {each.id for each in manifest.students}
        self._by_key: dict[tuple[str, str, str], Student] = {}
        self._by_name: dict[str, list[Student]] = {}
        self._waiting: dict[_Cells, Student] = {}
        self._of_this_name = Counter(name_key(each.name) for each in handins)
        for student in manifest.students:
            self._remember(student)

    def whose(self, handin: Handin, *, is_group: bool) -> Student:
        """The student of a hand-in: one who is known, or a new one."""
        entry = self._roster.find(handin.ids.values(), (handin.name,)) if self._roster else None
        members = self._roster.in_group(handin.name) if self._roster and entry is None else []
        student = self._known(handin, entry)
        if student is None:
            student = Student(
                self._new_id(handin), handin.name, "student", [], None, {}, [], {}, []
            )
            self._manifest.students.append(student)
        student.name = handin.name
        if is_group or handin.is_group or members:
            student.kind = "group"
            student.members = [each.name for each in members] or student.members
        if self._roster is not None:
            student.in_roster = entry is not None or bool(members)
            student.roster = entry.cells if entry else {}
        self._by_key[self._key(self._platform, handin.ids)] = student
        return student

    def missing(self) -> list[Student]:
        """Who is in the roster, and handed nothing in, in this export or an earlier one."""
        if self._roster is None:
            return []
        there = {_cells(each.roster): each for each in self._manifest.students if each.roster}
        in_groups = {name for each in self._manifest.students for name in each.members}
        missing: list[Student] = []
        for entry in self._roster.missing:
            student = there.get(_cells(entry.cells))
            if entry.name in in_groups or (student is not None and student.handins):
                continue
            if student is None:
                key = entry.cells.get("id") or entry.cells.get("username") or ""
                lead = "-".join(filter(None, (_slug(entry.name), _slug(key) if key else "")))
                student = Student(
                    self._free(lead), entry.name, "student", [], True, entry.cells, [], {}, []
                )
                self._manifest.students.append(student)
            missing.append(student)
        return missing

    def _remember(self, student: Student) -> None:
        for each in student.handins:
            self._by_key[self._key(each.platform, each.ids)] = student
        if student.handins:
            self._by_name.setdefault(name_key(student.name), []).append(student)
        elif student.roster:
            self._waiting[_cells(student.roster)] = student

    @staticmethod
    def _key(platform: str, ids: dict[str, str]) -> tuple[str, str, str]:
        """The first id is what tells students apart."""
        key, value = next(iter(ids.items()), ("", ""))
        return platform, key, value

    def _known(self, handin: Handin, entry: Entry | None) -> Student | None:
        if (found := self._by_key.get(self._key(self._platform, handin.ids))) is not None:
            return found
        if entry is not None and (found := self._waiting.get(_cells(entry.cells))) is not None:
            return found
        # Moodle numbers everybody anew for each assignment. In a blind one all have the same name, one word.
        if self._platform != "moodle" or (entry is None and " " not in handin.name.strip()):
            return None
        name = name_key(handin.name)
        same = self._by_name.get(name, [])
        if len(same) != 1 or self._of_this_name[name] != 1:
            return None
        is_another = any(each.export == self._export for each in same[0].handins)
        return None if is_another else same[0]

    def _new_id(self, handin: Handin) -> str:
        key = _slug(next(iter(handin.ids.values()), ""))
        slug = _slug(handin.name)
        # What names a clone, or a folder, has the name in it already.
        return self._free(slug if slug in key else f"{slug}-{key}")

    def _free(self, lead: str) -> str:
        """An id that nobody has, and that is no name that Windows keeps for itself."""
        if re.fullmatch(_RESERVED, lead):
            lead = f"student-{lead}"
        wanted, turn = lead, 1
        while wanted in self._ids:
            turn += 1
            wanted = f"{lead}-{turn}"
        self._ids.add(wanted)
        return wanted


def _cells(cells: dict[str, str]) -> _Cells:
    return tuple(sorted(cells.items()))


def _slug(text: str) -> str:
    plain = (
        unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode()
    )
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60].strip("-") or "student"
