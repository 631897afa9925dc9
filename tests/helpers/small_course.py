"""A course of two small exercises on the real machinery, for tests that run pytest from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.made_up_course import edit, make_exercise, write

ROOT = Path(__file__).resolve().parents[2]

FIRST, SECOND = "01_first", "02_second"

SPECS = '''\
"""What it is held to."""

import asyncio


async def test_it_answers(client, expect):
    """`GET /{path}` answers."""
    response = await client.get("/{path}")
    expect.status(response, 200)
    expect.json(response, {{"ok": True}})


async def test_it_takes_two_seconds(client, expect):
    """`GET /{path}` takes two seconds."""
    with expect.seconds(2, "GET /{path}"):
        await asyncio.gather(client.get("/{path}"), client.get("/{path}"))


async def test_nothing_is_left(serve, expect):
    """When the server has stopped, nothing is left."""
    async with serve() as client:
        await client.get("/{path}")
    expect.nothing_left()
'''

ANSWER = '''\
"""{path}: the reference."""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/{path}")
async def answer() -> dict[str, bool]:
    await asyncio.sleep(2)
    return {{"ok": True}}
'''


GIVEN = '''\
"""{path}: it answers, and holds everybody else up meanwhile."""

import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/{path}")
async def answer() -> dict[str, bool]:
    time.sleep(2)
    return {{"ok": True}}
'''


def give_a_program_to_repair(root: Path, name: str) -> Path:
    """Turn an exercise of a small course into one of that form. Its given program fails the second spec of three."""
    folder = root / "exercises" / name
    edit(folder / "README.md", "minutes · words", "minutes · repair · words")
    edit(folder / "README.md", "Somebody waits.", "Three wait.\n\n> It hangs.\n\n> Slow.\n\n> Why?")
    text = GIVEN.format(path=name.partition("_")[2])
    for place in (folder / "main.py", root / "kata" / "course" / "stubs" / f"{name}.py"):
        write(place, text)
    return folder


def small_course(root: Path, *names: str) -> Path:
    """A repository with the kata's machinery and settings, and some exercises: without names, two."""
    root.mkdir(parents=True, exist_ok=True)
    for name in names or (FIRST, SECOND):
        make_exercise(root, name)
        path = name.partition("_")[2]
        for place in ("exercises", "kata/course/specs"):
            write(root / place / name / f"test_{path}.py", SPECS.format(path=path))
        write(root / "solutions" / name / "main.py", ANSWER.format(path=path))
    # The stubs and the specs are the small course's own, so the folder round them cannot be a link.
    for folder in ("kata", "kata/course"):
        for path in (ROOT / folder).glob("*"):
            if path.name not in ("course", "stubs", "specs", "__pycache__"):
                (root / folder / path.name).symlink_to(path)
    for name in ("conftest.py", "pyproject.toml"):
        (root / name).unlink(missing_ok=True)
        (root / name).symlink_to(ROOT / name)
    return root


@dataclass(frozen=True)
class Run:
    """What a run printed, its exit status (None: it did not end), and the processes that it left."""

    text: str
    status: int | None
    seconds: float
    left: tuple[str, ...]

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


def run_pytest(
    root: Path,
    *arguments: str,
    limit: float = 60.0,
    interrupt: Callable[[], bool] | None = None,
) -> Run:
    """Run pytest in a session of its own, so that whatever is left of it is found.

    `interrupt` says whether it is time to press Ctrl-C.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV"))}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "100"}
    command = [sys.executable, "-m", "pytest", "-p", "anyio", "-p", "no:cacheprovider", *arguments]
    began = time.monotonic()
    output = root / f"output-{began}"
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            # Whoever is started in the background by a shell has it ignored, and hands that on.
            preexec_fn=_listen_to_ctrl_c if interrupt is not None else None,
        )
        status: int | None = None
        try:
            if interrupt is not None:
                while not interrupt() and process.poll() is None:
                    time.sleep(0.05)
                process.send_signal(signal.SIGINT)
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            pass
        took = time.monotonic() - began
        left = _still_there(process.pid)
        if left:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # The crash reporter is in a session of its own, and may speak a moment later.
        if status not in (0, 1):
            time.sleep(0.2)
    return Run(output.read_text("utf-8", "replace"), status, took, left)


def _listen_to_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _still_there(group: int) -> tuple[str, ...]:
    left: tuple[str, ...] = ()
    for _ in range(20):
        listed = subprocess.run(
            ["ps", "-A", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=False
        ).stdout
        rows = [line.split(None, 2) for line in listed.splitlines()]
        left = tuple(row[2] for row in rows if row[0] == str(group) and "Z" not in row[1])
        if not left:
            break
        time.sleep(0.05)
    return left
