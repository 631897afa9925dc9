"""Results of students who never were: the exercises and specs of the course, and failures as they read.

Everything follows from a seed, so a class is the same each time.
"""

from __future__ import annotations

import ast
import hashlib
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

from kata.classroom.results import (
    ExerciseResult,
    ExerciseState,
    Grading,
    Move,
    Result,
    SecondLook,
    SpecResult,
    SpecState,
    Student,
)
from kata.course.course import Course
from kata.feedback.svg_chart import svg
from kata.feedback.timeline import Timeline

ROOT = Path(__file__).resolve().parents[2]
COURSE = Course(ROOT)

HOW_MANY = dict(
    zip(
        ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"],
        (5, 9, 7, 15, 13, 14, 17, 9, 16, 18),
        strict=True,
    )
)
"""So many specs of each exercise there are in these results, 123 in all, whatever the course grows to."""
EXERCISES = [each for each in COURSE.exercises if each.number in HOW_MANY]
KATA = "1.0.0"
JUDGE = "5f0c6d1e"
GRADED = datetime(2026, 11, 28, 18, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 27, 22, 0, tzinfo=UTC)

FIRST = """
    Ada Alan Amal Anaïs Barbara Björn Chiara Chen Donald Dorothea Edsger Emre Fatima Frances Grace Hiro Irene Jürgen
    Katherine Kofi Leslie Linh Łukasz Margaret María Niklaus Noor Ólafur Priya Radia Shafi Siobhán Tim Yuki Zoë
""".split()  # noqa: SIM905
LAST = """
    Lovelace Turing Ali Petit Liskov Ångström Rossi Wei Knuth Becker Dijkstra Demir Hassan Allen Hopper Tanaka Costa
    Müller Johnson Mensah Lamport Nguyen Kowalski Hamilton García Weber Haddad Jónsson Sharma Perlman Goldwasser
    Ní Bhriain Berners-Lee Sato van-den-Berg
""".split()  # noqa: SIM905


@dataclass(frozen=True)
class Failure:
    """How a spec fails in the golden texts."""

    text: str
    diagnosis: str
    where: str


@dataclass(frozen=True)
class KnownSpec:
    name: str
    title: str
    failures: tuple[Failure, ...]


@cache
def known() -> dict[str, tuple[KnownSpec, ...]]:
    """The specs of each exercise, with the failures that the golden texts keep of them."""
    return {each.name: _specs(each.name)[: HOW_MANY[each.name[:2]]] for each in EXERCISES}


def _specs(exercise: str) -> tuple[KnownSpec, ...]:
    failures: dict[str, list[Failure]] = {}
    for path in sorted((ROOT / "tests" / "golden" / exercise).glob("*.txt")):
        name, _, text = path.read_text("utf-8").partition("\n")
        where = next((line.split()[-1] for line in text.splitlines() if "look at " in line), "")
        paragraphs = text.strip().split("\n\n")
        failures.setdefault(name.strip(), []).append(Failure(text.strip(), paragraphs[-1], where))
    spec = COURSE.exercise(exercise).spec
    found: list[KnownSpec] = []
    for node in ast.parse(spec.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
            "test_"
        ):
            title = " ".join((ast.get_docstring(node) or node.name).split())
            found.append(KnownSpec(node.name, title, tuple(failures.get(node.name, ()))))
    return tuple(found)


@cache
def _picture(length: float) -> tuple[str, str]:
    timeline = Timeline()
    outer = timeline.start("request", "GET /parallel-tasks", 0.0)
    inner = timeline.start("task", "task_1", 0.0, parent=outer)
    timeline.end(inner, length)
    other = timeline.start("task", "task_2", length, parent=outer)
    timeline.end(other, length + 3)
    timeline.end(outer, length + 3)
    from kata.feedback.text_chart import draw

    return draw(timeline.spans), svg(timeline.spans, "The two tasks ran one after the other")


def spec_result(
    spec: KnownSpec, state: SpecState, chance: random.Random, **fields: Any
) -> SpecResult:
    """One spec in this state; a failed one reads like a golden text of it, if there is one."""
    parts: dict[str, Any] = {"seconds": round(chance.random() / 5, 4)}
    if state == "passed":
        parts["points"] = 1.0
    elif state == "failed":
        failure = chance.choice(
            spec.failures
            or (Failure(f"{spec.title}\n\n  expected   200\n  came       500", "It raised.", ""),)
        )
        parts |= {"text": failure.text, "diagnosis": failure.diagnosis, "where": failure.where}
        if "parallel" in spec.title or "at once" in spec.title:
            parts["drawing"], parts["svg"] = _picture(chance.choice([1.0, 2.0]))
    elif state == "cut off":
        parts["diagnosis"] = "Nothing came of it in 10 s, so it was cut off."
        parts["text"] = f"{spec.title}\n\n{parts['diagnosis']}"
    return SpecResult.of(name=spec.name, title=spec.title, state=state, **parts | fields)


def exercise_result(
    name: str, state: ExerciseState, chance: random.Random, wrong: int = 0
) -> ExerciseResult:
    """One exercise in this state; of a wrong one, `wrong` specs fail."""
    specs = known()[name]
    states: list[SpecState]
    if state == "solved":
        states = ["passed"] * len(specs)
    elif state == "wrong":
        failing = set(chance.sample(range(len(specs)), min(max(wrong, 1), len(specs))))
        kinds: tuple[SpecState, SpecState] = ("passed", "failed")
        states = [kinds[number in failing] for number in range(len(specs))]
    elif state == "cut off":
        at = chance.randrange(len(specs))
        ends: tuple[SpecState, SpecState] = ("passed", "not judged")
        states = [ends[place > at] for place in range(len(specs))]
        states[at] = "cut off"
    else:
        states = [cast("SpecState", state)] * len(specs)
    made = [spec_result(spec, each, chance) for spec, each in zip(specs, states, strict=True)]
    answer = "" if state == "not handed in" else hashlib.sha256(chance.randbytes(4)).hexdigest()
    return ExerciseResult.of(
        made,
        name=name,
        title=COURSE.exercise(name).title,
        state=state,
        seconds=round(sum(spec.seconds for spec in made), 3),
        answer=answer[:12],
    )


def student(number: int) -> Student:
    first, last = FIRST[number % len(FIRST)], LAST[(number * 7 + number // 35) % len(LAST)]
    return Student(
        id=f"s{number + 1:04d}",
        name=f"{first} {last}",
        login=f"{first[:1]}{last}{number}".lower(),
        email=f"s{number + 1}@example.edu",
        platform="canvas",
        ids={"user": str(70_000 + number)},
    )


def result(number: int, seed: int = 0, **fields: Any) -> Result:
    """The result of one student: the further the exercise, the fewer have solved it."""
    chance = random.Random(seed * 1_000_003 + number)
    reach = chance.gauss(0.62, 0.24) * len(EXERCISES)
    exercises: list[ExerciseResult] = []
    for place, exercise in enumerate(EXERCISES):
        gap = reach - place
        state: ExerciseState
        if gap > 1 or (gap > 0 and chance.random() < 0.5):
            state = "solved" if chance.random() < 0.9 else "wrong"
        elif gap > -0.6:
            state = chance.choices(["wrong", "cut off"], [9, 1])[0]  # type: ignore[assignment]
        else:
            state = chance.choices(["not started", "not handed in", "wrong"], [6, 3, 1])[0]  # type: ignore[assignment]
        exercises.append(exercise_result(exercise.name, state, chance, chance.randint(1, 6)))
    late = chance.random() < 0.1
    at = DUE + timedelta(hours=3 if late else -chance.randint(1, 90), minutes=chance.randrange(60))
    standard: dict[str, Any] = {
        "student": student(number),
        "submitted_at": at,
        "late_seconds": (at - DUE).total_seconds() if late else 0.0,
        "attempt": chance.choice([1, 1, 1, 2, 3]),
        "kata": KATA,
        "judged_by": JUDGE,
        "graded_at": GRADED,
        "isolation": "process, limits, landlock 7, no TCP; no pid name space",
    }
    return Result.of(exercises, **standard | fields)


def plain_result(states: dict[str, ExerciseState], **fields: Any) -> Result:
    """A result where each exercise is in the state that is said, and the others are solved."""
    chance = random.Random(1)
    standard: dict[str, Any] = {
        "student": student(0),
        "kata": KATA,
        "judged_by": JUDGE,
        "graded_at": GRADED,
    }
    return Result.of(
        [
            exercise_result(each.name, states.get(each.number, "solved"), chance, 2)
            for each in EXERCISES
        ],
        **standard | fields,
    )


def differing(result: Result, exercise: int = 7) -> Result:
    """The same, but the look from outside fails where the first one passed."""
    asked = result.exercises[exercise]
    specs = [
        spec.model_copy(
            update={
                "second_look": SecondLook(verdict="agrees")
                if place < 2
                else SecondLook(verdict="differs", text="expected status 200, came 500")
            }
        )
        for place, spec in enumerate(asked.specs)
    ]
    exercises = list(result.exercises)
    exercises[exercise] = asked.model_copy(update={"specs": tuple(specs)})
    note = (
        f"{asked.number} says {len(specs)} of {len(specs)} to itself, and does 2 of {len(specs)}."
    )
    return result.model_copy(update={"exercises": tuple(exercises), "notes": (note,)})


def a_class(size: int, seed: int = 0) -> list[Result]:
    """Results of so many students; some moved, and of some the second look differs."""
    made: list[Result] = []
    for number in range(size):
        each = result(number, seed)
        if number % 9 == 4:
            exercise = each.exercises[number % len(each.exercises)]
            each = each.model_copy(
                update={
                    "moves": (Move(exercise=exercise.name, before="wrong", now=exercise.state),)
                }
            )
        if number % 15 == 7 and each.exercises[7].state == "solved":
            each = differing(each)
        made.append(each)
    return made


def write(results: list[Result], folder: Path, **head: Any) -> Path:
    """A folder of results, with its head."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = tuple(each.student.id for each in results)
    standard: dict[str, Any] = {"kata": KATA, "judged_by": JUDGE, "students": ids}
    Grading(**standard | head).write(folder)
    for each in results:
        each.write(folder)
    return folder
