"""The loop of a spec: the order in which its tasks were made, and what computes on it."""

from __future__ import annotations

import asyncio

import pytest

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


BURNS = "sum(range(10**7)), sum(range(10**7))"

COMPUTES = {
    "in a handler": (f"return [{BURNS}]", True),
    "while garbage is collected": (
        f"""
        def burn(phase, info):
            if phase == "start":
                {BURNS}
        gc.callbacks.append(burn)
        gc.collect()
        gc.callbacks.remove(burn)
        """,
        False,
    ),
}


@pytest.mark.parametrize("where", COMPUTES)
def test_to_collect_garbage_is_no_computation_of_the_answers(where: str) -> None:
    body, blocks = COMPUTES[where]

    async def spec(world: World, expect: Expect) -> bool:
        await world.client.get("/")
        return bool(world.probes.blocked)

    assert tried("import gc\n" + handler(body), spec, serves=True).result is blocks
