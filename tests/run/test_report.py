"""What a run of the specs shows: what counts as passed, how far the learner is, and lines that end between words."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from kata.run.engine import ROOT
from tests.helpers.terminal import shown_until_closed
from tests.helpers.verdicts import COURSE

FIRST, THIRD = "01_first_async_endpoint", "03_fetch_data"


def run(*arguments: str, columns: int = 80, terminal: bool = False) -> str:
    """What pytest shows, on a pseudo-terminal or in a pipe."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    hidden = ("PYTEST_", "COV", "FORCE_COLOR")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
    environment |= {"COLUMNS": str(columns), "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    if not terminal:
        ran = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        return ran.stdout
    import pty

    ours, theirs = pty.openpty()
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=theirs) as process:
        os.close(theirs)
        shown = shown_until_closed(ours)
        process.wait()
    os.close(ours)
    return shown.decode("utf-8").replace("\r\n", "\n")


THREADS = "tests/gallery/01_first_async_endpoint/right/to_thread.py"
SAID = "5 worker threads slept at one moment."


def test_what_there_is_to_say_of_a_solved_exercise_is_said() -> None:
    shown = run(f"exercises/{FIRST}", f"--answer={THREADS}", columns=120)
    assert "- 01 First async endpoint is solved -" in shown
    assert SAID in shown


def test_it_is_not_said_to_who_wants_to_hear_less() -> None:
    shown = run(f"exercises/{FIRST}", f"--answer={THREADS}", "-q")
    assert "1 solved" in shown
    assert SAID not in shown


def test_it_is_said_until_the_next_exercise_is_begun(stubs: Path) -> None:
    shutil.copyfile(ROOT / THREADS, stubs / FIRST / "main.py")
    both = (f"exercises/{FIRST}", f"exercises/{THIRD}", f"--answers={stubs}")
    shown = run(*both)
    assert SAID in shown
    assert "your task: 03 Fetch data" in shown
    (stubs / THIRD / "main.py").write_text("begun = True\n", "utf-8")
    assert SAID not in run(*both)


@pytest.fixture
def stubs(tmp_path: Path) -> Path:
    """Answers that are the stubs, as a new clone has them."""
    for exercise in COURSE.exercises[:3]:
        place = tmp_path / exercise.name / exercise.answer_file
        place.parent.mkdir()
        shutil.copyfile(COURSE.stub(exercise), place)
    return tmp_path


def test_a_task_that_is_shown_in_part_ends_before_a_table(tmp_path: Path) -> None:
    # Its sixth line would be the head of one.
    exercise = COURSE.exercise("13")
    place = tmp_path / exercise.name / exercise.answer_file
    place.parent.mkdir()
    shutil.copyfile(COURSE.stub(exercise), place)

    shown = run(f"exercises/{exercise.name}", f"--answers={tmp_path}")

    task, _, _ = shown.partition("(the whole task: ")
    assert task.rstrip().endswith(
        '`GET https://shipping.example/rates/w7`, which answers `{"price": 4.5}`'
    )


def test_a_stub_passes_nothing(stubs: Path, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    shown = run(f"exercises/{FIRST}", f"--answers={stubs}", f"--junitxml={junit}")
    assert "test_first_async_endpoint.py nnnnnn\n" in shown
    assert "1 of 10 run: 0 solved, 0 of 6 specs pass" in shown
    assert "not started  0/6" in shown
    assert "6 not started in" in shown
    assert "passed" not in shown
    suite = next(ET.parse(junit).getroot().iter("testsuite"))
    assert (suite.get("tests"), suite.get("failures")) == ("6", "6")
    held = next(
        suite.iterfind("testcase[@name='test_nothing_is_left_when_the_server_has_stopped']")
    )
    failure = next(held.iterfind("failure"))
    assert "still the stub" in str(failure.get("message"))


def test_an_answer_passes_what_it_passes(stubs: Path) -> None:
    """Only an untouched stub passes nothing: a comment more, and it is somebody's work."""
    answer = stubs / FIRST / "main.py"
    answer.write_text(answer.read_text("utf-8") + "# mine\n", "utf-8")
    shown = run(f"exercises/{FIRST}", f"--answers={stubs}")
    assert "nnnn.\n" in shown
    assert "1 of 6 specs pass" in shown


def test_a_selection_of_a_solved_course_is_not_called_unsolved() -> None:
    shown = run("exercises/", "--answers=solutions", "-k", "test_requests_overlap_while")
    assert "1 spec run, 1 passed" in shown
    assert "partly run   1/1" in shown
    assert "solved" not in shown
    assert "Next    run the other specs of 03\n" in shown
    assert "Next    01" not in shown


def test_a_selection_that_fails_is_what_comes_next(stubs: Path) -> None:
    shown = run(f"exercises/{THIRD}", f"--answers={stubs}", "-k", "overlap")
    assert "1 of 10 run: 0 solved, 0 of 1 specs pass" in shown
    assert "Next    03 · Fetch data" in shown


def test_one_answer_is_named_where_it_stands() -> None:
    answer = f"tests/gallery/{FIRST}/wrong/time_sleep.py"
    assert f"Open    {answer}\n" in run(f"exercises/{FIRST}", f"--answer={answer}")


LONG = f"--answer=tests/gallery/{FIRST}/wrong/time_sleep.py"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("columns", [80, 40])
def test_on_a_terminal_no_line_of_a_failure_is_broken_in_a_word(columns: int) -> None:
    shown = run(f"exercises/{FIRST}", LONG, columns=columns, terminal=True)
    failure = shown.split("FAILURES")[1].split("the course")[0]
    lines = [line for line in failure.splitlines() if "/" not in line]
    assert max(map(len, lines)) <= columns
    assert "time.sleep blocks the event loop" in " ".join(failure.split())


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal_the_task_is_wrapped_too(stubs: Path) -> None:
    second = "02_never_block_the_loop"
    shown = run(f"exercises/{second}", f"--answers={stubs}", columns=60, terminal=True)
    task = shown.split("your task")[1].split("the course")[0]
    assert all(len(line) <= 60 or "README" in line for line in task.splitlines()[1:])
    assert "leave it as it is, and import `fetch_report`." in " ".join(task.split())


def test_in_a_file_a_sentence_is_one_line() -> None:
    assert "the event loop" in run(f"exercises/{FIRST}", LONG, columns=40)
    sentence = "Each request is answered two seconds after it came, neither sooner nor later, whoever sent it."
    wrong = f"--answer=tests/gallery/{FIRST}/wrong/one_second.py"
    assert sentence in run(f"exercises/{FIRST}", wrong, columns=40)
