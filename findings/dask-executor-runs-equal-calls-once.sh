#!/usr/bin/env bash
# One would expect: `client.get_executor()` is an executor as concurrent.futures has them: four calls of `submit` run the
#   function four times, and pass on every argument, also one named `key`.
# What happens: calls that are equal run once, and all get the one result: four rolls of a die are always the same.
#   `submit(greet, "Ada", key="evening")` keeps `key` for itself, and the function never sees it. Neither raises.
# Why it matters: the executor is offered as a drop-in for code that takes any executor. Two students with the same answer,
#   two samples of a simulation, two calls with a side effect become one. `get_executor(pure=False)` runs each.
. "$(dirname "$0")/prelude.sh" distributed==2026.8.0 dask==2026.8.0

cat >rolls.py <<'PYTHON'
import random
from concurrent.futures import ThreadPoolExecutor

from dask.distributed import Client


def roll():
    return random.random()


def greet(name, key="morning"):
    return f"Good {key}, {name}"


def tried(executor):
    different = len({rolled.result() for rolled in [executor.submit(roll) for _ in range(4)]})
    return f"{different} of 4 rolls, {executor.submit(greet, 'Ada', key='evening').result()!r}"


if __name__ == "__main__":
    with ThreadPoolExecutor() as plain:
        print("a thread pool:", tried(plain), end="; ")
    with Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None) as client:
        print("dask:", tried(client.get_executor()), end="; ")
        print("with pure=False:", tried(client.get_executor(pure=False)))
PYTHON
said=$(timeout 60 python rolls.py 2>/dev/null)
wanted="a thread pool: 4 of 4 rolls, 'Good evening, Ada'; dask: 1 of 4 rolls, 'Good morning, Ada'; "
wanted+="with pure=False: 4 of 4 rolls, 'Good morning, Ada'"
[[ $said == "$wanted" ]] || changed "$said"
seen "$said"
