"""The table of circumstances is whole: no promise without its row, no row without its promise, no cell left out."""

from collections import Counter
from collections.abc import Iterator, Sequence

from kata.course.circumstances import (
    CIRCUMSTANCES,
    BadTable,
    Promise,
    promised,
    read_table,
    table_path,
)
from kata.course.course import Course, Exercise
from kata.course.gallery import BadHead, wrong_head
from kata.course.rules.reading import parse, shown, unwritten
from kata.course.rules.spec import tests

REASON_WORDS = 8


def faults(course: Course, exercise: Exercise) -> Iterator[str]:
    if not exercise.text:
        return  # another rule says that the lesson is missing
    path = table_path(course, exercise)
    place = shown(course, path)
    missing = list(unwritten(course, path))
    if missing:
        yield from missing
        return
    try:
        rows = read_table(path)
    except BadTable as error:
        yield f"{place} {error}."
        return
    specs = _specs(exercise)
    for fault in (*_rows(exercise, rows), *_cells(rows, specs)):
        yield f"{place} {fault}"
    yield from _wrong_answers(course, exercise, rows)


def _specs(exercise: Exercise) -> set[str]:
    trees = [parse(path) for path in exercise.specs]
    return {test.name for tree in trees if not isinstance(tree, str) for test in tests(tree)}


def _rows(exercise: Exercise, rows: Sequence[Promise]) -> Iterator[str]:
    wanted, found = list(promised(exercise)), [row.says for row in rows]
    for says in wanted:
        if says not in found:
            yield f"has no row for a promise of the lesson: {says!r}."
    for says in found:
        if says not in wanted:
            yield f"has a row that the lesson does not promise (any more): {says!r}."
    for key, times in Counter(row.key for row in rows).items():
        if times > 1:
            yield f"has {times} rows with the key {key!r}."


def _cells(rows: Sequence[Promise], specs: set[str]) -> Iterator[str]:
    for row in rows:
        for name in CIRCUMSTANCES:
            cell = row.cells.get(name)
            if cell is None:
                yield f"leaves out {name!r} of {row.key!r}: name specs, or say why it cannot matter."
            elif isinstance(cell, str):
                if len(cell.split()) > REASON_WORDS:
                    yield f"needs more than {REASON_WORDS} words for {name!r} of {row.key!r}."
            else:
                for spec in cell:
                    if spec not in specs:
                        yield f"names {spec} for {name!r} of {row.key!r}, which no spec is called."


def _wrong_answers(course: Course, exercise: Exercise, rows: Sequence[Promise]) -> Iterator[str]:
    """A wrong answer names its cell, and the spec that catches it is one of those that hold the cell."""
    keyed = {row.key: row for row in rows}
    for path in course.gallery(exercise, "wrong"):
        place = shown(course, path)
        try:
            head = wrong_head(path)
        except BadHead:
            continue  # another rule says so
        key, _, circumstance = (part.strip() for part in head.cell.partition(","))
        row = keyed.get(key)
        if row is None or circumstance not in CIRCUMSTANCES:
            yield f"{place} must name its cell, such as `Cell: {rows[0].key}, again`; it has {head.cell!r}."
            continue
        held_by = row.cells.get(circumstance, "")
        if isinstance(held_by, str) or head.caught_by not in held_by:
            yield f"{place} is caught by {head.caught_by}, which is not in its cell {head.cell!r}."
