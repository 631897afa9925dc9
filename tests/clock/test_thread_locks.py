"""Locks that an answer makes let others wait on the clock, and can do what the real ones can."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import copy
import logging
import queue
import random
import threading
import time
from typing import Any

import pytest

from kata.clock import off_loop
from kata.clock.clock import Clock, Deadlock
from tests.helpers.virtual import at_once, live

KINDS = ["Lock", "RLock"]


def lock(kind: str) -> Any:
    return getattr(threading, kind)()


@pytest.mark.parametrize("kind", KINDS)
def test_who_wants_a_lock_waits_on_the_clock(kind: str) -> None:
    async def main() -> list[float]:
        gate, began = lock(kind), time.monotonic()

        def nap(seconds: float) -> float:
            with gate:
                time.sleep(seconds)
            return time.monotonic() - began

        return list(await asyncio.gather(*(asyncio.to_thread(nap, each) for each in (100, 20, 3))))

    with at_once():
        assert live(main).result == [100, 120, 123]


@pytest.mark.parametrize("kind", KINDS)
def test_they_get_it_in_the_order_in_which_they_came(kind: str) -> None:
    async def main() -> list[int]:
        gate, order = lock(kind), list[int]()

        def nap(number: int) -> None:
            time.sleep(number / 10)
            with gate:
                order.append(number)
                time.sleep(5)

        await asyncio.gather(*(asyncio.to_thread(nap, number) for number in range(8)))
        return order

    with at_once():
        lived = live(main)
    assert (lived.result, lived.seconds) == (list(range(8)), 40)


@pytest.mark.parametrize("kind", KINDS)
def test_the_time_out_is_one_of_the_clock(kind: str) -> None:
    async def main() -> list[tuple[bool, float]]:
        gate, began = lock(kind), time.monotonic()

        def hold() -> tuple[bool, float]:
            with gate:
                time.sleep(10)
            return True, time.monotonic() - began

        def ask(timeout: float) -> tuple[bool, float]:
            time.sleep(1)
            got = gate.acquire(timeout=timeout)
            if got:
                gate.release()
            return got, time.monotonic() - began

        asking = (asyncio.to_thread(ask, timeout) for timeout in (3, 60, 0, -1))
        return list(await asyncio.gather(asyncio.to_thread(hold), *asking))

    with at_once():
        came = live(main).result
    assert came == [(True, 10), (False, 4), (True, 10), (False, 1), (True, 10)]


def test_to_wait_for_a_lock_on_the_loop_is_slow_but_right() -> None:
    async def main() -> float:
        gate, began = threading.Lock(), time.monotonic()

        def hold() -> None:
            with gate:
                time.sleep(0.5)

        holding = asyncio.create_task(asyncio.to_thread(hold))
        await asyncio.sleep(0.25)
        with gate:
            waited = time.monotonic() - began
        await holding
        return waited

    with at_once(12):
        assert live(main).result == pytest.approx(0.5, abs=0.3)


def test_a_lock_that_nobody_lets_go_is_a_deadlock() -> None:
    async def main() -> None:
        gate = threading.Lock()
        gate.acquire()
        await asyncio.to_thread(gate.acquire)

    with at_once(), pytest.raises(Deadlock):
        live(main)


def test_whoever_has_an_rlock_may_take_it_again() -> None:
    async def main() -> None:
        gate = threading.RLock()
        with gate, gate:
            assert not await asyncio.to_thread(gate.acquire, False)
        assert await asyncio.to_thread(gate.acquire, False)
        with pytest.raises(RuntimeError):
            gate.release()

    with at_once():
        live(main)


def test_nothing_is_lost_where_many_want_it() -> None:
    clock, dice = Clock(), random.Random(3)
    naps = [[dice.randrange(0, 3) / 64 for _ in range(20)] for _ in range(12)]

    async def main() -> list[int]:
        gates, counts = [threading.Lock(), threading.RLock()], [0, 0]

        def work(seconds: list[float]) -> None:
            for number, each in enumerate(seconds):
                which = number % 2
                while not gates[which].acquire(timeout=1 / 128):
                    pass
                before = counts[which]
                time.sleep(each)
                counts[which] = before + 1
                gates[which].release()

        await asyncio.gather(*(asyncio.to_thread(work, each) for each in naps))
        return counts

    with at_once(20):
        assert live(main, clock=clock).result == [120, 120]


@pytest.mark.parametrize("kind", KINDS)
def test_a_lock_of_an_answer_does_what_the_real_one_does(kind: str) -> None:
    async def main() -> None:
        gate, real = lock(kind), getattr(threading, kind)
        assert isinstance(gate, real)
        assert isinstance(gate, type(gate))
        assert gate.acquire(blocking=False)
        with contextlib.suppress(AttributeError):  # RLock has none before Python 3.14
            assert gate.locked()
        gate.release()
        with pytest.raises(RuntimeError):
            gate.release()
        with pytest.raises(ValueError, match="timeout"):
            gate.acquire(False, 1)
        with pytest.raises(TypeError):
            copy.deepcopy(gate)
        with gate:
            assert "locked" in repr(gate)

    live(main)


def test_what_the_libraries_make_of_locks_works() -> None:
    async def main() -> list[int]:
        own, jobs = threading.Condition(threading.Lock()), queue.Queue[int](maxsize=1)
        assert not isinstance(threading.Event()._cond._lock, type(threading.Lock()))  # pyright: ignore
        logging.getLogger("kata.tests").addHandler(logging.NullHandler())

        def give() -> None:
            for number in range(3):
                time.sleep(1)
                jobs.put(number)
            with own:
                own.notify_all()

        def wait() -> bool:
            with own:
                return own.wait(60)

        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = asyncio.wrap_future(pool.submit(wait))
            giving = asyncio.wrap_future(pool.submit(give))
            took = [await asyncio.to_thread(jobs.get) for _ in range(3)]
            assert await waiting
            await giving
        return took

    with at_once():
        lived = live(main)
    assert (lived.result, lived.seconds) == ([0, 1, 2], 3)


def test_threads_without_a_clock_wait_as_ever() -> None:
    with off_loop.announced_work():
        gate = threading.Lock()
        gate.acquire()
        threading.Timer(0.05, gate.release).start()
        assert gate.acquire(timeout=5)
        assert not gate.acquire(timeout=0.01)
