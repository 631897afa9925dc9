"""Where answers are judged: by the workers of this machine, or by those of a cluster."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from kata.classroom.grading.basis import judged_by
from kata.classroom.grading.cluster import cluster
from kata.classroom.grading.workers import Workers
from kata.classroom.refusal import Refusal
from kata.classroom.sandbox.probe import NAMES, Isolation, probe
from kata.course.course import Course
from kata.run.processors import processors
from kata.run.record import Outcomes

Judging = Future[tuple[Outcomes, float]]
"""What will come of an answer, and the real seconds that it took."""


class Judges(Protocol):
    """Judge answers side by side, `at_once` at a time. What waits for longer than that is not handed to them yet."""

    at_once: int

    def submit(self, exercise: str, files: Mapping[str, bytes]) -> Judging:
        """Judge an answer. The future raises WorkerLost if there is no verdict to be had."""
        ...

    def close(self) -> None:
        """End what is under way."""
        ...


@dataclass(frozen=True)
class Bench:
    """Judges, what holds where they judge, and the content hash of all that their verdicts rest on."""

    judges: Judges
    isolation: Isolation
    basis: str


@contextmanager
def bench(
    course: Course, required: str | None, workers: int | None, scheduler: str | None
) -> Generator[Bench]:
    """Judges, closed after the block. Raises Refusal if there are none, or if less holds there than is required."""
    if required is not None and required not in NAMES:
        raise Refusal(f"There is no isolation {required!r}: name one of {', '.join(NAMES)}.")
    if scheduler is not None and workers is not None:
        raise Refusal(
            "--workers counts those of this machine: a cluster judges as much at once as its workers have threads."
        )
    if scheduler is not None:
        with cluster(course, scheduler, required) as far:
            yield Bench(far, far.isolation, far.basis)
        return
    isolation = isolation_here(course, required)
    near = Workers(course, isolation.layers, workers or processors())
    try:
        yield Bench(near, isolation, judged_by(course))
    finally:
        near.close()


def isolation_here(course: Course, required: str | None) -> Isolation:
    """What holds on this machine. Raises Refusal if that is less than what is required."""
    isolation = probe(course.root)
    if required is not None and required not in isolation.names:
        raise Refusal(
            f"The isolation {required!r} does not hold here, so nothing was judged. What holds: {isolation.sentence}."
        )
    return isolation
