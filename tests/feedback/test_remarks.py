"""Remarks on answers that pass: each is true of its facts, and no more than two are made."""

from __future__ import annotations

import asyncio

import pytest

from kata.feedback.remarks import AT_MOST, REMARKS, Facts, remarks
from kata.spec.expect import Expect
from kata.spec.facts import facts_of
from kata.spec.world import World
from tests.helpers.trial import handler, tried

SAID: list[tuple[str, Facts, str]] = [
    ("09", Facts(lives=2, calls=20, connections=20), "The upstream saw 20 connections for 20"),
    ("06", Facts(requests=20, databases=20), "20 connections to the database were opened for 20"),
    ("07", Facts(lives=3, databases=3), "One connection serves all requests"),
    ("04", Facts(callers=20, calls=40), "It asked 40 times for 20 requests"),
    ("03", Facts(endless_reads=1), "A client has no time-out of its own"),
    ("01", Facts(most_threads=5), "5 worker threads slept at one moment"),
    ("02", Facts(most_sleeps=200), "One request slept 200 times"),
    ("10", Facts(most_suite_seconds=44), "Your tests take 44 s"),
]

NOT_SAID: list[tuple[str, Facts]] = [
    ("01", Facts(most_threads=1, most_sleeps=19)),
    ("02", Facts(most_threads=5)),
    ("03", Facts(callers=20, connections=20, calls=20)),
    ("04", Facts(callers=20, calls=20, connections=20)),
    ("06", Facts(requests=20, databases=9)),
    ("07", Facts(lives=3, databases=4)),
    ("07", Facts(lives=3)),
    ("09", Facts(lives=2, calls=20, connections=16)),
    ("10", Facts(most_suite_seconds=30)),
    ("99", Facts(most_sleeps=200)),
]


@pytest.mark.parametrize(("exercise", "facts", "sentence"), SAID)
def test_what_is_said(exercise: str, facts: Facts, sentence: str) -> None:
    (said,) = remarks(exercise, facts)
    assert said.startswith(sentence)
    assert "{" not in said


def test_every_remark_has_a_row_above() -> None:
    held = [
        [each for each in REMARKS if exercise in each.exercises and each.holds(facts)]
        for exercise, facts, _ in SAID
    ]
    assert [each for (each,) in held] == list(REMARKS)


@pytest.mark.parametrize(("exercise", "facts"), NOT_SAID)
def test_what_is_not_said(exercise: str, facts: Facts) -> None:
    assert remarks(exercise, facts) == []


def test_no_more_than_two_are_made() -> None:
    everything = Facts(lives=1, connections=9, most_sleeps=99, endless_reads=1)
    assert len(remarks("09", everything)) == AT_MOST == 2


def test_facts_of_several_specs_are_one() -> None:
    together = Facts.together([Facts(calls=2, most_threads=5), Facts(calls=3, most_threads=1)])
    assert together == Facts(calls=5, most_threads=5)
    assert Facts.together([]) == Facts()


@pytest.mark.parametrize(
    "data", [None, [], "x", {"calls": "2"}, {"calls": -1}, {"calls": True}, {"x": 1}, {1: 2}]
)
def test_what_is_no_count_is_none(data: object) -> None:
    assert Facts.from_data(data) == Facts()


def test_facts_cross_a_pipe() -> None:
    facts = Facts(calls=2, most_sleeps=3)
    assert facts.to_data() == {"calls": 2, "most_sleeps": 3}
    assert Facts.from_data(facts.to_data()) == facts


FETCHES = """
async with httpx.AsyncClient({options}) as client:
    return (await client.get("https://a.example/")).json()
"""


def facts_after(body: str, requests: int = 3) -> Facts:
    async def spec(world: World, expect: Expect) -> None:
        world.upstream.get("https://a.example/", takes=2).respond(json={})
        await asyncio.gather(*(world.client.get("/") for _ in range(requests)))

    return facts_of(tried(handler(body), spec, serves=True).world)


@pytest.mark.parametrize(
    ("options", "endless"), [("", False), ("timeout=9", False), ("timeout=None", True)]
)
def test_a_client_without_a_time_out_is_seen(options: str, endless: bool) -> None:
    facts = facts_after(FETCHES.format(options=options))
    assert bool(facts.endless_reads) is endless
    assert (facts.requests, facts.callers, facts.calls, facts.connections) == (3, 3, 3, 3)


def test_sleeps_and_threads_are_counted() -> None:
    assert facts_after("for _ in range(7): await asyncio.sleep(0.5)").most_sleeps == 7
    assert facts_after("await asyncio.to_thread(time.sleep, 1)").most_threads == 3
