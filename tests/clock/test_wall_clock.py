"""`datetime` and the rest of the wall's clock move with the virtual clock, and tell the real time everywhere else."""

from __future__ import annotations

import asyncio
import copy
import datetime as module
import pickle
import sqlite3
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from time import time as bound_time
from typing import Any
from zoneinfo import ZoneInfo

import pydantic
import pytest
import time_machine

from kata.clock import off_loop
from tests.helpers.virtual import at_once, live

bound_now = datetime.now
real_sleep = time.sleep
DAY = 86_400


class Own(datetime):
    """A class of the answer's own."""


def utcnow() -> datetime:
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        return datetime.utcnow()  # pyright: ignore[reportDeprecated]


def of_tuple(of: Callable[[], time.struct_time]) -> Callable[[], datetime]:
    return lambda: datetime(*of()[:6])


LOOKS: dict[str, Callable[[], Any]] = {
    "datetime.now()": datetime.now,
    "the module's": lambda: module.datetime.now(),
    "a name bound at import": lambda: bound_now(),
    "now(UTC)": lambda: datetime.now(UTC),
    "now(tz=...)": lambda: datetime.now(tz=timezone(timedelta(hours=5))),
    "now(ZoneInfo)": lambda: datetime.now(ZoneInfo("UTC")),
    "now().astimezone()": lambda: datetime.now().astimezone(),
    "utcnow()": utcnow,
    "today()": datetime.today,
    "a subclass": Own.now,
    "fromtimestamp(time())": lambda: datetime.fromtimestamp(time.time()),
    "localtime()": of_tuple(time.localtime),
    "localtime(None)": of_tuple(lambda: time.localtime(None)),
    "gmtime()": of_tuple(time.gmtime),
    "strftime()": lambda: datetime.strptime(time.strftime("%Y%m%d%H%M%S"), "%Y%m%d%H%M%S"),
    "ctime()": lambda: datetime.strptime(time.ctime(), "%c"),
    "asctime()": lambda: datetime.strptime(time.asctime(), "%c"),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("seconds", [3, 3600])
def test_it_moves_by_just_the_seconds_of_the_clock(
    look: Callable[[], datetime], seconds: int
) -> None:
    async def main() -> timedelta:
        before = look()
        await asyncio.sleep(seconds)
        return look() - before

    with at_once():
        assert live(main).result == timedelta(seconds=seconds)


def test_a_part_of_a_second_is_kept() -> None:
    async def main() -> list[float]:
        before = datetime.now(UTC), time.time(), bound_time(), time.time_ns()
        await asyncio.sleep(0.25)
        return [
            (datetime.now(UTC) - before[0]).total_seconds(),
            time.time() - before[1],
            bound_time() - before[2],
            (time.time_ns() - before[3]) / 1e9,
        ]

    assert live(main).result == pytest.approx([0.25] * 4, abs=1e-6)


def test_the_days_change() -> None:
    async def main() -> tuple[date, date]:
        before = date.today()
        await asyncio.sleep(DAY)
        return before, date.today()

    before, after = live(main).result
    assert after - before == timedelta(days=1)


def test_all_clocks_tell_the_same_time() -> None:
    async def main() -> list[float]:
        await asyncio.sleep(1.5)
        now = datetime.now(UTC).timestamp()
        return [now, datetime.now().timestamp(), time.time(), bound_time(), time.time_ns() / 1e9]

    now, *others = live(main).result
    assert others == pytest.approx([now] * 4, abs=1e-6)
    assert abs(now - time.time()) < 60


def test_threads_of_the_answer_see_it_too() -> None:
    def look() -> timedelta:
        before = datetime.now()
        time.sleep(2)
        return datetime.now() - before

    async def main() -> timedelta:
        return await asyncio.to_thread(look)

    with at_once():
        assert live(main).result == timedelta(seconds=2)


def in_a_thread(end: datetime) -> None:
    while datetime.now() < end:
        pass


async def polls_with_sleep_0(end: datetime) -> None:
    while datetime.now() < end:
        await asyncio.sleep(0)


async def polls_with_sleep(end: datetime) -> None:
    while datetime.now() < end:
        await asyncio.sleep(0.01)


async def polls_through_a_thread(end: datetime) -> None:
    while datetime.now() < end:
        await asyncio.to_thread(int)


async def watches_in_a_thread(end: datetime) -> None:
    await asyncio.to_thread(in_a_thread, end)


@pytest.mark.parametrize(
    "wait",
    [polls_with_sleep_0, polls_with_sleep, polls_through_a_thread, watches_in_a_thread],
)
def test_who_waits_for_a_datetime_gets_there(wait: Callable[[datetime], Any]) -> None:
    async def main() -> None:
        await wait(datetime.now() + timedelta(seconds=2))

    with at_once(10):
        assert live(main).seconds == pytest.approx(2, abs=0.02)


class Seen(pydantic.BaseModel):
    at: datetime
    on: date


def test_a_datetime_stays_a_datetime() -> None:
    async def main() -> datetime:
        await asyncio.sleep(1)
        return datetime.now()

    now = live(main).result
    assert type(now) is datetime
    assert isinstance(now, date)
    assert pickle.loads(pickle.dumps(now)) == copy.copy(now) == now
    assert type(live(lambda: asyncio.to_thread(Own.now)).result) is Own


def test_libraries_take_it() -> None:
    async def main() -> tuple[Seen, str]:
        seen = Seen(at=datetime.now(), on=date.today())
        assert Seen.model_validate_json(seen.model_dump_json()) == seen
        with sqlite3.connect(":memory:") as database, warnings.catch_warnings(action="ignore"):
            (said,) = database.execute("SELECT ?", (seen.at,)).fetchone()
        database.close()
        return seen, said

    seen, said = live(main).result
    assert said == str(seen.at)


def test_what_is_wrong_is_refused_as_always() -> None:
    looks: list[Callable[[Any], object]] = [datetime.now, time.ctime, time.asctime]

    async def main() -> None:
        for look in looks:
            with pytest.raises(TypeError):
                look("UTC")

    live(main)


def test_threads_that_work_on_no_turn_see_the_real_time() -> None:
    seen: list[datetime] = []
    go, over = threading.Event(), threading.Event()

    def outside() -> None:
        go.wait(10)
        seen.append(datetime.now())
        over.set()

    thread = threading.Thread(target=outside)
    thread.start()

    async def main() -> datetime:
        await asyncio.sleep(20 * 3600)
        go.set()
        while not over.is_set():
            real_sleep(0.001)
        return datetime.now()

    inside = live(main).result
    thread.join()
    assert abs(seen[0] - datetime.now()) < timedelta(minutes=1)
    assert inside - seen[0] > timedelta(hours=19)


def test_while_no_loop_runs_it_is_the_real_time() -> None:
    before = datetime.now()
    with off_loop.announced_work():
        during = datetime.now()
        assert time.ctime()
    assert before <= during <= datetime.now()
    assert not time_machine.traveller_stack


def test_who_travels_further_is_taken_back() -> None:
    with off_loop.announced_work():
        time_machine.travel(0).start()
        assert datetime.now(UTC).year == 1970
    assert datetime.now(UTC).year > 2000


def test_tests_may_travel_on_the_virtual_clock() -> None:
    async def main() -> list[int]:
        years = [datetime.now().year]
        with time_machine.travel(datetime(1985, 10, 26, tzinfo=UTC), tick=False):
            await asyncio.sleep(1)
            years += [datetime.now().year, time.gmtime().tm_year]
        return [*years, datetime.now().year]

    now, *then, after = live(main).result
    assert (then, after) == ([1985, 1985], now)


def test_without_the_kata_nothing_is_replaced() -> None:
    script = "import kata.clock.off_loop, time_machine; print(len(time_machine.traveller_stack))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "0"
