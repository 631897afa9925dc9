"""What came of the specs on one answer, as the result of an exercise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kata.classroom.grading.specs import Spec
from kata.classroom.results import ExerciseResult, ExerciseState, SpecResult, SpecState
from kata.course.course import Exercise
from kata.run.record import Outcomes, SpecOutcome

LONGEST = 20_000
"""Characters of one text in a result: an answer may raise a novel."""

NOT_THE_LIST = (
    "What the run reported is not the list of specs, so it counts for nothing: look at this answer."
)


def without_a_run(
    exercise: Exercise,
    specs: Sequence[Spec],
    state: ExerciseState,
    answer: str = "",
    ended: str = "",
) -> ExerciseResult:
    """The same state for the exercise and each of its specs. `state` is none that needs a run."""
    each: dict[ExerciseState, SpecState] = {
        "not started": "not started",
        "not handed in": "not handed in",
        "not judged": "not judged",
    }
    return _result(
        exercise,
        [SpecResult.of(name=spec.name, title=spec.title, state=each[state]) for spec in specs],
        state,
        answer,
        ended,
    )


def after_a_run(
    exercise: Exercise, specs: Sequence[Spec], came: Outcomes, seconds: float, answer: str
) -> ExerciseResult:
    """What a run came to. Who does not report exactly the list of specs has a result that is not judged."""
    worst: dict[str, SpecOutcome] = {}
    for outcome in came.specs:
        name = outcome.name.partition("[")[0]
        before = worst.get(name)
        if before is None or before.outcome == "passed":
            worst[name] = outcome
    names = [spec.name for spec in specs]
    reported = [name for name in names if name in worst]
    cut = any(each.cut_off for each in worst.values()) or bool(came.ended and came.running)
    complete = reported == names or (cut and reported == names[: len(reported)])
    if not complete or set(worst) - set(names) or (came.ended and not cut):
        ended = came.ended or NOT_THE_LIST
        return without_a_run(exercise, specs, "not judged", answer, ended)
    parts = [
        _spec(spec, worst[spec.name]) if spec.name in worst else _missing(spec, came)
        for spec in specs
    ]
    state: ExerciseState = "solved" if all(each.state == "passed" for each in parts) else "wrong"
    return _result(exercise, parts, "cut off" if cut else state, answer, came.ended, seconds)


def _spec(spec: Spec, outcome: SpecOutcome) -> SpecResult:
    state: SpecState = "cut off" if outcome.cut_off else "failed"
    if outcome.outcome == "passed":
        state = "passed"
    elif outcome.outcome == "not started":
        state = "not started"
    return SpecResult.of(
        name=spec.name,
        title=spec.title,
        state=state,
        seconds=outcome.seconds,
        diagnosis=outcome.teaches[:LONGEST],
        text=outcome.text[:LONGEST],
        where=(outcome.where or "")[:LONGEST],
        drawing=outcome.picture[:LONGEST],
    )


def _missing(spec: Spec, came: Outcomes) -> SpecResult:
    was_running = came.ended and spec.name == came.running.partition("[")[0]
    state: SpecState = "cut off" if was_running else "not judged"
    said = came.ended[:LONGEST] if was_running else ""
    return SpecResult.of(name=spec.name, title=spec.title, state=state, text=said, diagnosis=said)


def _result(
    exercise: Exercise,
    specs: Sequence[SpecResult],
    state: ExerciseState,
    answer: str,
    ended: str = "",
    seconds: float = 0.0,
) -> ExerciseResult:
    return ExerciseResult.of(
        specs,
        name=exercise.name,
        title=exercise.title,
        state=state,
        seconds=seconds,
        answer=answer,
        ended=ended[:LONGEST],
    )


def with_points(result: ExerciseResult, most: Mapping[str, float]) -> ExerciseResult:
    """The same verdict with the points of a table. An untouched stub has none, whatever holds for it."""
    specs = [
        spec.model_copy(
            update={
                "points": most[spec.name] if spec.state == "passed" else 0.0,
                "max_points": most[spec.name],
            }
        )
        for spec in result.specs
    ]
    fields = {
        name: getattr(result, name)
        for name in ("name", "title", "state", "seconds", "answer", "ended")
    }
    return ExerciseResult.of(specs, **fields)
