"""What a class has come to, worked out from its results: how far it is, who is stuck, where and why.

Results come one after the other and are not kept: of 3,000 students stays what the class page shows.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kata.classroom.results import (
    ExerciseResult,
    ExerciseState,
    Move,
    Result,
    SpecResult,
    SpecState,
    plain_name,
)

STATES: tuple[ExerciseState, ...] = (
    "solved",
    "wrong",
    "cut off",
    "not started",
    "not handed in",
    "not judged",
)
TRIED: tuple[ExerciseState, ...] = ("wrong", "cut off")
NOT_SO: tuple[SpecState, ...] = ("failed", "cut off")
LETTERS: dict[str, str] = {
    "solved": "s",
    "passed": "s",
    "wrong": "w",
    "failed": "w",
    "cut off": "c",
    "not started": "n",
    "not handed in": "h",
    "not judged": "j",
}
"""One letter for a state of an exercise or of a spec, as the page's data has them."""

EXAMPLE_MOST = 4_000
"""Characters of a failure that stands as an example."""


@dataclass(frozen=True)
class Stuck:
    """The first exercise that somebody tried and has not solved, and the first spec that says so."""

    exercise: ExerciseResult
    spec: SpecResult | None

    @property
    def reason(self) -> str:
        if self.spec is None:
            return self.exercise.ended
        return self.spec.diagnosis or self.spec.title


def stuck_at(result: Result) -> Stuck | None:
    for exercise in result.exercises:
        if exercise.state in TRIED:
            specs = (spec for spec in exercise.specs if spec.state in NOT_SO)
            return Stuck(exercise, next(specs, None))
    return None


def differs(result: Result) -> bool:
    """Whether the look from outside came to something else than the first one."""
    return any(
        spec.second_look.verdict == "differs" for each in result.exercises for spec in each.specs
    )


@dataclass
class SpecFacts:
    """One spec over the class. `judged` is how many answers it was run on."""

    name: str
    title: str
    number: int
    place: int
    """Among all specs of the course."""
    counts: Counter[str] = field(default_factory=Counter[str])
    diagnoses: Counter[str] = field(default_factory=Counter[str])

    @property
    def failed(self) -> int:
        return self.counts["failed"] + self.counts["cut off"]

    @property
    def judged(self) -> int:
        return self.failed + self.counts["passed"]

    @property
    def share(self) -> float:
        """The part of the judged answers that fail it, from 0 to 1."""
        return self.failed / self.judged if self.judged else 0.0

    @property
    def level(self) -> str:
        """The shade of the heat map: 0 for nobody, 5 for most; `none` if it was never run."""
        if not self.judged:
            return "none"
        return str(next((n for n, most in enumerate((0, 0.1, 0.25, 0.5, 0.75)) if self.share <= most), 5))  # fmt: skip

    @property
    def likeliest(self) -> str:
        return next((text for text, _ in self.diagnoses.most_common(1)), "")


@dataclass
class ExerciseFacts:
    """One exercise over the class. `stuck` counts those whose first unsolved exercise it is."""

    name: str
    title: str
    max_points: float
    specs: list[SpecFacts]
    counts: Counter[str] = field(default_factory=Counter[str])
    stuck: int = 0
    reasons: Counter[str] = field(default_factory=Counter[str])

    @property
    def number(self) -> str:
        return self.name.partition("_")[0]

    @property
    def reason(self) -> tuple[str, int]:
        """Why most who are stuck here are, and how many that is."""
        return next(iter(self.reasons.most_common(1)), ("", 0))


@dataclass
class DiagnosisFacts:
    """One mistake: the diagnoses that differ in names and numbers only."""

    wordings: Counter[str] = field(default_factory=Counter[str])
    students: set[int] = field(default_factory=set[int])
    exercises: Counter[str] = field(default_factory=Counter[str])
    example: str = ""
    example_of: int = 0

    @property
    def sentence(self) -> str:
        return self.wordings.most_common(1)[0][0]


@dataclass(frozen=True)
class Row:
    """What the class page keeps of a student."""

    id: str
    name: str
    page: str
    group: str
    points: float
    states: str
    specs: str
    stuck: int
    reason: str
    late: bool
    attempt: int
    notes: tuple[str, ...]
    moves: tuple[Move, ...]
    differs: bool
    submitted: bool


class DifferentCourses(Exception):
    """Two results have not the same exercises and specs."""


class Overview:
    """A class, result by result."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.exercises: list[ExerciseFacts] = []
        self.diagnoses: dict[str, DiagnosisFacts] = {}
        self.katas: Counter[str] = Counter()
        self.isolations: Counter[str] = Counter()
        self.graded_at: datetime | None = None
        self.max_points = 0.0

    def add(self, result: Result) -> None:
        """Count one more. Raises DifferentCourses if its specs are not those of the others."""
        if not self.exercises:
            self._begin(result)
        shape = [(each.name, len(each.specs)) for each in result.exercises]
        if shape != [(each.name, len(each.specs)) for each in self.exercises]:
            raise DifferentCourses(result.student.id)
        number = len(self.rows)
        for exercise, facts in zip(result.exercises, self.exercises, strict=True):
            facts.counts[exercise.state] += 1
            for spec, known in zip(exercise.specs, facts.specs, strict=True):
                known.counts[spec.state] += 1
                if spec.state in NOT_SO:
                    self._diagnose(number, facts, known, spec)
        self.katas[result.kata] += 1
        if result.isolation:
            self.isolations[result.isolation] += 1
        if self.graded_at is None or result.graded_at > self.graded_at:
            self.graded_at = result.graded_at
        self.rows.append(self._row(result))

    def _begin(self, result: Result) -> None:
        self.max_points = result.max_points
        place = 0
        for exercise in result.exercises:
            specs: list[SpecFacts] = []
            for number, spec in enumerate(exercise.specs, 1):
                specs.append(SpecFacts(spec.name, spec.title or spec.name, number, place))
                place += 1
            title = exercise.title or exercise.name
            self.exercises.append(ExerciseFacts(exercise.name, title, exercise.max_points, specs))

    def _diagnose(
        self, student: int, exercise: ExerciseFacts, known: SpecFacts, spec: SpecResult
    ) -> None:
        if not spec.diagnosis:
            return
        known.diagnoses[spec.diagnosis] += 1
        facts = self.diagnoses.setdefault(_kind(spec.diagnosis), DiagnosisFacts())
        facts.wordings[spec.diagnosis] += 1
        if student not in facts.students:
            facts.students.add(student)
            facts.exercises[exercise.number] += 1
        if not facts.example:
            facts.example, facts.example_of = spec.text[:EXAMPLE_MOST], student

    def _row(self, result: Result) -> Row:
        stuck, place, reason = stuck_at(result), -1, ""
        if stuck is not None:
            place = next(n for n, each in enumerate(result.exercises) if each is stuck.exercise)
            reason = stuck.reason
            self.exercises[place].stuck += 1
            self.exercises[place].reasons[reason] += 1
        names = ", ".join(person.called for person in result.members)
        return Row(
            result.student.id,
            names or result.student.called,
            f"{plain_name(result.student.id)}.html",
            result.group,
            result.points,
            "".join(LETTERS[each.state] for each in result.exercises),
            "".join(LETTERS[spec.state] for each in result.exercises for spec in each.specs),
            place,
            reason,
            result.is_late,
            result.attempt,
            result.notes,
            result.moves,
            differs(result),
            not result.absent,
        )

    # -- what a teacher asks first

    @property
    def points(self) -> Sequence[float]:
        return [row.points for row in self.rows]

    @property
    def median(self) -> float:
        return statistics.median(self.points) if self.rows else 0.0

    @property
    def everything_solved(self) -> int:
        return sum(set(row.states) == {"s"} for row in self.rows)

    def most_frequent(self, most: int) -> list[DiagnosisFacts]:
        """The mistakes that most students make, the most frequent first."""
        found = sorted(
            self.diagnoses.values(), key=lambda each: (-len(each.students), each.sentence)
        )
        return found[:most]

    @property
    def solved_counts(self) -> list[int]:
        """How many students have solved 0, 1, 2, ... exercises."""
        counted = Counter(row.states.count("s") for row in self.rows)
        return [counted[number] for number in range(len(self.exercises) + 1)]


_NAMED = re.compile(r"`[^`]*`|\d+(?:\.\d+)?")


def _kind(diagnosis: str) -> str:
    """What stays of a diagnosis without the names and numbers of one answer."""
    return _NAMED.sub("…", diagnosis)
