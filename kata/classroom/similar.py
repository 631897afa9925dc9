"""Answers laid out for a program that finds similar ones: compare50 or JPlag.

Both get the stub and the reference as base code: what everybody was given, and what everybody should arrive at, says
nothing about who copied. The kata measures no likeness of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kata.classroom.refusal import Refusal
from kata.classroom.results import HEAD, plain_name, read_head
from kata.course.course import Course, Exercise

LONGEST = 1024 * 1024
"""Bytes of a file that is handed on. Answers have some 2 kB."""

INSTALL = (
    "Install one of them: `pip install compare50` (best in an environment of its own), or JPlag, a jar from "
    "github.com/jplag/JPlag/releases that needs Java 21 or newer: --jplag JAR."
)


@dataclass(frozen=True)
class LaidOut:
    """One exercise: a folder for each student in `answers`, and `base` with the given code."""

    exercise: Exercise
    answers: Path
    base: Path
    count: int


@dataclass(frozen=True)
class Tool:
    """A program that compares. `path` is compare50's own script, or JPlag's jar."""

    called: str
    path: Path

    def command(self, laid: LaidOut, to: Path) -> list[str]:
        """Compare one exercise; the result stands in or beside `to`."""
        if self.called == "compare50":
            answers = sorted(str(path) for path in laid.answers.iterdir())
            return [
                str(self.path),
                "-o",
                str(to),
                "-d",
                str(laid.base),
                "--max-file-size",
                "1024",
                *answers,
            ]
        options = ["-l", "python3", "-bc", str(laid.base), "-r", str(to), "--mode", "RUN"]
        return ["java", "-jar", str(self.path), *options, str(laid.answers)]

    def environment(self) -> dict[str, str]:
        """compare50's script asks for `python3` by name: its own has to come first."""
        path = os.environ.get("PATH", "")
        return {**os.environ, "PATH": f"{self.path.parent}{os.pathsep}{path}"}


def find_tool(jplag: Path | None) -> Tool | None:
    """JPlag if a jar is named, else compare50 if it is installed. Raises Refusal for a jar that cannot run."""
    if jplag is not None:
        if not jplag.is_file():
            raise Refusal(f"There is no file {jplag}.")
        if shutil.which("java") is None:
            raise Refusal("JPlag needs Java 21 or newer, and there is no `java` here.")
        return Tool("JPlag", jplag.resolve())
    found = shutil.which("compare50")
    return Tool("compare50", Path(found).resolve()) if found else None


def submissions_of(place: Path) -> Path:
    """The folder of answers: the place itself, or the one that these results are of. Raises Refusal."""
    if not place.is_dir():
        raise Refusal(f"There is no folder {place}.")
    if not (place / HEAD).is_file():
        return place
    head = read_head(place)
    said = Path(head.submissions) if head and head.submissions else None
    if said is None or not said.is_dir():
        where = f" ({said})" if said else ""
        raise Refusal(
            f"The answers behind {place} are not here any more{where}: name the folder of submissions instead."
        )
    return said


def lay_out(
    course: Course, submissions: Path, to: Path, wanted: Sequence[Exercise]
) -> list[LaidOut]:
    """Copy the answers, an exercise beside the other. Stubs are left out. Raises Refusal."""
    if to.exists() and (to.is_file() or any(to.iterdir())):
        raise Refusal(f"{to} is not empty: name a new folder.")
    students = sorted(
        path for path in submissions.iterdir() if path.is_dir() and path.name[0] not in "._"
    )
    laid = [_lay_out(course, students, to, exercise) for exercise in wanted]
    if not any(each.count for each in laid):
        raise Refusal(
            f"There are no answers in {submissions}: it needs a folder for each student, laid out like exercises/."
        )
    return laid


def _lay_out(course: Course, students: Sequence[Path], to: Path, exercise: Exercise) -> LaidOut:
    answers, base = to / exercise.name / "answers", to / exercise.name / "base"
    answers.mkdir(parents=True)
    base.mkdir()
    # The names tell both files apart; where there is no reference, as in a hand-out, the stub has to do.
    for name, given in (
        ("stub.py", course.stub(exercise)),
        ("reference.py", course.reference(exercise)),
    ):
        if given.is_file():
            shutil.copyfile(given, base / name)
    count = 0
    for student in students:
        answer = _answer(student, exercise)
        if answer is not None and not course.is_untouched(exercise, answer):
            folder = answers / plain_name(student.name)
            folder.mkdir()
            shutil.copyfile(answer, folder / exercise.answer_file)
            count += 1
    return LaidOut(exercise, answers, base, count)


def _answer(student: Path, exercise: Exercise) -> Path | None:
    """A student's answer, if it is a plain file of a sensible size."""
    for folder in (student, student / "exercises"):
        path = folder / exercise.name / exercise.answer_file
        inside = path.is_file() and path.resolve().is_relative_to(student.resolve())
        if inside and path.stat().st_size <= LONGEST:
            return path
    return None


def compare(tool: Tool, laid: LaidOut, to: Path) -> int:
    """Run the program on one exercise, its words to the terminal. Returns its exit code."""
    return subprocess.run(
        tool.command(laid, to), env=tool.environment(), stdin=subprocess.DEVNULL, check=False
    ).returncode
