"""Remarks on an answer that passes: what it did that a reader of its code would ask about.

A remark never changes a verdict. It says what was counted while the specs ran, and what is simpler, or costs less. Each
is a row of `REMARKS`, and speaks of those exercises only whose reference does otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any, cast

AT_MOST = 2
"""Remarks on one answer: who gets more reads none."""


@dataclass(frozen=True)
class Facts:
    """What an answer did in one spec, or in all of an exercise together. Those that begin with `most` are maxima."""

    requests: int = 0
    callers: int = 0
    """Requests that called an upstream."""
    calls: int = 0
    connections: int = 0
    """To upstreams."""
    endless_reads: int = 0
    """Reads of a response without any time limit of the client's own."""
    databases: int = 0
    """Connections to SQLite that were opened."""
    lives: int = 0
    """How often the answer was started."""
    most_sleeps: int = 0
    """Of coroutines, within one request."""
    most_threads: int = 0
    """That slept at one moment."""
    most_suite_seconds: int = 0
    """Time that the learner's tests took with the given app, by their own clock."""

    @classmethod
    def together(cls, each: Iterable[Facts]) -> Facts:
        """The facts of several specs as one."""
        all_ = list(each)
        merged: dict[str, int] = {}
        for field in fields(cls):
            values = [getattr(facts, field.name) for facts in all_]
            merged[field.name] = (
                max(values, default=0) if field.name.startswith("most") else sum(values)
            )
        return cls(**merged)

    def to_data(self) -> dict[str, int]:
        """Plain data, which crosses a pipe."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_data(cls, data: Any) -> Facts:
        """The facts that `to_data` gave. The sender is not trusted: what is no count is none."""
        known = {field.name for field in fields(cls)}
        items = cast("dict[Any, Any]", data) if isinstance(data, dict) else {}
        return cls(**{k: v for k, v in items.items() if k in known and type(v) is int and v >= 0})


@dataclass(frozen=True)
class Remark:
    """A sentence for answers of some exercises (their numbers) of which something holds.

    `says` is filled in with the facts, by their names.
    """

    exercises: tuple[str, ...]
    holds: Callable[[Facts], bool]
    says: str


LOOKS_AGAIN = 20
"""Sleeps within one request from which on it is called polling."""

SLOW_SUITE = 30
"""Seconds that somebody waits for a suite, and goes to do something else meanwhile."""

FEW_CONNECTIONS = 8
"""In each life of an answer that has five calls in flight at most, and loses one or the other to a failure."""

REMARKS = (
    Remark(
        ("09",),
        lambda facts: facts.connections > FEW_CONNECTIONS * facts.lives,
        "The upstream saw {connections} connections for {calls} calls, though five at a time are enough. One client "
        "for all requests, whose responses are read to their end, keeps them for the next call.",
    ),
    Remark(
        ("06",),
        lambda facts: facts.databases >= facts.requests // 2,
        "{databases} connections to the database were opened for {requests} requests. One that is opened at startup, "
        "or a few of them, saves each request from opening the file and reading the schema.",
    ),
    Remark(
        ("07",),
        lambda facts: 0 < facts.databases <= facts.lives,
        "One connection serves all requests, so each waits until the transaction before it has ended, those that only "
        "read as well. It is right, and serial.",
    ),
    Remark(
        ("04",),
        lambda facts: facts.calls > facts.callers,
        "It asked {calls} times for {callers} requests. Each further try lets the caller wait longer, and asks more "
        "of an upstream that is in trouble.",
    ),
    Remark(
        ("03", "08", "09"),
        lambda facts: facts.endless_reads > 0,
        "A client has no time-out of its own: an upstream that never answers holds the request for as long as nothing "
        "else ends it. httpx has five seconds if it is told nothing.",
    ),
    Remark(
        ("01", "08"),
        lambda facts: facts.most_threads > 1,
        "{most_threads} worker threads slept at one moment. A coroutine that sleeps holds no thread, so thousands can.",
    ),
    Remark(
        ("01", "02", "03", "08", "09"),
        lambda facts: facts.most_sleeps >= LOOKS_AGAIN,
        "One request slept {most_sleeps} times, to look again. Who awaits one sleep, a task or an event is woken once, "
        "in the right moment.",
    ),
    Remark(
        ("10",),
        lambda facts: facts.most_suite_seconds > SLOW_SUITE,
        "Your tests take {most_suite_seconds} s each time that somebody runs them. Make the app's waits shorter in "
        "tests, or wait for several at once.",
    ),
)
"""The most telling first, for only the first ones are said."""


def remarks(exercise: str, facts: Facts) -> list[str]:
    """What to say of an answer to an exercise (its number) that passes."""
    fitting = (each for each in REMARKS if exercise in each.exercises and each.holds(facts))
    return [each.says.format(**asdict(facts)) for each in fitting][:AT_MOST]
