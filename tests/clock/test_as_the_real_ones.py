"""What stands in the place of Python's own can do what that can: names in C, queues, loops and pools of threads."""

from __future__ import annotations

import asyncio
import concurrent.futures
import copy
import enum
import multiprocessing.pool
import pickle
import queue
import threading
import time
from typing import Any

import pytest

from kata.patches import InPlaceOfABuiltin
from tests.helpers.virtual import at_once, live


def test_a_function_in_c_gets_no_self() -> None:
    async def main() -> float:
        class Service:
            clock: Any = time.monotonic
            sleep: Any = time.sleep

            def waits(self) -> float:
                began = self.clock()
                self.sleep(2)
                return self.clock() - began

        return await asyncio.to_thread(Service().waits)

    with at_once():
        assert live(main).result == 2.0


def test_it_may_be_a_member_of_an_enum() -> None:
    async def main() -> bool:
        clocks: Any = enum.Enum("Clock", {"MONOTONIC": time.monotonic})
        return clocks.MONOTONIC.value() == time.monotonic()

    assert live(main).result


@pytest.mark.parametrize("name", ["monotonic", "perf_counter_ns", "sleep", "clock_gettime"])
def test_it_is_pickled_and_copied_under_its_name(name: str) -> None:
    async def main() -> bool:
        there: Any = getattr(time, name)
        assert isinstance(there, InPlaceOfABuiltin)
        return pickle.loads(pickle.dumps(there)) is there and copy.deepcopy(there) is there

    assert live(main).result


@pytest.mark.parametrize("clock", ["CLOCK_MONOTONIC", "CLOCK_MONOTONIC_RAW", "CLOCK_BOOTTIME"])
def test_the_clocks_of_the_system_move_with_time(clock: str) -> None:
    if not hasattr(time, clock):
        pytest.skip(f"this system has no {clock}")
    which = getattr(time, clock)

    async def main() -> tuple[float, int]:
        began, began_ns = time.clock_gettime(which), time.clock_gettime_ns(which)
        await asyncio.sleep(2)
        return time.clock_gettime(which) - began, time.clock_gettime_ns(which) - began_ns

    with at_once():
        assert live(main).result == (2.0, 2_000_000_000)


def test_the_time_that_a_process_has_worked_is_the_real_one() -> None:
    async def main() -> float:
        began = time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID)
        await asyncio.sleep(100)
        return time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID) - began

    assert live(main).result < 50


def test_a_queue_of_ones_own_need_not_initialise_the_one_it_comes_from() -> None:
    async def main() -> int:
        class Jobs(queue.SimpleQueue[int]):
            def __init__(self, name: str) -> None:
                self.name = name

        jobs = Jobs("jobs")
        getting = asyncio.create_task(asyncio.to_thread(jobs.get))
        await asyncio.sleep(1)
        jobs.put(7)
        return await getting

    with at_once():
        assert live(main).result == 7


def test_a_loop_made_by_the_name_of_its_class_is_virtual_too() -> None:
    def in_a_thread() -> None:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(asyncio.sleep(5))

    async def main() -> None:
        await asyncio.to_thread(in_a_thread)

    with at_once():
        assert live(main).seconds == 5.0


def test_a_loop_class_of_ones_own_is_still_its_own() -> None:
    async def main() -> bool:
        class Own(asyncio.SelectorEventLoop):
            pass

        loop = Own()
        loop.close()
        return type(loop) is Own

    assert live(main).result


def test_a_pool_of_threads_of_multiprocessing_takes_the_time_that_its_work_takes() -> None:
    def in_a_pool() -> None:
        with multiprocessing.pool.ThreadPool(2) as pool:
            pool.map(time.sleep, [2, 2, 2])

    async def main() -> None:
        await asyncio.to_thread(in_a_pool)

    with at_once():
        assert live(main).seconds == 4.0


def test_a_thread_that_waits_for_a_future_is_no_thread_of_a_pool() -> None:
    def waits() -> None:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            future = pool.submit(time.sleep, 2)
            thread = threading.Thread(target=future.result)
            thread.start()
            thread.join()

    async def main() -> None:
        await asyncio.to_thread(waits)

    with at_once():
        assert live(main).seconds == 2.0
