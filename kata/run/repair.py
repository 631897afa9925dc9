"""What the specs of an exercise say of the program that it gives to repair: it works, and is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from kata.course.course import Course, Exercise
from kata.run import engine
from kata.run.record import Outcomes, SpecOutcome


def faults_of_running(course: Course, exercise: Exercise, seed: int | None = None) -> Iterator[str]:
    """Run the specs on the given program: a sentence for each rule of the form that they break."""
    place = course.stub(exercise).relative_to(course.root).as_posix()
    outcomes = engine.run_spec(exercise.name, course.stub(exercise), root=course.root, seed=seed)
    if outcomes.ended:
        yield f"{place} is given to be repaired, and its run broke off: {outcomes.ended}"
        return
    for fault in faults_of(outcomes):
        yield f"{place} {fault}"


def faults_of(outcomes: Outcomes) -> Iterator[str]:
    """What is wrong with a program to repair, from what came of its specs."""
    if outcomes.solved:
        yield "passes every spec: there is nothing to repair."
        return
    first = outcomes.specs[0]
    if first.outcome != "passed":
        yield f"fails the first spec, {first.name}: a program to repair works in a quick try."
    reasons: dict[tuple[str, str | None], SpecOutcome] = {}
    for spec in outcomes.failed:
        if spec.outcome == "not started":
            yield f"is not written for {spec.name}: a program to repair works."
            continue
        other = reasons.setdefault(_reason(spec), spec)
        if other is not spec:
            yield f"fails {spec.name} for the same reason as {other.name}: each spec has its own."


def _reason(spec: SpecOutcome) -> tuple[str, str | None]:
    """The sentence of a failure and the line that it names; a failure without a sentence is its whole text."""
    return spec.teaches or spec.text, spec.where
