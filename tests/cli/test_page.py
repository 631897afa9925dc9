"""What the commands show on a terminal: no word is cut or broken, however narrow it is."""

import ast
import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from kata.cli.code import folded
from kata.cli.commands.lesson import lesson_without_hints
from kata.cli.markdown import TerminalMarkdown
from kata.cli.page import say
from kata.cli.screen import TerminalScreen
from kata.course.course import Course, Exercise
from kata.course.course_map import Standing
from kata.run.engine import Outcomes, SpecOutcome
from tests.helpers.made_up_course import KATA, make_course

REAL = Course(KATA.parent)

LONGEST = 32
"""Columns of the longest word that fits on a terminal of 40 everywhere, in indented code too."""


def rendered(markdown: str, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, no_color=True)
    console.print(TerminalMarkdown(markdown, console))
    assert isinstance(console.file, io.StringIO)
    text = re.sub(r"\x1b\]8;.*?\x1b\\", "", console.file.getvalue())
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def words(shown: str) -> set[str]:
    return {word.rstrip(":") for word in shown.split()}


@pytest.mark.parametrize("width", [40, 60, 80, 100])
@pytest.mark.parametrize("exercise", REAL.exercises, ids=lambda each: each.number)
def test_every_word_of_a_lesson_is_whole(exercise: Exercise, width: int) -> None:
    lesson = lesson_without_hints(exercise)
    shown = rendered(lesson, width)
    wanted = {word for word in words(rendered(lesson, 1000)) if len(word) <= LONGEST}
    assert {word for word in wanted - words(shown) if set(word) != {"─"}} == set()
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= width


TABLE = """\
| route | status | body |
|---|---|---|
| `GET /parallel-tasks` | 200 | `{"results": ["Task 1 complete"]}` |
| … otherwise | 404 | |
"""


def test_a_table_that_fits_is_a_table() -> None:
    lines = rendered(TABLE, 80).splitlines()
    assert any("route" in line and "status" in line and "body" in line for line in lines)
    assert any("GET /parallel-tasks" in line and "200" in line for line in lines)


def test_a_table_that_does_not_fit_is_a_list() -> None:
    said = [line.rstrip() for line in rendered(TABLE, 30).splitlines() if line.strip()]
    assert said == [
        "route: GET /parallel-tasks",
        "status: 200",
        'body: {"results": ["Task 1',
        'complete"]}',
        "route: … otherwise",
        "status: 404",
    ]


def test_code_goes_on_below_between_two_words() -> None:
    code = "```python\nasync def f():\n    value = await call(first_one, second_one)\n```\n"
    lines = [line.rstrip() for line in rendered(code, 30).splitlines() if line.strip()]
    assert lines == [
        " async def f():",
        "     value = await",
        "         call(first_one,",
        "         second_one)",
    ]


def test_a_terminal_without_links_is_told_where_they_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert "(https://a.example/x)" in rendered("[here](https://a.example/x)", 80)
    monkeypatch.setenv("TERM", "xterm")
    assert "a.example" not in rendered("[here](https://a.example/x)", 80)


def test_a_sentence_is_wrapped_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    say("one sentence that is longer than the line")
    assert capsys.readouterr().out == "one sentence that is longer than the line\n"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    say("one sentence that is longer than the line", err=True)
    assert capsys.readouterr().err == "one sentence that is\nlonger than the line\n"


def test_a_verdict_is_wrapped_on_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    course = make_course(tmp_path, "01_first")
    name = "test_the_results_leave_when_both_tasks_are_done"
    text = "The two tasks overlap, so the answer takes three seconds."
    outcomes = Outcomes((SpecOutcome(name, "failed", text, 0.1),))
    screen = TerminalScreen(course, has_keys=True)
    screen.verdict(Standing(course.exercises[0], "started", 0, 1), outcomes)
    shown = re.sub(r"\x1b\[[\d;]*[A-Za-z]", "", capsys.readouterr().out)
    assert "  ✗ the results leave when both tasks\n    are done\n" in shown
    assert "The two tasks overlap, so the answer\ntakes three seconds.\n" in shown


def test_a_folded_comment_stays_a_comment() -> None:
    code = "def f():\n    # a comment that is too long for it\n    return 1\n"
    assert (
        folded(code, 24) == "def f():\n    # a comment that is\n    # too long for it\n    return 1"
    )


def test_folded_references_are_the_same_program() -> None:
    """As long as no word in it is longer than a line, what is shown could be typed off."""
    code = (REAL.solutions / "08_parallel_tasks" / "main.py").read_text("utf-8")
    shown = folded(code, 60)
    assert max(map(len, shown.splitlines())) <= 60
    assert ast.dump(ast.parse(shown)) == ast.dump(ast.parse(code))
