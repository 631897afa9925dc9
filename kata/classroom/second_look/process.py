"""The process of the second look: it gets answers in lines of JSON, batch by batch, and says what came of each.

It runs the kata's own code and the specs, and no answer. What it knows of one comes over sockets.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn, TextIO

from kata.classroom.grading import orphans
from kata.classroom.grading.worker import room_in_memory
from kata.classroom.sandbox.confinement import Layers
from kata.classroom.second_look.host import Host
from kata.classroom.second_look.judging import Job, Judging, Looked
from kata.classroom.second_look.looking import remembering
from kata.classroom.second_look.tasks import TASKS, warm_up
from kata.course.course import Course


def packed(jobs: list[Job]) -> str:
    """A batch as one line."""
    return json.dumps(
        [
            {
                **asdict(job),
                "files": {
                    path: base64.b64encode(data).decode("ascii") for path, data in job.files.items()
                },
            }
            for job in jobs
        ]
    )


def _unpacked(line: str) -> Iterator[Job]:
    for fields in json.loads(line):
        files = {path: base64.b64decode(data) for path, data in fields.pop("files").items()}
        yield Job(files=files, specs=tuple(fields.pop("specs")), **fields)


def said(looked: Looked) -> str:
    """What came of one answer as one line."""
    looks = {name: each.model_dump() for name, each in looked.looks.items()}
    return json.dumps({"number": looked.number, "looks": looks, "further": looked.further})


async def _look(judging: Judging, jobs: list[Job], tell: TextIO) -> None:
    loop = asyncio.get_running_loop()
    # What a spec leaves under way when it fails is nobody's business.
    loop.set_exception_handler(lambda _loop, _context: None)
    loop.set_task_factory(remembering)
    async for looked in judging.look_at(jobs):
        tell.write(said(looked) + "\n")
        tell.flush()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    os.umask(0o022)
    orphans.adopt()
    _take_all_files()
    tell = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    course = Course(Path(sys.argv[1]))
    layers = Layers(**json.loads(sys.argv[2]))
    with room_in_memory(layers) as room:
        warm_up()
        host = Host(TASKS, warm_up)
        try:
            gc.collect()
            gc.freeze()
            for line in sys.stdin:
                # Each batch has a loop of its own, and whatever belongs to one.
                judging = Judging(course, room, layers, host)
                asyncio.run(_look(judging, list(_unpacked(line)), tell))
                _tell_the_end(tell)
        finally:
            host.close()
            orphans.end_all()


def _tell_the_end(tell: TextIO) -> None:
    tell.write(json.dumps({"batch": "done"}) + "\n")
    tell.flush()


def _take_all_files() -> None:
    """Each answer that is under way needs some descriptors, here and in its own process."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _leave(_signal: int, _frame: Any) -> NoReturn:
    sys.exit(0)


if __name__ == "__main__":
    main()
