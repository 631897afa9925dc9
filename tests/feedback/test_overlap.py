"""The sentence about two waits that should have overlapped: which two, and what kept the second one."""

from collections.abc import Iterable

import pytest

from kata.feedback.overlap import Late, explain_overlap
from kata.feedback.timeline import Kind, Origin, Span, Timeline

Line = tuple[Kind, str, float, float | None]


def inside(kinds_and_times: Iterable[Line], where: str | None = None) -> list[Span]:
    """Spans of one request."""
    timeline = Timeline()
    request = timeline.start("request", "GET /", 0)
    for kind, label, start, end in kinds_and_times:
        span = timeline.start(kind, label, start, where, parent=request)
        if end is not None:
            timeline.end(span, end)
    return timeline.spans


def test_the_sentence_names_who_waited_for_whom_and_where() -> None:
    spans = inside([("sleep", "task_1", 0, 2), ("sleep", "task_2", 2, 5)], "main.py:21")
    assert explain_overlap(spans) == Late(
        "task_2 did not start until task_1 had ended", ("main.py:21",)
    )


def test_the_sentence_does_without_a_place() -> None:
    spans = inside([("sleep", "task_1", 0, 2), ("sleep", "task_2", 2, 5)])
    assert explain_overlap(spans) == Late("task_2 did not start until task_1 had ended")


def test_the_sentence_names_the_one_that_ended_last() -> None:
    spans = inside([("task", "a", 0, 1), ("task", "b", 0, 2), ("task", "c", 2, 3)])
    assert explain_overlap(spans) == Late("c did not start until b had ended")


def test_tasks_that_overlap_while_their_sleeps_do_not_are_seen_through() -> None:
    timeline = Timeline()
    request = timeline.start("request", "GET /", 0)
    first = timeline.start("task", "first", 0, parent=request)
    second = timeline.start("task", "second", 0, parent=request)
    timeline.end(timeline.start("sleep", "one", 0, parent=first), 2)
    timeline.end(timeline.start("sleep", "two", 2, parent=second), 5)
    timeline.end(first, 2)
    timeline.end(second, 5)
    assert explain_overlap(timeline.spans) == Late("two did not start until one had ended")


def test_calls_one_after_the_other_are_named_too() -> None:
    spans = inside([("upstream", "GET /a", 0, 1), ("upstream", "GET /b", 1, 2)])
    assert explain_overlap(spans) == Late("GET /b did not start until GET /a had ended")


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [("task", "task_1", 0, 2)],
        [("task", "task_1", 0, 2), ("task", "task_2", 0, 3)],
        [("task", "task_1", 0, 2), ("task", "task_1", 2, 4)],
        [("task", "task_1", 0, None), ("task", "task_2", 2, 3)],
        [("sleep", "task_1", 0, 0), ("sleep", "task_2", 0, 3)],
        [("task", "a", 0, 2), ("task", "b", 1, 3), ("task", "a", 3, 4)],
    ],
    ids=["none", "one", "overlap", "same name", "never ended", "no time", "overlap once"],
)
def test_where_nothing_had_to_wait_there_is_no_sentence(lines: list[Line]) -> None:
    assert explain_overlap(inside(lines)) is None


def test_things_of_two_requests_need_not_overlap() -> None:
    timeline = Timeline()
    for start, label in ((0, "a"), (2, "b")):
        request = timeline.start("request", "GET /", start)
        timeline.end(timeline.start("task", label, start, parent=request), start + 2)
        timeline.end(request, start + 2)
    assert explain_overlap(timeline.spans) is None


# Why the second one was late

FIRST_AWAIT, SECOND_AWAIT = ("route", "main.py:26"), ("route", "main.py:27")
ONE, TWO = ("task_1", "main.py:16"), ("task_2", "main.py:21")


def late(kind: Kind, first: Origin, second: Origin) -> Late | None:
    spans = inside([(kind, "task_1", 0, 2), (kind, "task_2", 2, 5)])
    spans[1].origin, spans[2].origin = first, second
    return explain_overlap(spans)


@pytest.mark.parametrize(
    ("kind", "first", "second", "said", "lines"),
    [
        (
            "sleep",
            Origin(0, None, None, (FIRST_AWAIT, ONE)),
            Origin(0, None, None, (SECOND_AWAIT, TWO)),
            "of two awaits, the second is not reached",
            ("main.py:26", "main.py:27"),
        ),
        (
            "sleep",
            Origin(0, None, None, (FIRST_AWAIT, ONE)),
            Origin(0, None, None, (FIRST_AWAIT, TWO)),
            "this line awaits the one before it comes to the other",
            ("main.py:26",),
        ),
        (
            "sleep",
            Origin(1, 0, None, (FIRST_AWAIT, ONE)),
            Origin(2, 2, None, (SECOND_AWAIT, TWO)),
            "was not made a task until",
            ("main.py:27",),
        ),
        (
            "sleep",
            Origin(1, 0, None, (FIRST_AWAIT, ONE)),
            Origin(2, 0, None, (FIRST_AWAIT, TWO)),
            "such as a lock",
            (),
        ),
        (
            "thread",
            Origin(1, 0, 0, (FIRST_AWAIT,)),
            Origin(2, 2, 2, (SECOND_AWAIT,)),
            "was not handed to a thread until",
            ("main.py:27",),
        ),
        (
            "thread",
            Origin(1, 0, 0, (FIRST_AWAIT,)),
            Origin(2, 0, 2, (FIRST_AWAIT,)),
            "had no thread until",
            ("main.py:26",),
        ),
        (
            "thread",
            Origin(1, 0, 0, (FIRST_AWAIT,)),
            Origin(2, 0, 0, (FIRST_AWAIT,)),
            "such as a lock",
            ("main.py:26",),
        ),
    ],
    ids=["two awaits", "one line", "made late", "lock", "handed over late", "pool", "lock in threads"],
)  # fmt: skip
def test_the_sentence_says_what_kept_the_second(
    kind: Kind, first: Origin, second: Origin, said: str, lines: tuple[str, ...]
) -> None:
    came = late(kind, first, second)
    assert came is not None
    assert said in came.sentence
    assert came.lines == lines
