"""The command `kata`: what it says, what it keeps, and how it ends."""

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from kata.cli.app import app
from kata.cli.commands.serve import to_try
from kata.course.course import Course, Exercise
from kata.network.stand_in import StandIn
from kata.run.engine import Outcomes, SpecOutcome
from tests.helpers.made_up_course import (
    KATA,
    LESSON,
    edit,
    make_course,
    solve,
    write,
    write_guide_table,
)

Kata = Callable[..., Result]


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A made-up course, entered. Its specs pass for the reference, and a stub is not started."""
    course = make_course(tmp_path, "01_first", "02_second", "03_third")
    monkeypatch.chdir(tmp_path)

    def run_spec(name: str, answer: Path, *, root: Path, **_: Any) -> Outcomes:
        exercise = course.exercise(name)
        assert (answer, root) == (exercise.folder, course.root)
        text = exercise.answer.read_text("utf-8")
        outcome = "failed"
        if text == course.reference(exercise).read_text("utf-8"):
            outcome = "passed"
        elif "NotImplementedError" in text:
            outcome = "not started"
        return Outcomes((SpecOutcome("test_it_answers", outcome, "It did not answer.", 0.1),))

    monkeypatch.setattr("kata.run.engine.run_spec", run_spec)
    return course


@pytest.fixture
def kata() -> Kata:
    return lambda *arguments: CliRunner().invoke(app, arguments)


def always(outcomes: Outcomes) -> Callable[..., Outcomes]:
    def run_spec(name: str, answer: Path, *, root: Path) -> Outcomes:
        return outcomes

    return run_spec


# Errors


@pytest.mark.parametrize(
    "command", ["hint", "lesson", "solution", "predict", "reset", "serve", "watch", "check"]
)
def test_a_wrong_name_is_told_what_there_is(course: Course, kata: Kata, command: str) -> None:
    result = kata(command, "99")
    assert result.exit_code == 2
    assert result.stderr == (
        "There is no exercise '99'. There are: 01_first, 02_second, 03_third.\n"
    )
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        *(["next"], ["list"], ["lesson"], ["hint"], ["serve"], ["watch"], ["check"], ["predict"]),
        *(["solution", "1"], ["reset", "1"], ["new", "x"]),
    ],
)
def test_outside_the_kata_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kata: Kata, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = kata(*arguments)
    assert result.exit_code == 2
    assert "is not inside the kata: go to the folder that you cloned" in result.stderr
    assert "Traceback" not in result.output


def test_a_wrong_option_is_misuse(course: Course, kata: Kata) -> None:
    assert kata("hint", "--nonsense").exit_code == 2
    assert kata("serve", "1", "--port", "0").exit_code == 2


def test_every_command_has_a_help(kata: Kata) -> None:
    result = kata("--help")
    assert result.exit_code == 0
    for name in ("next", "list", "lesson", "hint", "watch", "solution", "reset", "serve", "check"):
        assert name in result.stdout
        assert kata(name, "--help").exit_code == 0


# Lessons


def test_next_is_the_first_that_is_not_solved(course: Course, kata: Kata) -> None:
    assert kata("next").stdout.startswith("# 01 · First")
    solve(course, "1")
    result = kata("next")
    assert result.exit_code == 0
    assert result.stdout.startswith("# 02 · Second")
    assert f"Open    {Path('exercises/02_second/main.py')}\n" in result.stdout
    assert "kata hint 02" in result.stdout


def test_next_goes_back_to_what_broke(course: Course, kata: Kata) -> None:
    solve(course, "1")
    solve(course, "2")
    write(course.exercise("1").answer, "broken")
    assert kata("next").stdout.startswith("# 01 · First")


def test_at_the_end_next_says_so(course: Course, kata: Kata) -> None:
    for name in ("1", "2", "3"):
        solve(course, name)
    result = kata("next")
    assert (result.exit_code, result.stdout) == (0, "All 3 exercises are solved.\n")
    assert kata("hint").exit_code == 1


def test_a_lesson_keeps_its_hints_folded(course: Course, kata: Kata) -> None:
    text = kata("lesson", "2").stdout
    assert text.startswith("# 02 · Second")
    assert "What waits here?" not in text
    assert "asyncio.sleep(...)" not in text
    assert "One at a time: `kata hint 02`" in text
    assert "## Further reading" in text


def test_without_a_name_it_is_the_exercise_of_the_working_folder(
    course: Course, kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(course.exercise("3").folder)
    assert kata("lesson").stdout.startswith("# 03 · Third")


def test_list_shows_the_map(course: Course, kata: Kata) -> None:
    solve(course, "1")
    result = kata("list")
    assert result.exit_code == 0
    assert "1 of 3 solved, 1 of 3 specs pass" in result.stdout
    assert "\x1b[" not in result.stdout


def test_a_stub_is_not_started_even_if_a_spec_holds_for_it(
    course: Course, kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = Outcomes(
        (SpecOutcome("a", "not started", "", 0.1), SpecOutcome("b", "passed", "", 0.1))
    )
    monkeypatch.setattr("kata.run.engine.run_spec", always(outcomes))
    assert "0 of 3 solved" in (text := kata("list").stdout)
    assert text.count("not started  0/2") == 3


def test_a_run_that_broke_off_is_not_solved(
    course: Course, kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    solve(course, "1")
    outcomes = Outcomes((SpecOutcome("a", "passed", "", 0.1),), "It was killed.")
    monkeypatch.setattr("kata.run.engine.run_spec", always(outcomes))
    assert kata("next").stdout.startswith("# 01 · First")


# Hints


def test_hints_come_one_at_a_time(course: Course, kata: Kata) -> None:
    for number, words in enumerate(("What waits here?", "Look at `sleep`.", "await asyncio"), 1):
        result = kata("hint", "2")
        assert result.exit_code == 0
        assert result.stdout.startswith(f"**Hint {number} of 3 for 02: ")
        assert words in result.stdout
    result = kata("hint", "2")
    assert result.exit_code == 1
    assert "You have seen all 3 hints of 02_second." in result.stderr


def test_each_exercise_has_its_own_hints(course: Course, kata: Kata) -> None:
    kata("hint", "1")
    assert "Hint 1 of 3 for 02" in kata("hint", "2").stdout
    assert "Hint 2 of 3 for 01" in kata("hint", "1").stdout


def test_the_last_hint_again(course: Course, kata: Kata) -> None:
    assert kata("hint", "1", "--again").exit_code == 1
    kata("hint", "1")
    for _ in range(2):
        assert "Hint 1 of 3" in kata("hint", "1", "--again").stdout
    assert "Hint 2 of 3" in kata("hint", "1").stdout


def test_all_hints_at_once(course: Course, kata: Kata) -> None:
    text = kata("hint", "1", "--all").stdout
    assert all(f"Hint {number} of 3" in text for number in (1, 2, 3))


@pytest.mark.parametrize("lost", ["", "no json", "[1]", '{"01_first": "x"}', '{"01_first": 99}'])
def test_a_broken_memory_is_no_loss(course: Course, kata: Kata, lost: str) -> None:
    write(course.root / ".kata" / "hints.json", lost)
    assert "Traceback" not in kata("hint", "1").output
    assert "Hint 1 of 3" in kata("hint", "2").stdout


def test_what_is_kept_keeps_itself_out_of_git(course: Course, kata: Kata) -> None:
    kata("hint", "1")
    assert json.loads((course.root / ".kata/hints.json").read_text("utf-8")) == {"01_first": 1}
    assert (course.root / ".kata/.gitignore").read_text("utf-8") == "*\n"


def test_a_lesson_without_hints_says_so(course: Course, kata: Kata) -> None:
    write(course.exercise("1").lesson, "# 01 · First\n")
    assert kata("hint", "1").exit_code == 1


def test_asking_for_a_hint_loads_no_framework() -> None:
    code = "import sys, kata.cli.app, kata.cli.commands.hint, kata.run.engine; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=KATA.parent, capture_output=True, text=True, check=True
    )
    heavy = {"fastapi", "httpx", "pytest", "uvicorn", "watchfiles", "pydantic", "markdown_it"}
    assert not heavy & set(ran.stdout.split())


# Solutions


def test_the_reference_waits_until_yours_passes(course: Course, kata: Kata) -> None:
    result = kata("solution", "1")
    assert result.exit_code == 1
    assert "01_first is not started." in result.stderr
    write(course.exercise("1").answer, "app = 1\n")
    result = kata("solution", "1")
    assert result.exit_code == 1
    assert "is not solved yet: 0 of 1 specs pass." in result.stderr
    assert "kata solution 01 --anyway" in result.stderr
    assert "The reference" not in result.stdout


def test_the_reference_stands_beside_yours(course: Course, kata: Kata) -> None:
    solve(course, "1")
    result = kata("solution", "1")
    assert result.exit_code == 0
    assert "# your answer: exercises/01_first/main.py" in result.stdout
    assert "# the reference: solutions/01_first/main.py" in result.stdout


def test_it_can_be_seen_anyway(course: Course, kata: Kata) -> None:
    result = kata("solution", "1", "--anyway")
    assert result.exit_code == 0
    assert "# A comment that teaches." in result.stdout
    assert "your answer" not in result.stdout  # there is none: it is the stub


def test_a_copy_without_references_says_so(course: Course, kata: Kata) -> None:
    shutil.rmtree(course.solutions)
    result = kata("solution", "1", "--anyway")
    assert result.exit_code == 1
    assert "There is no reference answer for 01_first" in result.stderr


# Reset


def test_reset_brings_the_stub_back_and_keeps_the_answer(course: Course, kata: Kata) -> None:
    exercise = course.exercise("1")
    stub = exercise.answer.read_bytes()
    write(exercise.answer, "mine = 1\n")
    result = kata("reset", "1")
    assert result.exit_code == 0
    assert exercise.answer.read_bytes() == stub
    kept = course.root / result.stdout.splitlines()[0].removeprefix("Your answer is kept in ")
    assert kept.read_text("utf-8") == "mine = 1\n"
    assert kept.relative_to(course.root).as_posix().startswith(".kata/backups/01_first/")


def test_no_backup_replaces_another(course: Course, kata: Kata) -> None:
    for number in range(3):
        write(course.exercise("1").answer, f"mine = {number}\n")
        assert kata("reset", "1").exit_code == 0
    kept = sorted(path.read_text("utf-8") for path in course.root.glob(".kata/backups/*/*/main.py"))
    assert kept == ["mine = 0\n", "mine = 1\n", "mine = 2\n"]


def test_a_stub_needs_no_reset(course: Course, kata: Kata) -> None:
    result = kata("reset", "1")
    assert result.exit_code == 0
    assert "is the stub already: nothing to do" in result.stdout
    assert not (course.root / ".kata").exists()


def test_a_lost_answer_comes_back_as_the_stub(course: Course, kata: Kata) -> None:
    course.exercise("1").answer.unlink()
    assert kata("reset", "1").exit_code == 0
    assert course.is_untouched(course.exercise("1"))


def test_an_answer_that_is_not_text_is_kept_too(course: Course, kata: Kata) -> None:
    course.exercise("1").answer.write_bytes(b"\xff\xfe")
    assert kata("reset", "1").exit_code == 0
    kept = next(course.root.glob(".kata/backups/*/*/main.py"))
    assert kept.read_bytes() == b"\xff\xfe"


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_reset_works_after_the_answer_was_committed(course: Course, kata: Kata) -> None:
    stub = course.exercise("1").answer.read_text("utf-8")
    write(course.exercise("1").answer, "mine = 1\n")
    git(course.root, "init", "--quiet")
    git(course.root, "add", "exercises")
    git(course.root, "commit", "--quiet", "-m", "my answers")
    assert kata("reset", "1").exit_code == 0
    assert course.exercise("1").answer.read_text("utf-8") == stub


def git(folder: Path, *arguments: str) -> str:
    settings = ("user.name=Ada", "user.email=ada@example.org", "commit.gpgsign=false")
    options = [word for each in settings for word in ("-c", each)]
    done = subprocess.run(
        ["git", *options, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_a_newer_kata_can_be_pulled_without_losing_answers(tmp_path: Path) -> None:
    """Commit your answers, then `git pull --no-rebase -X ours`: your lines win over new ones."""
    published = make_course(tmp_path / "published", "01_first", "02_second")
    git(published.root, "init", "--quiet", "--initial-branch=main")
    git(published.root, "add", ".")
    git(published.root, "commit", "--quiet", "-m", "the kata")
    git(tmp_path, "clone", "--quiet", str(published.root), "mine")
    mine = Course(tmp_path / "mine")
    solve(mine, "1")
    answer = mine.exercise("1").answer.read_text("utf-8")
    git(mine.root, "commit", "--quiet", "-am", "my answers")

    # The newer version: a better lesson, a stub with other words in both places, one more exercise.
    first = published.exercise("1")
    write(first.lesson, first.text.replace("Somebody waits.", "Ada waits."))
    for path in (first.answer, published.stub(first)):
        write(path, path.read_text("utf-8").replace("wait, then answer", "wait; answer"))
    make_course(published.root, "03_third")
    git(published.root, "add", ".")
    git(published.root, "commit", "--quiet", "-m", "a newer kata")

    git(mine.root, "pull", "--quiet", "--no-rebase", "--no-edit", "-X", "ours")

    mine = Course(mine.root)
    assert mine.exercise("1").answer.read_text("utf-8") == answer
    assert "Ada waits." in mine.exercise("1").text
    assert [exercise.number for exercise in mine.exercises] == ["01", "02", "03"]
    assert mine.is_untouched(mine.exercise("3"))
    assert git(mine.root, "status", "--porcelain") == ""


# For maintainers


def test_check_tells_faults_and_fails(course: Course, kata: Kata) -> None:
    course.exercise("2").lesson.unlink()
    result = kata("check", "2")
    assert result.exit_code == 1
    assert result.stdout == (
        "exercises/02_second/README.md is missing: an exercise has a lesson.\n"
    )
    assert result.stderr == "1 fault in 1 exercise.\n"


def test_check_is_content_with_a_sound_course(course: Course, kata: Kata) -> None:
    result = kata("check")
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "3 exercises checked: no fault. What only a run can show:",
            "  pytest exercises/ --answers=solutions",
            "  pytest tests/exercises/test_galleries.py",
            "  pytest tests/exercises/test_failure_texts.py",
            "  pytest tests/exercises/test_guide_coverage.py",
        ],
    )


def test_check_names_the_commands_for_one_exercise(course: Course, kata: Kata) -> None:
    write_guide_table(Course(course.root), without="02_second")
    edit(course.exercise("2").lesson, "Nothing changed.", "This is not in the guide.")
    result = kata("check", "2")
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "1 exercise checked: no fault. What only a run can show:",
            "  pytest exercises/02_second --answers=solutions",
            "  pytest tests/exercises/test_galleries.py -k 02",
            "  pytest tests/exercises/test_failure_texts.py -k 02",
        ],
    )
    assert (
        '  pytest tests/exercises/test_galleries.py -k "01 or 02"\n'
        in kata("check", "1", "2").stdout
    )


@pytest.mark.parametrize("name", ["galleries", "failure_texts", "guide_coverage"])
def test_the_commands_that_check_names_are_there(name: str) -> None:
    assert (KATA.parent / "tests" / "exercises" / f"test_{name}.py").is_file()


@pytest.mark.parametrize("name", ["Tiny pool", "tiny-pool", "tiny_pool", "04_tiny_pool"])
def test_new_makes_all_pieces(course: Course, kata: Kata, name: str) -> None:
    result = kata("new", name)
    assert result.exit_code == 0
    made = Course(course.root).exercise("04_tiny_pool")
    assert made.title == "Tiny pool"
    for path in (made.lesson, made.answer, made.spec, course.reference(made), course.stub(made)):
        assert path.is_file()
    assert "kata check 04" in result.stdout


def test_new_makes_a_program_to_repair(
    course: Course, kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    def works(*_: object, **__: object) -> Outcomes:
        return Outcomes((SpecOutcome("test_it_answers", "passed", "", 0.1),))

    monkeypatch.setattr("kata.run.engine.run_spec", works)
    assert kata("new", "tiny_pool", "--repair").exit_code == 0
    made = Course(course.root).exercise("4")
    assert made.form == "repair"
    assert "NotImplementedError" not in made.answer.read_text("utf-8")
    result = kata("check", "4")
    assert result.exit_code == 1
    said = result.stdout.splitlines()
    for words in ("what one user reports", "a program that works in a quick try, and is wrong"):
        assert any(f"is still to be written: {words}" in line for line in said), said
    assert not any("reports of users" in line for line in said)
    assert any("passes every spec: there is nothing to repair" in line for line in said)


def test_check_leads_through_a_new_exercise(course: Course, kata: Kata) -> None:
    kata("new", "tiny_pool")
    result = kata("check", "04")
    assert result.exit_code == 1
    said = result.stdout.splitlines()
    assert all(
        any(
            words in line
            for words in (
                "is still to be written",
                "a gallery has at least",
                "read the failure of one_mistake, and keep its text",
                "README.md lacks a row in the table of the course: | 04 Tiny pool | 15 |",
            )
        )
        for line in said
    )
    assert "exercises/04_tiny_pool/README.md:11 is still to be written: one idea" in said
    for file in ("main.py:", "test_tiny_pool.py:", "solutions/", "right/in_one", "wrong/one_mis"):
        assert any(file in line for line in said), file


@pytest.mark.parametrize("name", ["", "42", "é", "a/b", "../x", "x" + "\0"])
def test_a_name_that_is_no_folder_is_refused(course: Course, kata: Kata, name: str) -> None:
    result = kata("new", name)
    assert result.exit_code == 2
    assert "cannot be the name of a folder" in result.stderr


def test_a_name_that_is_taken_is_refused(course: Course, kata: Kata) -> None:
    result = kata("new", "Second")
    assert result.exit_code == 1
    assert "An exercise of that name exists already: 02_second." in result.stderr


# Serve

ASKING = '''\
"""Asks two hosts that do not exist."""

import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/ask")
async def ask() -> object:
    async with httpx.AsyncClient() as client:
        response = await client.get("https://nowhere.invalid/posts/2")
    return [response.status_code, response.json()]


@app.get("/ask-sync")
def ask_sync() -> object:
    try:
        return httpx.get("http://nowhere.invalid/some/path").json()
    except httpx.ConnectError as error:
        return str(error)
'''


@contextmanager
def served(course: Course, *options: str) -> Generator[str]:
    """The answer of exercise 01 under `kata serve`; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "kata", "serve", "1", f"--port={port}", *options],
        cwd=course.root,
        env={**os.environ, "PYTHONPATH": str(KATA.parent)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def ask(address: str) -> Any:
    """The JSON at an address, which may take a while to appear."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as response:
                return json.load(response)
        except OSError:  # not there yet, or there and not served: the server is starting anew
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.mark.parametrize(
    ("number", "begins", "ends"),
    [
        ("04", "curl -i http://here/external-api", "curl -i http://here/external-api"),
        (
            "11",
            "curl -H 'x-api-key: milk-and-honey' http://here/parcels/LY-7",
            "curl http://here/lag",
        ),
        ("15", "curl -i -X POST http://here/orders", "curl http://here/stock/7"),
        ("18", "curl -i http://here/rates/eur", "curl -i http://here/rates/eur"),
    ],
)
def test_what_to_try_can_be_pasted(number: str, begins: str, ends: str) -> None:
    course = Course(KATA.parent)
    commands = to_try(course.exercise(number), "http://here")

    assert commands[0].startswith(begins)
    assert commands[-1].startswith(ends)
    assert len(set(commands)) == len(commands)
    # In an address, curl takes braces for a pattern.
    assert not [
        word for each in commands for word in each.split() if "http" in word and "{" in word
    ]


def test_a_served_answer_asks_the_stand_in(course: Course) -> None:
    write(course.exercise("1").answer, ASKING)
    with served(course, "--no-reload") as address:
        status, post = ask(f"{address}/ask")
        assert (status, post["id"], post["title"]) == (200, 2, "taking turns")
        other = ask(f"{address}/ask-sync")
        assert (other["host"], other["path"]) == ("nowhere.invalid", "/some/path")
    assert (course.root / ".kata" / "serve" / "01_first").is_dir()


@pytest.mark.parametrize(
    ("path", "came"),
    [
        ("/items/7", {"id": 7, "price": 17.5}),
        ("/items/20", {"id": 20, "price": 30.5}),
        ("/teas/green", {"name": "green", "price": 5, "warehouse": "w5"}),
        ("/posts/8", {"id": 8, "title": "taking turns"}),
        ("/posts/8/comments/3", {"id": 3, "price": 13.5}),
        ("/items/" + "9" * 5000, {"id": 5000, "price": 5000}),
        ("/", {"name": "prices.example"}),
    ],
)
def test_the_stand_in_has_a_price_that_rises_with_the_number(
    path: str, came: dict[str, Any]
) -> None:
    said: bytes = b""

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal said
        said += message.get("body", b"")

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "path": path, "headers": [(b"host", b"prices.example")]}
    asyncio.run(StandIn()(scope, receive, send))
    assert json.loads(said).items() >= came.items()


def test_the_stand_in_fails_as_it_is_told(course: Course) -> None:
    write(course.exercise("1").answer, ASKING)
    with served(course, "--no-reload", "--status=503") as address:
        assert ask(f"{address}/ask")[0] == 503
    with served(course, "--no-reload", "--down") as address:
        assert "nowhere.invalid refuses" in ask(f"{address}/ask-sync")


def test_a_saved_answer_is_served_anew(course: Course) -> None:
    answer = course.exercise("1").answer
    write(answer, ASKING)
    with served(course) as address:
        assert ask(f"{address}/ask")[0] == 200
        write(answer, ASKING.replace('"/ask"', '"/asked"'))
        assert ask(f"{address}/asked")[0] == 200


def test_a_port_that_is_taken_is_told(course: Course, kata: Kata) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = kata("serve", "1", f"--port={port}")
    assert result.exit_code == 1
    assert result.stderr == f"Port {port} is taken: choose another with --port.\n"


def test_an_answer_that_cannot_be_loaded_is_told_in_a_line(course: Course) -> None:
    write(course.exercise("1").answer, "x = 1\nx / 0\n")
    ran = subprocess.run(
        [sys.executable, "-m", "kata", "serve", "1", "--no-reload", "--port=18765"],
        cwd=course.root,
        env={**os.environ, "PYTHONPATH": str(KATA.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    assert "main.py:2 cannot be served: ZeroDivisionError: division by zero" in ran.stderr
    assert "Traceback" not in ran.stderr


# On a terminal


def test_a_terminal_gets_the_page_rendered(
    course: Course, kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = kata("lesson", "1").stdout
    assert "\x1b[" in text
    assert "# 01 · First" not in text
    solve(course, "1")
    assert "the reference" in kata("solution", "1").stdout
    assert "\x1b[32m" in kata("list").stdout


def test_no_color_is_respected(course: Course, kata: Kata, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    for arguments in (["lesson", "1"], ["hint", "1"], ["list"], ["solution", "1", "--anyway"]):
        assert not re.search(r"\x1b\[[\d;]*[349]\d", kata(*arguments).stdout)


# The real course

REAL = Course(KATA.parent)


@pytest.mark.parametrize("exercise", REAL.exercises, ids=lambda each: each.name)
def test_every_real_lesson_and_hint_can_be_shown(
    exercise: Exercise, tmp_path: Path, kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = make_course(tmp_path, exercise.name)
    shutil.copy(exercise.lesson, course.exercises[0].lesson)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FORCE_COLOR", "1")  # rendered, as on a terminal
    assert kata("lesson", exercise.number).exit_code == 0
    assert kata("hint", exercise.number, "--all").stdout.count("Hint ") == 3


def test_the_made_up_lesson_is_like_a_real_one() -> None:
    """So that what holds for it here holds for the course."""
    headings = [line for line in LESSON.splitlines() if line.startswith("## ")]
    headings.remove("## this is code, and no heading")
    for exercise in REAL.exercises:
        assert [f"## {heading}" for heading in exercise.sections] == headings
