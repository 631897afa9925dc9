"""Who is in the class: read from a CSV file, whichever platform wrote it."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kata.classroom.refusal import Refusal
from kata.classroom.texts import as_utf_8

# Headers as Canvas, Moodle, Brightspace, Blackboard, GitHub Classroom and Classroom 50 write them, in lower case.
_COLUMNS = {
    "id": ("id", "identifier", "orgdefinedid", "student id", "sis user id", "user id", "number"),
    "username": (
        "username",
        "usernames",
        "sis login id",
        "login",
        "github_username",
        "github username",
        "user",
    ),
    "email": ("email", "email address", "e-mail"),
    "name": ("name", "student", "full name", "fullname", "student name"),
    "first": ("first name", "first_name", "firstname", "given name"),
    "last": ("last name", "last_name", "lastname", "surname", "family name"),
    "group": ("group", "group_name", "group name", "team"),
    "submitted": ("submitted", "submitted_at", "datetime"),
}
_NOT_A_STUDENT = ("points possible", "student, test", "test student")


@dataclass(frozen=True)
class Entry:
    """One student of a roster: the cells that say who it is, by the names in `_COLUMNS`; `ids` may hold several."""

    name: str
    cells: dict[str, str]
    ids: frozenset[str]
    names: frozenset[str]

    @property
    def group(self) -> str:
        return self.cells.get("group", "")


@dataclass
class Roster:
    """A class list, and who of it has been found."""

    entries: list[Entry]
    found: set[int] = field(default_factory=set[int])

    def __post_init__(self) -> None:
        self._by_id: dict[str, set[int]] = {}
        self._by_name: dict[str, set[int]] = {}
        for index, entry in enumerate(self.entries):
            for key in entry.ids:
                self._by_id.setdefault(key, set()).add(index)
            for key in entry.names:
                self._by_name.setdefault(key, set()).add(index)

    def find(self, ids: Iterable[str], names: Iterable[str]) -> Entry | None:
        """The entry with one of these ids, else the only one with one of these names."""
        by_id = [self._by_id.get(each.casefold(), set()) for each in ids]
        by_name = [self._by_name.get(name_key(each), set()) for each in names]
        for matches in (set[int]().union(*by_id), set[int]().union(*by_name)):
            if len(matches) == 1:
                self.found |= matches
                return self.entries[next(iter(matches))]
        return None

    def in_group(self, group: str) -> list[Entry]:
        """The members of a group, who count as found."""
        members: list[Entry] = []
        for index, entry in enumerate(self.entries):
            if entry.group and name_key(entry.group) == name_key(group):
                self.found.add(index)
                members.append(entry)
        return members

    @property
    def missing(self) -> list[Entry]:
        return [entry for index, entry in enumerate(self.entries) if index not in self.found]


def name_key(name: str) -> str:
    """A name as it is compared: Canvas leaves out blanks, commas and capitals, Moodle writes `_` as a blank."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(each for each in text if each.isalnum())


def read_roster(path: Path) -> Roster:
    """Raises `Refusal` with a sentence if the file has no row of headers that tells who is who."""
    try:
        text = as_utf_8(path.read_bytes())[0].decode("utf-8")
    except FileNotFoundError:
        raise Refusal(f"there is no file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"{path} cannot be read: {error}") from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    roles = _roles(rows)
    if not {"id", "username", "name", "first", "last", "email"} & set(roles.values()):
        raise Refusal(
            f"{path} has no row of headers that says who is who: name a column id, username, name or email"
        )
    entries = [entry for row in rows[1:] if (entry := _entry(row, roles))]
    return Roster(entries)


def _roles(rows: list[list[str]]) -> dict[int, str]:
    """What each column is. Moodle's headers are in the site's language, so its first column is known by its cells."""
    if not rows:
        return {}
    roles: dict[int, str] = {}
    for index, header in enumerate(rows[0]):
        known = header.strip().lower().lstrip("#")
        for role, headers in _COLUMNS.items():
            if known in headers:
                roles[index] = role
    if len(rows) > 1 and all(re.fullmatch(r"\D+ \d+", row[0]) for row in rows[1:] if row):
        roles |= {0: "id", 1: roles.get(1, "name")}
    return roles


def _entry(row: list[str], roles: dict[int, str]) -> Entry | None:
    cells: dict[str, str] = {}
    ids: set[str] = set()
    for index, role in roles.items():
        value = row[index].strip() if index < len(row) else ""
        if not value:
            continue
        if role in ("id", "username", "email"):
            ids.add(value.lstrip("#").casefold())
            ids |= {found[1]} if (found := re.fullmatch(r"\D+ (\d+)", value)) else set()
        cells.setdefault(role, value)
    first, last = cells.get("first", ""), cells.get("last", "")
    name = (
        cells.get("name")
        or f"{first} {last}".strip()
        or cells.get("username")
        or cells.get("id")
        or ""
    )
    if not name or name.strip().lower() in _NOT_A_STUDENT:
        return None
    names = {
        name_key(name),
        name_key(first + last),
        name_key(last + first),
        name_key(cells.get("username", "")),
    }
    if "," in name:
        family, _, given = name.partition(",")
        names.add(name_key(given + family))
    elif words := name.split():
        names.add(name_key(words[-1] + "".join(words[:-1])))
    return Entry(name, cells, frozenset(ids), frozenset(names - {""}))
