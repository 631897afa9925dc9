"""Sync and async side by side: a real server, real sockets, the real clock.

    pytest exercises/09_thousands_at_once/bench_sync_and_async.py

Three servers do the same work: every request waits for 0.2 s. `def` waits in one of FastAPI's 40
worker threads, `def, a thread each` has as many threads as there are requests, `async def` awaits.
For 10, 100 and 1,000 requests at once you see how many are answered in a second, and how much
memory the server needed for them. It takes half a minute, and judges nothing.

Everything here stays on this machine: the server is a child process that listens on loopback.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
import pytest
import uvicorn
from fastapi import FastAPI

WAIT_SECONDS = 0.2
AT_ONCE = (10, 100, 1000)
KINDS = ("def", "def, a thread each", "async def")


@dataclass(frozen=True)
class Measured:
    """What one server did with so many requests at once."""

    kind: str
    at_once: int
    seconds: float
    megabytes: float | None
    """How much the server's memory grew beyond what it had when idle; None where it cannot be told."""

    @property
    def per_second(self) -> float:
        return self.at_once / self.seconds


# The server, in a process of its own


def make_app(kind: str, wait_seconds: float, threads: int) -> FastAPI:
    """An app with GET /work, which waits in the way that `kind` says, and GET /memory."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        if kind == "def, a thread each":
            anyio.to_thread.current_default_thread_limiter().total_tokens = threads
        yield

    app = FastAPI(lifespan=lifespan)

    def work_in_a_thread() -> dict[str, bool]:
        time.sleep(wait_seconds)
        return {"done": True}

    async def work_on_the_loop() -> dict[str, bool]:
        await asyncio.sleep(wait_seconds)
        return {"done": True}

    async def memory() -> dict[str, float | None]:
        return {"megabytes": peak_megabytes()}

    app.get("/work")(work_on_the_loop if kind == "async def" else work_in_a_thread)
    app.get("/memory")(memory)
    return app


def peak_megabytes() -> float | None:
    """The most memory that this process has ever used. Windows has no `resource`, hence None."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Bytes on a Mac, kilobytes everywhere else.
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def serve_forever(kind: str, wait_seconds: float, at_once: int) -> None:
    """Serve on a free port of loopback, and print the port."""
    allow_open_files(at_once)
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        print(listener.getsockname()[1], flush=True)
        config = uvicorn.Config(
            make_app(kind, wait_seconds, at_once), log_level="critical", backlog=2048
        )
        uvicorn.Server(config).run(sockets=[listener])


@contextlib.contextmanager
def server(kind: str, wait_seconds: float, at_once: int) -> Generator[int]:
    """A fresh server in a child process, until the block ends. Gives its port."""
    command = [sys.executable, __file__, kind, str(wait_seconds), str(at_once)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline()
            if not port:
                raise RuntimeError("the server did not start; what it said stands above")
            yield int(port)
        finally:
            process.kill()


# The requests


async def get(port: int, path: str) -> bytes:
    """One GET on a connection of its own. A real client would cost more than what is measured."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise RuntimeError(f"GET {path} was answered with {answer[:80]!r}")
    return body


async def get_at_once(port: int, path: str, at_once: int) -> None:
    """So many GETs at the same moment, until all are answered."""
    async with asyncio.timeout(120):
        await asyncio.gather(*(get(port, path) for _ in range(at_once)))


def allow_open_files(at_once: int) -> None:
    """A connection is an open file, and many systems allow a process only 256 or 1,024."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = at_once + 200
        if soft != resource.RLIM_INFINITY and soft < wanted:
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def memory_of(port: int) -> float | None:
    """The server's own word on its memory."""
    return json.loads(asyncio.run(get(port, "/memory")))["megabytes"]


def measure(
    kind: str,
    at_once: int,
    wait_seconds: float = WAIT_SECONDS,
    benchmark: Any = None,
) -> Measured:
    """Start a fresh server, send so many requests at once, and see how long and how much."""
    allow_open_files(at_once)
    with server(kind, wait_seconds, at_once) as port:
        idle = memory_of(port)
        began = time.perf_counter()
        if benchmark is None:
            asyncio.run(get_at_once(port, "/work", at_once))
        else:
            benchmark.pedantic(
                lambda: asyncio.run(get_at_once(port, "/work", at_once)), rounds=1, iterations=1
            )
        seconds = time.perf_counter() - began
        busy = memory_of(port)
    megabytes = None if idle is None or busy is None else busy - idle
    return Measured(kind, at_once, seconds, megabytes)


# The table


def table(measured: Sequence[Measured]) -> str:
    """One row for each number of requests, and for each kind what it did."""
    kinds = list(dict.fromkeys(one.kind for one in measured))
    by_place = {(one.at_once, one.kind): one for one in measured}
    width = max(24, *(len(kind) + 2 for kind in kinds))
    lines = [
        " " * 10 + "".join(f"{kind:>{width}}" for kind in kinds),
        f"{'at once':>10}" + f"{'per second   memory':>{width}}" * len(kinds),
    ]
    for at_once in sorted({one.at_once for one in measured}):
        cells = [_cell(by_place.get((at_once, kind))).rjust(width) for kind in kinds]
        lines.append(f"{at_once:>10,}" + "".join(cells))
    return "\n".join(lines)


def _cell(one: Measured | None) -> str:
    if one is None:
        return "-"
    memory = "?" if one.megabytes is None else f"+{one.megabytes:.0f} MB"
    return f"{one.per_second:,.0f} {memory:>8}"


class TableAtTheEnd:
    """A plugin for this run: what was measured is shown last, below everything else."""

    def __init__(self) -> None:
        self.measured: list[Measured] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_benchmark_group_stats(self) -> list[object]:
        """pytest-benchmark's own tables, one for each group, are about repeated rounds: none here."""
        return []

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.measured:
            terminalreporter.section(f"every request waits for {WAIT_SECONDS} s")
            terminalreporter.write_line(table(self.measured))
            terminalreporter.write_line("memory: how much more the server needed than when idle")


@pytest.fixture(scope="module")
def measured(request: pytest.FixtureRequest) -> list[Measured]:
    """What was measured in this run so far."""
    plugin = TableAtTheEnd()
    request.config.pluginmanager.register(plugin)
    return plugin.measured


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at_once", AT_ONCE)
def test_requests_at_once(
    kind: str, at_once: int, benchmark: Any, measured: list[Measured]
) -> None:
    one = measure(kind, at_once, benchmark=benchmark)
    # What `--benchmark-json` writes down.
    benchmark.extra_info.update(requests_per_second=one.per_second, megabytes=one.megabytes)
    measured.append(one)


if __name__ == "__main__":
    serve_forever(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
