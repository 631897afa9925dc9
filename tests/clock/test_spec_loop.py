"""The loop of a spec knows in which order its tasks were made, whatever they are called."""

from __future__ import annotations

import asyncio

from kata.clock.spec_loop import VirtualSpecLoop
from kata.spec.expect import Expect
from kata.spec.world import World
from tests.helpers.trial import handler, tried


def test_tasks_are_numbered_in_the_order_in_which_they_were_made() -> None:
    async def spec(world: World, expect: Expect) -> bool:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualSpecLoop)
        tasks = [asyncio.create_task(asyncio.sleep(0), name="GET /ping") for _ in range(20)]
        numbers = [loop.number_of(task) for task in tasks]
        await asyncio.gather(*tasks)
        return numbers == list(range(numbers[0], numbers[0] + 20))

    assert tried(handler("return {}"), spec).result
