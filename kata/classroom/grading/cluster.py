"""Answers judged by the workers of a dask cluster. dask hands them out, and out again if a worker is lost."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from kata.classroom.grading import remote
from kata.classroom.grading.remote import Standing
from kata.classroom.grading.scheduler import client_of, standing_of_all
from kata.classroom.grading.workers import WorkerLost, came_back
from kata.course.course import Course
from kata.run.record import Outcomes

ALONE_SECONDS = 60.0
"""Real seconds without any worker, after which a cluster is given up."""

_EVERY = 1.0
_FETCH_SECONDS = 30.0
_TRIES = 3
"""For an answer whose worker had judged it, and was lost before it had said what came of it."""


class ClusterFailed(Exception):
    """The cluster is gone, or no longer what it was: one sentence. What was judged is not lost."""


@contextmanager
def cluster(course: Course, address: str, required: str | None) -> Generator[Cluster]:
    """The workers of this scheduler, all of which have the same kata as is here. Raises Refusal."""
    with client_of(address) as client:
        found = Cluster(client, address, standing_of_all(client, course, required))
        try:
            yield found
        finally:
            found.close()


class Cluster:
    """Counterpart of `workers.Workers`, on other machines."""

    def __init__(self, client: Any, address: str, standing: Standing) -> None:
        self.isolation = standing.isolation
        self.basis = standing.basis
        self.at_once: int = sum(client.nthreads().values())
        self._client = client
        self._address = address
        self._standing = standing.packed()
        self._lock = threading.Lock()
        self._under_way: dict[Future[tuple[Outcomes, float]], Any] = {}
        self._closed = threading.Event()
        self._watch = threading.Thread(target=self._look_after_it, name="cluster", daemon=True)
        self._watch.start()

    def submit(self, exercise: str, files: Mapping[str, bytes]) -> Future[tuple[Outcomes, float]]:
        """Judge an answer. The future raises WorkerLost if there is no verdict to be had, and ClusterFailed."""
        judged: Future[tuple[Outcomes, float]] = Future()
        job = {"exercise": exercise, "files": dict(files), "standing": self._standing}
        self._ask(job, judged, _TRIES)
        return judged

    def close(self) -> None:
        """Take back what waits. What a worker is at it judges to its end, for nobody."""
        self._closed.set()
        self._watch.join()
        with self._lock, suppress(Exception):  # the scheduler may be gone
            self._client.cancel(list(self._under_way.values()), force=True)

    def _ask(
        self, job: Mapping[str, Any], judged: Future[tuple[Outcomes, float]], tries: int
    ) -> None:
        # Without `pure=False` dask runs equal calls once, those of an earlier grading among them.
        asked = self._client.submit(remote.judge, job, pure=False, retries=1)
        with self._lock:
            self._under_way[judged] = asked
        asked.add_done_callback(partial(self._told, job=job, judged=judged, tries=tries))

    def _told(
        self,
        asked: Any,
        job: Mapping[str, Any],
        judged: Future[tuple[Outcomes, float]],
        tries: int,
    ) -> None:
        """Called in a thread of dask's. Nobody keeps `asked`: what is kept is judged anew if a worker loses it."""
        with self._lock:
            if self._closed.is_set() or self._under_way.pop(judged, None) is None:
                return
        try:
            if asked.status not in ("finished", "error"):
                raise ClusterFailed(f"The connection to the scheduler at {self._address} is lost.")
            judged.set_result(self._read(asked.result(timeout=_FETCH_SECONDS)))
        except TimeoutError:
            if tries > 1:
                self._ask(job, judged, tries - 1)
            else:
                judged.set_exception(WorkerLost())
        except ClusterFailed as failure:
            judged.set_exception(failure)
        except Exception:  # dask says in many ways that there is no result
            judged.set_exception(WorkerLost())

    def _read(self, said: str) -> tuple[Outcomes, float]:
        came = json.loads(said)
        if "other" in came:
            raise ClusterFailed(
                "A worker has another kata, other libraries or another isolation than the others had at the beginning: "
                "make them equal."
            )
        return came_back(said)

    def _look_after_it(self) -> None:
        """Give up what is under way once there has been no worker for long."""
        last_seen = time.monotonic()
        while not self._closed.wait(_EVERY):
            with suppress(Exception):  # a scheduler that does not answer has no worker either
                if self._client.sync(self._client.scheduler.ncores, callback_timeout=_EVERY * 5):
                    last_seen = time.monotonic()
            if time.monotonic() - last_seen > ALONE_SECONDS:
                with self._lock:
                    waiting, self._under_way = list(self._under_way), {}
                for judged in waiting:
                    judged.set_exception(
                        ClusterFailed(
                            f"The cluster at {self._address} has had no worker for {ALONE_SECONDS:.0f} s."
                        )
                    )
