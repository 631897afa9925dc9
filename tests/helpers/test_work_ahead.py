"""Verdicts that other processes work out: each comes once, from there or from here, and nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from kata.run.engine import Outcomes
from tests.helpers import work_ahead
from tests.helpers.work_ahead import Judge, WorkAhead

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing can be forked here")

PATIENCE = 60.0
"""Real seconds before a test that waits for another process gives up. None ever takes as long."""

HERE = os.getpid()
LIST = [("01", Path("a")), ("01", Path("b")), ("02", Path("a"))]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the workers leave their files."""
    folder = tmp_path / "room"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def begun(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[Callable[[Judge, int], WorkAhead]]:
    """Begin the list, with so many workers beside this process. It is ended after the test."""
    started: list[WorkAhead] = []

    def begin(judge: Judge, workers: int = 1) -> WorkAhead:
        monkeypatch.setattr(work_ahead, "WAITING", 0)
        monkeypatch.setattr(os, "cpu_count", lambda: workers + 1)
        ahead = WorkAhead(judge)
        started.append(ahead)
        ahead.begin(LIST)
        return ahead

    yield begin
    for ahead in started:
        ahead.end()


Begin = Callable[..., WorkAhead]


def said(text: str) -> Outcomes:
    return Outcomes((), text)


def who(exercise: str, answer: Path) -> Outcomes:
    """A verdict that tells which process it is from."""
    return said(
        f"{exercise}/{answer} here" if os.getpid() == HERE else f"{exercise}/{answer} ahead"
    )


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not file.exists():
        assert time.monotonic() < deadline, f"{file.name} never came"
        time.sleep(0.005)


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def is_gone(process: int) -> bool:
    """Whether a process that is no child of this one ends, which takes it a moment."""
    deadline = time.monotonic() + PATIENCE
    while is_there(process):
        if _is_a_zombie(process):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def _is_a_zombie(process: int) -> bool:
    shown = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip().startswith("Z")


# Where the outcomes come from


def test_outcomes_come_from_a_worker_and_from_here(begun: Begin, tmp_path: Path) -> None:
    at_work, go_on = tmp_path / "at work", tmp_path / "go on"

    def judge(exercise: str, answer: Path) -> Outcomes:
        if os.getpid() != HERE and (exercise, answer) == LIST[0]:
            at_work.touch()
            wait_for(go_on)
        return who(exercise, answer)

    ahead = begun(judge)
    wait_for(at_work)

    # The worker is busy with the first, so the second can only be worked out here.
    assert ahead.verdict(*LIST[1]) == said("01/b here")
    go_on.touch()
    assert ahead.verdict(*LIST[0]) == said("01/a ahead")


def test_each_answer_is_worked_out_once(begun: Begin, tmp_path: Path) -> None:
    log = tmp_path / "log"

    def judge(exercise: str, answer: Path) -> Outcomes:
        with log.open("a") as file:
            file.write(f"{exercise}/{answer}\n")
        return who(exercise, answer)

    ahead = begun(judge, workers=3)
    texts = [ahead.verdict(*each).ended for each in reversed(LIST)]

    assert [text.partition(" ")[0] for text in texts] == ["02/a", "01/b", "01/a"]
    assert sorted(log.read_text().split()) == ["01/a", "01/b", "02/a"]


def test_an_outcome_of_a_worker_can_be_asked_for_again(begun: Begin, tmp_path: Path) -> None:
    done = tmp_path / "done"

    def judge(exercise: str, answer: Path) -> Outcomes:
        if (exercise, answer) == LIST[1]:
            done.touch()
        return who(exercise, answer)

    ahead = begun(judge)
    wait_for(done)

    assert [ahead.verdict(*LIST[0]).ended for _ in range(2)] == ["01/a ahead"] * 2


def test_what_is_not_in_the_list_is_worked_out_here(begun: Begin) -> None:
    assert begun(who).verdict("03", Path("c")) == said("03/c here")


def test_with_one_processor_everything_is_worked_out_here(begun: Begin, room: Path) -> None:
    ahead = begun(who, workers=0)

    assert [ahead.verdict(*each).ended for each in LIST] == ["01/a here", "01/b here", "02/a here"]
    assert list(room.iterdir()) == []


# A worker that dies


DEATHS: dict[str, Callable[[], object]] = {
    "is killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "ends itself": lambda: os._exit(0),
    "raises": lambda: 1 / 0,
}


@pytest.mark.parametrize("death", DEATHS)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_dies_is_noticed(
    begun: Begin, tmp_path: Path, death: str, workers: int
) -> None:
    at_work = tmp_path / "at work"

    def judge(exercise: str, answer: Path) -> Outcomes:
        if os.getpid() != HERE and (exercise, answer) == LIST[0]:
            at_work.touch()
            DEATHS[death]()
        return who(exercise, answer)

    ahead = begun(judge, workers=workers)
    wait_for(at_work)

    assert ahead.verdict(*LIST[0]) == said("01/a here")
    assert ahead.verdict(*LIST[1]).ended.startswith("01/b ")


# What is left


def test_when_it_has_ended_nothing_is_left(begun: Begin, room: Path, tmp_path: Path) -> None:
    ids = tmp_path / "ids"

    def judge(exercise: str, answer: Path) -> Outcomes:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        part = ids.with_suffix(".part")
        part.write_text(f"{os.getpid()} {child.pid}")
        part.rename(ids)
        child.wait()
        return who(exercise, answer)

    ahead = begun(judge)
    wait_for(ids)
    worker, child = map(int, ids.read_text().split())
    ahead.end()

    assert not is_there(worker)
    assert is_gone(child)
    assert list(room.iterdir()) == []


def test_a_worker_that_has_hardly_begun_is_ended_too(
    begun: Begin, room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It has no session of its own yet, so there is no group to end.
    monkeypatch.setattr(os, "setsid", lambda: None)
    at_work = tmp_path / "at work"

    def judge(exercise: str, answer: Path) -> Outcomes:
        at_work.write_text(str(os.getpid()))
        time.sleep(PATIENCE)
        return who(exercise, answer)

    ahead = begun(judge)
    wait_for(at_work)
    began = time.monotonic()
    ahead.end()

    assert time.monotonic() - began < PATIENCE / 2
    assert list(room.iterdir()) == []


def test_to_end_twice_or_before_the_beginning_does_no_harm(begun: Begin, room: Path) -> None:
    WorkAhead(who).end()
    ahead = begun(who)
    ahead.end()
    ahead.end()

    assert list(room.iterdir()) == []


def test_workers_end_by_themselves_when_the_list_is_done(begun: Begin, tmp_path: Path) -> None:
    ids = tmp_path / "ids"

    def judge(exercise: str, answer: Path) -> Outcomes:
        ids.with_suffix(".part").write_text(str(os.getpid()))
        ids.with_suffix(".part").rename(ids)
        return who(exercise, answer)

    begun(judge)
    wait_for(ids)
    worker = int(ids.read_text())

    assert os.waitpid(worker, 0) == (worker, 0)
