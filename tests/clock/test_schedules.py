"""Other legal orders of threads: races show every time, and right answers are right in each."""

from __future__ import annotations

import asyncio
import concurrent.futures
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
import anyio
import anyio.from_thread
import anyio.to_thread
import pytest

from kata.clock.clock import Clock, Deadlock
from kata.clock.schedules import Schedule
from kata.spec.expect import Expect
from kata.spec.world import World
from tests.helpers.trial import HEAD, tried
from tests.helpers.virtual import at_once, live

Order = Callable[[Schedule], AbstractAsyncContextManager[None]]

ORDERS: dict[str, tuple[Order, ...]] = {
    "late": (Schedule.threads_begin_late,),
    "together": (Schedule.threads_end_together,),
    "backwards": (Schedule.threads_end_backwards,),
    "all three": (
        Schedule.threads_begin_late,
        Schedule.threads_end_together,
        Schedule.threads_end_backwards,
    ),
}

every_order = pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)


def lived(main: Callable[[], Awaitable[Any]], *orders: Order) -> tuple[Any, float]:
    """What came of it in this order, and the virtual seconds that it took."""
    clock = Clock()

    async def ordered() -> Any:
        async with AsyncExitStack() as stack:
            for order in orders:
                await stack.enter_async_context(order(clock.schedule))
            return await main()

    came = live(ordered, clock=clock)
    return came.result, came.seconds


# Races that one order hides

VENDOR = f"""{HEAD}
def fetch(name):
    time.sleep(1)
    return f"report on {{name}}"

app = FastAPI()
"""

NAME_IN_A_GLOBAL = f"""{VENDOR}
current = ""

def work():
    return fetch(current)

@app.get("/")
async def root(name: str):
    global current
    current = name
    return await asyncio.to_thread(work)
"""

NAME_ON_THE_APP = f"""{VENDOR}
def work():
    return fetch(app.state.name)

@app.get("/")
async def root(name: str):
    app.state.name = name
    return await anyio.to_thread.run_sync(work)
"""

RESULT_IN_A_SHARED_DICT = f"""{VENDOR}
results = {{}}

def work(name):
    results["report"] = fetch(name)

@app.get("/")
async def root(name: str):
    await asyncio.to_thread(work, name)
    return results["report"]
"""

IN_THE_ORDER_OF_THEIR_ENDS = f"""{VENDOR}
asked, made = [], []

def work(name):
    made.append(fetch(name))

@app.get("/")
async def root(name: str):
    place = len(asked)
    asked.append(name)
    await asyncio.to_thread(work, name)
    while len(made) <= place:
        await asyncio.sleep(0.1)
    return made[place]
"""

RIGHT = f"""{VENDOR}
@app.get("/")
async def root(name: str):
    return await asyncio.to_thread(fetch, name)
"""


def reports(answer: str, *orders: Order, pause: float = 0.0) -> list[bool]:
    """For each of five requests, so many seconds apart, whether its report is the one that it asked for."""

    async def spec(world: World, expect: Expect) -> list[bool]:
        async def ask(name: str, after: float) -> bool:
            await asyncio.sleep(after)
            response = await world.client.get("/", params={"name": name})
            return response.json() == f"report on {name}"

        async with AsyncExitStack() as stack:
            for order in orders:
                await stack.enter_async_context(order(world.clock.schedule))
            asked = [ask(f"customer {n}", n * pause) for n in range(5)]
            return list(await asyncio.gather(*asked))

    return tried(answer, spec, serves=True).result


@pytest.mark.parametrize("answer", [NAME_IN_A_GLOBAL, NAME_ON_THE_APP])
def test_what_a_thread_reads_from_all_requests_alike_is_the_last_ones(answer: str) -> None:
    assert reports(answer, Schedule.threads_begin_late) == [False, False, False, False, True]


def test_what_a_thread_leaves_for_all_requests_alike_is_the_last_ones() -> None:
    assert reports(RESULT_IN_A_SHARED_DICT, Schedule.threads_end_together).count(True) == 1


def test_threads_that_began_at_different_moments_meet() -> None:
    assert all(reports(RESULT_IN_A_SHARED_DICT, pause=0.125))
    assert reports(RESULT_IN_A_SHARED_DICT, Schedule.threads_meet, pause=0.125).count(True) == 1


def test_threads_that_end_in_the_order_of_their_beginning_do_so_by_chance() -> None:
    assert all(reports(IN_THE_ORDER_OF_THEIR_ENDS, Schedule.threads_begin_late))
    backwards = reports(
        IN_THE_ORDER_OF_THEIR_ENDS, Schedule.threads_begin_late, Schedule.threads_end_backwards
    )
    assert backwards == [False, False, True, False, False]


@pytest.mark.parametrize("order", [*ORDERS.values(), (Schedule.threads_meet,)])
def test_a_right_answer_is_right_in_every_order(order: tuple[Order, ...]) -> None:
    assert all(reports(RIGHT, *order))
    assert all(reports(RIGHT, *order, pause=0.125))


# What each order is


def test_threads_begin_only_when_the_loop_rests() -> None:
    seen: list[str] = []

    async def main() -> None:
        work = [asyncio.to_thread(seen.append, "thread") for _ in range(3)]
        tasks = [asyncio.ensure_future(each) for each in work]
        for _ in range(50):
            await asyncio.sleep(0)
        seen.append("the loop is about to rest")
        await asyncio.gather(*tasks)

    lived(main, Schedule.threads_begin_late)
    assert seen == ["the loop is about to rest", "thread", "thread", "thread"]


def test_a_thread_that_is_handed_work_while_the_loop_rests_begins_at_once() -> None:
    def first() -> int:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: 42).result()

    assert lived(partial(asyncio.to_thread, first), Schedule.threads_begin_late) == (42, 0.0)


def test_the_loop_goes_on_when_all_threads_of_a_moment_have_ended() -> None:
    ended: list[int] = []

    def work(number: int) -> int:
        time.sleep(1)
        ended.append(number)
        return len(ended)

    async def main() -> list[int]:
        async def see(number: int) -> int:
            await asyncio.to_thread(work, number)
            return len(ended)

        return await asyncio.gather(*map(see, range(5)))

    assert lived(main, Schedule.threads_end_together) == ([5] * 5, 1.0)


def test_threads_of_one_moment_end_in_the_other_order() -> None:
    ended: list[int] = []

    def work(number: int) -> None:
        time.sleep(1)
        ended.append(number)

    async def main() -> None:
        for number in range(5):
            asyncio.get_running_loop().run_in_executor(None, work, number)
            await asyncio.sleep(0)
        await asyncio.sleep(0.5)
        await asyncio.sleep(1)

    lived(main, Schedule.threads_begin_late, Schedule.threads_end_backwards)
    assert ended == [4, 3, 2, 1, 0]


def test_a_sleep_lasts_until_all_threads_have_slept() -> None:
    async def main() -> list[float]:
        async def wake(after: float) -> float:
            await asyncio.sleep(after)
            await asyncio.to_thread(time.sleep, 1)
            return asyncio.get_running_loop().time()

        moments = await asyncio.gather(*map(wake, (0, 0.25, 0.5, 3)))
        return [moment - 1_000 for moment in moments]

    assert lived(main, Schedule.threads_meet)[0] == [1.5, 1.5, 1.5, 4.0]


def test_an_order_ends_with_its_block() -> None:
    clock = Clock()

    async def main() -> tuple[bool, ...]:
        schedule = clock.schedule
        async with schedule.threads_begin_late(), schedule.threads_end_together():
            async with schedule.threads_begin_late():
                pass
            within = schedule.late and schedule.together
        return within, schedule.late, schedule.together

    assert live(main, clock=clock).result == (True, False, False)


# Nothing hangs, and no time changes


async def pool_of_one() -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        run = partial(asyncio.get_running_loop().run_in_executor, pool, time.sleep)
        await asyncio.gather(*(run(1) for _ in range(3)))


async def limiter_of_one() -> None:
    limiter = anyio.CapacityLimiter(1)

    async def sleep(seconds: float) -> None:
        await anyio.to_thread.run_sync(time.sleep, seconds, limiter=limiter)

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(sleep, 1)


async def lock_round_the_sleep() -> None:
    turns = threading.Condition()

    def work() -> None:
        with turns:
            turns.wait_for(lambda: True)
        time.sleep(3)

    await asyncio.gather(*(asyncio.to_thread(work) for _ in range(3)))


async def threads_that_wait_for_the_loop() -> None:
    loop = asyncio.get_running_loop()

    def work() -> None:
        time.sleep(1)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(2), loop).result()

    await asyncio.gather(*(asyncio.to_thread(work) for _ in range(3)))


async def anyio_threads_that_wait_for_the_loop() -> None:
    def work(number: int) -> None:
        time.sleep(1)
        anyio.from_thread.run(anyio.sleep, number)

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(anyio.to_thread.run_sync, work, 2)


async def a_loop_that_blocks() -> None:
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(time.sleep, 1.5) for _ in range(4)]:
            future.result()


async def threads_of_its_own() -> None:
    threads = [threading.Thread(target=time.sleep, args=(3,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    await asyncio.to_thread(lambda: [thread.join() for thread in threads])


async def loops_in_threads() -> None:
    await asyncio.gather(*(asyncio.to_thread(asyncio.run, asyncio.sleep(3)) for _ in range(3)))


async def a_loop_that_never_rests() -> None:
    work = asyncio.ensure_future(asyncio.to_thread(time.sleep, 3))
    while not work.done():
        await asyncio.sleep(0)


async def a_thread_that_is_polled() -> None:
    work = asyncio.ensure_future(asyncio.to_thread(time.sleep, 3))
    while not work.done():
        await asyncio.sleep(0.5)


async def threads_given_up() -> None:
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(time.sleep, 2), 1)


WAITS: tuple[Callable[[], Awaitable[None]], ...] = (
    pool_of_one,
    limiter_of_one,
    lock_round_the_sleep,
    threads_that_wait_for_the_loop,
    anyio_threads_that_wait_for_the_loop,
    a_loop_that_blocks,
    threads_of_its_own,
    loops_in_threads,
    a_loop_that_never_rests,
    a_thread_that_is_polled,
    threads_given_up,
)


@every_order
@pytest.mark.parametrize("waits", WAITS, ids=[each.__name__ for each in WAITS])
def test_three_seconds_are_three_in_every_order(
    order: tuple[Order, ...], waits: Callable[[], Awaitable[None]]
) -> None:
    with at_once():
        _, seconds = lived(waits, *order)
    assert seconds == pytest.approx(3, abs=0.01)


@every_order
def test_a_process_pool_is_left_as_it_is(order: tuple[Order, ...]) -> None:
    answer = RIGHT.replace(
        "@app", "pool = concurrent.futures.ProcessPoolExecutor(2)\n@app"
    ).replace("asyncio.to_thread(", "asyncio.get_running_loop().run_in_executor(pool, ")
    assert all(reports("import concurrent.futures\n" + answer, *order))


@every_order
@pytest.mark.parametrize("connections", [1, 6])
def test_writers_do_not_keep_each_other_from_the_file(
    order: tuple[Order, ...], connections: int, tmp_path: Path
) -> None:
    path = tmp_path / "test.db"
    with sqlite3.connect(path) as first:
        first.execute("CREATE TABLE users (name)")
    first.close()

    async def main() -> int:
        opened = [await aiosqlite.connect(path) for _ in range(connections)]

        async def write(place: int) -> None:
            db = opened[place % connections]
            await db.execute("INSERT INTO users VALUES (?)", (place,))
            await asyncio.sleep(0)
            await db.commit()

        await asyncio.gather(*map(write, range(6)))
        rows = await (await opened[0].execute("SELECT * FROM users")).fetchall()
        for db in opened:
            await db.close()
        return len(list(rows))

    with at_once(4.0):
        assert lived(main, *order)[0] == 6


@every_order
def test_a_deadlock_is_still_seen_at_once(order: tuple[Order, ...]) -> None:
    async def main() -> None:
        await asyncio.to_thread(threading.Event().wait)

    with at_once(), pytest.raises(Deadlock):
        lived(main, *order)
