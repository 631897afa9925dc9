"""`kata serve`: the answer under a real server, with a stand-in for the internet beside it."""

import importlib.util
import os
import re
import socket
import sys
import tempfile
import threading
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

import typer

from kata.cli.errors import CommandFailed, refusal
from kata.cli.page import say
from kata.course.course import Course, Exercise
from kata.course.state_directory import state_directory

_IN_LESSONS = "http://127.0.0.1:8000"
"""The address in the lessons' commands: that of `fastapi dev`."""

HOST = "127.0.0.1"

# How the server's process, which uvicorn starts anew at each save, is told what to serve.
_ANSWER = "KATA_SERVED_ANSWER"
_STAND_IN = "KATA_STAND_IN_PORT"


def serve(
    course: Course,
    exercise: Exercise,
    *,
    port: int,
    status: int,
    takes: float,
    down: bool,
    reload: bool,
) -> None:
    import uvicorn

    from kata.network.stand_in import StandIn

    answer = exercise.folder / "main.py"
    if not answer.is_file():
        raise CommandFailed(f"There is nothing to serve: {answer} is missing.")
    if not _is_free(port):
        raise CommandFailed(f"Port {port} is taken: choose another with --port.")
    stand_in = None if down else _start(StandIn(status, takes))
    os.environ[_ANSWER] = str(answer)
    os.environ[_STAND_IN] = "" if stand_in is None else str(stand_in)
    _greet(exercise, port, stand_in)
    # A database at ./test.db belongs to this trial, and not into the repository.
    os.chdir(_trial(course, exercise))
    uvicorn.run(
        f"{__name__}:served_answer",
        factory=True,
        host=HOST,
        port=port,
        reload=reload,
        reload_dirs=[str(exercise.folder)] if reload else None,
    )


def _trial(course: Course, exercise: Exercise) -> Path:
    """A folder for what the answer writes: kept from one trial to the next, where that is possible."""
    try:
        trial = state_directory(course.root) / "serve" / exercise.name
        trial.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=trial).close()
    except OSError as error:
        trial = Path(tempfile.mkdtemp(prefix="kata-serve-"))
        typer.echo(f"{refusal(error)}: what the answer writes goes to {trial}", err=True)
    return trial


def served_answer() -> Any:
    """The answer's app, as the server's own process loads it: with httpx sent to the stand-in."""
    from kata.network.stand_in import send_here

    stand_in = os.environ[_STAND_IN]
    send_here(int(stand_in) if stand_in else None)
    answer = Path(os.environ[_ANSWER])
    try:
        return _load(answer).app
    except Exception as error:
        lines = [each for each in extract_tb(error.__traceback__) if each.filename == str(answer)]
        where = f"{answer.name}:{lines[-1].lineno}" if lines else answer.name
        typer.echo(f"{where} cannot be served: {type(error).__name__}: {error}", err=True)
        sys.exit(1)


def _load(answer: Path) -> ModuleType:
    sys.path.insert(0, str(answer.parent))
    spec = importlib.util.spec_from_file_location("main", answer)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["main"] = module
    spec.loader.exec_module(module)
    return module


def _start(app: Any) -> int:
    """Serve an app from a thread of this process, on a port that is free; returns the port."""
    import uvicorn

    listener = socket.socket()
    listener.bind((HOST, 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    threading.Thread(target=server.run, args=([listener],), daemon=True).start()
    return int(listener.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name == "posix":  # as uvicorn does: a port that was just left is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def to_try(exercise: Exercise, address: str) -> list[str]:
    """Commands that ask the answer at `address`: those of the lesson, and one for each other path of its table."""
    lesson = exercise.lesson.read_text("utf-8")
    commands = [
        command.replace(_IN_LESSONS, address)
        for command in re.findall(r"^curl .*$", lesson, re.MULTILINE)
        if _IN_LESSONS in command
    ]
    paths = dict.fromkeys(re.findall(r"GET (/[^\s`{]*)(?=[\s`])", exercise.task))
    asked = {word.strip("\"'") for command in commands for word in command.split()}
    others = [f"{address}{path}" for path in paths]
    return commands + [f"curl {other}" for other in others if other not in asked]


def _greet(exercise: Exercise, port: int, stand_in: int | None) -> None:
    typer.echo(f"{exercise.number} · {exercise.title}: http://{HOST}:{port}  (Ctrl-C ends it)")
    for command in to_try(exercise, f"http://{HOST}:{port}"):
        typer.echo(f"  {command}")
    if stand_in is None:
        say("Every connection that your answer opens with httpx is refused.")
    else:
        say(f"What your answer calls with httpx is a stand-in: http://{HOST}:{stand_in}")
