"""A class judged on a dask cluster: the same verdicts, also when a worker is lost, and a sentence where it cannot be."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kata.classroom.grading import cluster as on_a_cluster
from kata.classroom.grading import scheduler
from kata.classroom.grading.cluster import ClusterFailed, cluster
from kata.classroom.grading.grade import Graded, Wishes, grade
from kata.classroom.grading.remote import Standing
from kata.classroom.grading.specs import specs_of
from kata.classroom.grading.workers import WorkerLost
from kata.classroom.refusal import Refusal
from kata.classroom.results import Result, file_name, read
from kata.cli.app import app
from kata.course.course import Course
from tests.classroom import dask_cluster as machine
from tests.classroom.a_class import reference, stub
from tests.classroom.dask_cluster import DaskCluster, dask_cluster

machine.need()

from distributed import Client  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
COURSE = Course(ROOT)
FIRST = COURSE.exercise("01")
WRONG = reference("01").replace(b"sleep(2)", b"sleep(1)")
LOOPS = b"while True:\n    pass\n"

HandIn = Callable[..., Path]


@pytest.fixture(scope="module")
def two() -> Generator[DaskCluster]:
    with dask_cluster(2) as dask:
        yield dask


@pytest.fixture
def hand_in(tmp_path: Path) -> HandIn:
    """Students' folders: what each handed in for the first exercise."""

    def hand_in(**students: bytes) -> Path:
        for name, answer in students.items():
            place = tmp_path / "submissions" / name / FIRST.name / FIRST.answer_file
            place.parent.mkdir(parents=True)
            place.write_bytes(answer)
        return tmp_path / "submissions"

    return hand_in


def silent(_done: int, _of: int, _line: str) -> None:
    """Nobody looks at the progress here."""


def run(submissions: Path, to: Path, address: str | None) -> Graded:
    return grade(COURSE, submissions, to, Wishes(only="01", cluster=address), silent)


def of(folder: Path, name: str) -> Result:
    return read(folder / file_name(name))


def refused(address: str, **options: Any) -> str:
    with pytest.raises(Refusal) as refusal, cluster(COURSE, address, options.get("required")):
        pass
    return str(refusal.value)


# Verdicts


def test_a_cluster_says_what_this_machine_says(
    two: DaskCluster, hand_in: HandIn, tmp_path: Path
) -> None:
    folder = hand_in(ada=reference("01"), bob=WRONG, cat=stub("01"), dan=LOOPS, eve=reference("01"))

    far = run(folder, tmp_path / "far", two.address)
    near = run(folder, tmp_path / "near", None)

    assert (far.students, far.judged, far.known) == (near.students, near.judged, near.known)
    assert not far.unjudged
    for name in ("ada", "bob", "cat", "dan", "eve"):
        one, other = (of(tmp_path / place, name) for place in ("far", "near"))
        assert (one.points, one.judged_by, one.isolation) == (
            other.points,
            other.judged_by,
            other.isolation,
        )
        assert [each.state for each in one.exercises[0].specs] == [
            each.state for each in other.exercises[0].specs
        ]
    assert of(tmp_path / "far", "dan").exercises[0].state == "cut off"


def test_what_a_cluster_judged_is_known_here(
    two: DaskCluster, hand_in: HandIn, tmp_path: Path
) -> None:
    folder = hand_in(ada=reference("01"))
    run(folder, tmp_path / "results", two.address)

    assert run(folder, tmp_path / "results", None).judged == 0


def test_equal_calls_of_two_gradings_are_two(
    two: DaskCluster, hand_in: HandIn, tmp_path: Path
) -> None:
    folder = hand_in(ada=WRONG)

    seconds = [
        of(tmp_path / place, "ada").exercises[0].seconds
        for place in ("one", "two")
        if run(folder, tmp_path / place, two.address)
    ]

    assert seconds[0] != seconds[1], "dask has not kept the first result"


# A worker that is lost


def client_of(dask: DaskCluster) -> Any:
    return Client(dask.address, set_as_default=False)


def busy(dask: DaskCluster) -> str:
    """The name of a worker that is at an answer, once there is one."""
    with client_of(dask) as client:
        while True:
            at_work = client.processing()
            names = client.scheduler_info()["workers"]
            for address, jobs in at_work.items():
                if jobs:
                    return str(names[address]["name"])


def kill_who_is_busy(dask: DaskCluster) -> threading.Thread:
    def kill() -> None:
        process = dask.workers[busy(dask)]
        process.send_signal(signal.SIGKILL)
        process.wait()

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    return thread


@pytest.mark.skipif(os.name != "posix", reason="a worker is killed")
def test_what_a_lost_worker_was_at_is_judged_by_another(hand_in: HandIn, tmp_path: Path) -> None:
    folder = hand_in(ada=LOOPS, bob=reference("01"), cat=WRONG)
    with dask_cluster(2) as dask:
        killing = kill_who_is_busy(dask)
        graded = run(folder, tmp_path / "results", dask.address)
        killing.join()
        left = [process.poll() for process in dask.workers.values()]

    assert sorted(left, key=str) == [-signal.SIGKILL, None]
    assert not graded.unjudged
    assert of(tmp_path / "results", "ada").exercises[0].state == "cut off"
    assert of(tmp_path / "results", "bob").points == len(specs_of(FIRST))
    assert of(tmp_path / "results", "cat").exercises[0].state == "wrong"


@pytest.mark.skipif(os.name != "posix", reason="a worker is killed")
def test_an_answer_that_costs_every_worker_is_not_judged_and_is_no_zero(
    hand_in: HandIn, tmp_path: Path
) -> None:
    folder = hand_in(ada=LOOPS)
    once = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    with dask_cluster(2, settings=once) as dask:
        killing = kill_who_is_busy(dask)
        graded = run(folder, tmp_path / "results", dask.address)
        killing.join()

    assert graded.unjudged == ["ada"]
    assert of(tmp_path / "results", "ada").exercises[0].state == "not judged"


@pytest.mark.skipif(os.name != "posix", reason="a worker is killed")
def test_a_cluster_without_workers_is_given_up_and_goes_on_later(
    hand_in: HandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_a_cluster, "ALONE_SECONDS", 2.0)
    folder = hand_in(ada=LOOPS)
    command = ["class", "grade", str(folder), "--out", str(tmp_path / "results"), "--only=01"]
    with dask_cluster(1) as dask:
        killing = kill_who_is_busy(dask)
        done = CliRunner().invoke(app, [*command, f"--cluster={dask.address}"])
        killing.join()

    assert done.exit_code == 1
    assert "has had no worker for 2 s. What is judged stands in" in done.stderr
    assert not list((tmp_path / "results").glob("ada*"))
    assert run(folder, tmp_path / "results", None).judged == 1


def test_a_scheduler_that_is_lost_is_told(
    hand_in: HandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dask_cluster(1) as dask, cluster(COURSE, dask.address, None) as judges:
        judging = judges.submit(FIRST.name, {"main.py": LOOPS})
        busy(dask)
        dask.scheduler.kill()
        with pytest.raises(ClusterFailed, match="connection to the scheduler"):
            judging.result(60)


# What is refused


def test_another_kata_is_refused(two: DaskCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def another(_course: Course) -> str:
        return "0123456789abcdef"

    monkeypatch.setattr(scheduler, "content", another)

    said = refused(two.address)

    assert "has another kata" in said
    assert "(0123456789abcdef), and start it anew." in said


def test_a_worker_whose_kata_has_changed_meanwhile_judges_nothing(
    two: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cluster(COURSE, two.address, None) as judges:
        judges._standing["content"] = "0123456789abcdef"  # pyright: ignore[reportPrivateUsage]
        judging = judges.submit(FIRST.name, {"main.py": WRONG})
        with pytest.raises(ClusterFailed, match="A worker has another kata"):
            judging.result(60)


def test_a_worker_with_a_changed_spec_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "kata-of-another-day"
    for name in ("kata", "exercises"):
        shutil.copytree(ROOT / name, other / name)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copyfile(ROOT / name, other / name)
    spec = other / FIRST.spec.relative_to(ROOT)
    spec.write_text(spec.read_text("utf-8") + "\n# of another day\n", "utf-8")
    with dask_cluster(1, kata=other) as dask:
        assert "has another kata" in refused(dask.address)


def test_workers_and_a_scheduler_without_the_kata_are_refused(tmp_path: Path) -> None:
    """The scheduler reads each job before it hands it on."""
    (tmp_path / "kata").mkdir()
    (tmp_path / "kata" / "__init__.py").write_text("raise ImportError('there is none')\n")
    with dask_cluster(1, kata=tmp_path) as dask:
        said = refused(dask.address)
    with dask_cluster(1, of_scheduler=tmp_path) as dask:
        assert "The scheduler has not this kata (there is none): run" in refused(dask.address)

    assert "has not this kata (ImportError('there is none'))" in said
    assert "`pip install -e`" in said


def test_who_could_reach_the_scheduler_is_refused_unless_it_is_wanted(
    two: DaskCluster,
) -> None:
    with cluster(COURSE, two.address, None) as judges:
        standing = Standing.unpacked(judges._standing)  # pyright: ignore[reportPrivateUsage]
    held = standing.isolation
    no_network = replace(held, names=("process", "limits", "landlock"))
    ten_has_tcp = replace(held, layers=replace(held.layers, apart=False))
    for isolation in (no_network, ten_has_tcp):
        with pytest.raises(Refusal, match="an answer could reach the network"):
            scheduler.must_hold(replace(standing, isolation=isolation), None)
        scheduler.must_hold(replace(standing, isolation=isolation), "process")
    with pytest.raises(Refusal, match="'network' does not hold on the workers"):
        scheduler.must_hold(replace(standing, isolation=no_network), "network")
    with cluster(COURSE, two.address, "process") as judges:
        assert judges.at_once == 2


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("nonsense", "'nonsense' cannot be called (missing port number in address 'nonsense')"),
        ("http://head:8786", "cannot be called (unknown address scheme"),
        ("tcp://127.0.0.1:1", "No scheduler answers at tcp://127.0.0.1:1: start one with"),
        ("tls://127.0.0.1:1", "cannot be called (TLS expects"),
    ],
)
def test_an_address_where_no_scheduler_is_gets_a_sentence(
    address: str, sentence: str, hand_in: HandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "CONNECT_SECONDS", 1.0)
    folder, to = hand_in(ada=WRONG), tmp_path / "results"

    done = CliRunner().invoke(
        app, ["class", "grade", str(folder), "--out", str(to), f"--cluster={address}"]
    )

    assert done.exit_code == 2
    assert sentence in " ".join(done.stderr.split())
    assert not to.exists()


def test_whatever_else_listens_there_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "CONNECT_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"

        assert "No scheduler answers" in refused(address)


def test_the_address_of_a_worker_is_none_of_a_scheduler(two: DaskCluster) -> None:
    with client_of(two) as client:
        worker = next(iter(client.nthreads()))

    assert "is no scheduler, but a worker" in refused(worker)


def test_a_scheduler_without_workers_gets_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "WORKERS_SECONDS", 0.5)
    with dask_cluster(0) as dask:
        assert "has no worker: start one with `dask worker" in refused(dask.address)


def test_workers_and_a_cluster_contradict_each_other(hand_in: HandIn, tmp_path: Path) -> None:
    arguments = ["class", "grade", str(hand_in(ada=WRONG)), "--out", str(tmp_path / "results")]

    done = CliRunner().invoke(app, [*arguments, "--workers=2", "--cluster=tcp://head:8786"])

    assert done.exit_code == 2
    assert "--workers counts those of this machine" in done.stderr


def test_results_that_cannot_be_had_are_no_verdict(two: DaskCluster) -> None:
    """dask says in many ways that there is no result: all of them are `WorkerLost`."""

    class Lost:
        status = "error"

        def result(self, timeout: float) -> str:
            raise RuntimeError("lost, with everything on it")

    with cluster(COURSE, two.address, None) as judges:
        judged: Future[Any] = Future()
        judges._under_way[judged] = object()  # pyright: ignore[reportPrivateUsage]
        judges._told(Lost(), {}, judged, 1)  # pyright: ignore[reportPrivateUsage]

        with pytest.raises(WorkerLost):
            judged.result(0)
