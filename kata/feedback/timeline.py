"""The record of what happened, as plain data: what began when, ended when, and inside what.

Times are seconds of the spec's own clock, from its start. Probes write the record; drawings and
sentences read it. It holds numbers and strings only, so it can cross a pipe.
"""

import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, cast, get_args

Kind = Literal["request", "task", "sleep", "upstream", "database", "blocked", "thread"]
KINDS: tuple[Kind, ...] = get_args(Kind)

SAME = 0.001
"""Moments nearer than this are one moment: specs compare seconds no closer."""
MOST = 5_000
LONGEST = 1e12


@dataclass(frozen=True)
class Origin:
    """Who waits in a span, since when it could, and how the answer's code came there."""

    by: int
    """A number for each task, and for each piece of work in a thread. 0: the request's own task."""
    made: float | None
    """When that task was made, or that work handed over. None: with the request."""
    begun: float | None
    """When a thread began with the work. None: it is a task."""
    way: tuple[tuple[str, str], ...]
    """(function, ``file:line``) of the answer's calls, the outermost first, also those that made the task."""


@dataclass
class Span:
    """One thing that took time."""

    kind: Kind
    label: str
    start: float
    end: float | None
    """None: still open when the record was read."""
    where: str | None
    """The learner's line, such as ``exercises/08_parallel_tasks/main.py:21``."""
    id: int
    parent: int | None
    """The id of the span that this one ran inside. Always smaller than the span's own id."""
    note: str | None = None
    origin: Origin | None = None
    """Not among the data that cross a pipe."""

    def begins_in_a_thread(self, now: float) -> bool:
        """Whether a thread has begun with this just now, and goes on."""
        goes_on = self.end is None or self.end > now
        return self.kind == "thread" and goes_on and abs(self.start - now) < SAME


CUT_SHORT = "cut short"
"""The note of a wait that was cancelled before its time."""


class Timeline:
    """All spans of one spec, in the order in which they began. Any thread may write."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.dropped = 0
        """How many spans came after the record was full."""
        self._spans: list[Span] = []
        self._next_id = 1
        # Reentrant, since a finalizer may run in the middle.
        self._lock = threading.RLock()

    @property
    def spans(self) -> list[Span]:
        with self._lock:
            return list(self._spans)

    def start(
        self,
        kind: Kind,
        label: str,
        at: float,
        where: str | None = None,
        *,
        parent: Span | int | None = None,
        note: str | None = None,
    ) -> Span:
        """Write down that something began. A full record counts it, and forgets it."""
        inside = parent.id if isinstance(parent, Span) else parent
        with self._lock:
            span = Span(kind, label, at, None, where, self._next_id, inside, note)
            self._next_id += 1
            if len(self._spans) < self.most:
                self._spans.append(span)
            else:
                self.dropped += 1
        return span

    def end(self, span: Span, at: float) -> None:
        """Write down that it ended. Only the first end counts."""
        with self._lock:
            if span.end is None:
                span.end = max(span.start, at)

    def to_data(self) -> list[dict[str, Any]]:
        """The spans as dictionaries; if any were dropped, a last ``{"dropped": 12}`` says so."""
        with self._lock:
            data = [asdict(replace(span, origin=None)) for span in self._spans]
            for each in data:
                del each["origin"]
            if self.dropped:
                data.append({"dropped": self.dropped})
        return data

    @classmethod
    def from_data(cls, data: Iterable[Any], most: int = MOST) -> "Timeline":
        """The record that ``to_data`` gave. The sender is not trusted: ValueError if malformed."""
        timeline = cls(most)
        for item in data:
            if not isinstance(item, dict):
                raise ValueError(f"not a span: {item!r:.80}")
            fields = cast("dict[str, Any]", item)
            if fields.keys() == {"dropped"}:
                timeline.dropped += _whole(fields, "dropped")
            elif len(timeline._spans) < most:
                span = _span(fields)
                timeline._spans.append(span)
                timeline._next_id = max(timeline._next_id, span.id + 1)
            else:
                timeline.dropped += 1
        return timeline


def _span(fields: dict[str, Any]) -> Span:
    if fields.get("kind") not in KINDS:
        raise ValueError(f"not a kind of span: {fields.get('kind')!r:.80}")
    own = _whole(fields, "id")
    parent = None if fields.get("parent") is None else _whole(fields, "parent")
    # This also keeps a walk from child to parent from going round in a circle.
    if parent is not None and parent >= own:
        raise ValueError(f"span {own} cannot run inside the later span {parent}")
    start = _seconds(fields, "start")
    end = None if fields.get("end") is None else _seconds(fields, "end")
    if end is not None and end < start:
        raise ValueError(f"span {own} ends before it starts")
    label = _text(fields, "label")
    if label is None:
        raise ValueError("a span needs a label")
    return Span(
        fields["kind"],
        label,
        start,
        end,
        _text(fields, "where"),
        own,
        parent,
        _text(fields, "note"),
    )


def _whole(fields: dict[str, Any], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} is not a whole number: {value!r:.80}")
    return value


def _seconds(fields: dict[str, Any], name: str) -> float:
    value = fields.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{name} is not a number of seconds: {value!r:.80}")
    # The comparison also refuses "not a number" and infinity, and integers too large for a float.
    if not -LONGEST < value < LONGEST:
        raise ValueError(f"{name} is out of all bounds")
    return float(value)


def _text(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name} is not a text: {value!r:.80}")
    return value
