"""What the pictures show: each scene runs commands in a copy of the kata, and returns the last page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scripts.picturing.terminal import Terminal

ONE_AFTER_THE_OTHER = """\
import asyncio

from fastapi import FastAPI

app = FastAPI()


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    first = await task_1()
    second = await task_2()
    return {"results": [first, second]}
"""


def first_run(kata: Path) -> str:
    """What a new clone shows."""
    return _shown(kata, "pytest", "exercises/")


def failure(kata: Path) -> str:
    """An answer whose tasks do not overlap."""
    _answer(kata).write_text(ONE_AFTER_THE_OTHER, "utf-8")
    return _shown(kata, "pytest", "exercises/08_parallel_tasks", "-q")


def watch(kata: Path) -> str:
    """`kata watch` after a save, and the key for a hint."""
    terminal = Terminal(kata, "kata", "watch", "08")
    try:
        terminal.until(lambda page: "Watching." in page)
        _answer(kata).write_text(ONE_AFTER_THE_OTHER, "utf-8")
        terminal.until(lambda page: "5 s" in page and "Watching." in page)
        terminal.types("h")
        page = terminal.until(lambda page: page.count("Watching.") == 2)
        terminal.types("q")
        return page
    finally:
        terminal.end()


def _answer(kata: Path) -> Path:
    return kata / "exercises" / "08_parallel_tasks" / "main.py"


def _shown(kata: Path, *command: str) -> str:
    terminal = Terminal(kata, *command)
    page = terminal.until(lambda page: False)
    terminal.end()
    return page


SCENES: dict[str, tuple[str, Callable[[Path], str]]] = {
    "first-run": ("pytest exercises/", first_run),
    "failure": ("pytest exercises/08_parallel_tasks -q", failure),
    "watch": ("kata watch 08", watch),
}
"""The name of each picture, the command that it shows, and who runs it."""
