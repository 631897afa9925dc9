"""Exports as the platforms make them, for tests: from the rules that are known of each.

`Work` is what a student made, a name and a content for each file, relative to what was handed in. Each function
below writes one platform's export of the same class, so that one test can ask the same of all.
"""

from __future__ import annotations

import io
import re
import stat
import subprocess
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Work = Mapping[str, bytes]

LINK = b"\0link to "
"""At the head of a file's content: it is a symbolic link, and the rest is where to."""


@dataclass(frozen=True)
class Student:
    """One student of a made-up class. `late` and `attempts` show where a platform shows them."""

    first: str
    last: str
    number: int
    work: Work
    late: bool = False
    earlier: Sequence[Work] = field(default=())
    submitted: str = "2026-11-20T10:22:00"

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def username(self) -> str:
        return f"{self.first[0]}{self.last}".lower().replace(" ", "")


def zipped(files: Work, *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip as a student makes one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            _add(archive, name, content)
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, (2026, 11, 28, 10, 0, 0))
    info.create_system = 3
    info.compress_type = archive.compression
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    if content.startswith(LINK):
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        content = content.removeprefix(LINK)
    archive.writestr(info, content)


def _write(path: Path, files: Work) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zipped(files))
    return path


def laid_out(root: Path, files: Work) -> Path:
    """The same as a folder on the disk."""
    root.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content.startswith(LINK):
            path.symlink_to(content.removeprefix(LINK).decode())
        else:
            path.write_bytes(content)
    return root


def _flat(work: Work) -> Work:
    """What a platform without folders is given: a single file as it is, a folder as a zip."""
    if any("/" in name for name in work):
        return {"kata.zip": zipped(work)}
    return work


# -- the platforms


def canvas(folder: Path, students: Sequence[Student], *, anonymous: bool = False) -> Path:
    files: dict[str, bytes] = {}
    attachment = 9000
    for student in students:
        whose = re.sub(r"\W", "", f"{student.last}, {student.first}".lower())
        late = "LATE_" if student.late else ""
        lead = f"{late}anon_x{student.number}Q" if anonymous else f"{whose}_{late}{student.number}"
        for name, content in _flat(student.work).items():
            attachment += 1
            files[f"{lead}_{attachment}_{name}"] = content
    return _write(folder / "kata-2026-exercises_submissions.zip", files)


def moodle(
    folder: Path, students: Sequence[Student], *, before_4_1: bool = False, blind: bool = False
) -> Path:
    files: dict[str, bytes] = {}
    for student in students:
        name = "Participant" if blind else student.name.replace("_", " ")
        lead = f"{name}_{student.number}_assignsubmission_file{'_' if before_4_1 else ''}"
        files |= {f"{lead}/{path}": content for path, content in student.work.items()}
    return _write(folder / "KATA-The kata-1234.zip", files)


def moodle_flat(folder: Path, students: Sequence[Student]) -> Path:
    files: dict[str, bytes] = {}
    for student in students:
        for name, content in _flat(student.work).items():
            files[f"{student.name}_{student.number}_assignsubmission_file_{name}"] = content
    return _write(folder / "KATA-The kata-1234.zip", files)


def moodle_teams(folder: Path, teams: Mapping[str, Work]) -> Path:
    files: dict[str, bytes] = {}
    for number, (name, work) in enumerate(teams.items(), 70):
        lead = (
            f"{name}_{number}_assignsubmission_file"
            if name != "Default group"
            else f"{name}_assignsubmission_file"
        )
        files |= {f"{lead}/{path}": content for path, content in work.items()}
    return _write(folder / "KATA-Teams-1235.zip", files)


def brightspace(folder: Path, students: Sequence[Student]) -> Path:
    files: dict[str, bytes] = {"index.html": b"<html></html>"}
    for student in students:
        for turn, work in enumerate((*student.earlier, student.work)):
            lead = f"{student.number}-5577 - {student.name} - Nov {18 + turn}, 2026 1022 AM"
            files |= {f"{lead}/{path}": content for path, content in work.items()}
    return _write(folder / "The kata Download Nov 28, 2026 1200 PM.zip", files)


def blackboard(folder: Path, students: Sequence[Student]) -> Path:
    files: dict[str, bytes] = {}
    for student in students:
        for turn, work in enumerate((*student.earlier, student.work)):
            lead = f"The_kata_{student.username}_attempt_2026-11-{18 + turn}-10-22-00"
            flat = _flat(work)
            files |= {f"{lead}_{name}": content for name, content in flat.items()}
            listed = "".join(
                f"\tOriginal filename: {name}\n\tFilename: {lead}_{name}\n\n" for name in flat
            )
            files[f"{lead}.txt"] = (
                f"Name: {student.name} ({student.username})\nAssignment: The kata\n"
                "Date Submitted: Friday, November 20, 2026 10:22:00 AM CET\nCurrent Grade: Needs Grading\n\n"
                "Submission Field:\nThere is no student submission text data for this assignment.\n\n"
                f"Comments:\nThere are no student comments for this assignment.\n\nFiles:\n{listed}"
            ).encode()
    return _write(folder / "gradebook_KATA-2026_The20kata_2026-11-28-12-00-00.zip", files)


def plain_folders(folder: Path, students: Sequence[Student]) -> Path:
    for student in students:
        laid_out(folder / "handed in" / student.username, student.work)
    return folder / "handed in"


def zips_in_a_folder(folder: Path, students: Sequence[Student]) -> Path:
    for student in students:
        _write(folder / "zips" / f"{student.username}.zip", student.work)
    return folder / "zips"


def clones(folder: Path, students: Sequence[Student]) -> Path:
    for student in students:
        clone = laid_out(folder / "clones" / f"kata-2026-{student.username}", student.work)
        moment = f"{student.submitted}+01:00"
        for arguments in (
            ["init", "--quiet"],
            ["add", "--all", "--force"],
            [
                "-c",
                "user.name=x",
                "-c",
                "user.email=x@x.example",
                "commit",
                "--quiet",
                "--allow-empty",
                "-mx",
            ],
        ):
            environment = {
                "PATH": "/usr/bin:/bin:/usr/local/bin",
                "GIT_COMMITTER_DATE": moment,
                "HOME": str(folder),
            }
            subprocess.run(
                ["git", *arguments], cwd=clone, check=True, env=environment, capture_output=True
            )
    return folder / "clones"


MAKERS: dict[str, Callable[[Path, Sequence[Student]], Path]] = {
    "canvas": canvas,
    "moodle": moodle,
    "moodle flat": moodle_flat,
    "brightspace": brightspace,
    "blackboard": blackboard,
    "folders": plain_folders,
    "zips": zips_in_a_folder,
    "clones": clones,
}
