"""Whose file is whose: the names that each platform gives to what it was handed.

Sources, as read in November 2026: Canvas `lib/content_zipper.rb`, Moodle `mod/assign/classes/downloader.php`. Those of
Brightspace and Blackboard are not public: what is here is what people who read their zips have written down.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from kata.classroom.archives import archive_stem
from kata.classroom.members import Member, Parts, printable
from kata.classroom.refusal import Refusal


@dataclass
class Handin:
    """What one student, or one group, handed in to one assignment.

    `ids` are the platform's own: Canvas `user` or `anonymous`, Moodle `participant`, Brightspace `user` and `folder`,
    Blackboard `username`, clones `repository` and `username`, folders `folder`. The first one tells students apart.
    `folder` and `files` are as they are called in the export. `submitted` is ISO 8601, without an offset
    where the platform writes none.
    """

    name: str
    ids: dict[str, str]
    folder: str | None = None
    files: list[str] = field(default_factory=list[str])
    members: list[Member] = field(default_factory=list[Member])
    texts: list[str] = field(default_factory=list[str])
    submitted: str | None = None
    late: bool | None = None
    attempt: int | None = None
    is_group: bool = False
    assignment: str | None = None
    alone: str = ""  # why nothing of it can be taken


@dataclass(frozen=True)
class Export:
    """One export: its members, and the name that the platform gave it."""

    name: str
    members: list[Member]
    place: Path | None = None  # where it is a folder


@dataclass
class Split:
    """An export, taken apart."""

    handins: list[Handin]
    strangers: list[str]


Platform = Callable[[Export], Split]


# -- Canvas: everything flat

_CANVAS = re.compile(
    r"(?:(?P<name>\w*?)_)??(?:(?P<late>LATE)_)?(?:anon_(?P<anonymous>[A-Za-z0-9]+)|(?P<user>\d+))_"
    r"(?:(?P<attachment>\d+)_(?P<file>.+)|(?P<typed>text|link)\.html)",
    re.DOTALL,
)


def canvas(export: Export) -> Split:
    """`<name>[_LATE]_<user id>_<attachment id>_<file>`. An attachment's number grows: the larger one is newer."""
    split = Split([], [])
    known: dict[str, Handin] = {}
    for member in export.members:
        found = _CANVAS.fullmatch(member.path[0])
        if found is None:
            split.strangers.append("/".join(member.path))
            continue
        kind = "user" if found["user"] else "anonymous"
        handin = known.setdefault(
            f"{kind} {found[kind]}", Handin(found["name"] or "", {kind: found[kind]})
        )
        handin.name = handin.name or f"Student {found[kind]}"
        handin.late = bool(handin.late or found["late"])
        handin.files.append(member.path[0])
        if found["typed"]:
            handin.texts.append(member.path[0])
        else:
            path = (found["file"], *member.path[1:])
            handin.members.append(member.at(path, order=int(found["attachment"])))
    split.handins.extend(known.values())
    return split


# -- Moodle: a folder for each student and kind of hand-in, or the same flat

_MOODLE = re.compile(
    r"(?P<name>[^_]*)(?:_(?P<id>\d+))?_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<file>.+)|_)?",
    re.DOTALL,
)


def moodle(export: Export) -> Split:
    """`<Full name>_<id>_assignsubmission_file/...`, with `_` at its end up to 4.0; or that before each file's name."""
    split = Split([], [])
    known: dict[str, Handin] = {}
    for member in export.members:
        first, inside = member.path[0], member.path[1:]
        found = _MOODLE.fullmatch(first)
        if found is None or (found["file"] and inside):
            split.strangers.append("/".join(member.path))
            continue
        # Team hand-ins of nobody's group have a name and no number.
        handin = known.setdefault(found["id"] or found["name"], Handin(found["name"], {}))
        handin.ids = {"participant": found["id"]} if found["id"] else {"group": found["name"]}
        handin.is_group = not found["id"]
        if found["plugin"] != "file":
            handin.texts.append("/".join(member.path))
        else:
            handin.members.append(member.at(inside or (found["file"] or first,)))
        if not inside:
            handin.files.append(first)
        elif found["plugin"] == "file" or handin.folder is None:
            handin.folder = first
    split.handins.extend(known.values())
    return split


# -- Brightspace: a folder for each attempt

_BRIGHTSPACE = re.compile(
    r"(?P<user>\d+)-(?P<folder>\d+)\s+-\s+(?P<name>.+?)\s*-\s+(?P<time>[^-]*\d{4}[^-]*?)(?:\s+-\s+(?P<file>.+))?",
    re.DOTALL,
)
_BRIGHTSPACE_TIMES = (
    "%b %d, %Y %I%M %p",
    "%B %d, %Y %I%M %p",
    "%d %b, %Y %H%M",
    "%d %B, %Y %H%M",
    "%b %d, %Y %H%M",
)


def brightspace(export: Export) -> Split:
    """`<id>-<id> - <Full name> - Oct 10, 2025 1022 AM/<file>`; the newest folder of a student is the last attempt."""
    split = Split([], [])
    attempts: dict[str, dict[str, Handin]] = {}
    for member in export.members:
        found = _BRIGHTSPACE.fullmatch(member.path[0])
        if found is None or (found["file"] is None and len(member.path) == 1):
            if member.path != ("index.html",):
                split.strangers.append("/".join(member.path))
            continue
        handins = attempts.setdefault(found["user"], {})
        ids = {"user": found["user"], "folder": found["folder"]}
        handin = handins.setdefault(found["time"], Handin(found["name"], ids))
        handin.submitted = _time(found["time"], _BRIGHTSPACE_TIMES)
        if found["file"]:
            handin.files.append(member.path[0])
            handin.members.append(member.at((found["file"], *member.path[1:])))
        else:
            handin.folder = member.path[0]
            handin.members.append(member.at(member.path[1:]))
    split.handins.extend(_together(list(handins.values())) for handins in attempts.values())
    return split


def _together(attempts: list[Handin]) -> Handin:
    """All attempts of one student as one hand-in, in which the files of a later attempt are newer."""
    attempts.sort(key=lambda each: each.submitted or "")
    newest = attempts[-1]
    newest.attempt = len(attempts)
    members: list[Member] = []
    for turn, each in enumerate(attempts, 1):
        # A folder of its own for each attempt, or files of one name would hide one another.
        lead: Parts = () if len(attempts) == 1 else (f"attempt {turn}",)
        members.extend(member.at((*lead, *member.path), order=turn) for member in each.members)
        if each is not newest:
            newest.files.extend(each.files)
    newest.members = members
    return newest


# -- Blackboard: everything flat, and a text about each attempt

_BLACKBOARD = re.compile(
    r"(?P<whose>.+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<about>\.txt))",
    re.DOTALL,
)
_MOST_TEXT = 100_000


def blackboard(export: Export) -> Split:
    """`<assignment>_<username>_attempt_<time>[_<file>]`, and a `.txt` for each attempt with name and files."""
    split = Split([], [])
    attempts: dict[str, dict[str, Handin]] = {}
    about: dict[str, dict[str, str]] = {}
    matched: list[tuple[Member, re.Match[str]]] = []
    for member in export.members:
        if (found := _BLACKBOARD.fullmatch(member.path[-1])) is None or len(member.path) > 1:
            split.strangers.append("/".join(member.path))
            continue
        matched.append((member, found))
        if found["about"]:
            text = member.read(_MOST_TEXT).decode("utf-8-sig", "replace")
            about.setdefault(found["whose"], {}).update(_said(text))
    assignment = _common_lead([found["whose"] for _, found in matched], about)
    for member, found in matched:
        said = about.get(found["whose"], {})
        username = said.get("username") or found["whose"].removeprefix(assignment + "_")
        handin = attempts.setdefault(username, {}).setdefault(
            found["time"],
            Handin(said.get("name") or username, {"username": username}, assignment=assignment),
        )
        handin.submitted = _time(found["time"], ("%Y-%m-%d-%H-%M-%S",))
        handin.files.append(member.path[0])
        if found["file"]:
            handin.members.append(member.at((said.get(member.path[0]) or found["file"],)))
    split.handins.extend(_together(list(each.values())) for each in attempts.values())
    return split


def _said(text: str) -> dict[str, str]:
    """What the text about an attempt says: name, username, and how the student called each file."""
    said: dict[str, str] = {}
    if found := re.search(r"^Name:\s*(.+?)\s*\(([^()\n]+)\)\s*$", text, re.MULTILINE):
        said["name"], said["username"] = printable(found[1]), printable(found[2])
    for original, given in re.findall(
        r"Original filename:\s*(.+?)\s*\n\s*Filename:\s*(.+?)\s*(?:\n|$)", text
    ):
        said[given] = printable(original.replace("/", "_"))
    return said


def _common_lead(whose: list[str], about: dict[str, dict[str, str]]) -> str:
    """The assignment's name, which stands before each username. Both may have underscores."""
    for each in whose:
        username = about.get(each, {}).get("username")
        if username and each.endswith("_" + username):
            return each.removesuffix("_" + username)
    distinct = set(whose)
    if len(distinct) > 1 and "_" in (common := _common_start(distinct)):
        return common.rpartition("_")[0]
    return whose[0].rpartition("_")[0] if whose else ""


# -- folders: clones, plain folders, and zips in a folder


def folders(export: Export) -> Split:
    """Each folder, or archive, at the top is a student."""
    split = Split([], [])
    known: dict[str, Handin] = {}
    for member in export.members:
        first = member.path[0]
        if len(member.path) == 1 and not archive_stem(first) and member.link is None:
            split.strangers.append(first)
            continue
        name = archive_stem(first) if len(member.path) == 1 and member.link is None else first
        handin = known.setdefault(name, Handin(name, {"folder": name}))
        handin.folder = first if len(member.path) > 1 else handin.folder
        if len(member.path) > 1:
            handin.members.append(member.at(member.path[1:]))
        elif member.link is not None:
            handin.alone = f"it is a link ({member.link}): copy the folder itself there"
        else:
            handin.files.append(first)
            handin.members.append(member.at((first,)))
    split.handins.extend(known.values())
    return split


def clones(export: Export) -> Split:
    """Folders that are clones: `<classroom>-<assignment>-<user>`, and the last commit's time."""
    from kata.classroom.clones import last_commit

    split = folders(export)
    names = [each.name for each in split.handins]
    lead = _common_start(names) if len(names) > 1 else ""
    lead = lead[: lead.rfind("-") + 1]
    for handin in split.handins:
        username = handin.name[len(lead) :] or handin.name
        handin.ids = {"repository": handin.name, "username": username}
        handin.name = username
        handin.assignment = lead.rstrip("-") or None
        if export.place is not None and handin.folder:
            handin.submitted = last_commit(export.place / handin.folder)
    return split


# -- which of them it is

PLATFORMS: dict[str, Platform] = {
    "moodle": moodle,
    "blackboard": blackboard,
    "brightspace": brightspace,
    "canvas": canvas,
    "clones": clones,
    "folders": folders,
}

LOOKS = {
    "moodle": "Ada Lovelace_4711_assignsubmission_file/main.py",
    "blackboard": "Kata_ada_attempt_2026-11-28-10-00-00_main.py",
    "brightspace": "1234-5678 - Ada Lovelace - Nov 28, 2026 1000 AM/main.py",
    "canvas": "lovelaceada_1234_5678_main.py",
    "clones": "kata-ada/.git and kata-ada/exercises",
    "folders": "ada/08_parallel_tasks/main.py",
}


def recognised(export: Export) -> str:
    """The platform whose names these are. Folders are what is left."""
    tops = {member.path[0] for member in export.members}
    counts = Counter(
        {
            "moodle": sum(_MOODLE.fullmatch(top) is not None for top in tops),
            "blackboard": sum(_BLACKBOARD.fullmatch(top) is not None for top in tops),
            "brightspace": sum(_BRIGHTSPACE.fullmatch(top) is not None for top in tops),
            "canvas": sum(_CANVAS.fullmatch(top) is not None for top in tops),
        }
    )
    best, count = counts.most_common(1)[0]
    if count * 2 > len(tops):
        return best
    if any(member.path[1:2] == (".git",) for member in export.members):
        return "clones"
    return "folders"


def split(export: Export, platform: str) -> Split:
    """An export taken apart by a platform's rules. Raises `Refusal` if nothing in it is named by them."""
    found = PLATFORMS[platform](export)
    if not found.handins:
        raise Refusal(
            f"{export.name} has no hand-in as {platform} names them (such as {LOOKS[platform]}): "
            "is it another platform's (--from), or not the export of the submissions?"
        )
    found.handins.sort(key=_in_order)
    return found


def _in_order(handin: Handin) -> tuple[str, ...]:
    return handin.name.casefold(), *handin.ids.values()


def _common_start(names: Iterable[str]) -> str:
    first, last = min(names), max(names)
    length = next(
        (at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), None
    )
    return first[:length] if length is not None else min(first, last, key=len)


def _time(text: str, forms: Iterable[str]) -> str | None:
    for form in forms:
        try:
            return datetime.strptime(re.sub(r"\s+", " ", text.strip()), form).isoformat()
        except ValueError:
            continue
    return None
