"""What a worker of a dask cluster does: it says what it has, and judges the answers that it is handed.

It takes bytes, never paths, and judges by its own copy of the kata, in warm processes like those of the judge's own
machine. No answer ever runs in dask's process. What it says is plain JSON, so that another kata can read it too.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from kata.classroom.grading.basis import content, judged_by, kata_version
from kata.classroom.grading.workers import Workers
from kata.classroom.sandbox.confinement import Layers
from kata.classroom.sandbox.probe import Isolation, probe
from kata.course.course import Course
from kata.run.engine import ROOT


@dataclass(frozen=True)
class Standing:
    """What a verdict rests on at one worker: the kata's version and content hash, that of all that decides, and what
    holds."""

    kata: str
    content: str
    basis: str
    isolation: Isolation

    def packed(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    @classmethod
    def unpacked(cls, fields: Mapping[str, Any]) -> Standing:
        """Raises KeyError and TypeError for what another kata says."""
        held = fields["isolation"]
        isolation = Isolation(Layers(**held["layers"]), tuple(held["names"]), held["sentence"])
        return cls(fields["kata"], fields["content"], fields["basis"], isolation)


class _Bench:
    """The warm processes of this dask worker, and the content of the kata that they were started from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._content = ""
        self._standing: Standing | None = None
        self._workers: Workers | None = None

    def standing(self, threads: int) -> Standing:
        """What this worker has now. If the kata has changed on the disk, what was started from another is ended.

        `threads` is how many answers dask gives it at once.
        """
        course = Course(ROOT)
        with self._lock:
            now = content(course)
            if self._standing is None or now != self._content:
                if self._workers is not None:
                    self._workers.close()
                isolation = probe(course.root)
                self._standing = Standing(kata_version(), now, judged_by(course), isolation)
                self._workers = Workers(course, isolation.layers, threads)
                self._content = now
            return self._standing

    @property
    def workers(self) -> Workers:
        assert self._workers is not None
        return self._workers


_bench = _Bench()


def is_here() -> bool:
    """Whoever can say so has the kata."""
    return True


def standing(dask_worker: Any = None) -> str:
    """What this worker has, as JSON. dask gives that argument. Raises LookupError where there is no exercise."""
    if not Course(ROOT).exercises:
        raise LookupError(f"there is no exercise in {ROOT}")
    return json.dumps(_bench.standing(dask_worker.state.nthreads).packed())


def judge(job: Mapping[str, Any]) -> str:
    """Judge one answer: `exercise`, `files` as bytes by their paths, and `standing`, which this worker must have.

    Returns what came of it as JSON, or its own standing if that is another. Raises WorkerLost if there is no verdict.
    """
    from distributed import get_worker

    found = _bench.standing(get_worker().state.nthreads)
    if found.packed() != job["standing"]:
        return json.dumps({"other": found.packed()})
    came, seconds = _bench.workers.submit(job["exercise"], job["files"]).result()
    return json.dumps({**asdict(came), "seconds": seconds})
