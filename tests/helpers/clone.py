"""A clone of the kata in a folder of a test's own, with commands that are run there as a learner runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

_OF_A_CLONE = ("kata", "exercises", "solutions", "conftest.py", "pyproject.toml")

_WITHOUT_ROOTS_RIGHTS = (
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search,-fowner",
    "--inh-caps=-dac_override,-dac_read_search,-fowner",
)


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit status."""

    text: str
    status: int

    @property
    def words(self) -> str:
        return " ".join(self.text.split())

    def holds(self, *sentences: str) -> None:
        """Each of these was said, and nothing of Python's or pytest's own insides."""
        for sentence in sentences:
            assert sentence in self.words, self.text
        for sign in ("Traceback", "INTERNALERROR"):
            assert sign not in self.text, self.text


@dataclass(frozen=True)
class Clone:
    """A copy of the repository as a learner has it."""

    root: Path

    def exercise(self, number: str) -> Path:
        return next((self.root / "exercises").glob(f"{number}_*"))

    def keep_only(self, *numbers: str) -> None:
        """Take the other exercises away, where a command looks at all of them."""
        for folder in (self.root / "exercises").iterdir():
            if folder.name[:2] not in numbers:
                shutil.rmtree(folder)
                (self.root / "kata" / "course" / "stubs" / f"{folder.name}.py").unlink(
                    missing_ok=True
                )

    def solve(self, number: str) -> Path:
        """Put the reference into the learner's place, and say where that is."""
        exercise = self.exercise(number)
        (reference,) = (self.root / "solutions" / exercise.name).glob("*.py")
        return Path(shutil.copy(reference, exercise))

    def pytest(self, *arguments: str | Path, cwd: Path | None = None, user: bool = False) -> Ran:
        cache = ("-p", "no:cacheprovider", "-p", "anyio")
        return self._run(["-m", "pytest", *cache, *map(str, arguments)], cwd, user)

    def kata(self, *arguments: str, user: bool = False) -> Ran:
        return self._run(["-m", "kata", *arguments], None, user)

    def started(self, *arguments: str, user: bool = False) -> subprocess.Popen[str]:
        """A command of the kata that goes on until it is told to end."""
        return subprocess.Popen(
            [*(_as_a_normal_user() if user else ()), sys.executable, "-m", "kata", *arguments],
            cwd=self.root,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def _environment(self) -> dict[str, str]:
        own = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV"))}
        own |= {
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": str(self.root),
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "200",
            "TMPDIR": str(self.scratch),
        }
        return own

    def _run(self, arguments: list[str], cwd: Path | None, user: bool) -> Ran:
        done = subprocess.run(
            [*(_as_a_normal_user() if user else ()), sys.executable, *arguments],
            cwd=cwd or self.root,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return Ran(done.stdout, done.returncode)

    @property
    def scratch(self) -> Path:
        """Where the runs have their temporary files."""
        folder = self.root.parent / "scratch"
        folder.mkdir(exist_ok=True)
        return folder


def cloned(folder: Path) -> Clone:
    """Copy the repository, with the bytecode of its modules: it is valid there too, and saves a second a run."""
    folder.mkdir(parents=True)
    for name in _OF_A_CLONE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy2(source, folder)
    return Clone(folder)


def _as_a_normal_user() -> tuple[str, ...]:
    """Root may read and write everything, so it gives those rights away."""
    if not hasattr(os, "geteuid"):
        pytest.skip("permissions are another thing on Windows")
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root cannot become a normal user here: there is no setpriv")
    return _WITHOUT_ROOTS_RIGHTS
