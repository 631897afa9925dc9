"""The workers of this machine, one process for each core, and the answers that wait for them."""

from __future__ import annotations

import base64
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kata.classroom.sandbox.confinement import Layers
from kata.course.course import Course
from kata.run.record import Outcomes, SpecOutcome

PATIENCE_SECONDS = 10.0
"""Real seconds that a worker has to clear away its room, once it was told to end."""


class WorkerLost(Exception):
    """A worker ended twice on the same answer: it has no verdict."""


class Workers:
    """Judges answers side by side. Close it, and whatever is under way is ended."""

    def __init__(self, course: Course, layers: Layers, count: int) -> None:
        self.at_once = count
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="judge")
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._all = [_Worker(course, layers) for _ in range(count)]
        for worker in self._all:
            self._idle.put(worker)
        self._closed = threading.Event()

    def submit(self, exercise: str, files: Mapping[str, bytes]) -> Future[tuple[Outcomes, float]]:
        """Judge an answer. The future raises WorkerLost if there is no verdict to be had."""
        return self._threads.submit(self._judge, exercise, files)

    def close(self) -> None:
        self._closed.set()
        for worker in self._all:
            worker.end()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _judge(self, exercise: str, files: Mapping[str, bytes]) -> tuple[Outcomes, float]:
        packed = {path: base64.b64encode(data).decode("ascii") for path, data in files.items()}
        question = json.dumps([exercise, packed])
        worker = self._idle.get()
        try:
            for _ in range(2):
                if self._closed.is_set():
                    break
                if answer := worker.ask(question):
                    return came_back(answer)
            raise WorkerLost
        finally:
            self._idle.put(worker)


def came_back(answer: str) -> tuple[Outcomes, float]:
    """What a worker says of an answer: what came of it, and the real seconds that it took."""
    came: dict[str, Any] = json.loads(answer)
    specs = tuple(SpecOutcome(**each) for each in came["specs"])
    return Outcomes(specs, came["ended"], came["running"]), came["seconds"]


def started(module: str, arguments: Sequence[str]) -> subprocess.Popen[str]:
    """A process of the judge's own that runs a module of the kata, and speaks in lines.

    Ctrl-C is for who started it; it ends with its caller all the same.
    """
    here = str(Path(__file__).resolve().parents[3])
    paths = filter(None, (here, os.environ.get("PYTHONPATH")))
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=hasattr(os, "setsid"),
    )


def end(process: subprocess.Popen[str]) -> None:
    """End such a process, which clears away what it has made."""
    process.terminate()
    try:
        process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class _Worker:
    """The caller's side of one. The process is started at the first question, and again if it has ended."""

    def __init__(self, course: Course, layers: Layers) -> None:
        self._arguments = [str(course.root), json.dumps(asdict(layers))]
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._ended = False

    def ask(self, question: str) -> str:
        """The answer, or "" if the process has ended."""
        process = self._start()
        if process is None or process.stdin is None or process.stdout is None:
            return ""
        try:
            process.stdin.write(question + "\n")
            process.stdin.flush()
            return process.stdout.readline()
        except (OSError, ValueError):
            return ""

    def end(self) -> None:
        with self._lock:
            self._ended = True
            if self._process is not None:
                end(self._process)

    def _start(self) -> subprocess.Popen[str] | None:
        with self._lock:
            if self._ended:
                return None
            if self._process is None or self._process.poll() is not None:
                self._process = started("kata.classroom.grading.worker", self._arguments)
            return self._process
