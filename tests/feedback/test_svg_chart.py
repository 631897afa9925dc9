"""The picture for a slide."""

from xml.etree import ElementTree

from kata.feedback.svg_chart import svg
from kata.feedback.timeline import Timeline

NAME = "{http://www.w3.org/2000/svg}"


def blocked_record() -> Timeline:
    timeline = Timeline()
    request = timeline.start("request", "GET /report", 0, "main.py:7")
    timeline.end(timeline.start("blocked", "time.sleep", 1, parent=request), 3)
    timeline.end(request, 4)
    return timeline


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(picture).iter(f"{NAME}text")]


def bars(picture: str) -> list[dict[str, str]]:
    groups = ElementTree.fromstring(picture).iter(f"{NAME}g")
    return [rect.attrib for group in groups for rect in group.iter(f"{NAME}rect")]


def test_it_is_an_svg_of_the_size_of_a_slide() -> None:
    picture = ElementTree.fromstring(svg(blocked_record().spans, "Blocked"))
    assert picture.tag == f"{NAME}svg"
    assert picture.get("viewBox") == "0 0 960 540"


def test_it_stands_alone() -> None:
    picture = svg(blocked_record().spans, "Blocked")
    assert "<script" not in picture
    assert "href" not in picture
    assert "@import" not in picture
    assert picture.count("http") == 1, "only the name of the format"


def test_it_has_the_title_the_rows_and_the_seconds() -> None:
    assert texts(svg(blocked_record().spans, "Blocked")) == [
        "Blocked",
        *("0", "1", "2", "3", "4", "seconds"),
        *("GET /report", "time.sleep", "4 s"),
        *("request", "event loop blocked"),
    ]


def test_a_bar_is_as_long_as_its_time() -> None:
    timeline = Timeline()
    timeline.end(timeline.start("task", "a", 0), 2)
    timeline.end(timeline.start("task", "b", 2), 5)
    first, second = bars(svg(timeline.spans, "Two"))
    assert float(second["x"]) - float(first["x"]) - float(first["width"]) < 0.2
    assert abs(float(second["width"]) / float(first["width"]) - 1.5) < 0.01


def test_a_blocked_stretch_is_striped_and_named() -> None:
    bar, stretch, _plate = bars(svg(blocked_record().spans, "Blocked"))
    assert bar["fill"].startswith("#")
    assert stretch["fill"] == "url(#blocked)"
    assert abs(float(stretch["width"]) * 2 - float(bar["width"])) < 0.2


def test_a_narrow_blocked_stretch_is_named_after_the_stripes() -> None:
    timeline = Timeline()
    request = timeline.start("request", "GET /report", 0)
    timeline.end(timeline.start("blocked", "time.sleep", 0, parent=request), 0.1)
    timeline.end(request, 4)
    _bar, stretch, plate = bars(svg(timeline.spans, "Blocked"))
    assert float(plate["x"]) > float(stretch["x"]) + float(stretch["width"])


def test_a_short_blocked_bar_is_named_after_the_bar() -> None:
    timeline = Timeline()
    request = timeline.start("request", "GET /report", 0)
    timeline.end(timeline.start("blocked", "time.sleep", 0, parent=request), 0.1)
    timeline.end(request, 0.2)
    timeline.end(timeline.start("request", "GET /slow", 0), 4)
    assert "0.2 s, blocked: time.sleep" in texts(svg(timeline.spans, "Blocked"))


def test_what_never_ended_says_so() -> None:
    timeline = Timeline()
    timeline.start("request", "GET /stuck", 0)
    assert "… not ended" in texts(svg(timeline.spans, "Stuck"))


def test_text_is_escaped() -> None:
    timeline = Timeline()
    timeline.end(timeline.start("request", 'GET /?a=<b>&"c"\x00', 0), 1)
    found = texts(svg(timeline.spans, "</svg><script>alert(1)</script> & more"))
    assert found[0] == "</svg><script>alert(1)</script> & more"
    assert 'GET /?a=<b>&"c"?' in found


def test_many_spans_are_few_rows_and_a_small_file() -> None:
    timeline = Timeline()
    for number in range(5000):
        timeline.end(timeline.start("request", "GET /ping", number * 0.01), number * 0.01 + 1)
    picture = svg(timeline.spans, "Five thousand")
    assert "4987 more" in texts(picture)
    assert len(picture) < 20_000


def test_no_spans_are_said_to_be_none() -> None:
    assert texts(svg([], "Nothing")) == ["Nothing", "Nothing happened."]
