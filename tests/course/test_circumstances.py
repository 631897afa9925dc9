"""The tables of circumstances are read as they stand, and the page that draws them is today's."""

from pathlib import Path

from kata.course.circumstances import promised
from kata.course.circumstances_page import page
from kata.course.course import Course
from tests.helpers.made_up_course import KATA, make_course

TASK = """\
## Your task

Write the route.

| route | status |
|---|---|
| `GET /a` | 200 |
| … and it fails | |

- The first promise goes on
  over two lines.
- The second.

Nothing that is promised.

## Run it
"""


def test_promises_are_the_rows_and_the_bullets_of_the_task(tmp_path: Path) -> None:
    course = make_course(tmp_path, "01_first")
    lesson = course.exercise("01").lesson
    text = lesson.read_text("utf-8")
    begin, end = text.index("## Your task"), text.index("## Run it")
    lesson.write_text(text[:begin] + TASK + text[end:].removeprefix("## Run it\n"), "utf-8")

    assert list(promised(Course(tmp_path).exercise("01"))) == [
        "`GET /a` | 200",
        "… and it fails |",
        "The first promise goes on over two lines.",
        "The second.",
    ]


def test_a_cell_shows_its_specs_and_how_many_wrong_answers_break_it(tmp_path: Path) -> None:
    drawn = page(make_course(tmp_path, "01_first"))

    assert "| `answers` | 1/10 | – |" in drawn
    assert "again: nothing is kept" in drawn


def test_the_page_is_todays() -> None:
    course = Course(KATA.parent)
    written = (course.root / "docs" / "circumstances.md").read_text("utf-8")

    assert written == page(course), "run python scripts/circumstances.py"
