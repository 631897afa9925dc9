"""`kata watch` as a learner has it: on a terminal, with the real specs of the first exercise."""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kata.course.course import Course
from kata.run.warm_process import Cold, WarmProcess
from tests.helpers.made_up_course import KATA, write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

MARK = "KATA_WATCH_TEST"
PATIENCE = 60

HANGS = """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    while True:
        pass
"""

# The same, and it says so in a file as soon as it hangs.
HANGS_AND_TELLS = HANGS.replace("    while", "    open({there!r}, 'w').close()\n    while")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A copy of the kata, for its first two exercises."""
    root = tmp_path_factory.mktemp("watched") / "kata"
    leave_out = shutil.ignore_patterns("__pycache__")
    here = Course(KATA.parent)
    for exercise in here.exercises[:2]:
        for folder in ("exercises", "solutions", "tests/gallery"):
            there = root / folder / exercise.name
            shutil.copytree(here.root / folder / exercise.name, there, ignore=leave_out)
    shutil.copytree(KATA, root / "kata", ignore=leave_out)
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(here.root / name, root)
    return Course(root)


class Terminal:
    """What a learner sees of a command, and types."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._seen = ""

    def shows(self, *words: str) -> None:
        """Wait until all of these stand on one page, and forget the pages before it."""
        deadline = time.monotonic() + PATIENCE
        while not all(word in self._seen for word in words):
            assert time.monotonic() < deadline, f"no {words} in:\n{self._seen}"
            if not select.select([self._terminal], [], [], 0.2)[0]:
                continue
            read = os.read(self._terminal, 65536).decode("utf-8", "replace")
            *_, page = (self._seen + read).split("\x1b[2J")  # the screen was cleared
            self._seen = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", page).replace("\r", "")
        self._seen = ""

    def types(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())


@contextmanager
def watched(course: Course, *arguments: str) -> Generator[tuple[Terminal, Callable[[], int]]]:
    """`kata watch` on a terminal of its own; and how it ended."""
    import pty
    import termios

    theirs, ours = pty.openpty()
    before = termios.tcgetattr(ours)
    process = subprocess.Popen(
        [sys.executable, "-m", "kata", "watch", *arguments],
        cwd=course.root,
        env={
            **os.environ,
            "PYTHONPATH": str(course.root),
            "TERM": "xterm",
            "COLUMNS": "120",
            MARK: str(course.root),
        },
        stdin=ours,
        stdout=ours,
        stderr=ours,
        start_new_session=True,
    )

    def ended() -> int:
        status = process.wait(PATIENCE)
        assert termios.tcgetattr(ours) == before, "the terminal is not as it was"
        return status

    try:
        yield Terminal(theirs), ended
    finally:
        process.kill()
        process.wait()
        os.close(theirs)
        os.close(ours)


def hanging_answer(course: Course) -> Path:
    """An answer that hangs, and the file that appears when it does."""
    there = course.root / "hangs"
    there.unlink(missing_ok=True)
    write(course.exercise("1").answer, HANGS_AND_TELLS.format(there=str(there)))
    return there


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not file.exists():
        assert time.monotonic() < deadline, f"{file} does not appear"
        time.sleep(0.05)


def left_running(course: Course) -> list[str]:
    """The processes that carry this test's mark. The crash reporter of a killed run ends a moment after it."""
    mark = f"{MARK}={course.root}".encode()
    found: list[str] = []
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = []
        for environment in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in environment.read_bytes().split(b"\0"):
                    found.append(environment.with_name("cmdline").read_bytes().decode())
            except OSError:
                continue
        if not found:
            break
        time.sleep(0.05)
    return found


def test_an_hour_of_work(real: Course) -> None:
    exercise = real.exercise("1")
    wrong = real.root / "tests" / "gallery" / exercise.name / "wrong"
    with watched(real, "--cut-off=1") as (terminal, ended):
        terminal.shows("01 · First async endpoint: not started", "Watching.")
        shutil.copy(wrong / "time_sleep.py", exercise.answer)
        terminal.shows(
            "01 · First async endpoint: started", "✗", "time.sleep blocks the event loop"
        )
        write(exercise.answer, "def (\n")
        terminal.shows(": started", "main.py:1")
        write(exercise.answer, HANGS)
        terminal.shows(": started", "main.py:8")
        for _ in range(20):
            write(exercise.answer, HANGS)
        shutil.copy(real.reference(exercise), exercise.answer)
        terminal.shows("01 · First async endpoint: solved", "Watching.")
        terminal.types("h")
        terminal.shows("Hint 1 of 3 for 01")
        terminal.types("l")
        terminal.shows("1 of 2 run: 1 solved", "Watching.")
        terminal.types("n")
        terminal.shows("02 · Never block the loop: not started", "vendor.py")
        terminal.types("q")
        assert ended() == 0
    assert left_running(real) == []


def test_quitting_ends_a_run_that_hangs(real: Course) -> None:
    hangs = hanging_answer(real)
    with watched(real, "1", "--cut-off=30") as (terminal, ended):
        wait_for(hangs)
        terminal.types("q")
        assert ended() == 0
    assert left_running(real) == []


def test_a_run_that_is_ended_says_nothing(real: Course) -> None:
    """However often and whenever it is asked to end: nothing is printed, and no traceback."""
    exercise, hangs = real.exercise("1"), hanging_answer(real)
    process = subprocess.Popen(
        [sys.executable, "-m", "kata.run.warm_process"],
        env={**os.environ, "PYTHONPATH": str(real.root), MARK: str(real.root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(
        json.dumps([exercise.name, str(exercise.folder), str(real.root), 30]) + "\n"
    )
    process.stdin.flush()
    wait_for(hangs)
    while process.poll() is None:
        process.terminate()
        time.sleep(0.001)
    assert (process.returncode, process.stdout.read()) == (0, "")
    process.stdin.close()
    process.stdout.close()
    assert left_running(real) == []


def test_without_a_terminal_it_shows_verdicts_and_ends_on_interrupt(real: Course) -> None:
    shutil.copy(real.reference(real.exercise("1")), real.exercise("1").answer)
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "kata", "watch", "1"],
        cwd=real.root,
        env={**os.environ, "PYTHONPATH": str(real.root), "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
        # Whoever is started in the background by a shell has it ignored, and hands that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Watching." in line:
            break
    os.killpg(process.pid, signal.SIGINT)  # Ctrl-C reaches the whole group
    rest, _ = process.communicate(timeout=PATIENCE)
    assert "01 · First async endpoint: solved" in said
    assert "Ctrl-C ends it" in said
    assert (process.returncode, rest) == (0, "")
    assert "\x1b[" not in said


def test_a_warm_process_that_is_ended_is_started_again(real: Course) -> None:
    exercise = real.exercise("1")
    shutil.copy(real.reference(exercise), exercise.answer)
    warm = WarmProcess(real)
    try:
        assert warm.run(exercise).solved
        process = warm._process  # pyright: ignore[reportPrivateUsage]
        assert process is not None
        process.kill()
        process.wait()
        assert warm.run(exercise).solved
        warm.close()
        assert warm.run(exercise).solved
    finally:
        warm.close()


def test_a_warm_process_that_ends_during_a_run_is_told(real: Course) -> None:
    hangs = hanging_answer(real)
    warm = WarmProcess(real, cut_off=30)

    def end_it() -> None:
        wait_for(hangs)
        warm.start().terminate()

    killer = threading.Thread(target=end_it)
    killer.start()
    try:
        with pytest.raises(Cold):
            warm.run(real.exercise("1"))
    finally:
        killer.join()
        warm.close()
