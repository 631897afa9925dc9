"""The doors out of the loop: each name is where the table says, and without a door all stays right."""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import importlib
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiosqlite
import anyio.to_thread
import pytest

from kata import doors, patches
from kata.patches import PATCHED, Missing, Name
from tests.virtual import at_once, live

Key = tuple[str, str]


def shown(name: object) -> str:
    return f"{name.module}.{name.attribute}" if isinstance(name, Name) else str(name)


def standing(name: Name) -> Any:
    owner: Any = importlib.import_module(name.module)
    for part in name.attribute.split("."):
        owner = getattr(owner, part)
    return owner


@pytest.mark.parametrize("name", PATCHED, ids=shown)
def test_the_name_is_where_the_table_says(name: Name) -> None:
    # A name that has moved leaves the specs right, but slow: look for its new place, and mend the table.
    assert patches.original(name.module, name.attribute) is standing(name)


def test_no_name_stands_in_the_table_twice() -> None:
    keys = [(name.module, name.attribute) for name in PATCHED]
    assert len(keys) == len(set(keys))


def test_the_installed_versions_have_been_tried() -> None:
    assert patches.unknown_versions() == []


def test_nothing_stays_replaced_after_the_block() -> None:
    before = [standing(name) for name in PATCHED]
    with doors.open_doors():
        during = [standing(name) for name in PATCHED]
    after = [standing(name) for name in PATCHED]
    assert after == before
    assert during != before


def test_nothing_stays_replaced_after_an_error() -> None:
    before = [standing(name) for name in PATCHED]
    with pytest.raises(ZeroDivisionError), doors.open_doors():
        _ = 1 / 0
    assert [standing(name) for name in PATCHED] == before


def test_a_name_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(KeyError):
        patches.original("os", "getcwd")


def test_a_name_that_has_moved_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("aiosqlite.core.SimpleQueue")
    with pytest.raises(Missing):
        patches.original("aiosqlite.core", "SimpleQueue")


def test_the_doors_open_although_a_name_has_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("aiosqlite.core._connection_worker_thread")
    with doors.open_doors():
        pass


# Without a door: slow, but right


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
def test_without_a_door_the_work_is_still_done(
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
def test_with_all_doors_open_no_work_takes_time(way: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        for _ in range(5):
            async with asyncio.timeout(1):
                await way()

    with at_once():
        assert live(main).seconds == 0.0


def test_threads_that_work_on_no_turn_notice_nothing() -> None:
    with doors.open_doors():
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
