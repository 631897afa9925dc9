"""The sandbox: what an answer tries that is none of its business, by harmless means, and what it gets."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from types import SimpleNamespace

import pytest

from kata.classroom.grading.workers import Workers
from kata.classroom.sandbox import landlock, probe, seccomp
from kata.classroom.sandbox.confinement import Layers, interpreter
from kata.classroom.sandbox.probe import Isolation
from kata.course.course import Course
from kata.run.record import Outcomes

ROOT = Path(__file__).resolve().parents[2]
COURSE = Course(ROOT)
FIRST = "01_first_async_endpoint"
SPECS_OF_01 = COURSE.exercise(FIRST).spec.read_text("utf-8").count("def test_")
REFERENCE = (ROOT / "solutions" / FIRST / "main.py").read_text("utf-8")

landlocked = pytest.mark.skipif(landlock.abi() < 6, reason="needs a kernel with Landlock 6")

Tries = Callable[..., str]


@pytest.fixture(scope="module")
def isolation() -> Isolation:
    return probe.probe(ROOT)


@pytest.fixture(scope="module")
def workers(isolation: Isolation) -> Generator[Workers]:
    workers = Workers(COURSE, isolation.layers, 1)
    yield workers
    workers.close()


def judged(workers: Workers, source: str) -> Outcomes:
    return workers.submit(FIRST, {"main.py": source.encode()}).result()[0]


@pytest.fixture
def tries(workers: Workers) -> Tries:
    """What an answer gets for an expression: the name of the error, or the value."""

    def tries(expression: str, **names: object) -> str:
        given = "".join(f"{name} = {value!r}\n" for name, value in names.items())
        source = (
            "import glob, os, pathlib, pwd, signal, socket, subprocess, sys\n"
            f"{given}"
            f"try:\n    got = repr({expression})\n"
            "except BaseException as error:\n    got = type(error).__name__\n"
            "raise RuntimeError(f'GOT {got} END')\n"
        )
        came = judged(workers, source)
        text = came.specs[0].text if came.specs else ""
        assert "GOT " in text, came
        return text.partition("GOT ")[2].partition(" END")[0]

    return tries


def test_what_held_is_told_in_one_sentence(isolation: Isolation) -> None:
    assert isolation.sentence.startswith("process, limits")
    assert isolation.names[:2] == ("process", "limits")
    assert (landlock.abi() > 0) == ("landlock" in isolation.names)
    assert "\n" not in isolation.sentence


def test_the_reference_is_solved_inside(workers: Workers) -> None:
    came = judged(workers, REFERENCE)

    assert came.solved, came
    assert len(came.specs) == SPECS_OF_01


# Files


@landlocked
def test_no_file_of_anybody_else_can_be_read(tries: Tries, tmp_path: Path) -> None:
    other = tmp_path / "grace" / FIRST / "main.py"
    other.parent.mkdir(parents=True)
    other.write_text("hers", "utf-8")

    assert tries("open(path).read()", path=str(other)) == "PermissionError"
    assert tries("os.listdir(path)", path=str(tmp_path)) == "PermissionError"
    assert tries("os.listdir(pwd.getpwuid(os.getuid()).pw_dir)") == "PermissionError"
    assert tries("open('/etc/shadow').read()") in ("PermissionError", "FileNotFoundError")


@landlocked
def test_home_is_the_scratch_folder(tries: Tries) -> None:
    assert tries("[each.name for each in pathlib.Path.home().iterdir()] != []") == "True"
    assert tries("pathlib.Path.home().joinpath('mine').write_text('1')") == "1"


@landlocked
@pytest.mark.parametrize(
    "place",
    [
        "solutions/01_first_async_endpoint/main.py",
        "tests/gallery/01_first_async_endpoint/right/reference_style.py",
        "tests/classroom/test_sandbox.py",
        "exercises/02_never_block_the_loop/test_never_block_the_loop.py",
        "pyproject.toml",
        ".git/HEAD",
    ],
)
def test_nothing_of_the_checkout_can_be_read_but_the_kata_itself(tries: Tries, place: str) -> None:
    assert tries("open(path).read()", path=str(ROOT / place)) in (
        "PermissionError",
        "FileNotFoundError" if not (ROOT / place).exists() else "",
    )


@landlocked
def test_of_the_specs_only_its_own_can_be_read(tries: Tries) -> None:
    specs = "glob.glob(os.path.join(os.path.dirname(os.environ['TMPDIR']), 'kata/exercises/{}*/test_*.py'))[0]"

    assert tries(f"open({specs.format('01')}).read() != ''") == "True"
    assert tries(f"open({specs.format('02')}).read()") == "PermissionError"
    assert tries(f"open({specs.format('01')}, 'a')") == "PermissionError"
    assert tries(f"os.remove({specs.format('01')})") == "PermissionError"


@landlocked
def test_nothing_is_written_outside(tries: Tries, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)

    assert tries("open(path, 'w')", path=str(tmp_path / "new")) == "PermissionError"
    assert tries("os.mkdir(path)", path=str(tmp_path / "new")) == "PermissionError"
    assert tries("open(path, 'a')", path=str(ROOT / "kata" / "__init__.py")) == "PermissionError"
    assert list(tmp_path.iterdir()) == []


@landlocked
def test_shared_memory_is_the_workers_own(
    tries: Tries, isolation: Isolation, tmp_path: Path
) -> None:
    if not isolation.layers.memory:
        pytest.skip("needs root, or user name spaces for everybody")
    lies = Path("/dev/shm", tmp_path.name)
    lies.write_text("the teacher's", "utf-8")
    try:
        assert tries("open(path).read()", path=str(lies)) == "FileNotFoundError"
        assert tries("open('/dev/shm/left', 'w').write('x')") == "1"
        assert tries("os.path.exists('/dev/shm/left')") == "False"
        assert not Path("/dev/shm/left").exists()
    finally:
        lies.unlink()


PROCESS_POOL = ROOT / "tests/gallery/01_first_async_endpoint/right/process_pool_of_the_app.py"


def test_a_process_pool_works_inside(workers: Workers) -> None:
    assert judged(workers, PROCESS_POOL.read_text("utf-8")).solved


def test_tests_that_start_a_server_work_inside(workers: Workers) -> None:
    """Exercise 10 asks for tests, and some right ones start a real server on this machine."""
    name = "10_test_it_yourself"
    tests = ROOT / "tests/gallery" / name / "right/real_server_and_upstream.py"

    came, _ = workers.submit(name, {"test_main.py": tests.read_bytes()}).result()

    assert came.solved, came


# The network


@landlocked
def test_no_listener_is_reached(tries: Tries, isolation: Isolation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]

        assert (
            tries("socket.create_connection(('127.0.0.1', port))", port=port) == "PermissionError"
        )
        with pytest.raises(TimeoutError):
            listener.accept()
    if isolation.layers.sockets:
        assert tries("socket.socket(socket.AF_INET, socket.SOCK_DGRAM)") == "PermissionError"
        assert tries("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)") == "PermissionError"
        assert tries("socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)") == "PermissionError"
    assert tries("socket.socketpair()[0].close()") == "None"


# Processes


@landlocked
def test_the_worker_cannot_be_signalled_nor_read(tries: Tries, workers: Workers) -> None:
    assert tries("os.kill(os.getppid(), 0)") == "PermissionError"
    assert tries("os.kill(os.getppid(), signal.SIGKILL)") == "PermissionError"
    assert tries("open(f'/proc/{os.getppid()}/environ').read()") == "PermissionError"
    assert tries("open(f'/proc/{os.getppid()}/mem', 'rb').read(1)") == "PermissionError"
    assert judged(workers, REFERENCE).solved


LIVES_ON = """
import os, pathlib, time
kept = pathlib.Path(os.environ["TMPDIR"])
there, told = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(told, str(os.getpid()).encode())
        for number in range(1000):
            os.closerange(0, 3)
            time.sleep(0.1)
    os._exit(0)
raise RuntimeError(f"GOT {os.read(there, 100).decode()} END")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans another parent")
def test_a_process_that_leaves_its_group_does_not_live_on(workers: Workers) -> None:
    came = judged(workers, LIVES_ON)

    number = int(came.specs[0].text.partition("GOT ")[2].partition(" END")[0])
    assert not Path(f"/proc/{number}").exists()
    assert judged(workers, REFERENCE).solved


def test_memory_ends_before_the_machines_does(tries: Tries, workers: Workers) -> None:
    # `bytes` asks for zeros and does not touch them, as `bytearray` would: no memory is used, and no time.
    assert tries("[bytes(1 << 30) for _ in range(64)]") == "MemoryError"
    assert tries("pathlib.Path.home().joinpath('big').open('wb').truncate(1 << 31)") == "OSError"
    assert judged(workers, REFERENCE).solved


# The record


FORGES = """
import json, os
names = ["test_waits_two_seconds"]
for number in range(3, 64):
    for line in ({"begins": "x"}, {"ended": True}, {"specs": [], "ended": "", "running": "", "seconds": 0.0}):
        try:
            os.write(number, (json.dumps(line) + "\\n").encode())
        except OSError:
            pass
print(json.dumps({"specs": [], "ended": "", "running": "", "seconds": 0.0}))
os.write(1, b'{"specs": [], "ended": "", "running": "", "seconds": 0.0}\\n')
raise RuntimeError("GOT here END")
"""


def test_what_is_written_into_every_open_file_is_believed_by_nobody(workers: Workers) -> None:
    came = judged(workers, FORGES)

    assert [spec.outcome for spec in came.specs] == ["failed"] * SPECS_OF_01
    assert "GOT here END" in came.specs[0].text
    assert judged(workers, REFERENCE).solved


# Another user, if root


def test_another_user_reads_no_file_that_is_not_for_everybody(tmp_path: Path) -> None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("only root can become another user")
    secret = tmp_path / "secret"
    secret.write_text("mine", "utf-8")
    secret.chmod(0o600)
    code = (
        "import os, sys; from kata.classroom.sandbox import user; user.become(user.own_user(7))\n"
        "try: open(sys.argv[1]).read()\n"
        "except PermissionError: print('refused', os.getresuid(), os.getgroups())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(secret)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    number = 0x60000000 + 7
    assert done.stdout.strip() == f"refused {(number, number, number)} []", done.stderr


# The ladder


def test_where_nothing_can_be_forked_a_sentence_says_what_is_missing() -> None:
    here = probe.probe(ROOT, workers_fork=False)

    assert here.names == ("process",)
    assert here.layers == Layers()
    assert here.sentence.startswith("process; no limits")


def test_without_landlock_and_filter_the_rest_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    monkeypatch.setattr(seccomp, "is_known_here", lambda: False)

    here = probe.probe(ROOT)

    assert "landlock" not in here.names
    assert "network" not in here.names
    assert "limits" in here.names
    assert "the network is open" in here.sentence


def test_what_could_not_be_tried_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")

    here = probe.probe(ROOT)

    assert here.names == ("process", "limits")
    assert here.layers == Layers(limits=True)


def test_the_interpreter_is_readable_and_no_project_beside_it() -> None:
    places = interpreter()

    assert Path(sys.prefix) in places
    assert ROOT not in places
    assert not any(place in ROOT.parents for place in places)


# Landlock by number


@pytest.mark.parametrize(
    ("version", "fields"),
    [
        (1, ((1 << 13) - 1,)),
        (2, ((1 << 14) - 1,)),
        (3, ((1 << 15) - 1,)),
        (4, ((1 << 15) - 1, 3)),
        (5, ((1 << 16) - 1, 3)),
        (6, ((1 << 16) - 1, 3, 3)),
        (9, ((1 << 16) - 1, 3, 3)),
    ],
)
def test_an_older_kernel_is_asked_for_what_it_knows(
    version: int, fields: tuple[int, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[tuple[object, ...]] = []
    any_file = os.open(tmp_path, os.O_RDONLY)

    def syscall(*arguments: object) -> int:
        calls.append(arguments)
        return any_file if arguments[0] == 444 else 0

    def prctl(*_arguments: object) -> int:
        return 0

    fake = SimpleNamespace(syscall=syscall, prctl=prctl)
    monkeypatch.setattr(landlock, "_libc", lambda: fake)
    (tmp_path / "file").touch()

    landlock.restrict(version, read=[tmp_path / "file", tmp_path / "none"], write=[tmp_path])

    asked = calls[0][1]
    assert isinstance(asked, bytes)
    assert struct.unpack(f"={len(fields)}Q", asked) == fields
    rules = [struct.unpack("=Qi", each[3])[0] for each in calls if each[0] == 445]  # type: ignore[arg-type]
    assert rules == [0b101, fields[0]]
    assert calls[-1][0] == 446


# The filter, run by a small machine of the test


def verdict(program: bytes, number: int, *arguments: int, architecture: int) -> int:
    """What the kernel would return: the steps that the filter uses, and no others."""
    data = struct.pack("=IIQ", number, architecture, 0)
    data += struct.pack("=6Q", *arguments, *[0] * (6 - len(arguments)))
    steps = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    here = held = 0
    while True:
        code, yes, no, value = steps[here]
        here += 1
        if code == 0x20:
            held = struct.unpack_from("=I", data, value)[0]
        elif code == 0x54:
            held &= value
        elif code in (0x15, 0x35):
            here += yes if (held == value if code == 0x15 else held >= value) else no
        else:
            assert code == 0x06
            return value


ALLOW = 0x7FFF0000


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("tcp", [False, True])
def test_the_filter_lets_through_what_it_should(machine: str, tcp: bool) -> None:
    here = seccomp._ARCHITECTURES[machine]  # pyright: ignore[reportPrivateUsage]
    program = seccomp._program(here, tcp=tcp)  # pyright: ignore[reportPrivateUsage]

    def allows(number: int, *arguments: int, architecture: int = here.audit) -> bool:
        return verdict(program, number, *arguments, architecture=architecture) == ALLOW

    cloexec = 0o2000000
    assert allows(here.socket, socket.AF_UNIX, socket.SOCK_DGRAM)
    for family in (2, 10):
        assert allows(here.socket, family, 1 | cloexec, 0) == tcp
        assert allows(here.socket, family, 1, 6) == tcp
        assert not allows(here.socket, family, 1, 262), "Multipath TCP"
        assert not allows(here.socket, family, 2 | cloexec, 0)
        assert not allows(here.socket, family, 3, 1)
    assert not allows(here.socket, 16, 3, 0), "netlink"
    assert not allows(here.socket, 40, 1, 0), "vsock"
    assert not allows(425)
    assert allows(0)
    assert allows(here.socket + 1)
    assert not allows(0, architecture=0x40000003)
    assert not allows(here.socket | 0x40000000, 1, 1)


def test_a_worker_goes_when_its_caller_is_killed(isolation: Isolation) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux tells a process of its parent's end")
    code = (
        "import sys; from pathlib import Path; from kata.course.course import Course\n"
        "from kata.classroom.grading.workers import Workers\n"
        "from kata.classroom.sandbox.confinement import Layers\n"
        f"workers = Workers(Course(Path({str(ROOT)!r})), Layers(), 1)\n"
        f"workers.submit({FIRST!r}, {{'main.py': b'while True: pass'}})\n"
        "import time\n"
        "while workers._all[0]._process is None: time.sleep(0.01)\n"
        "print(workers._all[0]._process.pid, flush=True); time.sleep(60)\n"
    )
    caller = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert caller.stdout is not None
    worker = int(caller.stdout.readline())
    time.sleep(1)
    caller.kill()
    caller.wait()
    caller.stdout.close()

    deadline = time.monotonic() + 20
    while _lives(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _lives(worker)


def _lives(number: int) -> bool:
    try:
        stat = Path(f"/proc/{number}/stat").read_text("ascii", "replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
