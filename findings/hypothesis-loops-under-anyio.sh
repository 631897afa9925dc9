#!/usr/bin/env bash
# One would expect: an async test of Hypothesis runs all its examples on one event loop, or each on its own, always alike.
# What happens: under anyio's plugin each example has a loop of its own. But as soon as any async fixture of a wider scope
#   is alive, also one that this test does not ask for, all examples share its loop.
# Why it matters: a client, a lock or a task that one example leaves to the next works or raises "bound to a different event
#   loop", depending on which test ran before, in another file perhaps. In a random order it is a flake.
. "$(dirname "$0")/prelude.sh" hypothesis==6.170.17 anyio==4.16.0 pytest==9.2.0

cat >test_loops.py <<'PYTHON'
import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.anyio
five = settings(max_examples=5, database=None, derandomize=True)
loops = {"before": [], "after": []}


@pytest.fixture(scope="module")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="module")
async def wide(anyio_backend):
    yield


@five
@given(number=st.integers())
async def test_1_before(number):
    loops["before"].append(asyncio.get_running_loop())


async def test_2_somebody_asks_for_a_wide_fixture(wide):
    pass


@five
@given(number=st.integers())
async def test_3_after(number):
    loops["after"].append(asyncio.get_running_loop())


def test_4_say_so():
    for when, seen in loops.items():
        print(f"\n{when}: {len(seen)} examples on {len(set(map(id, seen)))} loops")
PYTHON
said=$(pytest -q -s -p no:cacheprovider test_loops.py | grep examples | paste -sd, | sed 's/,/, /')
[[ $said == "before: 5 examples on 5 loops, after: 5 examples on 1 loops" ]] || changed "$said"
seen "$said"
