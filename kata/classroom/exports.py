"""An export, opened: the folder or zip that a teacher names, down to the level where students stand."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from kata.classroom.archives import archive_stem, zip_members
from kata.classroom.disk import folder_members
from kata.classroom.junk import junk_file, junk_folder
from kata.classroom.members import Member
from kata.classroom.naming import Namer
from kata.classroom.platforms import PLATFORMS, Export, Handin, Split, recognised, split
from kata.classroom.refusal import Refusal

ONE_STUDENT = "student"
"""The export is the work of one student, and no class."""

_KEEP_TIMES = ("folders", ONE_STUDENT)
_NO_ASSIGNMENT = r"\s*\(\d+\)$|[-_ ]?\d{4}(?:-\d\d){2,5}$"


def open_export(path: Path) -> Export:
    """Raises `Refusal` if there is nothing there that can be read."""
    if path.is_dir():
        place: Path | None = path
        members = folder_members(path)
    elif path.is_file():
        place = None
        members = (
            zip_members(path, path.name) if path.suffix.lower() == ".zip" else _not_an_export(path)
        )
    else:
        raise Refusal(f"there is no {path}")
    kept = [
        each for each in members if not junk_folder(each.path[0]) and not junk_file(each.path[0])
    ]
    if not kept:
        raise Refusal(f"{path} is empty")
    if place is not None and len(kept) == 1 and kept[0].path[0].lower().endswith(".zip"):
        return open_export(path / kept[0].path[0])  # the folder that an export was downloaded into
    return _unwrapped(Export(path.resolve().name, kept, place))


def _not_an_export(path: Path) -> list[Member]:
    raise Refusal(
        f"{path} is neither a folder nor a zip: give the zip as the platform made it, or unpack it"
    )


def _unwrapped(export: Export) -> Export:
    """Without the one folder round everything, if what is in it looks like students."""
    tops = {each.path[0] for each in export.members}
    if len(tops) != 1 or recognised(export) != "folders":
        return export
    inside = [each.at(each.path[1:]) for each in export.members if len(each.path) > 1]
    below = {top for each in inside if archive_stem(top := each.path[0]) or each.path[1:]}
    within = Export(export.name, inside, export.place / next(iter(tops)) if export.place else None)
    if not inside or (recognised(within) == "folders" and (len(below) < 2 or _is_a_copy(within))):
        return export
    return _unwrapped(within)


def _is_a_copy(export: Export) -> bool:
    """Whether this is one copy of the kata, and no class."""
    return any(
        each.path[0] in ("exercises", "conftest.py", "pyproject.toml") for each in export.members
    )


def handins(export: Export, platform: str | None, namer: Namer) -> tuple[str, Split]:
    """The platform, said or recognised, and the hand-ins. Raises `Refusal` where there are none."""
    known = (*PLATFORMS, ONE_STUDENT)
    if platform is not None and platform not in known:
        raise Refusal(f"there is no platform {platform!r}: {', '.join(known)}")
    chosen = platform or recognised(export)
    if chosen == ONE_STUDENT or (
        platform is None and chosen == "folders" and _is_one_students(export, namer)
    ):
        chosen = ONE_STUDENT
        found = Split([_alone(export)], [])
    else:
        found = split(export, chosen)
    for handin in found.handins:
        handin.assignment = handin.assignment or re.sub(
            _NO_ASSIGNMENT, "", archive_stem(export.name) or export.name
        )
        if chosen not in _KEEP_TIMES:
            # The time of an export's making says nothing of its files.
            handin.members = [replace(each, modified=None) for each in handin.members]
    return chosen, found


def _is_one_students(export: Export, namer: Namer) -> bool:
    folders = {each.path[0] for each in export.members if len(each.path) > 1}
    named = [each for each in folders if (found := namer.of_folder(each)) and found.sure > 1]
    return _is_a_copy(export) or bool(named)


def _alone(export: Export) -> Handin:
    name = archive_stem(export.name) or export.name
    return Handin(name, {"folder": name}, folder=export.name, members=list(export.members))
