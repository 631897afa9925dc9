"""What the forked processes do: serve an answer, run SQL on its file, run its tests. All of it is confined."""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import importlib
import json
import os
import signal
import socket
import sqlite3
import stat
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Say = Callable[[dict[str, Any]], None]

NOT_STARTED = 3
"""The exit status of a server whose startup has failed. It is uvicorn's own."""

PATIENCE_SECONDS = 3.0
"""Seconds that a statement of the spec waits for the answer to let go of the file."""

MOST_ROWS, MOST_BYTES = 20_000, 4_000_000


# A server


def serve(told: dict[str, Any], descriptors: Sequence[int], say: Say) -> int:
    """Run the answer under uvicorn, on a socket that listens already, until SIGTERM."""
    import uvicorn

    from kata.answer.loading import Answer, AnswerCopy, AnswerFault, entered
    from kata.classroom.second_look.dialling import Handover, dialling
    from kata.clock.loop import DEFAULT_THREADS

    listening, handover = (socket.socket(fileno=each) for each in descriptors)
    folder = Path(told["folder"])
    answer = Answer(Path(told["exercise"]), folder)
    copy = AnswerCopy(answer, folder, "", frozenset(told["given"]))
    os.environ["no_proxy"] = "*"
    # Nothing is taken back: the process ends with the server.
    with contextlib.ExitStack() as stack:
        stack.enter_context(dialling(Handover(handover)))
        stack.enter_context(entered(copy))
        try:
            app = copy.load()
        except AnswerFault as fault:
            say({"failed": f"{fault.came}. {fault}"[:600]})
            return NOT_STARTED
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                loop="asyncio",
                ws="none",
                log_config=None,
                access_log=False,
                backlog=4096,
                proxy_headers=True,  # a Unix socket has no address of a visitor: a header says it
                forwarded_allow_ips="*",
            )
        )
        begin = server.startup

        async def startup(sockets: list[socket.socket] | None = None) -> None:
            # As many as in the specs: the machine would give a few more than it has processors.
            threads = concurrent.futures.ThreadPoolExecutor(DEFAULT_THREADS, "asyncio")
            asyncio.get_running_loop().set_default_executor(threads)
            await begin(sockets)
            if server.started:
                say({"ready": True})

        server.startup = startup
        status = 0
        # uvicorn raises the signal once more at its end, which would hide threads that keep the process alive.
        signal.signal(signal.SIGTERM, _heard)
        server.run([listening])
        if not server.started:
            say({"failed": "its startup failed"})
            status = NOT_STARTED
        _end_as_python_does()
    return status


def _heard(_signal: int, _frame: object) -> None:
    """Nothing more: by then uvicorn has ended by itself."""


def _end_as_python_does() -> None:
    """A process that was forked ends by `os._exit`. Threads that keep a process alive are to be seen all the same."""
    threading._shutdown()  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]


# SQL


def statements(told: dict[str, Any], descriptors: Sequence[int], say: Say) -> int:
    """Run statements on the answer's file, as the user that the answer is: the file may be anything."""
    path = Path(told["path"])
    with socket.socket(fileno=descriptors[0]) as line, line.makefile("rwb") as file:
        for question in file:
            sql, parameters = json.loads(question)
            file.write(json.dumps(_done(path, sql, [_plain(each) for each in parameters])).encode())
            file.write(b"\n")
            file.flush()
    return 0


def _done(path: Path, sql: str, parameters: list[Any]) -> dict[str, Any]:
    try:
        if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
            raise sqlite3.OperationalError(f"{path.name} is no ordinary file")
        connection = sqlite3.connect(path, timeout=PATIENCE_SECONDS)
        with contextlib.closing(connection), connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute(sql, parameters).fetchmany(MOST_ROWS + 1)
            if len(rows) > MOST_ROWS:
                raise sqlite3.DataError(f"more than {MOST_ROWS:,} rows")
            found = [{key: _told(row[key]) for key in row.keys()} for row in rows]  # noqa: SIM118
            if len(json.dumps(found)) > MOST_BYTES:
                raise sqlite3.DataError(f"more than {MOST_BYTES:,} bytes")
            return {"rows": found}
    except (sqlite3.Error, sqlite3.Warning, OSError, OverflowError, ValueError) as error:
        return {"error": type(error).__name__, "text": str(error)[:600]}


def _told(value: Any) -> Any:
    return {"bytes": value.hex()} if isinstance(value, bytes) else value


def _plain(value: Any) -> Any:
    return bytes.fromhex(value["bytes"]) if isinstance(value, dict) else value  # pyright: ignore


# Tests of exercise 10


def tests(told: dict[str, Any], descriptors: Sequence[int], say: Say) -> int:
    """Run a file of tests as in a project of its own, with a plain pytest. Returns pytest's own exit status."""
    import pytest

    from kata.network import backend
    from kata.suite.runner import installed_plugins

    del descriptors, say
    folder = Path(told["folder"])
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    (folder / "plain.ini").write_text("[pytest]\n", "utf-8")
    arguments = ["test_main.py", f"--rootdir={folder}", f"--confcutdir={folder}", "-q"]
    arguments += [f"--config-file={folder / 'plain.ini'}", "-p", "no:cacheprovider"]
    with backend.no_certificates():
        status = int(pytest.main(arguments, plugins=[*installed_plugins()]))
        _end_as_python_does()
        return status


TASKS = {"serve": serve, "statements": statements, "tests": tests}

_NEEDED = (
    "aiosqlite",
    "anyio._backends._asyncio",
    "asgi_lifespan._concurrency.asyncio",
    "concurrent.futures.thread",
    "fastapi.telemetry._runtime",
    "httpcore._backends.anyio",
    "kata.answer.loading",
    "kata.classroom.sandbox.network",
    "kata.classroom.sandbox.confinement",
    "kata.classroom.sandbox.mounts",
    "kata.classroom.second_look.dialling",
    "uvicorn.lifespan.on",
    "uvicorn.middleware.proxy_headers",
)


def warm_up() -> None:
    """Import what the tasks need, once, before the process is forked for each."""
    import uvicorn

    from kata.run import engine
    from kata.suite import runner

    engine.warm_up()
    runner.warm_up()
    for name in _NEEDED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)

    async def nothing(scope: Any, receive: Any, send: Any) -> None: ...

    uvicorn.Config(nothing, loop="asyncio", ws="none", log_config=None).load()
