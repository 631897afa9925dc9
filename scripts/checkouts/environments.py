"""What a command of the kata runs in: a learner's environment variables, and a virtual environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

_NOT_A_LEARNERS = (
    *("PYTEST_", "COV_", "COVERAGE_", "TOX_"),
    *("CI", "NO_COLOR", "FORCE_COLOR"),
    *("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"),
    "PYTHONDONTWRITEBYTECODE",  # without compiled files Python would compile the kata anew in each run
)


class NoEnvironment(RuntimeError):
    """A virtual environment could not be made."""


def learners_variables() -> dict[str, str]:
    """This process's, without what a test run, a tox environment or a CI machine has set."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(_NOT_A_LEARNERS)
    }


def environment_of(kata: Path, folder: Path) -> Path:
    """Install a checkout into a new virtual environment, as the README says. Returns its Python.

    It is of the same version as the Python that runs this. Raises NoEnvironment, with what the installer said.
    """
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise NoEnvironment(
            "uv makes the environments and is not here: pip install -c constraints.txt uv"
        )
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    _run(uv, "venv", "--quiet", "--python", sys.executable, str(folder), kata=kata)
    install = ("pip", "install", "--quiet", "--compile-bytecode", "--python", str(python))
    _run(uv, *install, "-c", "constraints.txt", "-e", ".", kata=kata)
    return python


def _run(*command: str, kata: Path) -> None:
    done = subprocess.run(
        command, cwd=kata, env=learners_variables(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NoEnvironment(f"`{' '.join(command)}` ended with {done.returncode}:\n{done.stderr}")


def command_of(python: Path, name: str) -> list[str]:
    """A command as a learner types it, of the environment of that Python."""
    beside = python.with_name(f"{name}.exe" if os.name == "nt" else name)
    return [str(beside)] if beside.exists() else [str(python), "-m", name]
