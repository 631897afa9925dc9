"""The pictures of the README: what a terminal shows, as SVG, made by really running the commands.

`python scripts/pictures.py` copies the kata to a new folder, runs each command there on a pseudo-terminal of 80
columns, and writes docs/pictures/*.svg. Needs Linux or macOS.
"""

from __future__ import annotations

import argparse
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("conftest.py", "exercises", "kata", "pyproject.toml", "README.md", "solutions")
COLUMNS = 80
PATIENCE = 60.0
"""Real seconds that a command may take to show what is waited for."""

CLEARED = "\x1b[2J"

THEME = TerminalTheme(
    (30, 34, 42),
    (220, 223, 228),
    [
        *((40, 44, 52), (224, 108, 117), (152, 195, 121), (229, 192, 123)),
        *((97, 175, 239), (198, 120, 221), (86, 182, 194), (220, 223, 228)),
    ],
)

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


class Terminal:
    """A command on a pseudo-terminal, and what it has shown since the screen was last cleared."""

    def __init__(self, kata: Path, *command: str) -> None:
        ours, theirs = pty.openpty()
        self._descriptor = ours
        self.page = ""
        hidden = ("PYTEST_", "NO_COLOR", "FORCE_COLOR", "CI")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=kata,
            env={
                **kept,
                "PYTHONPATH": str(kata),
                "COLUMNS": str(COLUMNS),
                "LINES": "60",
                "TERM": "xterm-256color",
            },
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def until(self, done: Callable[[str], bool]) -> str:
        """Wait for a page that is complete, or for the end of the command."""
        deadline = time.monotonic() + PATIENCE
        while not done(self.page):
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"nothing came of it in {PATIENCE:g} s; the page was:\n{self.page}"
                )
            if not select.select([self._descriptor], [], [], 0.2)[0]:
                continue
            try:
                read = os.read(self._descriptor, 65536)
            except OSError:  # how Linux tells that the other side is closed
                break
            if not read:
                break
            self.page = (self.page + read.decode("utf-8", "replace")).rpartition(CLEARED)[2]
        return self.page

    def types(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._descriptor)


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


PICTURES: dict[str, tuple[str, Callable[[Path], str]]] = {
    "first-run": ("pytest exercises/", first_run),
    "failure": ("pytest exercises/08_parallel_tasks -q", failure),
    "watch": ("kata watch 08", watch),
}
"""The name of each picture, the command that it shows, and who runs it."""


def draw(title: str, shown: str) -> str:
    """The SVG of what a terminal has shown."""
    shown = re.sub(r"\x1b\[\?\d+[hl]|\x1b\[H", "", shown).replace("\r\n", "\n").strip("\n")
    # A carriage return writes the line anew.
    text = Text.from_ansi("\n".join(line.rpartition("\r")[2] for line in shown.split("\n")))
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w", encoding="utf-8"))
    console.print(text, overflow="fold")
    svg = console.export_svg(title=title, theme=THEME)
    # A picture must not load a font from somewhere.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def copy(folder: Path) -> Path:
    """The kata as a learner gets it, in a folder of its own."""
    kata = folder / "kata"
    kata.mkdir()
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, kata / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, kata / part)
    for stub in (kata / "kata" / "course" / "stubs").glob("*.py"):
        exercise = kata / "exercises" / stub.stem
        (exercise / _name_of_the_answer(exercise)).write_bytes(stub.read_bytes())
    return kata


def _name_of_the_answer(exercise: Path) -> str:
    return "test_main.py" if (exercise / "test_main.py").exists() else "main.py"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument(
        "only", nargs="*", choices=[*PICTURES, []], help=f"which ones (all): {', '.join(PICTURES)}"
    )
    arguments.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    wanted = arguments.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    for name in wanted.only or PICTURES:
        title, run = PICTURES[name]
        with tempfile.TemporaryDirectory(prefix="kata-picture-") as folder:
            file = wanted.out / f"{name}.svg"
            file.write_text(draw(title, run(copy(Path(folder)))), "utf-8")
            print(file)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
