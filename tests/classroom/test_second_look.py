"""The second look: right answers agree, forged ones differ, and a busy machine costs nobody anything."""

from __future__ import annotations

import asyncio
import gzip
import inspect
import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from kata.classroom.differences import FURTHER
from kata.classroom.grading import workers
from kata.classroom.grading.grade import Graded, Wishes, grade
from kata.classroom.refusal import Refusal
from kata.classroom.results import Result, file_name, read
from kata.classroom.sandbox.confinement import Layers
from kata.classroom.sandbox.probe import probe
from kata.classroom.second_look import confirm as confirming
from kata.classroom.second_look import frames, tasks
from kata.classroom.second_look.apps import OutsideSuite, disguised
from kata.classroom.second_look.clock import OutsideClock
from kata.classroom.second_look.confirm import Confirmed, confirm, further_apps
from kata.classroom.second_look.judging import Gate, Handin, Job
from kata.classroom.second_look.looking import Seen
from kata.classroom.second_look.not_seen import NotSeen
from kata.classroom.second_look.requests import MOST_BYTES, OutsideDriver
from kata.classroom.second_look.upstream_lines import UpstreamLines
from kata.classroom.shards import Shard
from kata.cli.app import app
from kata.course.course import Course
from kata.network.upstream import Upstream
from kata.spec.serving import new_client
from kata.suite.suite import Suite
from tests.classroom.a_class import place, reference

ROOT = Path(__file__).resolve().parents[2]
COURSE = Course(ROOT)
CHEATS = Path(__file__).parent / "cheats"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the second look needs Linux")


def hand_in(folder: Path, **students: Mapping[str, bytes]) -> Path:
    """Students' folders below `submissions`: what each handed in, by the numbers of the exercises."""
    for name, work in students.items():
        for number, data in work.items():
            path = folder / "submissions" / name / place(number)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return folder / "submissions"


def look_at(folder: Path, only: str, broken: Path | None = None) -> Confirmed:
    """Both looks at what was handed in, into `results` beside it."""
    submissions, results = folder / "submissions", folder / "results"
    graded = first_look(submissions, results, only)
    assert graded.isolation is not None
    layers = graded.isolation.layers
    return confirm(COURSE, submissions, results, layers, silent, shard=Shard(), broken=broken)


def first_look(submissions: Path, results: Path, only: str) -> Graded:
    return grade(COURSE, submissions, results, Wishes(only=only, workers=2), silent)


def silent(_done: int, _of: int, _line: str) -> None:
    """Nobody looks at the progress here."""


def of(folder: Path, name: str) -> Result:
    return read(folder / "results" / file_name(name))


def verdicts(result: Result) -> dict[str, str]:
    return {spec.name: spec.second_look.verdict for each in result.exercises for spec in each.specs}


# The whole way


@pytest.mark.slow
def test_a_small_class(tmp_path: Path) -> None:
    forged = (CHEATS / "inject" / "forges_the_record.py").read_bytes()
    too_short = reference("01").replace(b"sleep(2)", b"sleep(1)")
    hand_in(
        tmp_path, ada={"01": reference("01")}, bob={"01": reference("01")}, eve={"01": forged},
        max={"01": too_short}, sue={},
    )  # fmt: skip

    came = look_at(tmp_path, "01")

    ada, eve, too_quick = (of(tmp_path, name) for name in ("ada", "eve", "max"))
    assert came.looked_at == 3, "ada's and bob's answers are equal"
    assert verdicts(ada) == verdicts(of(tmp_path, "bob"))
    assert set(verdicts(ada).values()) == {"agrees"}
    assert not ada.notes
    assert eve.points == eve.max_points, "it is reported, and not punished"
    assert list(verdicts(eve).values()).count("differs") >= 4
    (note,) = eve.notes
    assert note.startswith("01 says 6 of 6 to itself, and does ")
    assert [line.partition(": ")[0] for line in came.differing] == ["eve"]
    failed = {spec.name for spec in too_quick.exercises[0].specs if spec.state != "passed"}
    assert failed
    assert {verdicts(too_quick)[name] for name in failed} == {"not asked"}
    assert not too_quick.notes

    again = look_at(tmp_path, "01")

    assert again.looked_at == 0, "what is known is not asked again"
    assert again.differing == came.differing
    assert of(tmp_path, "eve") == eve


@pytest.mark.slow
@pytest.mark.parametrize("number", [f"{number:02}" for number in range(2, 19) if number != 10])
def test_the_reference_agrees_in_all_that_can_be_seen(number: str, tmp_path: Path) -> None:
    hand_in(tmp_path, ada={number: reference(number)})

    came = look_at(tmp_path, number)

    specs = next(each for each in of(tmp_path, "ada").exercises if each.number == number).specs
    looks = [spec.second_look for spec in specs]
    assert not came.differing
    assert {look.verdict for look in looks} <= {"agrees", "not asked"}
    assert [look.verdict for look in looks].count("agrees") >= len(specs) * UNSEEN.get(number, 0.9)
    assert all(look.text.startswith("not seen") for look in looks if look.verdict == "not asked")


UNSEEN = {"05": 0.35, "06": 0.6, "07": 0.6, "11": 0.7, "14": 0.15}
"""The share of specs that can be seen, where many are about a database that is held up, or a loop that the spec stalls."""


def test_a_suite_can_be_asked_from_outside_in_the_same_words() -> None:
    """A spec that used another word would raise in the judge, and a right answer would differ."""
    asked = [
        name for name in vars(OutsideSuite) if name[0] != "_" and callable(vars(OutsideSuite)[name])
    ]

    assert len(asked) >= 6
    for name in asked:
        inside, outside = (
            inspect.signature(getattr(each, name)).parameters for each in (Suite, OutsideSuite)
        )
        assert [str(each) for each in inside.values()] == [str(each) for each in outside.values()]


@pytest.mark.slow
def test_the_tests_of_exercise_10_and_further_apps(tmp_path: Path) -> None:
    further = tmp_path / "further"
    further.mkdir()
    right = (ROOT / "exercises" / "10_test_it_yourself" / "main.py").read_text("utf-8")
    (further / "says_tee.py").write_text(right.replace('"tea"', '"tee"'), "utf-8")
    (further / "is_right.py").write_text(right, "utf-8")
    hand_in(tmp_path, ada={"10": reference("10")})

    came = look_at(tmp_path, "10", broken=further)

    ada = of(tmp_path, "ada")
    assert "differs" not in verdicts(ada).values()
    assert list(verdicts(ada).values()).count("not asked") == 1, "the order of the tests"
    (note,) = ada.notes
    assert note == f"10: {FURTHER} 1 of 2; not is_right.py."
    assert came.looked_at == 1


# A busy machine costs nobody anything


class Tried(Handin):
    """A hand-in whose tries come to what is written down."""

    def __init__(self, *tries: Seen) -> None:
        self.job = Job(1, "01_first_async_endpoint", {}, ("test_it",))
        self.seen: dict[str, Seen] = {}
        self.further = ""
        self._tries = iter(tries)
        self.count = 0

    async def attempt(self, name: str) -> Seen:
        self.count += 1
        return next(self._tries)

    def judged(self) -> tuple[str, int]:
        async def run() -> None:
            gate = Gate(2)
            await self.first(gate)
            if self.in_doubt:
                await self.again(gate)

        asyncio.run(run())
        return self.seen["test_it"].verdict, self.count


FAILS, FAILS_LATE, HOLDS = Seen("differs", "3 s"), Seen("differs", "3 s", True), Seen("agrees")


@pytest.mark.parametrize(
    ("tries", "verdict", "count"),
    [
        ([HOLDS], "agrees", 1),
        ([FAILS, HOLDS], "agrees", 2),
        ([FAILS, FAILS, HOLDS], "agrees", 3),
        ([FAILS, FAILS, FAILS], "differs", 3),
        ([FAILS_LATE, FAILS_LATE, FAILS], "differs", 3),
        ([FAILS, FAILS, FAILS_LATE, HOLDS], "agrees", 4),
        ([FAILS, FAILS, FAILS_LATE, FAILS], "differs", 4),
        ([FAILS_LATE] * 6, "not run", 6),
    ],
)
def test_what_fails_is_tried_again_until_the_machine_was_quiet(
    tries: list[Seen], verdict: str, count: int
) -> None:
    assert Tried(*tries).judged() == (verdict, count)


def test_one_who_is_alone_waits_for_all_others() -> None:
    inside = 0
    most: list[int] = []

    async def work() -> Seen:
        nonlocal inside
        inside += 1
        await asyncio.sleep(0.001)
        most.append(inside)
        inside -= 1
        return HOLDS

    async def run() -> None:
        gate = Gate(3)
        together = [gate.together(work) for _ in range(7)]
        await asyncio.gather(*together[:4], gate.alone(work), gate.alone(work), *together[4:])

    asyncio.run(run())
    assert most.count(1) >= 2
    assert max(most) == 3


def test_a_long_idle_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kata.clock.spec_loop.LONGEST_REAL_IDLE", 0.05)
    clock = OutsideClock()
    began = time.monotonic()

    asyncio.run(clock.sleep(3_600))

    assert 0.05 <= time.monotonic() - began < 60
    assert 3_600 <= clock.now < 3_660


def test_what_a_fixture_does_not_have_is_not_asked() -> None:
    with pytest.raises(NotSeen, match="ticks of the heart"):
        OutsideClock().ticks_of_the_heart  # type: ignore[attr-defined] # noqa: B018
    with pytest.raises(AttributeError):
        OutsideClock()._private  # type: ignore[attr-defined] # noqa: B018 # pyright: ignore


# Whatever comes from an answer's process may be made up


def test_frames_come_in_pieces_and_may_be_none() -> None:
    unpacker = frames.Unpacker()
    data = frames.packed(frames.DATA, b"hello") + frames.error("ReadError", "broken")
    came: list[tuple[bytes, bytes]] = []
    for byte in data:
        unpacker.feed(bytes([byte]))
        if (frame := unpacker.next()) is not None:
            came.append(frame)

    assert came[0] == (frames.DATA, b"hello")
    assert json.loads(came[1][1]) == ["ReadError", "broken"]
    unpacker.feed(frames.HEAD.pack(frames.DATA, frames.LONGEST + 1))
    with pytest.raises(frames.NoFrame):
        unpacker.next()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        frames.packed(frames.DATA, b"x"),
        frames.packed(frames.CONNECT, b"no json"),
        frames.packed(frames.CONNECT, b"[1]"),
        frames.packed(frames.CONNECT, b'["host", "port"]'),
        frames.packed(frames.CONNECT, b'["host", 443]') + frames.packed(frames.DATA, b"\0\r\n\r\n"),
        b"",
    ],
)
def test_a_line_that_speaks_nonsense_is_closed_and_nothing_else(sent: bytes) -> None:
    upstream = Upstream()
    upstream.get("https://host/a").respond(json=[1])
    nonsense, came = asyncio.run(_talk(upstream, [sent, _asked_for("/a")]))

    assert b"[1]" in came
    assert b"HTTP/1.1 200" not in nonsense
    assert upstream.open_connections == 0


def _asked_for(path: str) -> bytes:
    request = f"GET {path} HTTP/1.1\r\nhost: host\r\nconnection: close\r\n\r\n".encode()
    opened = frames.packed(frames.CONNECT, b'["host", 443]') + frames.packed(frames.TLS)
    return opened + frames.packed(frames.DATA, request)


async def _talk(upstream: Upstream, said: list[bytes]) -> list[bytes]:
    """What comes back on a line of its own for each."""
    lines = UpstreamLines(upstream)
    came: list[bytes] = []
    with lines.handover() as handover:
        for each in said:
            ours, theirs = socket.socketpair()
            with theirs:
                socket.send_fds(handover, [b"+"], [theirs.fileno()])
            ours.setblocking(False)
            reader, writer = await asyncio.open_unix_connection(sock=ours)
            writer.write(each)
            writer.write_eof()
            came.append(await asyncio.wait_for(reader.read(), 5))
            writer.close()
        # What is no line of bytes at all is closed.
        pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        socket.send_fds(handover, [b"+"], [pair[0].fileno()])
        for each in pair:
            each.close()
        await asyncio.sleep(0.05)
    await lines.close()
    return came


@pytest.fixture
def replying(tmp_path: Path) -> Callable[[bytes], httpx.Response]:
    """Asks a server that answers with these bytes, whatever it is asked."""

    def ask(reply: bytes) -> httpx.Response:
        async def run() -> httpx.Response:
            async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(reply)
                writer.close()

            server = await asyncio.start_unix_server(answer, tmp_path / "s")
            driver = OutsideDriver(lambda: tmp_path / "s", lambda: 0.0)
            async with server, new_client(driver) as client:
                return await client.get("/")

        return asyncio.run(run())

    return ask


def test_a_reply_is_read(replying: Callable[[bytes], httpx.Response]) -> None:
    response = replying(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n[]")

    assert (response.status_code, response.json()) == (201, [])


def test_who_leaves_has_asked_and_hangs_up_without_a_reply(tmp_path: Path) -> None:
    async def run() -> list[bytes]:
        came: list[bytes] = []
        over = asyncio.Event()

        async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            came.extend([await reader.readuntil(b"\r\n\r\n"), await reader.read()])
            writer.close()
            over.set()

        server = await asyncio.start_unix_server(hear, tmp_path / "s")
        async with server:
            await OutsideDriver(lambda: tmp_path / "s", lambda: 0.0).leave("/a?b=c", after=0.05)
            await asyncio.wait_for(over.wait(), 5)
        return came

    asked, rest = asyncio.run(run())
    assert asked.startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert b"x-forwarded-for: 192.0.2." in asked.lower(), (
        "the one who leaves has an address, as all have"
    )
    assert not rest


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (b"", "closed before"),
        (b"no http\r\n\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[]", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n" + gzip.compress(b"[]"), "is packed"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MOST_BYTES + 1), "more than"),
    ],
)
def test_a_reply_that_is_none_is_refused(
    replying: Callable[[bytes], httpx.Response], reply: bytes, words: str
) -> None:
    with pytest.raises(httpx.TransportError, match=words):
        replying(reply)


def _run(path: Path, sql: str, *parameters: Any) -> dict[str, Any]:
    return tasks._done(path, sql, list(parameters))  # pyright: ignore[reportPrivateUsage]


def test_statements_run_on_the_file_and_on_no_link(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    assert _run(path, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)") == {"rows": []}
    assert _run(path, "INSERT INTO t VALUES (?, ?)", 2**62, "a\0b") == {"rows": []}
    assert _run(path, "SELECT *, x'ff' AS b FROM t") == {
        "rows": [{"id": 2**62, "name": "a\0b", "b": {"bytes": "ff"}}]
    }
    assert _run(path, "INSERT INTO t VALUES (?, ?)", 2**62, "")["error"] == "IntegrityError"
    assert _run(path, "nonsense")["error"] == "OperationalError"
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    assert "more than" in _run(path, many)["text"]
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "locked" in _run(path, "SELECT 1 FROM t")["text"]
    other.close()

    path.rename(tmp_path / "teachers.db")
    path.symlink_to(tmp_path / "teachers.db")
    assert "no ordinary file" in _run(path, "DROP TABLE t")["text"]


def test_an_app_is_disguised_and_stays_the_same() -> None:
    source = (
        '"""It is wrong."""\n\n# here\ndef f() -> int:\n    """Why."""\n    return 1  # really\n'
    )

    assert disguised(source) == "def f() -> int:\n    return 1\n"
    assert disguised('"""Only this."""\n') == '"""Only this."""\n'


# What cannot be followed is refused with a sentence


def test_further_apps_are_read_before_anything_is_judged(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="There is no app"):
        further_apps(tmp_path / "nowhere")
    (tmp_path / "a.py").write_text("def", "utf-8")
    with pytest.raises(Refusal, match="cannot be read as Python"):
        further_apps(tmp_path)
    (tmp_path / "a.py").write_text("x: int", "utf-8")
    with pytest.raises(Refusal, match="has no `app`"):
        further_apps(tmp_path)


def test_broken_without_confirm_is_refused(tmp_path: Path) -> None:
    hand_in(tmp_path, ada={"01": b""})
    command = ["class", "grade", str(tmp_path / "submissions"), "--out", str(tmp_path / "results")]
    came = CliRunner().invoke(app, [*command, "--broken", str(tmp_path)])

    assert came.exit_code == 2
    assert "--broken has a meaning only with --confirm" in came.output


def test_elsewhere_than_on_linux_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirming.sys, "platform", "darwin")
    with pytest.raises(Refusal, match="--confirm needs Linux"):
        confirming.must_be_possible()


def test_a_judge_that_ends_leaves_its_answers_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(tmp_path, ada={"01": reference("01")})
    first_look(tmp_path / "submissions", tmp_path / "results", "01")
    monkeypatch.setattr(workers.sys, "executable", shutil.which("true") or "/bin/true")

    came = confirm(
        COURSE, tmp_path / "submissions", tmp_path / "results", Layers(), silent, shard=Shard()
    )

    assert set(verdicts(of(tmp_path, "ada")).values()) == {"not run"}
    assert came.unsure == ["ada"]
    assert not came.differing


def test_it_leaves_no_process_behind(tmp_path: Path) -> None:
    layers = probe(ROOT).layers
    judge = confirming._Judge(COURSE, layers)  # pyright: ignore[reportPrivateUsage]
    name = COURSE.exercise("01").name
    job = Job(1, name, {"main.py": reference("01")}, ("test_it_answers_with_the_message",))
    with judge:
        ((number, looks),) = judge.look_at([job])
        process = judge._process  # pyright: ignore[reportPrivateUsage]
        assert process is not None
    assert (number, [each.verdict for each in looks.values()]) == (1, ["agrees"])
    assert process.poll() is not None
    children = subprocess.run(
        ["ps", "-o", "pid=", "--sid", str(process.pid)], capture_output=True, text=True, check=False
    )
    assert not children.stdout.strip()


def test_the_end_of_a_forked_process_takes_nothing_of_the_judge_away() -> None:
    """A forked process that ends as Python does runs what its parent has registered for the end."""
    code = """
import os, weakref
from pathlib import Path
from kata.classroom.grading.worker import room_in_memory
from kata.classroom.sandbox.confinement import Layers
from kata.classroom.second_look import tasks

with room_in_memory(Layers(landlock=1)) as room:
    if os.fork() == 0:
        tasks._end_as_python_does()
        os._exit(0)
    os.wait()
    print(room.is_dir())
print(room.parent.exists())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["True", "False"]
