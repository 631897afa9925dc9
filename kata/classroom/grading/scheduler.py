"""The scheduler of a dask cluster: whether one answers, and whether all its workers have this kata.

A scheduler asks nobody who he is. So workers on which an answer could call it are refused, unless a teacher says
otherwise.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from kata.classroom.grading import remote
from kata.classroom.grading.basis import content, kata_version
from kata.classroom.grading.remote import Standing
from kata.classroom.refusal import Refusal
from kata.classroom.sandbox.probe import NETWORK
from kata.course.course import Course

CONNECT_SECONDS = 15.0
"""Real seconds that a scheduler has to answer."""

WORKERS_SECONDS = 30.0
"""Real seconds in which the first worker must be there."""


@contextmanager
def client_of(address: str) -> Generator[Any]:
    """A client of dask's. Raises Refusal if there is no dask here, or no scheduler there, or no worker."""
    try:
        from distributed import Client
    except ImportError:
        raise Refusal(
            '--cluster needs dask.distributed: run `pip install "fastapi-async-kata[cluster]"`, or '
            "`pip install distributed`."
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what a teacher must know is told
    _must_be_a_scheduler(address)
    try:
        client: Any = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise Refusal(f"The scheduler at {address} does not take this client: {error}.") from None
    try:
        with suppress(TimeoutError):
            client.wait_for_workers(1, timeout=WORKERS_SECONDS)
        if not client.nthreads():
            raise Refusal(
                f"The scheduler at {address} has no worker: start one with `dask worker {address} --nthreads 1`."
            )
        yield client
    finally:
        with suppress(Exception):  # whatever it was, nobody needs it any more
            client.close(timeout=CONNECT_SECONDS)


def _must_be_a_scheduler(address: str) -> None:
    """dask's own client waits for ever where something else listens."""
    try:
        found = asyncio.run(_identity(address))
    except (OSError, EOFError):  # a TimeoutError is one of the first
        raise Refusal(
            f"No scheduler answers at {address}: start one with `dask scheduler`, and name the address that it prints."
        ) from None
    except Exception as error:  # dask has no one kind of error for an address that it does not like
        raise Refusal(
            f"{address!r} cannot be called ({error}): an address is like tcp://head:8786."
        ) from None
    if found.get("type") != "Scheduler":
        raise Refusal(
            f"At {address} is no scheduler, but a {str(found.get('type')).lower()}: name the scheduler's address."
        )


async def _identity(address: str) -> Mapping[str, Any]:
    from distributed import rpc
    from distributed.security import Security

    security: Any = Security()
    how = security.get_connection_args("client")
    async with asyncio.timeout(CONNECT_SECONDS):
        async with rpc(address, timeout=CONNECT_SECONDS, connection_args=how) as scheduler:
            asked: Any = scheduler  # it makes up its methods
            return await asked.identity()


def standing_of_all(client: Any, course: Course, required: str | None) -> Standing:
    """What all workers have, which is one and the same. Raises Refusal, with a sentence about one that differs."""
    _must_know_the_kata(client)
    said: Mapping[str, object] = client.run(remote.standing, on_error="return")
    found = {address: _standing(address, each) for address, each in sorted(said.items())}
    here, now = kata_version(), content(course)
    for address, each in found.items():
        if (each.kata, each.content) != (here, now):
            raise Refusal(
                f"The worker {address} has another kata, {each.kata} ({each.content}): give it the one that is here, "
                f"{here} ({now}), and start it anew."
            )
    (first, one), *others = found.items()
    for address, each in others:
        if each.basis != one.basis:
            raise Refusal(
                f"The workers {first} and {address} have other libraries or another Python: install the same on both, "
                "with `pip install -c constraints.txt`."
            )
        if each.isolation != one.isolation:
            raise Refusal(
                f"On the worker {first} holds {one.isolation.sentence}; and on {address} {each.isolation.sentence}. "
                "A result names one isolation: make them equal."
            )
    must_hold(one, required)
    return one


def _must_know_the_kata(client: Any) -> None:
    """dask's scheduler reads each job before it hands it on."""
    try:
        client.run_on_scheduler(remote.is_here)
    except Exception as error:
        raise Refusal(
            f"The scheduler has not this kata ({error}): run `dask scheduler` in an environment where the kata is "
            "installed, as on the workers."
        ) from None


def _standing(address: str, said: object) -> Standing:
    if isinstance(said, str):
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            return Standing.unpacked(json.loads(said))
    raise Refusal(
        f"The worker {address} has not this kata ({said}): on each machine, run `dask worker` in an environment where "
        "the kata is installed with `pip install -e`."
    )


def must_hold(standing: Standing, required: str | None) -> None:
    """Raises Refusal if less holds than is required, or, without a word on that, if an answer could call anybody."""
    isolation = standing.isolation
    # Without a network of its own, a test of exercise 10 keeps TCP.
    closed = NETWORK in isolation.names and isolation.layers.apart
    if closed if required is None else required in isolation.names:
        return
    held = f"What holds: {isolation.sentence}."
    if required is not None:
        raise Refusal(
            f"The isolation {required!r} does not hold on the workers, so nothing was judged. {held}"
        )
    raise Refusal(
        "On the workers an answer could reach the network, and so the scheduler, which asks nobody who he is. "
        f"{held} Where nothing else can be done, --require-isolation process judges all the same."
    )
