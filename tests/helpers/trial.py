"""An answer and a spec that a test has written, and what came of the two, in this process."""

from __future__ import annotations

import asyncio
import tempfile
import textwrap
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kata.answer.loading import Answer
from kata.clock import off_loop
from kata.feedback.failure import Finding, SpecFailure
from kata.spec.expect import Expect
from kata.spec.world import World

HEAD = """\
import asyncio, contextlib, sqlite3, threading, time
import aiosqlite, anyio, httpx
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse

kept = []
"""


def handler(body: str) -> str:
    """An answer whose `GET /` does this."""
    return (
        f"{HEAD}app = FastAPI()\n@app.get('/')\nasync def root(request: Request):\n{_inside(body)}"
    )


def def_handler(body: str) -> str:
    """The same with a plain `def`, which FastAPI runs in a thread."""
    return handler(body).replace("async def root", "def root")


def lifespan(body: str, root: str = "return {}") -> str:
    """An answer whose life cycle does this."""
    return (
        f"{HEAD}@contextlib.asynccontextmanager\nasync def lifespan(app):\n{_inside(body)}"
        f"app = FastAPI(lifespan=lifespan)\n"
        f"@app.get('/')\nasync def root(request: Request):\n{_inside(root)}"
    )


def _inside(body: str) -> str:
    return textwrap.indent(textwrap.dedent(body).strip(), "    ") + "\n"


@dataclass(frozen=True)
class Trial:
    """What came: the failure of the spec if it failed, otherwise what the spec returned."""

    world: World
    failure: Finding | None
    result: Any

    @property
    def failed(self) -> Finding:
        assert self.failure is not None, "the spec passed"
        return self.failure

    @property
    def passed(self) -> bool:
        assert self.failure is None, self.failure.text()
        return True


Spec = Callable[[World, Expect], Awaitable[Any]]


def tried(
    answer: str | Mapping[str, str],
    spec: Spec,
    *,
    serves: bool = False,
    prepare: Callable[[World], None] = lambda world: None,
    real_time: bool = False,
) -> Trial:
    """Run the spec on the answer, which is the text of its main.py or several files with their names.

    `serves`: the answer's life cycle runs round the spec.
    """
    files = {"main.py": answer} if isinstance(answer, str) else answer
    with tempfile.TemporaryDirectory(prefix="trial-") as room:
        exercise, folder = Path(room, "exercises", "01_made_up"), Path(room, "answer")
        exercise.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        world = World(
            Answer(exercise, folder),
            Path(room, "copies"),
            cut_off=5.0,
            real_time=real_time,
            spec_name="a trial",
        )
        world.supervision.reports_leaks = False
        prepare(world)

        async def body() -> None:
            results.append(await spec(world, world.expect))

        async def main() -> None:
            await world.supervision.supervised(body, serves=serves)()

        results: list[Any] = []
        failure: Finding | None = None
        with off_loop.announced_work():
            try:
                with (
                    world.opened(),
                    asyncio.Runner(loop_factory=world.supervision.new_loop) as runner,
                ):
                    runner.run(main())
            except SpecFailure as error:
                failure = error.finding
        return Trial(world, failure, results[0] if results else None)
