"""Runs the kata on one student's answers and says what came of it, in the format that GitHub Classroom's graders had.

    python .github/kata_points.py

Each spec is a point. A stub that nobody touched has none. For each exercise there is a line, the failures follow, and
at the end stand the table and the two notices that tools read. In a workflow, the step's output `result` is the
same as base64 JSON. It ends with 0 if everything passes, and with 1 if not.

The answers run in the same process as the specs, so this is for who learns, and no examination.
"""

from __future__ import annotations

import argparse
import ast
import base64
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LONGEST = 4_000  # characters of a failure


@dataclass(frozen=True)
class Point:
    """One spec: its name as a sentence, and what it said if it does not hold."""

    name: str
    passed: bool
    text: str


@dataclass(frozen=True)
class Judged:
    """One exercise. There is a point for each spec that it has, whether it came to run or not."""

    name: str
    title: str
    points: tuple[Point, ...]
    seconds: float
    note: str = ""

    @property
    def score(self) -> int:
        return sum(point.passed for point in self.points)

    @property
    def max_score(self) -> int:
        return len(self.points)

    @property
    def solved(self) -> bool:
        return self.score == self.max_score and not self.note


def judge(root: Path, answers: Path, name: str) -> Judged:
    """The specs of the kata in `root` on the answer in `answers/<name>`."""
    from kata.course.course import Course
    from kata.run.engine import run_spec

    course = Course(root)
    exercise = course.exercise(name)
    title = f"{exercise.number} {exercise.title}"
    answer = answers / exercise.name
    began = time.monotonic()
    outcomes: dict[str, tuple[bool, str]] = {}
    if not (answer / exercise.answer_file).is_file():
        note = "not handed in"
    elif course.is_untouched(exercise, answer / exercise.answer_file):
        note = "not started"
    else:
        run = run_spec(exercise.name, answer, root=root)
        note = run.ended
        outcomes = {_bare(each.name): (each.outcome == "passed", each.text) for each in run.specs}
        if "collection" in outcomes:
            note = note or outcomes["collection"][1]
    points = tuple(
        Point(_sentence(spec), *outcomes.get(spec, (False, note))) for spec in specs(exercise.specs)
    )
    return Judged(exercise.name, title, points, time.monotonic() - began, note)


def specs(files: Sequence[Path]) -> list[str]:
    """The specs of an exercise, read and not run: what is not reported has failed, and is not left away."""
    return [
        node.name
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.name.startswith("test_")
    ]


def exercises(root: Path) -> list[str]:
    from kata.course.course import Course

    return [exercise.name for exercise in Course(root).exercises]


def _bare(name: str) -> str:
    return name.partition("[")[0]


def _sentence(spec: str) -> str:
    return spec.removeprefix("test_").replace("_", " ")


# -- GitHub


def classroom_result(judged: Sequence[Judged]) -> dict[str, Any]:
    """What a grader of GitHub Classroom handed to its reporter."""
    solved = all(each.solved for each in judged)
    tests = [
        {
            "name": each.title,
            "status": "pass" if each.solved else "fail",
            "score": each.score,
            "message": each.note,
            "test_code": f"pytest exercises/{each.name}",
            "filename": "",
            "line_no": 0,
            "duration": round(each.seconds, 2),
        }
        for each in judged
    ]
    return {
        "version": 1,
        "status": "pass" if solved else "fail",
        "max_score": sum(each.max_score for each in judged),
        "tests": tests,
    }


def report(judged: Sequence[Judged]) -> Iterator[str]:
    """The lines of the log, as the old reporter wrote them, with the failures between."""
    for each in judged:
        yield f"🔄 Processing: {each.name}"
        yield f"{'✅' if each.solved else '❌'} {each.title}"
        yield f"Test code:\npytest exercises/{each.name}\n"
        if each.note:
            yield f"  {each.note}"
        for point in each.points:
            if not point.passed and point.text != each.note:
                yield from _failure(point)
        yield f"Total points for {each.name}: {each.score:.2f}/{each.max_score}\n"
    total, most = sum(each.score for each in judged), sum(each.max_score for each in judged)
    yield "Test runner summary"
    yield from _table(
        [*((each.title, each.score, each.max_score) for each in judged), ("Total:", total, most)]
    )
    yield f"🏆 Grand total tests passed: {sum(each.solved for each in judged)}/{len(judged)}\n"
    yield f"::notice title=Autograding complete::Points {total}/{most}"
    numbers = json.dumps({"totalPoints": total, "maxPoints": most}, separators=(",", ":"))
    yield f"::notice title=Autograding report::{numbers}"


_WIDTHS = (20, 13, 13)


def _table(rows: Sequence[tuple[str, int, int]]) -> Iterator[str]:
    def line(left: str, middle: str, right: str) -> str:
        return left + middle.join("─" * width for width in _WIDTHS) + right

    yield line("┌", "┬", "┐")
    for turn, row in enumerate([("Test Runner Name", "Test Score", "Max Score"), *rows]):
        if turn:
            yield line("├", "┼", "┤")
        yield (
            "│"
            + "│".join(_cell(str(cell), width) for cell, width in zip(row, _WIDTHS, strict=True))
            + "│"
        )
    yield line("└", "┴", "┘")


def _cell(text: str, width: int) -> str:
    room = width - 2
    return f" {text if len(text) <= room else text[: room - 1] + '…':<{room}} "


def _failure(point: Point) -> Iterator[str]:
    yield f"  - {point.name}"
    for line in point.text[:_LONGEST].splitlines():
        # Two colons at the head of a line are a command to the runner, whoever wrote them.
        yield f"      {line.replace('::', ': :')}"


def summary(judged: Sequence[Judged]) -> str:
    """The same for the page of the run, in Markdown."""
    rows = "".join(f"| {each.title} | {each.score} | {each.max_score} |\n" for each in judged)
    parts = [f"| exercise | points | of |\n|---|---:|---:|\n{rows}\n"]
    for each in judged:
        failed = [point for point in each.points if not point.passed]
        if failed and not each.note:
            text = failed[0].text[:_LONGEST].replace("```", "'''")
            parts.append(f"**{each.title}**: {failed[0].name}\n\n```text\n{text}\n```\n\n")
    return "".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--kata", type=Path, default=Path.cwd(), help="the copy of the kata whose specs judge"
    )
    parser.add_argument(
        "--answers",
        type=Path,
        help="a folder laid out like exercises/ (default: those of the kata)",
    )
    arguments = parser.parse_args()
    root = arguments.kata.resolve()
    sys.path.insert(0, str(root))
    answers = arguments.answers or root / "exercises"
    judged = [judge(root, answers, name) for name in exercises(root)]
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    print("\n".join(report(judged)), flush=True)
    result = classroom_result(judged)
    _append("GITHUB_OUTPUT", f"result={base64.b64encode(json.dumps(result).encode()).decode()}\n")
    _append("GITHUB_STEP_SUMMARY", summary(judged))
    return 0 if result["status"] == "pass" else 1


def _append(variable: str, text: str) -> None:
    if path := os.environ.get(variable):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    sys.exit(main())
