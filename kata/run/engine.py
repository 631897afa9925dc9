"""The one engine: these specs on that answer, and what came of it.

Galleries, mutation, `kata watch`, `kata check` and whoever else needs a verdict call `run_spec`. It
runs pytest in a process of its own, so that nothing an answer does can reach the caller: forked
from this one where that is possible, which saves importing FastAPI again; started anew elsewhere.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from kata import patches
from kata.answer import loading
from kata.run import last_words, record
from kata.run.first_route import first_route
from kata.run.record import Outcomes, Recorder, SpecOutcome

__all__ = ["Outcomes", "SpecOutcome", "run_spec", "warm_up"]

ROOT = Path(__file__).resolve().parents[2]

_MOST_FILES = 1 << 16
_INTERRUPTED, _NO_SPECS = 2, 5  # pytest's exit statuses


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
    confine: Callable[[], None] | None = None,
    until_cut_off: bool = False,
) -> Outcomes:
    """Run the specs of an exercise (its folder's name) on an answer (a file, or a folder with `main.py`).

    `keyword` is pytest's `-k`; `cut_off` the real seconds after which a spec that stands still is
    cut off; `seed` gives the specs their values (without it, they are others in each run);
    `limit` the real seconds after which the whole run is killed. `stop` is asked every few
    milliseconds, and kills it too when it says True; a run in a process that was not forked does not
    ask it. `confine` is called in the run's own
    process after the imports and before the answer, to take away what the process does not need; it can be had
    only where this process can be forked. With `until_cut_off` the run ends after the first spec that is cut
    off. Raises FileNotFoundError if there is no such exercise, and ValueError for a `confine` that cannot be
    had. Never raises for anything that the answer does.
    """
    folder = root / "exercises" / exercise
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no exercise {exercise}")
    arguments = [
        str(_spec_in(folder)),
        f"--answer={Path(answer).resolve()}",
        *options,
        *_settings(root),
    ]
    if keyword:
        arguments += ["-k", keyword]
    if cut_off is not None:
        arguments += [f"--cut-off={cut_off}"]
    if seed is not None:
        arguments += [f"--seed={seed}"]
    if real_time:
        arguments += ["--real-time"]
    forks = _can_fork()
    if confine is not None and not forks:
        raise ValueError("only a process that can be forked can be confined")
    with tempfile.TemporaryDirectory(prefix="kata-run-") as room:
        run = _Run(arguments, Path(room), root, limit, stop, confine, until_cut_off)
        return _outcomes(run, forks=forks)


def _spec_in(folder: Path) -> Path:
    """The spec of an exercise: a learner may have tests of his own beside it."""
    spec = folder / f"test_{folder.name.partition('_')[2]}.py"
    return spec if spec.is_file() else folder


def _settings(root: Path) -> list[str]:
    """Settings of pytest that every run has, wherever it was started."""
    return [
        "-p",
        "no:cacheprovider",
        "-qq",  # nobody reads the course map here
        "--rootdir",
        str(root),
        "-c",
        str(root / "pyproject.toml"),
    ]


def _outcomes(run: _Run, *, forks: bool) -> Outcomes:
    status, data = _run_forked(run) if forks else _run_anew(run)
    told = record.read(data, run.secret)
    if told.ended and status in (0, 1, _INTERRUPTED if run.until_cut_off else 0):
        return Outcomes(told.outcomes)
    if told.ended and status == _NO_SPECS:
        return Outcomes(told.outcomes, "There was no spec to run.")
    ending = _ending(status, told.running, run.words)
    return Outcomes(told.outcomes, ending, told.running)


class _Run:
    """One run: what it is told, the secret of its record, and where its last words go."""

    def __init__(
        self,
        arguments: list[str],
        room: Path,
        root: Path,
        limit: float,
        stop: Callable[[], bool] | None,
        confine: Callable[[], None] | None,
        until_cut_off: bool,
    ) -> None:
        self.arguments = arguments
        self.record = room / "outcomes.jsonl"
        self.words = room / "last words"
        self.root = root
        self.limit = limit
        self.stop = stop
        self.confine = confine
        self.until_cut_off = until_cut_off
        self.secret = record.new_secret()


def _ending(status: int | None, running: str, words: Path) -> str:
    """Why a run did not come to its end: what was said last, or what the process's status says."""
    during = f" in {running}" if running else ""
    if status is None:
        return f"The run was killed{during}: it did not come to an end."
    if running:
        return last_words.sentence(words, status, during)
    return last_words.bare(status)


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
    first_route()
    patches.unknown_versions()
    loading.remember_modules()


def _run_forked(run: _Run) -> tuple[int | None, bytes]:
    warm_up()
    sys.stdout.flush()
    sys.stderr.flush()
    told, tell = os.pipe()
    # Python runs functions of libraries at a fork, and what a handler of a signal raises in them is lost.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    child = os.fork()
    if child == 0:
        status = 70
        try:
            os.close(told)
            _become_a_run(run.root, run.words)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            if run.confine is not None:
                close_all_but([tell])
                run.confine()
            status = _main(run.arguments, tell, run.secret, run.until_cut_off)
        finally:
            os._exit(status)
    os.close(tell)
    try:
        return _wait(child, told, run, mask)
    finally:
        os.close(told)


def close_all_but(kept: Iterable[int]) -> None:
    """Close what this process has inherited, beside its standard streams: the caller's own pipes are among it."""
    begin = 3
    for descriptor in sorted(kept):
        os.closerange(begin, descriptor)
        begin = descriptor + 1
    os.closerange(begin, max(begin, _MOST_FILES))


def forget_the_callers_pytest() -> None:
    """An answer must not see that the caller itself runs under pytest, or measures coverage."""
    for name in list(os.environ):
        if name.startswith(("PYTEST_", "COV_CORE_", "COVERAGE_")):
            del os.environ[name]


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
    forget_the_callers_pytest()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"


def _main(arguments: list[str], tell: int, secret: str, until_cut_off: bool) -> int:
    import pytest

    from kata.run import plugin

    recorder = Recorder(record.into(tell, secret), until_cut_off=until_cut_off)
    plugins: list[object] = [recorder]
    extra = ["-p", "anyio", "-p", "kata.run.plugin"]
    extra += [word for name in _NOT_NEEDED for word in ("-p", f"no:{name}")]
    del plugin
    return int(pytest.main([*extra, *arguments], plugins=plugins))


_NOT_NEEDED = (
    # These two warn of what a process leaves, and look for it for long. Nobody reads that here.
    *("unraisableexception", "threadexception"),
    # What is nobody's business here either. pytest takes its time to look at each.
    *("doctest", "junitxml", "legacypath", "pastebin", "setuponly", "setupplan", "stepwise"),
)


def _wait(child: int, told: int, run: _Run, mask: Iterable[int]) -> tuple[int | None, bytes]:
    """The child's exit code, or None if it had to be killed, and what it told through its pipe."""
    deadline = time.monotonic() + run.limit
    pause = 0.002
    data = bytearray()
    os.set_blocking(told, False)
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        while time.monotonic() < deadline and len(data) < record.LONGEST:
            if run.stop is not None and run.stop():
                break
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                _kill_group(child)
                while _drain(told, data) and len(data) < record.LONGEST:
                    pass
                return os.waitstatus_to_exitcode(status), bytes(data)
            _drain(told, data)
            time.sleep(pause)
            pause = min(pause * 1.5, 0.005)
    except BaseException:
        # The run has a session of its own, so the terminal's Ctrl-C does not reach it.
        _kill(child)
        raise
    _kill(child)
    return None, bytes(data)


def _drain(told: int, data: bytearray) -> bool:
    """Read what is there now. False if there is nothing, now or for good."""
    try:
        part = os.read(told, 1 << 16)
    except BlockingIOError:
        return False
    data += part
    return bool(part)


def _kill(child: int) -> None:
    """End a run that is still under way."""
    os.kill(child, signal.SIGKILL)
    _kill_group(child)
    os.waitpid(child, 0)


def _kill_group(child: int) -> None:
    """End what the answer may have started and left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)


def _run_anew(run: _Run) -> tuple[int | None, bytes]:
    command = [sys.executable, "-m", "kata.run.engine", str(run.record)]
    command += ["until cut off" if run.until_cut_off else "to the end", *run.arguments]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV"))}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    environment["PYTHONPATH"] = os.pathsep.join(
        filter(None, (str(run.root), os.environ.get("PYTHONPATH")))
    )
    with (
        run.words.open("wb") as said,
        subprocess.Popen(
            command,
            cwd=run.root,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=hasattr(os, "setsid"),
        ) as process,
    ):
        status: int | None = None
        try:
            process.communicate(run.secret.encode(), run.limit)
            status = process.returncode
        except subprocess.TimeoutExpired:
            pass
        finally:
            process.kill()
            if hasattr(os, "killpg"):
                _kill_group(process.pid)
            process.wait()
    return status, run.record.read_bytes() if run.record.exists() else b""


def _anew() -> int:
    """The process that was started anew. Its secret comes through a pipe: arguments are for all to see."""
    place, until, *arguments = sys.argv[1:]
    secret = sys.stdin.read()
    tell = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return _main(arguments, tell, secret, until == "until cut off")


if __name__ == "__main__":
    raise SystemExit(_anew())
