"""The hopeless: whatever an answer does, its specs end, with one sentence, and so does the run.

Each answer in here is run by pytest in a process of its own, beside the reference of another exercise,
whose verdict must stand.
"""

from __future__ import annotations

import os
import textwrap
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.made_up_course import write
from tests.helpers.small_course import FIRST, SECOND, Run, run_pytest, small_course

REFERENCE = f"solutions/{SECOND}/main.py"

LIMIT = 90.0
"""Real seconds. Idle, none takes more than 15; a busy machine may be slower."""

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="processes and signals as POSIX has them"
)

HEAD = """
import asyncio, atexit, contextlib, ctypes, itertools, os, queue, signal, sys, threading, time, _thread
import aiosqlite, httpx
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

MESSAGE = {"ok": True}
app = FastAPI()
kept = []

def spin():
    while True:
        pass

def spin_and_catch():
    while True:
        try:
            while True:
                pass
        except Exception:
            pass

def spin_and_catch_all():
    while True:
        try:
            while True:
                pass
        except:
            pass

def deeper():
    return deeper()

async def deeper_still():
    return await deeper_still()

def lock_for_ever():
    lock = _thread.allocate_lock()
    lock.acquire()
    lock.acquire()

"""


def handler(body: str) -> str:
    """An answer whose handler does this, and then what was asked."""
    return (
        HEAD
        + "@app.get('/first')\nasync def endpoint():\n"
        + textwrap.indent(textwrap.dedent(body).strip(), "    ")
        + "\n    await asyncio.sleep(2)\n    return MESSAGE\n"
    )


def lifespan(body: str) -> str:
    """An answer with this life cycle."""
    return (
        HEAD
        + "@contextlib.asynccontextmanager\nasync def lifespan(app):\n"
        + textwrap.indent(textwrap.dedent(body).strip(), "    ")
        + "\n\napp = FastAPI(lifespan=lifespan)\n"
        + "@app.get('/first')\nasync def endpoint():\n"
        + "    await asyncio.sleep(2)\n    return MESSAGE\n"
    )


@dataclass(frozen=True)
class Hopeless:
    """An answer, and words of what must be read. `passes`: its specs may hold; `ends`: the whole run ends."""

    source: str
    reads: str = ""
    at: str = ""
    passes: bool = False
    ends: bool = False
    spec: str = "it_answers"


CUT_OFF = "This line runs or waits for ever and lets nothing else run."
IMPORT = "nothing in it may wait or run for ever at import"
DEADLOCK = "A deadlock"

GALLERY: dict[str, Hopeless] = {
    # Loops
    "a loop in a handler": Hopeless(handler("while True: pass"), CUT_OFF, "while True: pass"),
    "a loop that catches Exception": Hopeless(handler("spin_and_catch()"), CUT_OFF),
    "a loop that catches everything": Hopeless(handler("spin_and_catch_all()"), CUT_OFF),
    "a loop in the startup": Hopeless(lifespan("spin()\nyield"), CUT_OFF),
    "a loop in the shutdown": Hopeless(lifespan("yield\nspin()"), CUT_OFF, spec="nothing_is_left"),
    "a loop at import": Hopeless(HEAD + "spin()\n", IMPORT),
    "a loop at import that catches Exception": Hopeless(HEAD + "spin_and_catch()\n", IMPORT),
    "a loop at import that catches everything": Hopeless(HEAD + "spin_and_catch_all()\n", IMPORT),
    "a task that goes on after each cancellation": Hopeless(
        lifespan(
            """
            async def report():
                while True:
                    with contextlib.suppress(BaseException):
                        await asyncio.sleep(60)
            task = asyncio.create_task(report())
            yield
            task.cancel()
            """
        ),
        passes=True,
    ),
    "a loop of awaits": Hopeless(
        handler("while True: await asyncio.sleep(0)"), "again and again for something that never"
    ),
    "a loop of calls through a thread": Hopeless(
        handler("while True: await asyncio.to_thread(int)"), "asks again and again"
    ),
    "a loop of queries": Hopeless(
        handler(
            """
            async with aiosqlite.connect(":memory:") as db:
                while not await db.execute_fetchall("SELECT 1 WHERE 0"):
                    pass
            """
        ),
        "asks again and again",
        "execute_fetchall",
    ),
    "a wait for a signal that nobody sends": Hopeless(
        handler(
            """
            came = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, came.set)
            await came.wait()
            """
        ),
        DEADLOCK,
        "came.wait()",
    ),
    "a loop of sleeps": Hopeless(
        handler("while True: await asyncio.sleep(1)"), "again and again for something that never"
    ),
    "an endless stream": Hopeless(
        handler(
            """
            async def ticks():
                while True:
                    yield b"tick"
                    await asyncio.sleep(0.01)
            return StreamingResponse(ticks())
            """
        )
    ),
    "a loop that swallows its cancellation": Hopeless(
        handler(
            """
            while True:
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    pass
            """
        ),
        "again and again for something that never",
    ),
    "a stream without a pause": Hopeless(
        handler(
            """
            async def ticks():
                while True:
                    yield b"tick"
            return StreamingResponse(ticks())
            """
        )
    ),
    "a loop of blocking sleeps": Hopeless(
        handler("while True: time.sleep(1)"), "again and again for something that never"
    ),
    "a loop with a trace function": Hopeless(
        handler("sys.settrace(lambda *_: None)\nspin()"), CUT_OFF
    ),
    "a loop that prints": Hopeless(handler("while True: print('x' * 100)"), CUT_OFF),
    # Waits
    "a wait for nothing": Hopeless(
        handler("await asyncio.Event().wait()"), DEADLOCK, "Event().wait()"
    ),
    "a wait for nothing that catches everything": Hopeless(
        handler(
            """
            while True:
                try:
                    await asyncio.Event().wait()
                except BaseException:
                    pass
            """
        ),
        DEADLOCK,
    ),
    "a wait for nothing in the startup": Hopeless(
        lifespan("await asyncio.Event().wait()\nyield"), "A deadlock in the startup"
    ),
    "a life cycle that never ends": Hopeless(
        lifespan("yield\nawait asyncio.Event().wait()"), "A deadlock in the shutdown"
    ),
    "a life cycle that never yields": Hopeless(lifespan("if False: yield"), "startup"),
    "a life cycle that yields twice": Hopeless(lifespan("yield\nyield"), "shutdown"),
    "a lock that its thread holds already": Hopeless(handler("lock_for_ever()"), CUT_OFF),
    "a wait for a queue on the loop": Hopeless(handler("queue.Queue().get()"), DEADLOCK),
    "a wait for a queue in the startup": Hopeless(
        lifespan("queue.Queue().get()\nyield"), "A deadlock in the startup"
    ),
    "a wait for a queue at import": Hopeless(HEAD + "queue.Queue().get()\n", IMPORT),
    "a wait for nothing at import": Hopeless(
        HEAD + "async def main(): await asyncio.Event().wait()\nasyncio.run(main())\n", IMPORT
    ),
    "a wait for a queue that catches Exception": Hopeless(
        handler(
            """
            while True:
                try:
                    queue.Queue().get()
                except Exception:
                    pass
            """
        ),
        CUT_OFF,
    ),
    "a wait for a queue that catches everything": Hopeless(
        handler(
            """
            while True:
                try:
                    queue.Queue().get()
                except:
                    pass
            """
        ),
        CUT_OFF,
    ),
    "a wait for a thread that never ends": Hopeless(
        handler("it = threading.Thread(target=spin_and_catch_all)\nit.start()\nit.join()"), CUT_OFF
    ),
    "a wait for a socket": Hopeless(
        handler("import socket; socket.create_server(('127.0.0.1', 0)).accept()"), CUT_OFF
    ),
    "a wait for a pipe": Hopeless(handler("os.read(os.pipe()[0], 1)"), CUT_OFF),
    "a wait for a process": Hopeless(
        handler("import subprocess; subprocess.run(['sleep', '1000'])"), CUT_OFF
    ),
    "an await of a process": Hopeless(
        handler("it = await asyncio.create_subprocess_exec('sleep', '1000')\nawait it.wait()"),
        CUT_OFF,
    ),
    # Threads
    "a thread that loops": Hopeless(handler("await asyncio.to_thread(spin)"), CUT_OFF),
    "a thread that loops and catches everything": Hopeless(
        handler("await asyncio.to_thread(spin_and_catch_all)"), CUT_OFF
    ),
    "a thread that waits in C": Hopeless(
        handler("await asyncio.to_thread(lock_for_ever)"), CUT_OFF
    ),
    "a thread that waits for nothing": Hopeless(
        handler("await asyncio.to_thread(threading.Event().wait)"), DEADLOCK
    ),
    "a thread that waits for nothing and catches everything": Hopeless(
        handler(
            """
            def wait():
                while True:
                    try:
                        threading.Event().wait()
                    except:
                        pass
            await asyncio.to_thread(wait)
            """
        ),
        DEADLOCK,
    ),
    # Left behind
    "a connection that is never closed": Hopeless(
        handler("kept.append(await aiosqlite.connect('test.db'))"),
        "a connection to the database",
        spec="nothing_is_left",
    ),
    "a thread that is never ended": Hopeless(
        handler("threading.Thread(target=threading.Event().wait).start()"),
        "the thread",
        spec="nothing_is_left",
    ),
    "a thread that sleeps for ever": Hopeless(
        handler(
            """
            def nap():
                while True:
                    time.sleep(1)
            threading.Thread(target=nap).start()
            """
        ),
        "the thread",
        spec="nothing_is_left",
    ),
    "a thread that loops for ever beside": Hopeless(
        handler("threading.Thread(target=spin_and_catch_all).start()"), spec="nothing_is_left"
    ),
    "a thread that is started without threading": Hopeless(
        handler("_thread.start_new_thread(spin, ())"), CUT_OFF
    ),
    "a task that is never ended": Hopeless(
        handler("kept.append(asyncio.create_task(asyncio.Event().wait()))"),
        "the task",
        spec="nothing_is_left",
    ),
    "a pool with work for ever": Hopeless(
        handler(
            """
            from concurrent.futures import ThreadPoolExecutor
            ThreadPoolExecutor(1).submit(spin_and_catch_all)
            """
        ),
        spec="nothing_is_left",
    ),
    "a piece of work that waits for nothing": Hopeless(
        handler("asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)"),
        "waits at its end for work in a thread that goes on",
        spec="nothing_is_left",
    ),
    "a piece of work that looks again and again": Hopeless(
        lifespan(
            """
            def look():
                while True:
                    time.sleep(30)
            asyncio.get_running_loop().run_in_executor(None, look)
            yield
            """
        ),
        "waits at its end for work in a thread that goes on",
        "time.sleep(30)",
        spec="nothing_is_left",
    ),
    "an exit function that waits": Hopeless(
        handler("atexit.register(lambda: time.sleep(1000))"), passes=True
    ),
    # Too much
    "an endless recursion": Hopeless(handler("deeper()"), "RecursionError"),
    "an endless recursion of awaits": Hopeless(handler("await deeper_still()"), "RecursionError"),
    "100 MB printed": Hopeless(handler("print('x' * 100_000_000)"), passes=True),
    "10,000 tasks": Hopeless(
        handler("await asyncio.gather(*(asyncio.sleep(0) for _ in range(10_000)))"), passes=True
    ),
    # Ends
    "os._exit": Hopeless(handler("os._exit(0)"), "os._exit(0)", "os._exit(0)"),
    "sys.exit": Hopeless(handler("sys.exit(0)"), "end the program with SystemExit"),
    "sys.exit in the startup": Hopeless(lifespan("sys.exit(0)\nyield"), "SystemExit"),
    "an own BaseException in the startup": Hopeless(
        lifespan("class Fatal(BaseException): pass\nraise Fatal('no disk')\nyield"),
        "The startup raised Fatal: no disk.",
        "raise Fatal",
    ),
    "an own BaseException in the shutdown": Hopeless(
        lifespan("class Fatal(BaseException): pass\nyield\nraise Fatal('no disk')"),
        "The shutdown raised Fatal: no disk.",
        "raise Fatal",
    ),
    "an own BaseException in a handler": Hopeless(
        handler("class Fatal(BaseException): pass\nraise Fatal('no disk')"),
        "The handler raised Fatal: no disk.",
        "raise Fatal",
    ),
    "CancelledError in the startup": Hopeless(
        lifespan("raise asyncio.CancelledError()\nyield"), "`CancelledError` left the startup"
    ),
    "GeneratorExit in the startup": Hopeless(
        lifespan("raise GeneratorExit\nyield"), "The startup raised GeneratorExit."
    ),
    "pytest.skip": Hopeless(
        handler("import pytest; pytest.skip('later')"), "end the program with Skipped"
    ),
    "pytest.exit": Hopeless(
        handler("import pytest; pytest.exit('later', 0)"), "end the program with Exit"
    ),
    "a handler that cancels itself": Hopeless(
        handler("asyncio.current_task().cancel()\nawait asyncio.sleep(0)"),
        "`cancel()` was called on the task of this request",
    ),
    "a handler that cancels everybody": Hopeless(
        handler("for task in asyncio.all_tasks(): task.cancel()\nawait asyncio.sleep(0)"),
        "cancel",
    ),
    "a handler that stops the loop": Hopeless(
        handler("asyncio.get_running_loop().stop()"), "The loop belongs to the server"
    ),
    "a server in a handler": Hopeless(
        handler("import uvicorn; uvicorn.run(app)"), "starts a server"
    ),
    "asyncio.run in a handler": Hopeless(
        handler("asyncio.run(asyncio.sleep(1))"), "already running"
    ),
    "a question": Hopeless(handler("input('Your name?')"), ""),
    # Processes and signals
    "a fork that ends": Hopeless(
        handler("pid = os.fork()\nif not pid: os._exit(3)\nos.waitpid(pid, 0)"), passes=True
    ),
    "a fork that stays": Hopeless(handler("if not os.fork(): return MESSAGE"), passes=True),
    "a fork at import": Hopeless(HEAD + "os.fork()\n"),
    "an alarm of its own": Hopeless(
        handler("signal.signal(signal.SIGALRM, signal.SIG_IGN)\nsignal.alarm(0)\nspin()"), CUT_OFF
    ),
    "a timer of its own": Hopeless(
        handler("signal.setitimer(signal.ITIMER_REAL, 0)\nspin()"), CUT_OFF
    ),
    "a signal handler": Hopeless(
        handler(
            "signal.signal(signal.SIGINT, signal.SIG_IGN)\nsignal.signal(signal.SIGTERM, spin)"
        ),
        passes=True,
    ),
    # What no Python can stop ends the run
    "a loop in C": Hopeless(handler("sum(itertools.repeat(1))"), "inside C", "main.py:", ends=True),
    "a loop in C at import": Hopeless(
        HEAD + "sum(itertools.repeat(1))\n", "inside C", "main.py:", ends=True
    ),
    "a loop in C in a thread": Hopeless(
        handler("await asyncio.to_thread(sum, itertools.repeat(1))"), "inside C", "", ends=True
    ),
    "a segmentation fault": Hopeless(
        handler("ctypes.string_at(0)"), "crashed (Segmentation fault)", "main.py:", ends=True
    ),
    "an abort": Hopeless(handler("os.abort()"), "crashed (Aborted)", "main.py:", ends=True),
    "a kill": Hopeless(
        handler("os.kill(os.getpid(), signal.SIGKILL)"), "was killed, or ended itself", ends=True
    ),
    "an exit in C": Hopeless(
        handler("ctypes.CDLL(None)._exit(0)"), "was killed, or ended itself", ends=True
    ),
}


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Callable[[str], Run]]:
    """The runs of the hopeless that are asked for, three at a time, each in a course of its own.

    Those that end the whole run do so where both exercises share a process; the others have one each.
    """
    wanted = {item.name for item in request.session.items if item.path == request.path}

    def run(answer: Hopeless) -> Run:
        workers = f"--workers={1 if answer.ends else 2}"
        root = small_course(tmp_path_factory.mktemp("hopeless"))
        write(root / "exercises" / FIRST / "main.py", answer.source)
        write(root / "exercises" / SECOND / "main.py", (root / REFERENCE).read_text())
        options = ("-q", "--cut-off=1", "-k", answer.spec, workers)
        return run_pytest(root, "exercises/", *options, limit=LIMIT)

    with ThreadPoolExecutor(3) as pool:
        asked = {
            name: pool.submit(run, each)
            for name, each in GALLERY.items()
            if f"test_the_hopeless_end[{name}]" in wanted
        }
        yield lambda name: asked[name].result()
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("name", ["a loop in a handler", "a loop that catches everything"])
def test_ctrl_c_ends_the_run(name: str, workers: int, tmp_path: Path) -> None:
    root = small_course(tmp_path)
    begun = root / "begun"
    source = GALLERY[name].source.replace(
        "MESSAGE =", f"open({str(begun)!r}, 'w').close()\nMESSAGE ="
    )
    write(root / "exercises" / FIRST / "main.py", source)

    options = ("-q", "--cut-off=3", f"--workers={workers}")
    came = run_pytest(root, "exercises/", *options, limit=LIMIT, interrupt=begun.exists)

    assert came.status == pytest.ExitCode.INTERRUPTED, came.text
    assert "KeyboardInterrupt" in came.words
    assert SECOND not in came.words, came.text


@pytest.mark.parametrize("name", GALLERY)
def test_the_hopeless_end(name: str, runs: Callable[[str], Run]) -> None:
    answer = GALLERY[name]

    came = runs(name)

    assert came.status is not None, f"it did not end:\n{came.text[-3000:]}"
    assert came.left == (), "processes are left"
    assert answer.reads in came.words, came.text[-3000:]
    assert answer.at in came.words
    for word in ("Traceback", "INTERNALERROR", "Error ", "warning"):
        assert word not in came.words.replace("Internal Server Error", ""), came.text[-3000:]
    if answer.ends:
        sentence = next(line for line in came.text.splitlines() if line.startswith("kata: "))
        assert f"{FIRST}/test_first.py::test_{answer.spec}" in sentence
        return
    failed = [line for line in came.text.splitlines() if line.startswith("FAILED")]
    assert all(FIRST in line for line in failed), came.text
    assert "02 Second partly run 1/1" in came.words, came.text
    assert came.status == (0 if answer.passes else 1), came.text


@pytest.mark.parametrize("name", [name for name, answer in GALLERY.items() if answer.ends])
def test_what_ends_its_process_costs_its_own_exercise(name: str, tmp_path: Path) -> None:
    answer = GALLERY[name]
    root = small_course(tmp_path)
    write(root / "exercises" / FIRST / "main.py", answer.source)
    write(root / "exercises" / SECOND / "main.py", (root / REFERENCE).read_text())

    came = run_pytest(root, "exercises/", "-q", "--cut-off=1", "--workers=2", limit=LIMIT)

    assert came.left == (), "processes are left"
    assert came.status == 1, came.text
    assert answer.reads in came.words, came.text[-3000:]
    assert answer.at in came.words
    assert "the whole run" not in came.words
    assert "02 Second solved 3/3" in came.words, came.text


@pytest.mark.parametrize("workers", [1, 2])
def test_a_process_that_dies_leaves_no_copy_behind(
    workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = small_course(tmp_path / "course")
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setenv("TMPDIR", str(room))
    write(root / "exercises" / FIRST / "main.py", GALLERY["a kill"].source)

    came = run_pytest(root, "exercises/", "-q", f"--workers={workers}")

    assert came.status not in (0, 1) or workers > 1
    deadline = time.monotonic() + 10
    while (left := list(room.glob("kata-*"))) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


def test_a_task_that_no_cancellation_ends_is_not_taken_apart(tmp_path: Path) -> None:
    root = small_course(tmp_path)
    goes_on = GALLERY["a task that goes on after each cancellation"]
    write(root / "exercises" / FIRST / "main.py", goes_on.source)

    # In one process, where Python would take it apart between two specs, or at the end.
    came = run_pytest(root, f"exercises/{FIRST}", "-q", "--cut-off=1", "--workers=1", limit=LIMIT)

    assert came.status == 1, f"it did not end:\n{came.text[-3000:]}"
    failed = [line for line in came.text.splitlines() if line.startswith("FAILED")]
    assert len(failed) == 1, came.text
    assert "cancelled, and goes on" in came.words or "although it was cancelled" in came.words
