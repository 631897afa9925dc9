"""Results of several shards as one folder, with what is doubled and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kata.classroom.refusal import Refusal
from kata.classroom.results import Grading, Result, read, read_head, result_files
from kata.classroom.shards import Shard

SHOWN = 12


@dataclass
class Merged:
    """What came of it: how many results, and sentences about what is doubled or missing."""

    count: int
    doubled: list[str] = field(default_factory=list[str])
    missing: list[str] = field(default_factory=list[str])


def merge(folders: Sequence[Path], to: Path) -> Merged:
    """Put the results of all folders into a new one. Raises Refusal before anything is written.

    Refused are folders of different kata versions, contents or points, and a student with different
    points in two of them. Where only the grading was repeated, the later one is kept.
    """
    if to.is_file() or (to.is_dir() and any(to.iterdir())):
        raise Refusal(f"{to} is not empty: name a new folder for the merged results.")
    heads = [(folder, _head(folder)) for folder in folders]
    _alike(heads)
    chosen: dict[str, tuple[Path, Result]] = {}
    doubled: list[str] = []
    for folder in folders:
        for path in result_files(folder):
            _take(path, heads[0][1], chosen, doubled)
    if not chosen:
        raise Refusal("There is no result in any of these folders.")
    to.mkdir(parents=True, exist_ok=True)
    for _, result in chosen.values():
        result.write(to)
    students = tuple(dict.fromkeys(each for _, head in heads for each in head.students))
    heads[0][1].model_copy(update={"shard": "1/1", "students": students}).write(to)
    return Merged(len(chosen), doubled, _missing(heads, set(students), set(chosen)))


def _head(folder: Path) -> Grading:
    head = read_head(folder) if folder.is_dir() else None
    if head is None:
        raise Refusal(f"{folder} is no folder of results: `kata class grade --shard` writes them.")
    return head


def _alike(heads: Sequence[tuple[Path, Grading]]) -> None:
    """Refuse what was not judged alike."""
    first, head = heads[0]
    for folder, other in heads[1:]:
        for called, mine, theirs in (
            ("kata", head.kata, other.kata),
            ("content of kata and specs", head.judged_by, other.judged_by),
            ("table of points", head.points, other.points),
        ):
            if mine != theirs:
                raise Refusal(
                    f"{first} and {folder} were not judged alike: their {called} differs ({mine or 'none'} and "
                    f"{theirs or 'none'}). Judge all shards with one kata and one table of points."
                )


def _take(
    path: Path, head: Grading, chosen: dict[str, tuple[Path, Result]], doubled: list[str]
) -> None:
    result = read(path)
    if (result.kata, result.judged_by) != (head.kata, head.judged_by):
        raise Refusal(
            f"{path} was judged by kata {result.kata} ({result.judged_by}), and its folder by {head.kata} "
            f"({head.judged_by}): remove it and grade again."
        )
    name = result.student.id
    if name not in chosen:
        chosen[name] = path, result
        return
    before, other = chosen[name]
    if _verdict(result) != _verdict(other):
        raise Refusal(
            f"{before} and {path} are of the same student and differ ({other.points:g} and {result.points:g} points, "
            "or what was handed in): remove the one that does not count."
        )
    later = (path, result) if result.graded_at > other.graded_at else chosen[name]
    chosen[name] = later
    doubled.append(
        f"{name} is in {before.parent} and in {path.parent}, alike: the later one is kept."
    )


def _verdict(result: Result) -> object:
    """What a second grading of the same work must come to as well."""
    return [
        (
            each.name,
            each.answer,
            each.state,
            [(spec.name, spec.state, spec.points) for spec in each.specs],
        )
        for each in result.exercises
    ]


def _missing(heads: Sequence[tuple[Path, Grading]], wanted: set[str], found: set[str]) -> list[str]:
    said: list[str] = []
    shards = [Shard.parse(head.shard) for _, head in heads]
    parts = {shard.of for shard in shards}
    if len(parts) == 1:
        of = parts.pop()
        gone = [
            str(number)
            for number in range(1, of + 1)
            if number not in {each.number for each in shards}
        ]
        if gone:
            said.append(
                f"Of {of} shards, {len(gone)} {'is' if len(gone) == 1 else 'are'} missing: {_some(gone)}."
            )
    else:
        said.append(
            f"The shards are of different divisions ({_some([str(shard) for shard in shards])}): whether all are here "
            "cannot be told from their numbers."
        )
    if unjudged := sorted(wanted - found):
        said.append(
            f"{len(unjudged)} of {len(wanted)} students have no result yet: {_some(unjudged)}."
        )
    return said


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
