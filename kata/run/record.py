"""The record of a run: what came of each spec, told by the run's own process as soon as it is known.

A crash loses only what came after it. The record leaves the process through a pipe where it was forked, and
through a file where it was started anew. Each line begins with a secret that the caller has made up. So what an
answer writes into every open file is no record. An answer that searches the memory of its own process finds the
secret: who cannot trust the answer must look from outside.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

LONGEST = 32 * 1024 * 1024
"""Bytes of a record. An answer that floods the pipe is ended."""

_encode = json.JSONEncoder(default=str).encode  # an answer may replace `json.dumps`
_write = os.write


@dataclass(frozen=True)
class SpecOutcome:
    """What came of one spec. `outcome` is "passed", "failed" or "not started"; `seconds` are real ones.

    `picture` is what happened in time, drawn. `cut_off` is true where it cost real time, since nothing moved on.
    `facts` are counts of what the answer did where it passed (`kata.feedback.remarks`).
    """

    name: str
    outcome: str
    text: str
    seconds: float
    teaches: str = ""
    where: str | None = None
    picture: str = ""
    cut_off: bool = False
    facts: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True)
class Outcomes:
    """What came of an exercise's specs on one answer. `ended` says what became of the run itself.

    `ended` is "" for a run that came to its end, otherwise one sentence, and then `running` is the spec
    that was under way, if one had begun.
    """

    specs: tuple[SpecOutcome, ...]
    ended: str = ""
    running: str = ""

    @property
    def passed(self) -> tuple[SpecOutcome, ...]:
        return tuple(spec for spec in self.specs if spec.outcome == "passed")

    @property
    def failed(self) -> tuple[SpecOutcome, ...]:
        """The specs that do not hold, in their order, those not started among them."""
        return tuple(spec for spec in self.specs if spec.outcome != "passed")

    @property
    def solved(self) -> bool:
        return bool(self.specs) and not self.failed and not self.ended


def new_secret() -> str:
    return secrets.token_hex(16)


def into(descriptor: int, secret: str) -> Callable[[dict[str, Any]], None]:
    """What writes a record's lines into an open file or pipe."""

    def write(record: dict[str, Any]) -> None:
        data = f"{secret}{_encode(record)}\n".encode()
        while data:
            data = data[_write(descriptor, data) :]

    return write


class Recorder:
    """Tells each outcome. Registered as a pytest plugin in the run's own process.

    With `until_cut_off` the run ends after the first spec that was cut off.
    """

    def __init__(
        self, tell: Callable[[dict[str, Any]], None], *, until_cut_off: bool = False
    ) -> None:
        self._tell = tell
        self._until_cut_off = until_cut_off
        self._session: Any = None

    def pytest_sessionstart(self, session: Any) -> None:
        self._session = session

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._tell({"begins": nodeid.rpartition("::")[2]})

    def pytest_sessionfinish(self) -> None:
        self._tell({"ended": True})

    def pytest_runtest_logreport(self, report: Any) -> None:
        facts: dict[str, Any] | None = getattr(report, "kata", None)
        if facts is None or (report.when != "call" and report.passed):
            return  # of what is no spec, or a part of one
        finding = facts.get("finding", {})
        name = report.nodeid.rpartition("::")[2]
        outcome = SpecOutcome(
            name,
            str(facts.get("state", report.outcome)),
            "" if report.passed else str(report.longrepr),
            report.duration,
            str(finding.get("teaches", "")),
            finding.get("where"),
            str(finding.get("picture", "")),
            bool(finding.get("cut_off")),
            facts.get("facts", {}),
        )
        self._tell(asdict(outcome))
        if outcome.cut_off and self._until_cut_off:
            self._session.shouldstop = "a spec was cut off"

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            text = str(report.longrepr)
            self._tell(asdict(SpecOutcome("collection", "failed", text, 0.0)))


@dataclass(frozen=True)
class Told:
    """A record as it was read: the outcomes, the spec that was running when it stops, whether the run ended."""

    outcomes: tuple[SpecOutcome, ...]
    running: str
    ended: bool


def read(data: bytes, secret: str) -> Told:
    """Read a record. It may stop anywhere, and have lines in it that are none."""
    outcomes: list[SpecOutcome] = []
    running, ended = "", False
    for fields in _lines(data.decode("utf-8", "replace").splitlines(), secret):
        # The process may have died in the middle of it, or the answer may have spoiled `json`.
        with contextlib.suppress(ValueError, TypeError):
            if "begins" in fields:
                running = str(fields["begins"])
            elif "ended" in fields:
                ended = True
            else:
                outcomes.append(_outcome(fields))
    return Told(tuple(outcomes), running, ended)


def _lines(lines: Iterable[str], secret: str) -> Iterable[dict[str, Any]]:
    for line in lines:
        if line.startswith(secret):
            with contextlib.suppress(ValueError, RecursionError):
                fields: object = json.loads(line[len(secret) :])
                if isinstance(fields, dict):
                    yield fields  # pyright: ignore[reportUnknownVariableType]


def _outcome(fields: dict[str, Any]) -> SpecOutcome:
    """Raises TypeError or ValueError for what is none."""
    outcome = SpecOutcome(**fields)
    texts = (outcome.name, outcome.outcome, outcome.text, outcome.teaches, outcome.picture)
    if not all(isinstance(text, str) for text in texts):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError
    if not (outcome.where is None or isinstance(outcome.where, str)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError
    if not 0 <= float(outcome.seconds) < float("inf"):
        raise ValueError
    return outcome
