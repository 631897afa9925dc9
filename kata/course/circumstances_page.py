"""`docs/circumstances.md`: the tables of circumstances drawn as a page, with the holes to be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kata.course.circumstances import CIRCUMSTANCES, Promise, read_table, table_path
from kata.course.course import Course, Exercise
from kata.course.gallery import wrong_head

_TOP = """\
# Every promise, in every circumstance

This page is drawn from the tables in `docs/circumstances/` by `python scripts/circumstances.py`. Each row is a promise
of a lesson, each column a circumstance. A cell with `n/m` is held by n specs, and m wrong answers of the gallery break
the promise there; `n/0` is a cell that nobody has tried to break. `–` is a cell that cannot matter; the reasons stand
below each table.

| column | circumstance |
|---|---|
"""


def page(course: Course) -> str:
    """The whole page, as Markdown."""
    columns = "".join(f"| {name} | {says} |\n" for name, says in CIRCUMSTANCES.items())
    return _TOP + columns + "".join(_exercise(course, each) for each in course.exercises)


def _exercise(course: Course, exercise: Exercise) -> str:
    rows = read_table(table_path(course, exercise))
    broken = Counter(
        tuple(part.strip() for part in wrong_head(path).cell.split(",", 1))
        for path in course.gallery(exercise, "wrong")
    )
    lines = [
        f"\n## {exercise.number} {exercise.title}\n",
        f"| promise | {' | '.join(CIRCUMSTANCES)} |",
        "|---" * (len(CIRCUMSTANCES) + 1) + "|",
    ]
    for row in rows:
        cells = (_cell(row, name, broken) for name in CIRCUMSTANCES)
        lines.append(f"| `{row.key}` | {' | '.join(cells)} |")
    lines += ["", *_legend(rows)]
    return "\n".join(lines) + "\n"


def _cell(row: Promise, name: str, broken: Counter[tuple[str, ...]]) -> str:
    cell = row.cells[name]
    return "–" if isinstance(cell, str) else f"{len(cell)}/{broken[row.key, name]}"


def _legend(rows: list[Promise]) -> Iterator[str]:
    for row in rows:
        reasons = [f"{name}: {cell}" for name, cell in row.cells.items() if isinstance(cell, str)]
        said = row.says.replace("|", "·")
        yield f"- `{row.key}`: {said}" + (f" ({'; '.join(reasons)})" if reasons else "")
