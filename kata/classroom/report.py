"""The pages of a class: `index.html` for all, and one page a student in `students/`.

They open from the folder, offline. The class page holds compact data, from which its script makes the
table; the student pages are small and have no script.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kata.classroom.overview import LETTERS, STATES, DifferentCourses, Overview, Row
from kata.classroom.page_look import as_data, cut, environment, look, render, when
from kata.classroom.refusal import Refusal
from kata.classroom.results import read, result_files
from kata.classroom.student_page import student_page
from kata.classroom.whole_file import put_in_place, write_whole

MISTAKES = 20
"""Kinds of mistakes that the class page shows."""


@dataclass(frozen=True)
class Part:
    """A stretch of a bar, in percent of its width."""

    letter: str
    start: float
    width: float


@dataclass(frozen=True)
class Step:
    """A column of the drawing of who has solved how many exercises, `height` in its units."""

    students: int
    height: float


def write_report(
    results: Path,
    to: Path,
    *,
    title: str = "The class",
    told: Callable[[int, int], None] = lambda done, of: None,
) -> int:
    """Write the pages of a folder of results, and return how many students they have.

    `told(done, of)` is called as it goes on. An earlier report is replaced, and stays whole until the new
    one is there. Raises Refusal and OSError.
    """
    paths = result_files(results)
    if not paths:
        raise Refusal(f"There are no results in {results}: `kata class grade` writes them.")
    environment()  # without jinja2, nothing is written
    _check_place(to)
    to.mkdir(parents=True, exist_ok=True)
    overview = Overview()
    # Beside the old pages, which stay until all the new ones are there.
    fresh = to / f".{secrets.token_hex(6)}"
    fresh.mkdir()
    try:
        for number, path in enumerate(paths, 1):
            _add(overview, path, fresh)
            told(number, len(paths))
        index = class_page(overview, title)
        put_in_place(fresh, to / "students")
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    write_whole(to / "index.html", index)
    return len(paths)


def _add(overview: Overview, path: Path, folder: Path) -> None:
    """Count one result, and write its page. The folder is nobody's yet, so there is nothing to rename."""
    result = read(path)
    try:
        overview.add(result)
    except DifferentCourses:
        raise Refusal(
            f"{path} has other exercises or specs than the results before it: grade all with one kata."
        ) from None
    page = student_page(result, teacher=True)
    (folder / overview.rows[-1].page).write_bytes(page.encode("utf-8", "replace"))


def _check_place(to: Path) -> None:
    """A folder of somebody's own things is no place for a report."""
    if to.is_file():
        raise Refusal(f"{to} is a file: name a folder for the pages.")
    if to.is_dir() and any(to.iterdir()) and not (to / "students").is_dir():
        raise Refusal(f"{to} has other things in it: name a new folder for the pages.")


def class_page(overview: Overview, title: str) -> str:
    """The HTML of the class page. It needs no other file, and links to `students/`."""
    rows = overview.rows
    mistakes = overview.most_frequent(MISTAKES)
    noted = [row for row in rows if row.notes or row.differs]
    return render(
        "class.html",
        {
            "title": title,
            "overview": overview,
            "count": len(rows),
            "graded": when(overview.graded_at) if overview.graded_at else "never",
            "katas": ", ".join(sorted(overview.katas)),
            "isolations": "; or ".join(text for text, _ in overview.isolations.most_common(3)),
            "stuck": sum(row.stuck >= 0 for row in rows),
            "absent": sum(not row.submitted for row in rows),
            "late": sum(row.late for row in rows),
            "unjudged": sum("j" in row.states for row in rows),
            "noted": noted,
            "moved": [row for row in rows if row.moves],
            "ladder": _ladder(overview.solved_counts),
            "widest": max(len(each.specs) for each in overview.exercises),
            "legend": [(state, LETTERS[state]) for state in STATES],
            "mistakes": mistakes,
            "others": len(overview.diagnoses) - len(mistakes),
            "parts": _parts,
            "said": _said,
            "data": as_data(_data(overview)),
            "look": look("class.js"),
        },
    )


def _parts(counts: dict[str, int]) -> list[Part]:
    total, start, parts = sum(counts.values()), 0.0, list[Part]()
    for state in STATES:
        if counts[state]:
            width = 100 * counts[state] / total
            parts.append(Part(LETTERS[state], round(start, 3), round(width, 3)))
            start += width
    return parts


def _ladder(counts: list[int]) -> list[Step]:
    most = max(counts)
    return [Step(count, round(58 * count / most, 1) if most else 0.0) for count in counts]


def _said(counts: dict[str, int]) -> str:
    return ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state])


def _data(overview: Overview) -> dict[str, Any]:
    """What the table is made of: a row is a list, so that no name of a field stands there 3,000 times."""
    reasons: dict[str, int] = {}
    mistakes: list[list[int]] = [[] for _ in overview.rows]
    frequent = overview.most_frequent(MISTAKES)
    for number, each in enumerate(frequent):
        for student in each.students:
            mistakes[student].append(number)
    students: list[list[Any]] = []
    for row, known in zip(overview.rows, mistakes, strict=True):
        reason = reasons.setdefault(cut(row.reason, 160), len(reasons)) if row.stuck >= 0 else -1
        students.append(
            [
                row.id, cut(row.name, 120), row.page, cut(row.group, 60), round(row.points, 2), row.states, row.specs,
                row.stuck, reason, int(row.late), _marks(row), known,
            ]
        )  # fmt: skip
    specs = [spec for each in overview.exercises for spec in each.specs]
    return {
        "exercises": [
            [each.number, each.title, each.specs[0].place if each.specs else 0, len(each.specs)]
            for each in overview.exercises
        ],
        "specs": [cut(spec.title, 200) for spec in specs],
        "mistakes": [cut(each.sentence, 200) for each in frequent],
        "reasons": list(reasons),
        "students": students,
    }


def _marks(row: Row) -> str:
    return ("l" if row.notes or row.differs else "") + ("m" if row.moves else "")
