"""All the runs that are ordered, as many at a time as there are processors, each within its limit."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from kata.suite.child_process import ChildProcess
from kata.suite.jobs import Order, read_record, write_down


def run_all(orders: Sequence[Order], begin: Callable[[Order], ChildProcess]) -> None:
    """Run all that was ordered, as many at a time as there are processors. `begin` starts one run."""
    waiting = list(orders)
    at_work: list[tuple[Order, ChildProcess, float]] = []
    while waiting or at_work:
        while waiting and len(at_work) < (os.cpu_count() or 1):
            order = waiting.pop(0)
            at_work.append((order, begin(order), time.monotonic() + order.limit))
        for order, process, deadline in at_work[:]:
            status = process.poll()
            if status is None and time.monotonic() < deadline:
                continue
            at_work.remove((order, process, deadline))
            process.kill()
            write_down(order, {"ended": _ending(status, order.limit)})
            if order.essential and not read_record(order).all_pass:
                waiting.clear()
                for other in at_work:
                    other[1].kill()
        time.sleep(0.003)


def _ending(status: int | None, limit: float) -> str:
    if status is None:
        return f"the tests did not end within {limit:g} s, so they were ended"
    if status < 0:
        return f"the process of the tests was ended by signal {-status}"
    return f"the process of the tests ended itself with status {status}"
