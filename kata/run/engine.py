"""The one engine: these specs on that answer, and what came of it.

Galleries, mutation, `kata watch`, `kata check` and whoever else needs a verdict call `run_spec`. It
runs pytest in a process of its own, so that nothing an answer does can reach the caller: forked
from this one where that is possible, which saves importing FastAPI again; started anew elsewhere.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

LAST_WORDS_SECONDS = 1.0
"""Real seconds that the crash reporter of a dead process has to say who ended it."""

_NO_SPECS = 5  # pytest's exit status
_encode = json.JSONEncoder().encode  # an answer may replace `json.dumps`


@dataclass(frozen=True)
class SpecOutcome:
    """What came of one spec. `outcome` is "passed", "failed" or "not started"; `seconds` are real ones."""

    name: str
    outcome: str
    text: str
    seconds: float
    teaches: str = ""
    where: str | None = None


@dataclass(frozen=True)
class Outcomes:
    """What came of an exercise's specs on one answer. `ended` says what became of the run itself.

    `ended` is "" for a run that came to its end, otherwise one sentence.
    """

    specs: tuple[SpecOutcome, ...]
    ended: str = ""

    @property
    def passed(self) -> tuple[SpecOutcome, ...]:
        return tuple(spec for spec in self.specs if spec.outcome == "passed")

    @property
    def failed(self) -> tuple[SpecOutcome, ...]:
        """The specs that do not hold, in their order, those not started among them."""
        return tuple(spec for spec in self.specs if spec.outcome != "passed")

    @property
    def solved(self) -> bool:
        return bool(self.specs) and not self.failed and not self.ended


class _Recorder:
    """Writes each outcome down as soon as it is known, so that a crash loses only what came after."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._write({"begins": nodeid.rpartition("::")[2]})

    def pytest_sessionfinish(self) -> None:
        self._write({"ended": True})

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when != "call" and report.passed:
            return
        facts: dict[str, Any] = getattr(report, "kata", {})
        finding = facts.get("finding", {})
        name = report.nodeid.rpartition("::")[2]
        outcome = SpecOutcome(
            name,
            str(facts.get("state", report.outcome)),
            "" if report.passed else str(report.longrepr),
            report.duration,
            str(finding.get("teaches", "")),
            finding.get("where"),
        )
        self._write(asdict(outcome))

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            text = str(report.longrepr)
            self._write(asdict(SpecOutcome("collection", "failed", text, 0.0)))

    def _write(self, record: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(_encode(record) + "\n")


def run_spec(
    exercise: str,
    answer: Path,
    *,
    keyword: str | None = None,
    cut_off: float | None = None,
    real_time: bool = False,
    seed: int | None = None,
    options: Sequence[str] = (),
    limit: float = 120.0,
    root: Path = ROOT,
    stop: Callable[[], bool] | None = None,
) -> Outcomes:
    """Run the specs of an exercise (its folder's name) on an answer (a file, or a folder with `main.py`).

    `keyword` is pytest's `-k`; `cut_off` the real seconds after which a spec that stands still is
    cut off; `seed` gives the specs their values (without it, they are others in each run);
    `limit` the real seconds after which the whole run is killed. `stop` is asked every few
    milliseconds, and kills it too when it says True; a run in a process that was not forked does not
    ask it. Raises FileNotFoundError if there is no such exercise. Never raises for anything that the
    answer does.
    """
    folder = root / "exercises" / exercise
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no exercise {exercise}")
    # A learner may have tests of his own beside the spec.
    spec = folder / f"test_{exercise.partition('_')[2]}.py"
    arguments = [
        str(spec if spec.is_file() else folder),
        f"--answer={Path(answer).resolve()}",
        *options,
    ]
    arguments += [
        "-p",
        "no:cacheprovider",
        "-qq",  # nobody reads the course map here
        "--rootdir",
        str(root),
        "-c",
        str(root / "pyproject.toml"),
    ]
    if keyword:
        arguments += ["-k", keyword]
    if cut_off is not None:
        arguments += [f"--cut-off={cut_off}"]
    if seed is not None:
        arguments += [f"--seed={seed}"]
    if real_time:
        arguments += ["--real-time"]
    return _run(arguments, root, limit, stop)


def _run(
    arguments: list[str], root: Path, limit: float, stop: Callable[[], bool] | None
) -> Outcomes:
    """Run pytest with these arguments in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="kata-run-") as room:
        record = Path(room) / "outcomes.jsonl"
        words = Path(room) / "last words"
        if _can_fork():
            status = _run_forked(arguments, record, words, root, limit, stop)
        else:
            status = _run_anew(arguments, record, words, root, limit)
        outcomes, running, ended = _read(record)
        if ended and status in (0, 1):
            return Outcomes(outcomes)
        if ended and status == _NO_SPECS:
            return Outcomes(outcomes, "There was no spec to run.")
        return Outcomes(outcomes, _ending(status, running, words))


def _ending(status: int | None, running: str, words: Path) -> str:
    """Why a run did not come to its end: what was said last, or what the process's status says."""
    during = f" in {running}" if running else ""
    if status is None:
        return f"The run was killed{during}: it did not come to an end."
    deadline = time.monotonic() + LAST_WORDS_SECONDS
    while running and time.monotonic() < deadline:
        said = words.read_text("utf-8", "replace") if words.exists() else ""
        for line in said.splitlines():
            if line.startswith("kata: "):
                return line.removeprefix("kata: ")
        time.sleep(0.01)
    if status < 0:
        return f"The process of the answer was ended by signal {-status}{during}."
    return f"The process of the answer ended itself with status {status}{during}."


def _read(record: Path) -> tuple[tuple[SpecOutcome, ...], str, bool]:
    """The outcomes, the spec that was running when the record stops, and whether the run ended."""
    outcomes: list[SpecOutcome] = []
    running, ended = "", False
    if record.exists():
        for line in record.read_text("utf-8", "replace").splitlines():
            # The process may have died in the middle of it, or the answer may have spoiled `json`.
            with contextlib.suppress(ValueError, TypeError):
                fields: dict[str, Any] = json.loads(line)
                if "begins" in fields:
                    running = fields["begins"]
                elif "ended" in fields:
                    ended = True
                else:
                    outcomes.append(SpecOutcome(**fields))
    return tuple(outcomes), running, ended


def _can_fork() -> bool:
    return hasattr(os, "fork") and threading.active_count() == 1


_NEEDED_BY_A_RUN = (
    "aiosqlite",
    "anyio._backends._asyncio",
    "anyio.pytest_plugin",
    "asgi_lifespan",
    "asgi_lifespan._concurrency.asyncio",
    "concurrent.futures.thread",
    "faulthandler",
    "fastapi",
    "httpx",
    "kata.spec.expect",
    "kata.run.plugin",
    "kata.run.session",
    "kata.spec.types",
    "packaging.version",
    "pdb",
    "pytest",
    "respx",
    "tomllib",
    "uvicorn",
    "xml.etree.ElementTree",
)


def warm_up() -> None:
    """Import what every run needs, once, so that forked runs start at once. A second call costs nothing."""
    if "kata.run.session" in sys.modules and "uvicorn" in sys.modules:
        return
    for name in _NEEDED_BY_A_RUN:
        importlib.import_module(name)
    from _pytest.config import default_plugins

    for name in default_plugins:
        importlib.import_module(f"_pytest.{name}")
    # FastAPI imports more at the first route, and more still when it says what it returns.
    sys.modules["fastapi"].FastAPI().get("/")(_returns_something)


def _returns_something() -> dict[str, str]:
    return {}


def _run_forked(
    arguments: list[str],
    record: Path,
    words: Path,
    root: Path,
    limit: float,
    stop: Callable[[], bool] | None,
) -> int | None:
    warm_up()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        status = 70
        try:
            _become_a_run(root, words)
            status = _main(arguments, record)
        finally:
            os._exit(status)
    return _wait(child, limit, stop)


def _become_a_run(root: Path, words: Path) -> None:
    """Cut a forked child off from its parent's terminal, signals and pytest."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(null, descriptor)
    os.dup2(os.open(words, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = open(2, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]
    os.chdir(root)
    for name in list(os.environ):
        if name.startswith(("PYTEST_", "COV_CORE_", "COVERAGE_")):
            del os.environ[name]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"


def _main(arguments: list[str], record: Path) -> int:
    import pytest

    from kata.run import plugin

    plugins: list[object] = [_Recorder(record)]
    # The last two warn of what a process leaves, look for it for long, and nobody reads it here.
    extra = ["-p", "anyio", "-p", "kata.run.plugin"]
    extra += ["-p", "no:unraisableexception", "-p", "no:threadexception"]
    del plugin
    return int(pytest.main([*extra, *arguments], plugins=plugins))


def _wait(child: int, limit: float, stop: Callable[[], bool] | None) -> int | None:
    """The child's exit code, or None if it had to be killed."""
    deadline = time.monotonic() + limit
    pause = 0.002
    try:
        while time.monotonic() < deadline and not (stop is not None and stop()):
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                child_status = os.waitstatus_to_exitcode(status)
                _kill_group(child)
                return child_status
            time.sleep(pause)
            pause = min(pause * 1.5, 0.005)
    except BaseException:
        # The run has a session of its own, so the terminal's Ctrl-C does not reach it.
        _kill(child)
        raise
    _kill(child)
    return None


def _kill(child: int) -> None:
    """End a run that is still under way."""
    os.kill(child, signal.SIGKILL)
    _kill_group(child)
    os.waitpid(child, 0)


def _kill_group(child: int) -> None:
    """End what the answer may have started and left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)


def _run_anew(
    arguments: list[str], record: Path, words: Path, root: Path, limit: float
) -> int | None:
    command = [sys.executable, "-m", "kata.run.engine", str(record), *arguments]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV"))}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    environment["PYTHONPATH"] = os.pathsep.join(
        filter(None, (str(root), os.environ.get("PYTHONPATH")))
    )
    with (
        words.open("wb") as said,
        subprocess.Popen(
            command,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=hasattr(os, "setsid"),
        ) as process,
    ):
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            return None
        finally:
            process.kill()
            if hasattr(os, "killpg"):
                _kill_group(process.pid)
            process.wait()


if __name__ == "__main__":
    raise SystemExit(_main(sys.argv[2:], Path(sys.argv[1])))
