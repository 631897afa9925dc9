"""`kata class export`: marks into a platform's own file, or results in another's format."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer

from kata.classroom.formats import autograders, tables
from kata.classroom.formats.book import Gradebook
from kata.classroom.formats.brightspace import Brightspace
from kata.classroom.formats.canvas import Canvas
from kata.classroom.formats.cells import Table
from kata.classroom.formats.gradebook import Choices, Wish, fill, marks_only, read_table
from kata.classroom.formats.moodle import Moodle
from kata.classroom.refusal import Refusal
from kata.classroom.results import Result, read, read_all
from kata.classroom.whole_file import write_whole
from kata.cli.commands.class_errors import refusing

BOOKS: dict[str, Callable[[Table], Gradebook]] = {
    "canvas": Canvas,
    "moodle": Moodle,
    "brightspace": Brightspace,
}
LEFT_SHOWN = 20


def fill_in(platform: str, results: Path, file: Path, out: Path | None, choices: Choices) -> None:
    """Fill in the file of a platform. The result stands beside it unless `out` says where."""
    to = out or file.with_name(f"{file.stem}-filled{file.suffix}")
    with refusing(to):
        book = BOOKS[platform](read_table(file))
        filled = fill(book, [marks_only(each) for each in read_all(results)], choices)
        write_whole(to, filled.data)
    for sentence in filled.left[:LEFT_SHOWN]:
        typer.echo(sentence, err=True)
    if len(filled.left) > LEFT_SHOWN:
        typer.echo(f"And {len(filled.left) - LEFT_SHOWN} more cells stay as they were.", err=True)
    marks = "1 mark" if filled.marks == 1 else f"{filled.marks} marks"
    typer.echo(f"{marks}, {filled.changed} of them new or changed: {to}")


def wishes(said: Sequence[str]) -> tuple[Wish, ...]:
    """Read `--column TITLE` and `--column TITLE=08`. A title may have an equals sign in it."""
    found: list[Wish] = []
    for text in said:
        column, equals, exercise = text.rpartition("=")
        number = exercise.strip()
        if equals and (number.isdecimal() or (number[:2].isdecimal() and "_" in number)):
            found.append(Wish(column.strip(), number))
        else:
            found.append(Wish(text))
    return tuple(found) or (Wish(),)


def one_student(kind: str, results: Path, student: str, out: Path | None) -> None:
    """Write what an autograding platform reads, for one student."""
    with refusing(out or results):
        result = _one(results, student)
        if kind == "github":
            _github(result, out)
        elif kind == "gradescope":
            _json(autograders.gradescope(result), out)
        else:
            _json(autograders.classroom50(result, os.environ), out or Path("result.json"))


def everybody(kind: str, results: Path, out: Path | None) -> None:
    """Write all results as CSV or as JUnit's XML."""
    with refusing(out or results):
        found = read_all(results)
        data = tables.as_junit(found) if kind == "junit" else tables.as_csv(found).encode()
        _put(data, out)


def _one(results: Path, student: str) -> Result:
    if results.is_file():
        return read(results)
    found = [each for each in read_all(results) if not student or each.student.id == student]
    if len(found) == 1:
        return found[0]
    if student:
        raise Refusal(f"There is no student {student!r} in {results}.")
    raise Refusal(
        f"{results} has {len(found)} results, and this format holds one: choose with --student ID."
    )


def _github(result: Result, out: Path | None) -> None:
    """As JSON where a file is named; else to the step's output; else to the terminal."""
    step = os.environ.get("GITHUB_OUTPUT")
    if out is None and step:
        with open(step, "a", encoding="utf-8") as file:
            file.write(autograders.github_output(result))
    else:
        _json(autograders.github(result), out)


def _json(value: dict[str, Any], out: Path | None) -> None:
    _put(autograders.as_json(value), out)


def _put(data: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_whole(out, data)
        typer.echo(f"Written: {out}", err=True)
