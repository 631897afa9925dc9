"""A dask cluster on this machine: a scheduler and workers as processes, started as a teacher starts them.

Where dask.distributed is not installed, those tests are skipped, and say so; with KATA_NEED_CLUSTER=1 they fail instead.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0


def need() -> None:
    """Skip the module that asks, or fail where nothing may be skipped."""
    if find_spec("distributed") is None:
        why = (
            "NO CLUSTER WAS TRIED: dask.distributed is not installed. Install the extra `cluster`."
        )
        if os.environ.get("KATA_NEED_CLUSTER"):
            pytest.fail(why, pytrace=False)
        pytest.skip(why, allow_module_level=True)


@dataclass
class DaskCluster:
    """`workers` are processes, by the names under which dask knows them."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: dict[str, subprocess.Popen[bytes]] = field(
        default_factory=dict[str, "subprocess.Popen[bytes]"]
    )


@contextmanager
def dask_cluster(
    count: int,
    *,
    kata: Path = ROOT,
    of_scheduler: Path = ROOT,
    settings: Mapping[str, str] | None = None,
) -> Generator[DaskCluster]:
    """So many workers of one thread each, with the kata in this folder. They are there when the block begins."""
    from distributed import Client

    with ExitStack() as stack:
        room = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kata-dask-")))

        def start(program: str, path: Path, *arguments: str) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *arguments]
            process = subprocess.Popen(
                [*command, "--no-dashboard"],
                cwd=room,
                env={**os.environ, "PYTHONPATH": str(path), **(settings or {})},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(_end, process)
            return process

        file = room / "scheduler.json"
        options = ("--host=127.0.0.1", "--port=0", f"--scheduler-file={file}")
        scheduler = start("scheduler", of_scheduler, *options)
        cluster = DaskCluster(_address(file), scheduler)
        for number in range(count):
            name = f"w{number}"
            options = ("--nthreads=1", "--no-nanny", f"--name={name}", f"--local-directory={room}")
            cluster.workers[name] = start("worker", kata, cluster.address, *options)
        with Client(cluster.address, set_as_default=False) as client:
            if count:
                client.wait_for_workers(count, timeout=PATIENCE_SECONDS)
        yield cluster


def _address(file: Path) -> str:
    """Where the scheduler listens, once it has written that down."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if file.exists():
            try:
                return str(json.loads(file.read_text("utf-8"))["address"])
            except ValueError:
                pass  # it is writing
        time.sleep(0.05)
    raise TimeoutError("the scheduler did not start")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
