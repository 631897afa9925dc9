"""Time in which a thread stands in line for a processor is not idle, whichever way the system tells it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from kata.clock import idleness
from kata.clock.idleness import Idleness

OWN = 100


class Machine:
    """What Linux would say of the threads of this process, and what its clocks would."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.real = 0.0
        self.used = 0.0
        monkeypatch.setattr(idleness, "_THREADS", str(folder))
        monkeypatch.setattr(idleness, "_monotonic", lambda: self.real)
        monkeypatch.setattr(idleness, "_process_time", lambda: self.used)
        monkeypatch.setattr(idleness, "_own_number", lambda: OWN)

    def threads(
        self, seconds_in_line: dict[int, float], *, running: Iterable[int] = (OWN,)
    ) -> None:
        for old in self.folder.iterdir():
            for file in old.iterdir():
                file.unlink()
            old.rmdir()
        for thread, seconds in seconds_in_line.items():
            one = self.folder / str(thread)
            one.mkdir()
            (one / "schedstat").write_text(f"1000 {int(seconds * 1e9)} 7\n")
            state = "R" if thread in running else "S"
            (one / "stat").write_text(f"{thread} (a (name)) {state} 1 2 3\n")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_what_is_left_of_real_time_is_idle(machine: Machine) -> None:
    machine.threads({OWN: 0.0, 101: 0.5})
    idle = Idleness()
    assert idle.look() == 0.0

    machine.real, machine.used = 3.0, 1.0
    machine.threads({OWN: 0.25, 101: 1.0})
    assert idle.look() == pytest.approx(3.0 - 1.0 - 0.25 - 0.5)


def test_a_thread_that_has_ended_takes_nothing_away(machine: Machine) -> None:
    machine.threads({OWN: 0.0, 101: 60.0})
    idle = Idleness()
    idle.look()

    machine.real = 4.0
    machine.threads({OWN: 4.0})
    assert idle.look() == 0.0, "the own thread stood in line all the time"


def test_a_thread_that_has_begun_counts_from_its_beginning(machine: Machine) -> None:
    machine.threads({OWN: 0.0})
    idle = Idleness()
    idle.look()

    machine.real = 4.0
    machine.threads({OWN: 0.0, 102: 4.0})
    assert idle.look() == 0.0


def test_a_thread_that_stands_in_line_now_has_not_been_counted_yet(machine: Machine) -> None:
    machine.threads({OWN: 0.0, 101: 0.0})
    idle = Idleness()
    idle.look()

    machine.real = 4.0
    machine.threads({OWN: 0.0, 101: 0.0}, running=(OWN, 101))
    assert idle.look() == 0.0

    machine.real = 5.0
    machine.threads({OWN: 0.0, 101: 0.0})
    assert idle.look() == pytest.approx(1.0)
