"""The one engine: whatever an answer does, what came of its specs comes back as plain data."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from kata.run import engine
from kata.run.engine import Outcomes, SpecOutcome, run_spec
from tests.helpers.made_up_course import write
from tests.helpers.small_course import FIRST, small_course

SPECS = ["test_it_answers", "test_it_takes_two_seconds", "test_nothing_is_left"]

ANSWER = """\
import asyncio, os, signal, sqlite3, subprocess, sys
from fastapi import FastAPI

app = FastAPI()
kept = []


@app.get("/first")
async def answer() -> dict[str, bool]:
    await asyncio.sleep(2)
    BODY
    return {"ok": True}
"""

posix = pytest.mark.skipif(os.name != "posix", reason="processes and signals as POSIX has them")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_course(tmp_path_factory.mktemp("course"))


@pytest.fixture
def run(root: Path, tmp_path: Path) -> Callable[..., Outcomes]:
    """Run the first exercise on an answer whose handler does this beside what was asked."""

    def run(body: str = "pass", **options: object) -> Outcomes:
        path = write(tmp_path / "answer.py", ANSWER.replace("BODY", body))
        return run_spec(FIRST, path, root=root, **options)  # type: ignore[arg-type]

    return run


@pytest.fixture(params=["forked", "started anew"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run in a process that is forked from this one, and in one that is started anew."""
    if request.param == "started anew":
        monkeypatch.setattr("kata.run.engine._can_fork", lambda: False)
    elif not hasattr(os, "fork"):
        pytest.skip("nothing can be forked here")
    else:
        monkeypatch.setattr("kata.run.engine._can_fork", lambda: True)
    return request.param


def outcomes(came: Outcomes) -> list[str]:
    return [spec.outcome for spec in came.specs]


# What comes back


def test_a_right_answer_passes(run: Callable[..., Outcomes]) -> None:
    came = run()

    assert [(spec.name, spec.outcome, spec.text) for spec in came.specs] == [
        (name, "passed", "") for name in SPECS
    ]
    assert all(spec.seconds > 0 for spec in came.specs)
    assert came.ended == ""
    assert came.solved
    assert came.passed == came.specs
    assert came.failed == ()


def test_a_wrong_answer_fails_in_words(run: Callable[..., Outcomes], either_way: str) -> None:
    came = run("import time; time.sleep(1)")

    assert outcomes(came) == ["passed", "failed", "passed"]
    (failed,) = came.failed
    assert failed.teaches.startswith("time.sleep blocks the event loop")
    assert failed.teaches in failed.text
    assert failed.where is not None
    assert failed.where.endswith("answer.py:11")
    assert not came.solved
    assert came.ended == ""


def test_a_stub_is_not_started(root: Path) -> None:
    came = run_spec(FIRST, root / "exercises" / FIRST, root=root)

    assert "not started" in outcomes(came)
    assert "failed" not in outcomes(came)
    assert came.failed
    assert not came.solved


def test_what_raises_not_implemented_is_not_started(run: Callable[..., Outcomes]) -> None:
    assert outcomes(run("raise NotImplementedError", keyword="answers")) == ["not started"]


def test_an_answer_may_be_a_folder_named_from_here(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root / "solutions")

    assert run_spec(FIRST, Path(FIRST), root=root, keyword="answers").solved


def test_an_answer_that_is_not_there_solves_nothing(root: Path) -> None:
    came = run_spec(FIRST, root / "nowhere.py", root=root, keyword="answers")

    assert not came.solved
    assert came.ended or came.failed


def test_an_answer_that_cannot_be_imported_fails_each_spec(root: Path, tmp_path: Path) -> None:
    came = run_spec(FIRST, write(tmp_path / "answer.py", "1 / 0\n"), root=root)

    assert outcomes(came) == ["failed"] * 3
    assert all("ZeroDivisionError" in spec.text for spec in came.failed)


def test_an_exercise_that_is_not_there_is_the_callers_fault(root: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no exercise 99_nothing"):
        run_spec("99_nothing", root / "solutions" / FIRST, root=root)


def test_specs_that_cannot_be_read_are_an_outcome(root: Path) -> None:
    write(root / "exercises" / "03_broken" / "test_broken.py", "def (:\n")

    came = run_spec("03_broken", root / "solutions" / FIRST, root=root)

    assert [(spec.name, spec.outcome) for spec in came.specs] == [("collection", "failed")]
    assert "SyntaxError" in came.specs[0].text
    assert not came.solved


# Options


def test_a_keyword_chooses_specs(run: Callable[..., Outcomes]) -> None:
    came = run(keyword="seconds or left")

    assert [spec.name for spec in came.specs] == SPECS[1:]
    assert came.solved


def test_a_keyword_that_chooses_none_solves_nothing(run: Callable[..., Outcomes]) -> None:
    came = run(keyword="no_such_spec")

    assert came == Outcomes((), "There was no spec to run.")
    assert not came.solved


def test_options_go_to_pytest(run: Callable[..., Outcomes]) -> None:
    assert outcomes(run("1 / 0", options=("-x",))) == ["failed"]


def test_the_cut_off_is_the_callers(run: Callable[..., Outcomes]) -> None:
    came = run("while True: pass", keyword="answers", cut_off=0.3)

    assert outcomes(came) == ["failed"]
    assert "nothing moved on for a long time, so the spec was cut off" in came.specs[0].text


def test_in_real_time_a_spec_takes_its_time(run: Callable[..., Outcomes]) -> None:
    came = run(keyword="answers", real_time=True)

    assert came.solved
    assert came.specs[0].seconds >= 2


def test_the_settings_of_the_caller_do_not_reach_the_run(
    run: Callable[..., Outcomes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--collect-only")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")

    assert run(keyword="answers").solved


# Runs that do not come to their end

DEATHS = {
    "a kill": "os.kill(os.getpid(), signal.SIGKILL)",
    "an exit in C with success": "import ctypes; ctypes.CDLL(None)._exit(0)",
}


@posix
@pytest.mark.parametrize("way", DEATHS)
def test_a_process_that_dies_solves_nothing(way: str, run: Callable[..., Outcomes]) -> None:
    came = run(f"kept.append(1)\n    if len(kept) == 2: {DEATHS[way]}")

    assert outcomes(came) == ["passed"]
    assert not came.solved
    assert "test_it_takes_two_seconds" in came.ended


@posix
def test_a_process_that_dies_is_told_from_one_started_anew(
    run: Callable[..., Outcomes], either_way: str
) -> None:
    came = run("os.kill(os.getpid(), signal.SIGKILL)")

    assert came.specs == ()
    assert "test_it_answers" in came.ended
    assert not came.solved


@posix
def test_a_run_that_never_ends_is_killed(run: Callable[..., Outcomes]) -> None:
    came = run("while True: pass", limit=1.0, cut_off=1000.0)

    assert not came.solved
    assert came.ended.startswith("The run was killed")
    assert came.ended.endswith("it did not come to an end.")


def test_outcomes_are_solved_only_if_all_passed_and_the_run_ended() -> None:
    passed = SpecOutcome("test_a", "passed", "", 0.1)
    failed = SpecOutcome("test_b", "failed", "no", 0.1)
    untouched = SpecOutcome("test_c", "not started", "todo", 0.1)

    assert Outcomes((passed, passed)).solved
    assert not Outcomes(()).solved
    assert not Outcomes((passed, failed)).solved
    assert not Outcomes((passed, untouched)).solved
    assert not Outcomes((passed, passed), "It was killed.").solved
    assert Outcomes((passed, failed, untouched)).failed == (failed, untouched)
    assert Outcomes((passed, failed, untouched)).passed == (passed,)


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a forked run can be confined. Other tests may have left threads in this process, which forbid it."""
    monkeypatch.setattr("kata.run.engine._can_fork", lambda: True)


def nothing_to_take_away() -> None:
    """For a run that is confined only in that it inherits no open file."""


@posix
@pytest.mark.usefixtures("forked")
def test_a_run_that_floods_its_record_is_killed(
    run: Callable[..., Outcomes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kata.run.record.LONGEST", 1_000_000)
    pipes = "[n for n in range(3, 64) if pathlib.Path(f'/dev/fd/{n}').is_fifo()]"
    body = (
        "import pathlib\n    while True:\n"
        f"        for pipe in {pipes}: os.write(pipe, b'x' * 65536)"
    )

    came = run(body, limit=60.0, cut_off=1000.0, confine=nothing_to_take_away)

    assert came.specs == ()
    assert came.running == "test_it_answers"
    assert came.ended.startswith("The run was killed in test_it_answers")


@posix
@pytest.mark.usefixtures("forked")
def test_what_an_answer_writes_into_the_record_is_not_believed(
    run: Callable[..., Outcomes],
) -> None:
    line = '{"name": "test_it_answers", "outcome": "passed", "text": "", "seconds": 0.0}'
    body = (
        f"line = b'\\n{line}\\n'\n"
        "    for n in range(3, 64):\n"
        "        try: os.write(n, line)\n"
        "        except OSError: pass\n"
        "    raise RuntimeError"
    )

    came = run(body, keyword="answers", confine=nothing_to_take_away)

    assert outcomes(came) == ["failed"]


def test_a_process_that_cannot_be_forked_cannot_be_confined(
    run: Callable[..., Outcomes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kata.run.engine._can_fork", lambda: False)

    with pytest.raises(ValueError, match="can be confined"):
        run(confine=nothing_to_take_away)


def test_a_run_may_end_at_the_first_spec_that_is_cut_off(run: Callable[..., Outcomes]) -> None:
    came = run("while True: pass", cut_off=0.5, until_cut_off=True)

    assert [(spec.outcome, spec.cut_off) for spec in came.specs] == [("failed", True)]
    assert came.ended == ""


# Isolation

POLLUTION = """
import builtins, json, os, sys, time
from pathlib import Path
import fastapi, httpx, pytest
sys.path.clear()
os.environ["KATA_POLLUTED"] = "1"
os.chdir("/")
json.dumps = lambda *a, **k: "{}"
time.sleep = lambda s: None
pytest.polluted = httpx.polluted = builtins.polluted = True
Path(__file__).with_name("polluted").touch()
"""


def test_one_answer_does_not_touch_the_next_nor_the_caller(
    run: Callable[..., Outcomes], root: Path, tmp_path: Path
) -> None:
    before = (os.getcwd(), dict(os.environ), list(sys.path))

    rude = write(tmp_path / "rude" / "main.py", POLLUTION + ANSWER.replace("BODY", "pass"))
    run_spec(FIRST, rude, root=root, keyword="answers")

    assert run("assert 'KATA_POLLUTED' not in os.environ", keyword="answers").solved
    assert not hasattr(pytest, "polluted")
    assert "main" not in sys.modules
    assert not (tmp_path / "rude" / "polluted").exists()
    assert (os.getcwd(), dict(os.environ), list(sys.path)) == before


@pytest.mark.parametrize(
    "spoil",
    [
        "json.dumps = lambda *a, **k: '{}'",
        "json.JSONEncoder.iterencode = lambda *a, **k: iter(['{}'])",
        "json.JSONEncoder.iterencode = lambda *a, **k: iter(['7'])",
    ],
)
def test_an_answer_that_spoils_the_encoder_solves_nothing(
    spoil: str, root: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "answer.py", f"import json\n{spoil}\n{ANSWER}")

    assert not run_spec(FIRST, path, root=root, keyword="answers").solved


def test_the_same_answer_twice_gives_the_same(run: Callable[..., Outcomes]) -> None:
    body = "sqlite3.connect('test.db').execute('CREATE TABLE t (n)')"

    first, second = run(body, keyword="answers"), run(body, keyword="answers")

    assert [(s.name, s.outcome, s.text) for s in first.specs] == [
        (s.name, s.outcome, s.text) for s in second.specs
    ]
    assert first.solved


def test_two_threads_may_judge_at_once(root: Path, tmp_path: Path) -> None:
    wrong = write(tmp_path / "wrong.py", ANSWER.replace("BODY", "1 / 0"))
    right = write(tmp_path / "right.py", ANSWER.replace("BODY", "pass"))

    def judge(path: Path) -> Outcomes:
        return run_spec(FIRST, path, keyword="answers", root=root)

    with ThreadPoolExecutor(2) as pool:
        came = list(pool.map(judge, (wrong, right)))

    assert [outcomes(each) for each in came] == [["failed"], ["passed"]]


# What is left


def test_nothing_that_an_answer_prints_reaches_the_caller(
    run: Callable[..., Outcomes], capfd: pytest.CaptureFixture[str]
) -> None:
    body = (
        "print('x' * 3_000_000); print('y' * 3_000_000, file=sys.stderr); os.write(1, b'raw'); "
        "os.write(2, b'raw'); sys.__stdout__.write('z' * 1_000_000)"
    )

    assert run(body, keyword="answers").solved
    assert capfd.readouterr() == ("", "")


def test_a_large_failure_stays_readable(run: Callable[..., Outcomes]) -> None:
    came = run("return {'ok': 'x' * 3_000_000}", keyword="answers")

    assert outcomes(came) == ["failed"]
    assert len(came.specs[0].text) < 3000


def test_letters_of_every_kind_come_back(run: Callable[..., Outcomes]) -> None:
    came = run("raise ValueError('Grüße 日本 \\u2028 \\ud800 \\x00 🎉')", keyword="answers")

    assert outcomes(came) == ["failed"]
    assert "Grüße 日本" in came.specs[0].teaches


def test_no_folder_is_left(
    run: Callable[..., Outcomes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))

    run(keyword="answers")

    assert list(folder.iterdir()) == []


@posix
@pytest.mark.usefixtures("either_way")
def test_no_process_of_an_answer_is_left(run: Callable[..., Outcomes], tmp_path: Path) -> None:
    note = tmp_path / "pid"
    start = "os.posix_spawnp('sleep', ['sleep', '1000'], os.environ)"
    body = f"open({str(note)!r}, 'w').write(str({start}))"

    run(body, keyword="answers")

    assert gone(int(note.read_text()))


@posix
def test_no_run_is_left_when_its_caller_is_interrupted(
    run: Callable[..., Outcomes],
    either_way: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    note = tmp_path / "pid"

    def interrupt(*_arguments: object) -> None:
        while not note.exists() or not note.read_text():
            time.sleep(0.01)
        raise KeyboardInterrupt

    clock = SimpleNamespace(monotonic=time.monotonic, sleep=interrupt)
    monkeypatch.setattr("kata.run.engine.time", clock)
    body = f"open({str(note)!r}, 'w').write(str(os.getpid()))\n    while True: pass"
    with monkeypatch.context() as patch:
        if either_way == "started anew":
            patch.setattr("subprocess.Popen", interrupted_once(interrupt))
        with pytest.raises(KeyboardInterrupt):
            run(body, keyword="answers", cut_off=1000.0)

    assert gone(int(note.read_text()))


def interrupted_once(interrupt: Callable[[], None]) -> type[subprocess.Popen[bytes]]:
    class Popen(subprocess.Popen[bytes]):
        waited = False

        def wait(self, timeout: float | None = None) -> int:
            if not self.waited:
                self.waited = True
                interrupt()
            return super().wait(timeout)

    return Popen


def gone(process: int) -> bool:
    """True as soon as the process has ended; whoever has inherited it may still have to fetch its status."""
    for _ in range(300):
        listed = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
        )
        if listed.stdout.strip()[:1] in ("", "Z"):
            return True
        time.sleep(0.01)
    return False


def test_warming_up_imports_what_a_run_needs() -> None:
    engine.warm_up()

    assert {"fastapi", "httpx", "kata.run.session", "uvicorn"} <= sys.modules.keys()
