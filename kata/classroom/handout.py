"""`kata class handout`: a copy of the kata to learn with, and nothing in it that gives an answer away.

The copy is made from a list of what belongs in it. What nobody thought of is left out, not handed out.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kata.classroom.due import Due
from kata.classroom.refusal import Refusal
from kata.course import pristine
from kata.course.course import Course, Exercise

_HANDED_OUT = Path(__file__).parent / "handed_out"
_AT_THE_TOP = ("LICENSE", "conftest.py", "constraints.txt", ".gitignore")
_SETTINGS = ("build-system", "project", "project.", "tool.setuptools", "tool.pytest")

# Parts of the package that only maintainers and teachers need. The command `kata` does without them.
_FOR_MAINTAINERS = (
    r"kata/course/rules/.*",
    r"kata/course/(gallery|guide)\.py",
    r"kata/run/repair\.py",
    r"kata/cli/maintainers_app\.py",
    r"kata/cli/commands/(check|new)\.py",
)
_FOR_TEACHERS = (r"kata/classroom/.*", r"kata/cli/class_\w+\.py", r"kata/cli/commands/class_.*\.py")
_OF_EXERCISES = (
    r"kata/course/stubs/(?P<stub>[^/]+)\.py|kata/suite/(?:broken|right)/(?P<app>[^/]+)/.*"
)
_SPECS_KEPT = r"kata/course/specs/.*"


@dataclass(frozen=True)
class HandOut:
    """The files of a copy by their path in it, and what was left out although it lies where such files lie."""

    files: dict[str, bytes]
    exercises: list[Exercise]
    strays: list[str] = field(default_factory=list[str])


def hand_out(
    course: Course,
    exercises: Sequence[Exercise],
    due: dict[str, Due] | None = None,
    *,
    for_a_judge: bool = False,
) -> HandOut:
    """A copy of the kata with these exercises. One for a judge can collect, and has no solution either."""
    tracked = _tracked(course.root)
    strays: list[str] = []
    settings = _settings(_content(course.root / "pyproject.toml").decode("utf-8"))
    files = {name: _content(course.root / name) for name in _AT_THE_TOP} | {
        "pyproject.toml": settings.encode(),
        "README.md": _readme(exercises, due or {}).encode(),
        ".github/workflows/kata.yml": _content(_HANDED_OUT / "kata.yml"),
        ".github/kata_points.py": _content(_HANDED_OUT / "kata_points.py"),
    }
    for exercise in exercises:
        files |= _exercise(course, exercise, tracked, strays)
    names = {exercise.name for exercise in exercises}
    left_out = (*_FOR_MAINTAINERS, *(() if for_a_judge else _FOR_TEACHERS), _SPECS_KEPT)
    for path in _files_below(course.root, "kata"):
        if tracked is not None and path not in tracked:
            strays.append(path)
        elif not any(re.fullmatch(pattern, path) for pattern in left_out) and _is_of(names, path):
            files[path] = _machinery(course.root, path)
    return HandOut(dict(sorted(files.items())), list(exercises), strays)


# -- which files


def _tracked(root: Path) -> set[str] | None:
    """What git knows of: a teacher's own answers and notes may lie beside. None where there is no git."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "exercises", "kata"],
            cwd=root,
            capture_output=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return set(listed.decode("utf-8", "replace").split("\0")) or None


def _files_below(root: Path, name: str) -> Iterator[str]:
    for path in sorted((root / name).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
            yield path.relative_to(root).as_posix()


def _is_of(exercises: set[str], path: str) -> bool:
    found = re.fullmatch(_OF_EXERCISES, path)
    return found is None or (found["stub"] or found["app"]) in exercises


def _exercise(
    course: Course, exercise: Exercise, tracked: set[str] | None, strays: list[str]
) -> dict[str, bytes]:
    """The lesson, the specs, the given files, and the stub in place of whatever answer lies there."""
    stub = course.stub(exercise)
    if not stub.is_file():
        raise Refusal(f"the stub of {exercise.name} is missing: {stub}")
    folder = f"exercises/{exercise.name}"
    files = {f"{folder}/{exercise.answer_file}": _content(stub)}
    for path in (exercise.lesson, *exercise.specs, *exercise.benches, *exercise.given):
        name = path.relative_to(course.root).as_posix()
        if tracked is not None and name not in tracked:
            strays.append(name)
            continue
        files[name] = _content(path)
        if path in exercise.specs or path in exercise.given:
            # Kept a second time, so that a student can be told what was changed, and have it back.
            kept = pristine.kept(exercise.folder) / path.relative_to(exercise.folder)
            files[kept.relative_to(course.root).as_posix()] = files[name]
    return files


# -- what stands in them


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}") from None


def _machinery(root: Path, path: str) -> bytes:
    content = _content(root / path)
    return _without_its_confession(content) if path.startswith("kata/suite/broken/") else content


def _without_its_confession(content: bytes) -> bytes:
    """A broken app without the docstring that says what is wrong with it."""
    text = content.decode("utf-8")
    head = ast.parse(text).body[0]
    if not (
        isinstance(head, ast.Expr) and isinstance(head.value, ast.Constant) and head.end_lineno
    ):
        return content
    rest = text.splitlines(keepends=True)[head.end_lineno :]
    return ('"""An app that is broken."""\n' + "".join(rest)).encode()


def _settings(text: str) -> str:
    """The settings without those of tools that only maintainers run."""
    sections = re.split(r"(?m)^(?=\[)", text)
    kept = [each for each in sections if not each.startswith("[") or _is_wanted(each)]
    return "".join(kept).rstrip() + "\n"


def _is_wanted(section: str) -> bool:
    name = re.match(r"\[+([^\]]+)\]", section)
    return name is not None and any(
        name[1] == wanted or name[1].startswith(wanted if wanted.endswith(".") else wanted + ".")
        for wanted in _SETTINGS
    )


def _readme(exercises: Sequence[Exercise], due: dict[str, Due]) -> str:
    template = _content(_HANDED_OUT / "README.md").decode("utf-8")
    minutes = sum(exercise.minutes or 15 for exercise in exercises)
    hours = f"some {minutes} minutes" if minutes < 90 else f"some {round(minutes / 60)} hours"
    shown = any(due.get(each.name, Due()).due for each in exercises)
    rows = [
        "| exercise | minutes |" + (" due |" if shown else ""),
        "|---|---|" + ("---|" if shown else ""),
    ]
    for exercise in exercises:
        link = f"[{exercise.number} {exercise.title}](exercises/{exercise.name}/README.md)"
        row = f"| {link} | {exercise.minutes or ''} |"
        moment = due.get(exercise.name, Due()).due
        rows.append(row + (f" {_moment(moment)} |" if shown else ""))
    count = len(exercises)
    values = {
        "count": "One exercise" if count == 1 else f"{count} exercises",
        "hours": hours,
        "first": f"exercises/{exercises[0].name}",
        "number": exercises[0].number,
        "table": "\n".join(rows),
    }
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), template)


def _moment(moment: object) -> str:
    return "" if moment is None else str(moment)[:16] + str(moment)[19:]
