"""Off-loop work: each name is where the table says, and unannounced work is right too, only slow."""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import gc
import importlib
import importlib.util
import queue
import sys
import threading
import time
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import aiosqlite
import anyio.to_thread
import pytest

from kata import patches
from kata.clock import off_loop
from kata.clock.clock import Deadlock
from kata.clock.sqlite_threads import worker_of
from kata.patches import PATCHED, REPLACED_FOR_GOOD, Missing, Name
from tests.helpers.virtual import at_once, live

Key = tuple[str, str]


HERE = [
    name
    for name in PATCHED
    if name.distribution != "sqlalchemy" or importlib.util.find_spec("sqlalchemy")
]
"""The names of the table. An answer may use SQLAlchemy, but the kata does not install it."""


def shown(name: object) -> str:
    return f"{name.module}.{name.attribute}" if isinstance(name, Name) else str(name)


def standing(name: Name) -> Any:
    owner: Any = importlib.import_module(name.module)
    for part in name.attribute.split("."):
        owner = getattr(owner, part)
    return owner


@pytest.mark.parametrize("name", HERE, ids=shown)
def test_the_name_is_where_the_table_says(name: Name) -> None:
    # A name that has moved leaves the specs right, but slow: look for its new place, and mend the table.
    assert patches.original(name.module, name.attribute) is standing(name)


@pytest.mark.skipif(sys.platform == "win32", reason="names of POSIX are among them")
@pytest.mark.parametrize(("module", "attribute"), REPLACED_FOR_GOOD)
def test_what_is_replaced_for_good_is_where_the_table_says(module: str, attribute: str) -> None:
    if attribute == "EventLoop" and sys.version_info < (3, 13):
        pytest.skip("asyncio names its loop so since 3.13")
    assert standing(Name(module, attribute, None)) is not None


def test_what_is_not_in_the_table_is_not_replaced_for_good() -> None:
    with pytest.raises(KeyError, match=r"socket\.close"):
        patches.replace_for_good("socket", "socket.close", lambda real: real)


def test_no_name_stands_in_the_table_twice() -> None:
    keys = [(name.module, name.attribute) for name in PATCHED]
    assert len(keys) == len(set(keys))


def test_the_installed_versions_have_been_tried() -> None:
    assert patches.unknown_versions() == ()


def test_nothing_stays_replaced_after_the_block() -> None:
    before = [standing(name) for name in HERE]
    with off_loop.announced_work():
        during = [standing(name) for name in HERE]
    after = [standing(name) for name in HERE]
    assert after == before
    assert during != before


def test_nothing_stays_replaced_after_an_error() -> None:
    before = [standing(name) for name in HERE]
    with pytest.raises(ZeroDivisionError), off_loop.announced_work():
        _ = 1 / 0
    assert [standing(name) for name in HERE] == before


def test_a_name_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(KeyError):
        patches.original("os", "getcwd")


def test_a_name_that_has_moved_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("aiosqlite.core.SimpleQueue")
    with pytest.raises(Missing):
        patches.original("aiosqlite.core", "SimpleQueue")


# Names of a library that may never be imported


class Made:
    """A module of a test, with the names that the table lists, and a few more."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "made_up_library.py"
        self.file.write_text("def run(): return 'real'\nclass Server:\n    port = 80\n")

    @property
    def module(self) -> Any:
        return importlib.import_module("made_up_library")

    @property
    def imported(self) -> bool:
        return "made_up_library" in sys.modules


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """A library that nobody has imported, with two of its names in the table."""
    for name in ("run", "Server.port"):
        key = ("made_up_library", name)
        monkeypatch.setitem(patches.BY_PLACE, key, Name(*key, None))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    # No cache, or a file that a test writes twice within a second would be read once.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    finders = list(sys.meta_path)
    yield Made(tmp_path)
    sys.modules.pop("made_up_library", None)
    assert sys.meta_path == finders


def replacing() -> AbstractContextManager[None]:
    names: dict[Key, Any] = {
        ("made_up_library", "run"): lambda: "replaced",
        ("made_up_library", "Server.port"): 0,
    }
    return patches.replaced_once_imported("made_up_library", lambda: names)


def names_of(module: Any) -> tuple[str, int]:
    return module.run(), module.Server.port


REAL, REPLACED = ("real", 80), ("replaced", 0)


def test_names_of_a_library_that_is_there_are_replaced_at_once(library: Made) -> None:
    module = library.module
    with replacing():
        assert names_of(module) == REPLACED
    assert names_of(module) == REAL


def test_names_of_a_library_are_replaced_when_it_is_imported(library: Made) -> None:
    with replacing():
        assert not library.imported
        assert names_of(library.module) == REPLACED
    assert names_of(library.module) == REAL


def test_a_library_that_nobody_imports_stays_out(library: Made) -> None:
    with replacing():
        pass
    assert not library.imported
    assert names_of(library.module) == REAL


def test_names_are_put_back_after_an_error(library: Made) -> None:
    def fail() -> None:
        assert names_of(library.module) == REPLACED
        _ = 1 / 0

    with pytest.raises(ZeroDivisionError), replacing():
        fail()
    assert names_of(library.module) == REAL


@pytest.mark.parametrize("there", [True, False])
def test_a_library_that_lacks_a_name_stays_as_it_is(library: Made, there: bool) -> None:
    library.file.write_text("def run(): return 'real'\n")
    if there:
        assert library.module
    with replacing():
        assert library.module.run() == "real"
    assert library.module.run() == "real"


def test_a_library_that_was_only_looked_for_is_still_seen_when_it_is_imported(
    library: Made,
) -> None:
    with replacing():
        assert importlib.util.find_spec("made_up_library") is not None
        assert not library.imported
        assert names_of(library.module) == REPLACED
    assert names_of(library.module) == REAL


def test_a_library_whose_import_fails_at_first_is_seen_the_second_time(library: Made) -> None:
    text = library.file.read_text()
    library.file.write_text("1 / 0\n")
    with replacing():
        with pytest.raises(ZeroDivisionError):
            assert library.module
        library.file.write_text(text)
        assert names_of(library.module) == REPLACED
    assert names_of(library.module) == REAL


def test_a_library_that_is_found_in_the_block_and_run_after_it_is_left_alone(
    library: Made,
) -> None:
    with replacing():
        spec = importlib.util.find_spec("made_up_library")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert names_of(module) == REAL


def test_a_library_that_is_not_installed_is_not_found(library: Made) -> None:
    library.file.unlink()
    with replacing(), pytest.raises(ModuleNotFoundError):
        assert library.module


def test_a_library_that_is_imported_twice_has_its_own_names_at_the_end(library: Made) -> None:
    with replacing():
        first = library.module
        del sys.modules["made_up_library"]
        second = library.module
        assert first is not second
        assert names_of(first) == REPLACED
    assert names_of(first) == names_of(second) == REAL


def test_work_is_announced_although_a_name_has_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("aiosqlite.core._connection_worker_thread")
    with off_loop.announced_work():
        pass


# Unannounced: slow, but right


async def in_a_thread() -> None:
    await asyncio.to_thread(work)


async def in_a_pool() -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        await asyncio.wrap_future(pool.submit(work))


async def in_a_thread_of_anyio() -> None:
    await anyio.to_thread.run_sync(work)


async def in_a_thread_of_its_own() -> None:
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def work_and_say() -> None:
        work()
        loop.call_soon_threadsafe(done.set)

    threading.Thread(target=work_and_say).start()
    await done.wait()


async def in_a_connection() -> None:
    async with aiosqlite.connect(":memory:") as database:
        await database.create_function("work", 0, work)  # pyright: ignore[reportUnknownMemberType]
        async with database.execute("SELECT work()") as cursor:
            await cursor.fetchone()


def work() -> None:
    end = time.thread_time() + 0.01
    while time.thread_time() < end:
        pass


WAYS: list[tuple[Callable[[], Awaitable[None]], list[Key]]] = [
    (
        in_a_thread,
        [
            ("concurrent.futures", "ThreadPoolExecutor.submit"),
            ("concurrent.futures.thread", "_WorkItem.__init__"),
            ("concurrent.futures.thread", "_WorkItem.run"),
        ],
    ),
    (in_a_pool, [("concurrent.futures", "ThreadPoolExecutor.shutdown")]),
    (in_a_thread_of_anyio, [("anyio._backends._asyncio", "Queue")]),
    (in_a_thread_of_its_own, [("threading", "Thread.start"), ("threading", "Condition.wait")]),
    (
        in_a_connection,
        [
            ("aiosqlite.core", "SimpleQueue"),
            ("aiosqlite.core", "_connection_worker_thread"),
            ("aiosqlite.core", "Thread"),
        ],
    ),
]


@pytest.mark.parametrize(
    ("way", "key"),
    [(way, key) for way, keys in WAYS for key in keys],
    ids=str,
)
def test_unannounced_work_is_still_done(
    way: Callable[[], Awaitable[None]], key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = patches.original

    def all_but_one(module: str, attribute: str) -> Any:
        if (module, attribute) == key:
            raise Missing(attribute)
        return original(module, attribute)

    monkeypatch.setattr(patches, "original", all_but_one)
    done: list[int] = []

    async def main() -> None:
        for _ in range(3):
            await way()
            done.append(1)

    with at_once(25):
        live(main)
    assert done == [1, 1, 1]


@pytest.mark.parametrize("way", [way for way, _ in WAYS], ids=lambda way: way.__name__)
def test_announced_work_takes_no_time(way: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        for _ in range(5):
            async with asyncio.timeout(1):
                await way()

    with at_once():
        assert live(main).seconds == 0.0


# A connection that outlives its loop


def test_a_query_that_ends_after_its_loop_ends_without_a_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", said.append)
    begun, go_on = threading.Event(), threading.Event()
    before = set(threading.enumerate())

    def wait() -> None:
        begun.set()
        go_on.wait(60)

    async def main() -> None:
        database = await aiosqlite.connect(":memory:")
        await database.create_function("wait", 0, wait)  # pyright: ignore[reportUnknownMemberType]
        kept.append(asyncio.ensure_future(database.execute("SELECT wait()")))
        await asyncio.to_thread(begun.wait, 60)

    kept: list[Any] = []
    with off_loop.announced_work():
        asyncio.run(main())
        (worker,) = set(threading.enumerate()) - before
        go_on.set()
        worker.join(60)

    assert not worker.is_alive()
    assert said == []
    # The connection is dropped here, and not in whatever test comes next: what it says of that is its own.
    unheard: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", unheard.append)
    kept.clear()
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()


def test_other_errors_of_a_connections_thread_are_heard() -> None:
    def real(tx: object) -> None:
        raise RuntimeError("can't start new thread")

    worker = worker_of(real)

    with pytest.raises(RuntimeError, match="new thread"):
        worker(object())


def test_threads_that_work_on_no_turn_notice_nothing() -> None:
    with off_loop.announced_work():
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            assert list(pool.map(functools.partial(pow, 2), (1, 2, 3))) == [2, 4, 8]
        event = threading.Event()
        thread = threading.Thread(target=event.set)
        thread.start()
        assert event.wait(5)
        thread.join()
        began = time.monotonic()
        time.sleep(0.01)
        assert time.monotonic() > began
        assert isinstance(asyncio.new_event_loop(), asyncio.SelectorEventLoop)


def test_a_dropped_connection_whose_thread_has_ended_holds_no_later_clock() -> None:
    kept: list[aiosqlite.Connection] = []

    async def drop_a_connection() -> None:
        kept.append(await aiosqlite.connect(":memory:"))
        await kept[0].execute("SELECT 1")

    async def collect_it() -> None:
        kept.clear()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
        await asyncio.sleep(1)

    live(drop_a_connection)
    thread: threading.Thread = getattr(kept[0], "_thread")  # noqa: B009
    stop = getattr(aiosqlite.core, "_STOP_RUNNING_SENTINEL")  # noqa: B009
    getattr(kept[0], "_tx").put_nowait((None, lambda: stop))  # noqa: B009
    thread.join(10)
    assert not thread.is_alive()
    setattr(kept[0], "_connection", object())  # noqa: B010 - as after a query that no loop was left for
    with at_once():
        assert live(collect_it).seconds == 1.0


# SimpleQueue


def test_who_waits_at_a_simple_queue_waits_on_the_clock() -> None:
    async def main() -> list[tuple[str, float]]:
        jobs: queue.SimpleQueue[float | None] = queue.SimpleQueue()
        done: list[tuple[str, float]] = []

        def work(name: str) -> None:
            while (seconds := jobs.get()) is not None:
                time.sleep(seconds)
                done.append((name, time.monotonic()))

        threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        await asyncio.sleep(10)
        for seconds in (2, 3, 1):
            jobs.put(seconds)
        await asyncio.sleep(5)
        for _ in threads:
            jobs.put(None)
        for thread in threads:
            await asyncio.to_thread(thread.join)
        return [(name, moment - began) for name, moment in done]

    with at_once():
        lived = live(main)
    assert lived.seconds == 15
    assert [moment for _, moment in lived.result] == [12, 13, 13]


def test_a_simple_queue_gives_up_when_its_time_is_over() -> None:
    async def main() -> tuple[str, float]:
        jobs: queue.SimpleQueue[str] = queue.SimpleQueue()

        def wait() -> str:
            for timeout in (3, 4):
                try:
                    return jobs.get(timeout=timeout)
                except queue.Empty:
                    pass
            return "nothing"

        waiting = asyncio.create_task(asyncio.to_thread(wait))
        await asyncio.sleep(5)
        jobs.put("late")
        return await waiting, asyncio.get_running_loop().time()

    with at_once():
        lived = live(main)
    assert lived.result[0] == "late"
    assert lived.seconds == 5


def test_a_simple_queue_that_nobody_fills_is_a_deadlock() -> None:
    async def main() -> None:
        await asyncio.to_thread(queue.SimpleQueue[int]().get)

    with at_once(), pytest.raises(Deadlock):
        live(main)


def test_a_simple_queue_is_one_also_for_threads_without_a_clock() -> None:
    with off_loop.announced_work():
        jobs: queue.SimpleQueue[int] = queue.SimpleQueue()
        jobs.put(1)
        jobs.put_nowait(2)
        assert (jobs.get(), jobs.get_nowait(), jobs.empty(), jobs.qsize()) == (1, 2, True, 0)
        with pytest.raises(queue.Empty):
            jobs.get(timeout=0.01)
        with pytest.raises(queue.Empty):
            jobs.get_nowait()


@pytest.mark.parametrize("threads", [1, 4])
def test_no_item_of_a_simple_queue_is_lost(threads: int) -> None:
    async def main() -> int:
        jobs: queue.SimpleQueue[int] = queue.SimpleQueue()

        def take(count: int) -> int:
            return sum(jobs.get() for _ in range(count))

        def give(count: int) -> None:
            for _ in range(count):
                jobs.put(1)

        takers = [asyncio.to_thread(take, 500) for _ in range(threads)]
        givers = [asyncio.to_thread(give, 500) for _ in range(threads)]
        return sum(each or 0 for each in await asyncio.gather(*takers, *givers))

    with at_once(20):
        assert live(main).result == 500 * threads
