"""A warm process: it has imported all that a run of the specs needs, and runs them when it is told.

`kata watch` waits for saves and keys in threads, and a process with threads should not fork. So it
starts this one, which has none. The two speak in lines of JSON, over the standard input and output.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kata.course.course import Course, Exercise

if TYPE_CHECKING:
    from kata.run.engine import Outcomes


class Cold(Exception):
    """The warm process has no verdict: it ended, or it could not run the specs. The next run may have one."""


class WarmProcess:
    """The caller's side. The process is started at the first run, and again if it has ended."""

    def __init__(self, course: Course, *, cut_off: float | None = None) -> None:
        self._root = course.root
        self._cut_off = cut_off
        self._process: subprocess.Popen[str] | None = None

    def run(self, exercise: Exercise) -> Outcomes:
        """The specs of an exercise on the learner's answer, with all that stands beside it."""
        from kata.run.engine import Outcomes, SpecOutcome

        if not exercise.folder.is_dir():
            raise Cold(
                f"{exercise.folder} is not there any more. If it was renamed, give it its name back."
            )
        wanted = (exercise.name, str(exercise.folder), str(self._root), self._cut_off)
        line = self._ask(json.dumps(wanted))
        came: dict[str, Any] = json.loads(line)
        if trouble := came.get("trouble"):
            raise Cold(trouble)
        return Outcomes(tuple(SpecOutcome(**each) for each in came["specs"]), came["ended"])

    def close(self) -> None:
        """End the process, and a run that is under way with it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def _ask(self, question: str) -> str:
        process = self.start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(question + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = ""
        if not answer:
            self.close()
            raise Cold("The process that runs the specs has ended. Save again to start another.")
        return answer

    def start(self) -> subprocess.Popen[str]:
        """The process, started if there is none. It gets warm while its caller goes on."""
        if self._process is None or self._process.poll() is not None:
            here = str(Path(__file__).resolve().parents[2])
            paths = filter(None, (here, os.environ.get("PYTHONPATH")))
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kata.run.warm_process"],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        return self._process


class _Termination:
    """SIGTERM ends this process, but not before the run that is under way has been ended.

    The handler never raises: Python may call it anywhere, also where an exception is printed and
    dropped, as in a hook of `os.fork` or at the end of the interpreter.
    """

    def __init__(self) -> None:
        self.wanted = False
        self._can_wait = False

    def requested(self, _signal: int, _frame: object) -> None:
        self.wanted = True
        if not self._can_wait:
            os._exit(0)

    @contextlib.contextmanager
    def put_off(self) -> Generator[None]:
        """While the block lasts, a request only sets `wanted`; the process ends after the block."""
        self._can_wait = True
        try:
            yield
        finally:
            self._can_wait = False
            if self.wanted:
                os._exit(0)


def main() -> None:
    """The warm process itself."""
    import gc

    from kata.run.engine import run_spec, warm_up

    termination = _Termination()
    # Ctrl-C is for `kata watch`, which then ends this process in its own way.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, termination.requested)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else prints must not be taken for an answer
    warm_up()
    gc.collect()
    gc.freeze()  # a forked run then shares this memory, and never looks through it
    for line in sys.stdin:
        exercise, answer, root, cut_off = json.loads(line)
        try:
            with termination.put_off():
                outcomes = run_spec(
                    exercise,
                    Path(answer),
                    cut_off=cut_off,
                    root=Path(root),
                    stop=lambda: termination.wanted,
                )
            came = {"specs": [asdict(each) for each in outcomes.specs], "ended": outcomes.ended}
        except Exception as error:  # no room to write, for one: the next run may do better
            came = {"trouble": f"The specs could not be run: {error}"}
        answers.write(json.dumps(came) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
