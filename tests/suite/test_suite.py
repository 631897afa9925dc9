"""A learner's tests run in a world of their own: virtual time, no network, and always an end."""

from __future__ import annotations

import difflib
import importlib.util
import os
import re
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from kata.course.course import Course
from kata.feedback.failure import SpecFailure
from kata.suite import process
from kata.suite.jobs import AppRun, InOrder, Job
from kata.suite.process import ROOT, run_tests
from kata.suite.suite import BROKEN, Suite
from tests.helpers.virtual import at_once

EXERCISE = Course(ROOT).exercise("test_it_yourself")
RIGHT = EXERCISE.folder / "main.py"

Try = Callable[..., AppRun]


@pytest.fixture
def tried(tmp_path: Path) -> Try:
    """Run the text of a file of tests with one app, and say what came of it."""

    def run(
        source: str,
        *,
        app: str | None = None,
        helper: str = "",
        limit: float = 20,
        cut_off: float = 1,
    ) -> AppRun:
        main = RIGHT
        if app is not None:
            main = tmp_path / "app.py"
            main.write_text(textwrap.dedent(app), "utf-8")
        tests = tmp_path / "learner" / "test_main.py"
        tests.parent.mkdir(exist_ok=True)
        tests.write_text(textwrap.dedent(source), "utf-8")
        tests.with_name("helper.py").write_text(helper, "utf-8")
        (came,) = run_tests(tests, [Job(main)], tmp_path, limit=limit, cut_off=cut_off)
        return came

    return run


def texts(run: AppRun) -> dict[str, str]:
    return {test.name: f"{test.error}: {test.text}" for test in run.failed}


# Time


def test_every_loop_is_virtual_and_no_second_is_waited_for(tried: Try) -> None:
    source = """
        import asyncio, threading, time, warnings
        from concurrent.futures import ThreadPoolExecutor

        import anyio
        import pytest
        from anyio.from_thread import start_blocking_portal


        async def nap():
            await asyncio.sleep(100)


        @pytest.fixture(autouse=True)
        def measured():
            start = time.monotonic()
            yield
            assert time.monotonic() - start == 100


        @pytest.mark.anyio
        async def test_anyio():
            await nap()

        def test_run():
            asyncio.run(nap())

        def test_anyio_run():
            anyio.run(nap)

        @pytest.mark.parametrize("factory", [None, asyncio.SelectorEventLoop, asyncio.new_event_loop])
        def test_runner(factory):
            with asyncio.Runner(loop_factory=factory) as runner:
                runner.run(nap())

        def test_policy():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                loop = asyncio.get_event_loop_policy().new_event_loop()
            loop.run_until_complete(nap())
            loop.close()

        def test_portal():
            with start_blocking_portal() as portal:
                portal.call(nap)

        def test_thread():
            thread = threading.Thread(target=asyncio.run, args=[nap()])
            thread.start()
            thread.join()

        def test_pool():
            with ThreadPoolExecutor(3) as pool:
                list(pool.map(time.sleep, [100, 100, 100]))

        def test_uvloop():
            uvloop = pytest.importorskip("uvloop")
            uvloop.run(nap()) if False else asyncio.Runner(loop_factory=uvloop.new_event_loop).run(nap())
    """
    with at_once(20):
        run = tried(source)

    assert texts(run) == {}
    # A skipped test would not have taken its time.
    assert run.seconds == 100 * (11 if importlib.util.find_spec("uvloop") else 10)


@pytest.mark.skipif(not importlib.util.find_spec("pytest_asyncio"), reason="needs pytest-asyncio")
def test_pytest_asyncio_is_there_if_it_is_installed(tried: Try) -> None:
    run = tried(
        """
        import asyncio, time
        import pytest, pytest_asyncio

        pytestmark = pytest.mark.asyncio

        @pytest_asyncio.fixture
        async def value():
            await asyncio.sleep(2)
            yield 2

        async def test_it(value):
            start = time.perf_counter()
            await asyncio.sleep(value)
            assert time.perf_counter() - start == 2
        """
    )

    assert run.all_pass
    assert run.seconds == 4


def test_a_real_server_on_the_loopback_lives_on_the_same_clock(tried: Try) -> None:
    run = tried(
        """
        import threading, time
        import httpx, respx, uvicorn
        from main import app


        def test_it():
            server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()
            while not server.started:
                time.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            with respx.mock() as router:
                router.route(host="127.0.0.1").pass_through()
                router.get(host="prices.example").respond(json={"price": 3})
                start = time.perf_counter()
                response = httpx.get(f"http://127.0.0.1:{port}/tea/green")
                took = time.perf_counter() - start
            assert response.json()["price"] == 3
            assert 2 <= took < 2.2
            server.should_exit = True
            thread.join()
        """
    )

    assert texts(run) == {}


# The app and its surroundings


def test_the_app_is_bound_to_main_and_a_helper_may_lie_beside_the_tests(tried: Try) -> None:
    run = tried(
        """
        import main
        from fastapi.testclient import TestClient
        from helper import PRICE
        from main import app

        def test_names(monkeypatch):
            assert main.app is app
            monkeypatch.setattr(main, "PRICE", PRICE)
            with TestClient(app) as client:
                assert client.get("/").json() == PRICE
        """,
        app="""
        from fastapi import FastAPI
        app = FastAPI()
        PRICE = 3

        @app.get("/")
        async def root():
            return PRICE
        """,
        helper="PRICE = 5",
    )

    assert texts(run) == {}
    assert run.all_pass


def test_no_settings_and_no_plugin_of_the_kata_are_in_force(tried: Try) -> None:
    run = tried(
        """
        def test_settings(request):
            config = request.config
            assert not config.pluginmanager.has_plugin("kata.run.plugin")
            assert not config.pluginmanager.has_plugin("kata-session")
            assert config.getini("anyio_mode") == "strict"
            assert config.rootpath.joinpath("main.py").is_file()

        async def test_without_a_mark():
            pass
        """
    )

    assert list(texts(run)) == ["test_without_a_mark"]
    assert "async def functions are not natively supported" in run.failed[0].text


def test_a_failure_reads_the_same_on_a_ci_server(
    tried: Try, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = """
        def test_sets():
            assert set(range(40)) == set(range(1, 40))
    """
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("BUILD_NUMBER", raising=False)
    here = texts(tried(compared))
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("BUILD_NUMBER", "7")
    assert texts(tried(compared)) == here
    assert here


def test_there_is_no_network_but_the_loopback(tried: Try) -> None:
    run = tried(
        """
        import socket
        import httpx
        import pytest

        def test_names():
            with pytest.raises(httpx.ConnectError):
                httpx.get("https://prices.example/teas/green")

        def test_addresses():
            with pytest.raises(OSError):
                socket.create_connection(("192.0.2.1", 80), 1)

        @pytest.mark.anyio
        async def test_async():
            async with httpx.AsyncClient() as client:
                with pytest.raises(httpx.ConnectError):
                    await client.get("http://other.example")

        def test_loopback():
            with socket.create_server(("127.0.0.1", 0)) as server:
                with socket.create_connection(server.getsockname()) as one:
                    with server.accept()[0] as other:
                        one.sendall(b"x")
                        assert other.recv(1) == b"x"
        """
    )

    assert texts(run) == {}
    assert run.hosts == ("prices.example", "192.0.2.1", "other.example")


def test_the_order_can_be_another_and_a_port_is_free_again(tmp_path: Path) -> None:
    source = """
        import socket

        server = socket.create_server(("127.0.0.1", PORT))  # never closed

        def test_1(): pass
        def test_2(): assert False
        def test_3(): pass
        def test_4(): pass
        def test_5(): pass
    """
    orders: dict[InOrder, str] = {
        "as they stand": "12345",
        "backwards": "54321",
        "every second first": "24135",
    }
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    tests = tmp_path / "tests.py"
    tests.write_text(textwrap.dedent(source).replace("PORT", str(port)), "utf-8")

    for order, numbers in orders.items():
        # What was left open does not outlive the run.
        (run,) = run_tests(tests, [Job(RIGHT, order)], tmp_path)
        assert [test.name for test in run.tests] == [f"test_{number}" for number in numbers]
    assert list(tmp_path.iterdir()) == [tests]


def test_if_an_essential_run_fails_those_not_begun_are_left_out(tmp_path: Path) -> None:
    tests = tmp_path / "tests.py"
    tests.write_text("def test_it(): assert False", "utf-8")
    at_once = os.cpu_count() or 1
    jobs = [Job(RIGHT, essential=True), *[Job(RIGHT)] * 4 * at_once]

    first, *_, last = run_tests(tests, jobs, tmp_path)

    assert first.failed
    assert last.ended


def test_a_process_with_threads_starts_another_instead_of_forking(
    tried: Try, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "can_fork", lambda: False)

    assert tried("def test_it(): pass").all_pass


# The end


def test_a_deadlock_is_one_failing_test(tried: Try) -> None:
    source = """
        import asyncio, threading
        import anyio
        import pytest
        from fastapi.testclient import TestClient
        from main import app

        @pytest.mark.anyio
        async def test_in_anyio():
            await asyncio.Event().wait()

        @pytest.mark.anyio
        async def test_after_it():
            await asyncio.sleep(1)

        def test_in_run():
            asyncio.run(asyncio.wait_for(asyncio.Event().wait(), None))

        def test_of_a_thread():
            threading.Event().wait()

        def test_in_the_app():
            with TestClient(app) as client:
                client.get("/")

        @pytest.mark.anyio
        async def test_swallowed():
            try:
                await asyncio.Event().wait()
            except Exception:
                pass

        def test_goes_on_for_ever():
            async def forever():
                while True:
                    await asyncio.sleep(1)
            asyncio.run(forever())

        def test_turns_for_ever():
            async def forever():
                while True:
                    await asyncio.sleep(0)
            asyncio.run(forever())

        def test_at_the_end():
            asyncio.run(asyncio.sleep(1))
    """
    app = """
        import asyncio
        from fastapi import FastAPI
        app = FastAPI()

        @app.get("/")
        async def root():
            await asyncio.Event().wait()
    """
    run = tried(source, app=app)

    failed = texts(run)
    assert {test.name for test in run.passed} == {"test_after_it", "test_at_the_end"}
    for name in ("in_anyio", "in_run", "of_a_thread", "in_the_app", "swallowed"):
        assert "a deadlock: everything waits" in failed[f"test_{name}"], failed
    for name in ("goes_on_for_ever", "turns_for_ever"):
        assert "it goes on for ever" in failed[f"test_{name}"], failed
    assert run.ended == ""
    assert run.failed[0].code == "await asyncio.Event().wait()"


def test_an_endless_loop_is_cut_off_where_it_is(tried: Try) -> None:
    run = tried(
        """
        import threading

        def test_here():
            while True:
                pass

        def test_in_a_thread():
            def spin():
                while True:
                    pass
            thread = threading.Thread(target=spin, daemon=True)
            thread.start()
            thread.join()

        def test_afterwards():
            pass
        """,
        cut_off=0.3,
    )

    assert run.failed[0].name == "test_here"
    assert "nothing moved on" in run.failed[0].text
    assert run.failed[0].code in ("while True:", "pass")
    assert "test_afterwards" in {test.name for test in run.passed}


def test_what_cannot_be_cut_off_is_ended(tried: Try) -> None:
    stubborn = """
        def test_it():
            while True:
                try:
                    while True:
                        pass
                except BaseException:
                    pass
    """
    assert "so they were ended" in tried(stubborn, limit=2, cut_off=30).ended
    assert "ended itself with status 3" in tried("import os\nos._exit(3)").ended
    assert tried("def test_it(): __import__('os').kill(__import__('os').getpid(), 9)").ended


def test_a_file_that_cannot_be_imported_says_where(tried: Try) -> None:
    (failed,) = tried("import math\n\nmath.no_such_thing\n").failed
    assert (failed.name, failed.error, failed.line) == ("", "AttributeError", 3)
    (failed,) = tried("def test_it(:\n").failed
    assert (failed.error, failed.line) == ("SyntaxError", 1)
    (failed,) = tried("import nothing_of_that_name\n").failed
    assert (failed.error, failed.line) == ("ModuleNotFoundError", 1)


def test_a_test_with_subtests_is_one(tried: Try) -> None:
    run = tried("""
        import unittest

        class Prices(unittest.TestCase):
            def test_good(self):
                for price in (3, 4, 5):
                    with self.subTest(price=price):
                        assert price

            def test_wrong(self):
                for price in (3, 4, 5):
                    with self.subTest(price=price):
                        assert price == 3
    """)
    assert [test.name for test in run.passed if "good" in test.name] == ["Prices::test_good"]
    assert {test.name for test in run.failed} == {"Prices::test_wrong"}
    assert len(run.failed) == 1


def test_what_is_not_written_yet_is_told_from_what_is_wrong(tried: Try) -> None:
    run = tried("def test_it():\n    raise NotImplementedError")

    assert [test.unfinished for test in run.failed] == [True]


# What is said


def test_a_skipped_test_is_not_counted_among_those_that_pass(tmp_path: Path) -> None:
    tests = tmp_path / "tests.py"
    tests.write_text(
        "import pytest\n\ndef test_1(): pass\n\n@pytest.mark.skip\ndef test_2(): pass\n", "utf-8"
    )
    suite = Suite(EXERCISE.folder, tests, tmp_path, cut_off=1)

    with pytest.raises(SpecFailure) as failure:
        suite.notices("asks_twice", why="")

    came = "1 of your tests passes, and 1 is skipped or expected to fail"
    assert failure.value.finding.came == came


@pytest.mark.parametrize(
    ("source", "is_said"),
    [
        ("def test_1(): pass\ndef test_2(): assert False", True),
        ("def test_1(): assert False\ndef test_2(): pass", False),
    ],
)
def test_an_earlier_test_may_have_left_something_behind(
    tmp_path: Path, source: str, is_said: bool
) -> None:
    tests = tmp_path / "tests.py"
    tests.write_text(source, "utf-8")

    with pytest.raises(SpecFailure) as failure:
        Suite(EXERCISE.folder, tests, tmp_path, cut_off=1).passes()

    left = "or an earlier test left something behind"
    assert (left in failure.value.finding.teaches) == is_said


# The exercise


def test_each_broken_app_has_one_mistake_and_a_spec() -> None:
    broken = sorted((BROKEN / EXERCISE.name).glob("*.py"))
    right = RIGHT.read_text("utf-8").splitlines()[1:]
    noticed = re.findall(r'suite\.notices\(\s*"(\w+)"', EXERCISE.spec.read_text("utf-8"))

    assert sorted(noticed) == [path.stem for path in broken]
    for path in broken:
        lines = path.read_text("utf-8").splitlines()[1:]
        changes = [
            line for line in difflib.ndiff(right, lines) if line[0] in "+-" and line[2:].strip()
        ]
        assert 1 <= len(changes) <= 9, (path.name, changes)


def test_a_run_of_the_folder_leaves_the_tests_alone_and_naming_them_runs_them() -> None:
    def collected(place: Path) -> str:
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", str(place)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout

    assert "/test_main.py::" not in collected(EXERCISE.folder)
    assert "/test_main.py::test_the_tea_house" in collected(EXERCISE.folder / "test_main.py")
    assert "/test_main.py::test_" in collected(Course(ROOT).reference(EXERCISE))
