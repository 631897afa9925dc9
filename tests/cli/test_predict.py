"""`kata predict`: what it asks, what it shows, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kata.cli.app import app
from kata.course.course import Course
from tests.helpers.made_up_course import edit, make_course, write
from tests.helpers.terminal import shown_until_closed

Predict = Callable[..., Result]


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    monkeypatch.chdir(tmp_path)
    return make_course(tmp_path, "01_first")


@pytest.fixture
def predict() -> Predict:
    return lambda *arguments: CliRunner().invoke(app, ["predict", "1", *arguments])


def program(course: Course) -> Path:
    return course.exercise("1").folder / "predict.py"


def test_what_happened_is_drawn_beside_what_was_said(course: Course, predict: Predict) -> None:
    result = predict("--answers", "nothing,3")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "One waits."
    assert '    print("done")' in lines
    (ours,) = (line for line in lines if line.startswith("predicted  over"))
    (theirs,) = (line for line in lines if line.startswith("came       main"))
    assert 0 < theirs.count("█") < ours.count("█")
    assert "    2 s  done" in lines
    assert 'What is printed first?  "done", not "nothing".' in lines
    assert "After how many seconds is it over?  2 s, not 3 s." in lines
    assert result.stderr == "0 of 2 as predicted.\n"


def test_who_is_right_is_told_so(course: Course, predict: Predict) -> None:
    result = predict("--answers", "Done, 2 s")
    assert result.exit_code == 0
    assert result.stdout.endswith("2 s, as predicted.\nAll as predicted.\n")


def test_without_a_terminal_it_says_how_to_answer(course: Course, predict: Predict) -> None:
    result = predict()
    assert result.exit_code == 2
    assert "What is printed first?\nAfter how many seconds is it over?\n" in result.stdout
    assert result.stderr == (
        "There is no terminal to ask on: kata predict 01 --answers LINE,SECONDS\n"
    )


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ("done", "--answers has 1 of 2 answers, with commas between: What is printed first?"),
        ("a,b,c", "--answers has 3 of 2 answers"),
        ("", "--answers has 1 of 2 answers"),
        ("done,soon", "--answers: 'soon' is no number of seconds, such as 2 or 0.5."),
        (",2", "--answers: There is no answer."),
    ],
)
def test_answers_that_make_no_sense(
    course: Course, predict: Predict, answers: str, sentence: str
) -> None:
    result = predict("--answers", answers)
    assert result.exit_code == 2
    assert result.stderr.startswith(sentence)
    assert result.stdout == ""


def test_an_exercise_without_a_program_is_told(course: Course, predict: Predict) -> None:
    program(course).unlink()
    result = predict("--answers", "done,2")
    assert (result.exit_code, result.stderr) == (
        1,
        "01_first has no program to predict: exercises/01_first/predict.py is missing.\n",
    )


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('print("done")', "1 / 0", "predict.py: its main raised ZeroDivisionError"),
        ("main()", "main(sky)", "predict.py: its main asks for 'sky', which there is not"),
        ("app = FastAPI()", "1 / 0", "The program did not come to its end."),
        ("asyncio.sleep(2)", "asyncio.Event().wait()", "The program did not come to its end."),
        ('print("done")', "pass", "predict.py: It prints nothing."),
        ("What is printed first?", "Why?", "kata reset --spec 01` puts it back."),
    ],
)
def test_a_program_that_does_not_work_is_told(
    course: Course, predict: Predict, old: str, new: str, sentence: str
) -> None:
    edit(program(course), old, new)
    result = predict("--answers", "done,2")
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.output


def test_it_asks_on_a_terminal(course: Course) -> None:
    """On a pseudo-terminal, with a second try where the first one is no number."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    here = str(Path(__file__).parents[2])
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100", "PYTHONPATH": here}
    command = [sys.executable, "-m", "kata", "predict", "1"]
    with subprocess.Popen(
        command, cwd=course.root, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        os.write(ours, b"done\nsoon\n2\n")
        shown = shown_until_closed(ours)
    os.close(ours)
    text = shown.decode()
    assert process.returncode == 0, text
    assert "'soon' is no number of seconds" in text
    assert "All as predicted." in text


def test_it_writes_nothing_beside_the_program(course: Course, predict: Predict) -> None:
    source = program(course).read_text("utf-8")
    write(program(course), source + '\nopen("left.txt", "w").close()\n')
    before = sorted(program(course).parent.iterdir())
    assert predict("--answers", "done,2").exit_code == 0
    assert sorted(program(course).parent.iterdir()) == before
