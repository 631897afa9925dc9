"""The record, and its drawing in text."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from kata.feedback.labels import columns, shortened
from kata.feedback.text_chart import draw
from kata.feedback.timeline import Kind, Span, Timeline

Line = tuple[Kind, str, float, float | None]


def record(*lines: Line) -> list[Span]:
    return [
        Span(kind, label, start, end, None, number, None)
        for number, (kind, label, start, end) in enumerate(lines, 1)
    ]


def many(count: int, line: Callable[[int], Line]) -> list[Span]:
    return record(*map(line, range(count)))


def one_after_the_other() -> list[Span]:
    timeline = Timeline()
    request = timeline.start("request", "GET /parallel-tasks", 0)
    file = "exercises/08_parallel_tasks/main.py"
    first = timeline.start("task", "task_1", 0, f"{file}:20", parent=request)
    timeline.end(first, 2)
    second = timeline.start("task", "task_2", 2, f"{file}:21", parent=request)
    timeline.end(second, 5)
    timeline.end(request, 5)
    return timeline.spans


def each_blocks(requests: int) -> list[Span]:
    timeline = Timeline()
    arrived = [timeline.start("request", "GET /report", 0) for _ in range(requests)]
    for number, request in enumerate(arrived):
        blocked = timeline.start("blocked", "time.sleep", 2 * number, parent=request)
        timeline.end(blocked, 2 * number + 2)
        timeline.end(request, 2 * number + 2)
    return timeline.spans


def lines(*expected: str) -> str:
    return "\n".join(expected)


# The drawing


def test_expected_stands_above_yours_on_one_scale() -> None:
    expected = [("task_1", 0.0, 2.0), ("task_2", 0.0, 3.0)]
    assert draw(one_after_the_other(), expected=expected) == lines(
        "expected   task_1  ████████",
        "           task_2  ████████████",
        "yours      task_1  ████████",
        "           task_2          ████████████",
        "                   0   1   2   3   4   5 s",
    )


def test_a_terminal_without_unicode_gets_ascii_only() -> None:
    expected = [("task_1", 0.0, 2.0), ("task_2", 0.0, 3.0)]
    assert draw(one_after_the_other(), expected=expected, unicode=False) == lines(
        "expected   task_1  ========",
        "           task_2  ============",
        "yours      task_1  ========",
        "           task_2          ============",
        "                   0   1   2   3   4   5 s",
    )


def test_what_ran_inside_a_request_stands_under_it() -> None:
    assert draw(one_after_the_other()) == lines(
        "GET /parallel-tasks  ████████████████████",
        "  task_1             ████████",
        "  task_2                     ████████████",
        "                     0   1   2   3   4   5 s",
    )


def test_a_blocked_stretch_is_painted_on_the_request_that_blocked() -> None:
    assert draw(each_blocks(3)) == lines(
        "GET /report  ▒▒▒▒▒▒▒▒",
        "GET /report  ████████▒▒▒▒▒▒▒▒",
        "GET /report  ████████████████▒▒▒▒▒▒▒▒",
        "             0   1   2   3   4   5   6 s",
        "             ▒ the event loop is blocked: time.sleep",
    )


def test_a_blocked_stretch_has_another_fill_in_ascii_too() -> None:
    assert draw(each_blocks(2), unicode=False) == lines(
        "GET /report  ################",
        "GET /report  ================################",
        "             0       1       2       3       4 s",
        "             # the event loop is blocked: time.sleep",
    )


def test_blocked_stretches_outside_all_that_is_drawn_share_a_row() -> None:
    spans = record(
        ("blocked", "time.sleep", 0, 2),
        ("blocked", "time.sleep", 3, 5),
        ("request", "GET /ping", 0, 5),
    )
    assert draw(spans) == lines(
        "time.sleep  ▒▒▒▒▒▒▒▒    ▒▒▒▒▒▒▒▒",
        "GET /ping   ████████████████████",
        "            0   1   2   3   4   5 s",
        "            ▒ the event loop is blocked: time.sleep",
    )


def test_what_never_ended_goes_on_past_the_scale() -> None:
    spans = record(("request", "GET /slow", 0, 5), ("upstream", "GET /silent", 1, None))
    assert draw(spans) == lines(
        "GET /slow    ████████████████████",
        "GET /silent      ████████████████…",
        "             0   1   2   3   4   5 s",
    )
    assert draw(spans, unicode=False).splitlines()[1] == "GET /silent      ================>"


def test_an_instant_is_a_sliver() -> None:
    spans = record(("request", "GET /ping", 0, 0), ("request", "GET /slow", 0, 5))
    assert draw(spans) == lines(
        "GET /ping  ▏",
        "GET /slow  ████████████████████",
        "           0   1   2   3   4   5 s",
    )
    assert draw(spans, unicode=False).splitlines()[0] == "GET /ping  |"


def test_times_that_the_bar_cannot_show_are_written_after_it() -> None:
    spans = record(
        ("sleep", "whole", 0, 5),
        ("sleep", "nearly", 0, 4.97),
        ("sleep", "inside", 1.3, 3.2),
        ("sleep", "short", 0, 0.002),
        ("sleep", "instant", 4.1, 4.1),
    )
    assert draw(spans) == lines(
        "whole    ████████████████████",
        "nearly   ████████████████████ 4.97 s",
        "short    ▏ 0.002 s",
        "inside        ████████ 1.3 to 3.2 s",
        "instant                  ▏ at 4.1 s",
        "         0   1   2   3   4   5 s",
    )


def test_a_span_that_only_repeats_the_one_around_it_has_no_row() -> None:
    timeline = Timeline()
    task = timeline.start("task", "task_1", 0)
    timeline.end(timeline.start("sleep", "task_1", 0, parent=task), 2)
    timeline.end(task, 2)
    assert draw(timeline.spans) == lines(
        "task_1  ████████████████████████",
        "        0           1           2 s",
    )


def test_equal_spans_are_merged_when_they_are_many() -> None:
    spans = many(1000, lambda number: ("request", "GET /ping", 0, 5))
    assert draw(spans) == lines(
        "GET /ping ×1000  ████████████████████",
        "                 0   1   2   3   4   5 s",
    )
    assert draw(spans, unicode=False).startswith("GET /ping x1000  =====")


def test_a_heartbeat_is_one_row() -> None:
    beats = many(20, lambda n: ("sleep", "beat", n / 4, (n + 1) / 4))
    picture = draw([*beats, Span("request", "GET /ping", 1, 5, None, 100, None)])
    assert picture == lines(
        "beat       ████████████████████",
        "GET /ping      ████████████████",
        "           0   1   2   3   4   5 s",
    )


def test_waits_that_overlap_or_stand_in_a_request_are_no_heartbeat() -> None:
    together = many(5, lambda n: ("sleep", "wait", n / 2, n / 2 + 1))
    assert draw(together).count("wait") == 5

    timeline = Timeline()
    request = timeline.start("request", "GET /slow", 0)
    for second in range(5):
        timeline.end(timeline.start("sleep", "wait", second, parent=request), second + 1)
    timeline.end(request, 5)
    assert draw(timeline.spans).count("wait") == 5


def test_of_many_alike_the_first_are_shown_and_the_others_counted() -> None:
    spans = many(30, lambda number: ("request", "GET /ping", number, number + 1))
    drawing = draw(spans).splitlines()
    assert len(drawing) == 14 + 1
    assert drawing[0] == "GET /ping  █ 1 s"
    assert drawing[12] == "GET /ping            █ 12 to 13 s"
    assert drawing[13] == "17 more              ██████████████"


def test_many_different_spans_still_fit_the_screen() -> None:
    spans = many(40, lambda number: ("request", f"GET /users/{number}", 0, 5))
    drawing = draw(spans).splitlines()
    assert len(drawing) == 14 + 1
    assert drawing[13] == "27 more        ████████████████████"


def test_expected_and_yours_together_fit_the_screen() -> None:
    spans = many(30, lambda number: ("request", "GET /ping", number, number + 1))
    expected = [("GET /ping", 0.0, 1.0)] * 30
    drawing = draw(spans, expected=expected).splitlines()
    assert len(drawing) == 14 + 1
    assert drawing[0] == "expected   GET /ping ×30  █ 1 s"


def test_only_what_was_expected_is_compared() -> None:
    spans = record(("request", "GET /ping", 0, 5), ("request", "GET /slow", 0, 5))
    assert draw(spans, expected=[("GET /ping", 0, 0)]) == lines(
        "expected   GET /ping  ▏",
        "yours      GET /ping  ████████████████████",
        "                      0   1   2   3   4   5 s",
    )


def test_everything_is_shown_if_something_expected_did_not_happen() -> None:
    spans = record(("task", "task_1", 0, 5), ("task", "other", 0, 5))
    assert draw(spans, expected=[("task_1", 0, 5), ("task_2", 0, 5)]) == lines(
        "expected   task_1  ████████████████████",
        "           task_2  ████████████████████",
        "yours      task_1  ████████████████████",
        "           other   ████████████████████",
        "                   0   1   2   3   4   5 s",
    )


def test_expected_stands_alone_if_nothing_happened() -> None:
    assert draw([], expected=[("task_1", 0, 5)]) == lines(
        "expected   task_1  ████████████████████",
        "yours      (nothing)",
        "                   0   1   2   3   4   5 s",
    )


def test_no_spans_give_no_drawing() -> None:
    assert draw([]) == ""


@pytest.mark.parametrize(
    ("end", "marks"),
    [
        (0.1, "0       0.02    0.04    0.06    0.08    0.1 s"),
        (0.5, "0       0.1     0.2     0.3     0.4     0.5 s"),
        (1.0, "0       0.2     0.4     0.6     0.8     1 s"),
        (2.0, "0           1           2 s"),
        (10.0, "0   1   2   3   4   5   6   7   8   9   10 s"),
        (60.0, "0   10  20  30  40  50  60 s"),
        (600.0, "0       120     240     360     480     600 s"),
    ],
)
def test_the_marks_are_round_numbers(end: float, marks: str) -> None:
    assert draw(record(("sleep", "a", 0, end))).splitlines()[-1].strip() == marks


def test_a_scale_far_from_the_start_does_not_begin_at_zero() -> None:
    marks = draw(record(("sleep", "a", 100, 103))).splitlines()[-1]
    assert marks.strip() == "100     101     102     103 s"


def test_what_ends_at_that_moment_goes_with_what_was_before() -> None:
    timeline = Timeline()
    before = timeline.start("request", "GET /rates/eur", 8)
    last = timeline.start("upstream", "GET bank.example", 10, parent=before)
    timeline.end(last, 10)
    timeline.end(before, 10)
    now = timeline.start("request", "GET /rates/usd", 10)
    timeline.end(timeline.start("upstream", "GET bank.example", 10, parent=now), 10)
    timeline.end(now, 12)
    assert draw(timeline.spans, since=10).count("GET bank.example") == 1


def test_since_is_the_moment_that_counts_as_zero() -> None:
    spans = record(("sleep", "before", 0, 10), ("sleep", "across", 8, 12), ("sleep", "in", 10, 15))
    assert draw(spans, since=10) == lines(
        "across  ████████",
        "in      ████████████████████",
        "        0   1   2   3   4   5 s",
    )


def test_a_long_label_is_cut_in_the_middle() -> None:
    spans = record(("upstream", "GET https://jsonplaceholder.typicode.com/posts", 0, 5))
    assert draw(spans).startswith("GET https:/…de.com/posts  ████")


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        (["GET prices.example/items/7", "GET prices.example/items/12"], ["GET pri…items/7", "GET pri…tems/12"]),
        (["fetch_one_from_the_vendor", "fetch_two_from_the_vendor"], ["fetch_o…_vendor", "fetch_t…_vendor"]),
        (["first_of_all_the_long_names", "other_of_all_the_long_names"], ["first_o…g_names", "other_o…g_names"]),
        (["the_very_long_name_of_one", "the_very_long_name_of_two"], ["the_ver…_of_one", "the_ver…_of_two"]),
        (["short", "the_very_long_name_of_one"], ["short", "the_ver…_of_one"]),
    ],
)  # fmt: skip
def test_what_tells_two_labels_apart_is_kept(labels: list[str], shown: list[str]) -> None:
    assert shortened(labels, [15] * len(labels)) == shown


def test_one_label_in_rooms_of_two_sizes_is_not_mixed_up() -> None:
    assert shortened(["fetch_the_posts"] * 2, [15, 10]) == ["fetch_the_posts", "fetc…posts"]


def test_a_letter_of_two_columns_is_not_cut_in_half() -> None:
    (shown,) = shortened(["待つ待つ待つ待つ"], [9])
    assert shown == "待つ…待つ"
    assert columns(shown) == 9


@pytest.mark.parametrize("width", [50, 60, 72, 100])
@pytest.mark.parametrize("end", [0.0123, 0.7, 3.03, 9.99, 61, 12345.678])
def test_no_line_is_wider_than_asked(width: int, end: float) -> None:
    spans = record(
        ("request", "GET /a/rather/long/path/to/something", 0, end),
        ("blocked", "time.sleep", end / 3, end / 2),
        ("request", "日本語の長いラベル日本語の長いラベル", end / 3, None),
    )
    drawing = draw(spans, width=width, expected=[("GET /nothing", 0, end)])
    assert max(columns(line) for line in drawing.splitlines()) <= width


def test_wide_letters_keep_the_bars_in_line() -> None:
    drawing = draw(record(("task", "日本", 0, 5), ("task", "a", 0, 5))).splitlines()
    assert drawing[:2] == ["日本  ████████████████████", "a     ████████████████████"]


def test_a_label_cannot_move_the_cursor() -> None:
    drawing = draw(record(("task", "a\x1b[2J\nb", 0, 5)))
    assert drawing.startswith("a?[2J?b  ████")


def test_colour_changes_nothing_but_the_colour() -> None:
    coloured = draw(each_blocks(2), colour=True)
    assert "\x1b[31m▒▒▒▒" in coloured
    for code in ("\x1b[31m", "\x1b[36m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == draw(each_blocks(2))


# The record


def test_a_record_crosses_a_pipe() -> None:
    timeline = Timeline()
    request = timeline.start("request", "GET /", 0.5, "main.py:3", note="first")
    timeline.start("sleep", "nap", 1, parent=request)
    timeline.end(request, 2)
    copy = Timeline.from_data(json.loads(json.dumps(timeline.to_data())))
    assert copy.spans == timeline.spans


def test_a_copied_record_can_be_continued() -> None:
    timeline = Timeline()
    timeline.start("request", "GET /", 0)
    copy = Timeline.from_data(timeline.to_data())
    assert copy.start("request", "GET /", 1).id == 2


def test_a_full_record_says_how_many_it_dropped() -> None:
    timeline = Timeline(most=3)
    for _ in range(5):
        timeline.end(timeline.start("request", "GET /", 0), 1)
    assert len(timeline.spans) == 3
    assert timeline.dropped == 2
    assert Timeline.from_data(timeline.to_data()).dropped == 2


def test_only_the_first_end_counts() -> None:
    timeline = Timeline()
    span = timeline.start("request", "GET /", 1)
    timeline.end(span, 2)
    timeline.end(span, 3)
    assert span.end == 2


def test_nothing_ends_before_it_starts() -> None:
    timeline = Timeline()
    span = timeline.start("request", "GET /", 1)
    timeline.end(span, 0.5)
    assert span.end == 1


def test_threads_write_at_once_and_lose_nothing() -> None:
    timeline = Timeline()

    def write() -> None:
        for _ in range(200):
            timeline.end(timeline.start("thread", "work", 0), 1)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(span.id for span in timeline.spans) == list(range(1, 1601))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "other"},
        {"kind": []},
        {"label": None},
        {"label": 3},
        {"start": "0"},
        {"start": True},
        {"start": float("nan")},
        {"start": 10**400},
        {"end": float("inf")},
        {"end": -1},
        {"id": 1.5},
        {"parent": 7},
        {"where": 3},
    ],
    ids=repr,
)
def test_a_malformed_span_is_refused(change: dict[str, Any]) -> None:
    good = Timeline()
    for _ in range(7):
        good.start("request", "GET /", 0)
    data = good.to_data()[-1]
    assert data["id"] == 7
    with pytest.raises(ValueError, match=r"not|out of all bounds|needs|before"):
        Timeline.from_data([data | change])


def test_what_is_no_span_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="not a span"):
        Timeline.from_data(["GET /"])
