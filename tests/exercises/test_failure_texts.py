"""The whole text of the first failure of every wrong answer, kept in `golden/`.

So a change of what a learner reads shows in review. `pytest tests/exercises/test_failure_texts.py
--update-golden` writes the files anew.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kata.course.course import Exercise
from kata.course.gallery import name_of
from kata.feedback.failure import Finding
from kata.run.engine import Outcomes, SpecOutcome
from tests.helpers.verdicts import COURSE, gallery, judge, verdict

GOLDEN = Path(__file__).parents[1] / "golden"

# The words of an exception, and what may be said of a line, are Python's own and change with it.
WRITTEN_BY = (3, 11)

# Where an answer lets threads race, what it is told may hold who came first. The verdict never depends on it.
FURTHER_LOOKS = 3


@pytest.fixture
def updates(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("update_golden"))


@pytest.mark.slow
@pytest.mark.skipif(
    sys.version_info[:2] != WRITTEN_BY,
    reason="the texts hold words of Python's own; they are those of {}.{}".format(*WRITTEN_BY),
)
@pytest.mark.parametrize(("exercise", "answer"), gallery("wrong"))
def test_the_failure_reads_as_it_did(exercise: Exercise, answer: Path, updates: bool) -> None:
    text = first_failure(verdict(exercise.name, answer))
    file = golden_file(exercise, answer)
    if updates:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    assert file.is_file(), "new: look at its text, and keep it with --update-golden"
    kept = file.read_text("utf-8")
    for _ in range(FURTHER_LOOKS):
        if text == kept:
            break
        text = first_failure(judge(exercise.name, answer))
    assert text == kept


def first_failure(outcomes: Outcomes) -> str:
    assert outcomes.failed, outcomes.ended or "every spec accepts it"
    return golden_text(outcomes.failed[0])


def test_every_text_belongs_to_a_wrong_answer(updates: bool) -> None:
    wanted = set(golden_files())
    for file in set(GOLDEN.rglob("*.txt")) - wanted:
        if updates:
            file.unlink()
        else:
            pytest.fail(f"no answer is called like {file.relative_to(GOLDEN)}: --update-golden")


def golden_file(exercise: Exercise, answer: Path) -> Path:
    return GOLDEN / exercise.name / f"{name_of(answer)}.txt"


def golden_files() -> Iterator[Path]:
    for exercise in COURSE.exercises:
        for answer in COURSE.gallery(exercise, "wrong"):
            yield golden_file(exercise, answer)


def golden_text(failure: SpecOutcome) -> str:
    """The spec's name and its failure, with the parts that differ from run to run replaced."""
    lines = (line.rstrip() for line in normalised(failure.text).splitlines())
    return f"{failure.name}\n\n" + "\n".join(lines).strip() + "\n"


def normalised(text: str) -> str:
    text = text.replace(str(COURSE.root), "<the kata>")
    text = re.sub(r"\S*/kata-[\w.-]+/[\w.-]+", "<a copy of the answer>", text)
    text = re.sub(r"\b[0-9a-f]{16,}\b", "<token>", text)
    text = re.sub(r"\bsealed [0-9a-f]{8}\b", "sealed <token>", text)
    text = re.sub(r"\b0x[0-9a-f]+\b", "<address>", text)
    text = re.sub(r"(127\.0\.0\.1|localhost):\d+", r"\1:<port>", text)
    text = re.sub(r"came( +)\{\"prices\": \[(.+)\]\}", in_no_order, text)
    # In these answers several lines may be the one, and which it is, is a race.
    text = re.sub(
        r"(look at +\S+/(one_request_at_a_time|no_patience)\.py):\d+\n.*",
        r"\1:<one of some lines>",
        text,
    )
    # What is advised depends on that line: a commit has readers in its way, another statement need not.
    text = re.sub(
        r"(no_patience\.py:<one of some lines>\n+.*database is locked\.) .*",
        r"\1 <advice for that line>",
        text,
    )
    # Whose name came with which id, and whose was the last, is a race between threads.
    text = re.sub(r"[\[{][^\[\]{}\n]*'User \d\d'[^\[\]{}\n]*[\]}]", "<users>", text)
    text = re.sub(
        r"(?s)(Several `GET /users/\{id\}` at once.*?\n  expected +)\{.*?\n(?= {0,2}\S)(  came +)\{.*?\n(?= {0,2}\S)",
        r"\1<a user>\n\2<another user>\n",
        text,
    )
    # Which of two transfers comes between another's writing and its looking, is a race between threads too.
    text = re.sub(
        r"expected +\{.*\n  came +\{.*(\n(.*\n)+Another transfer came in between)",
        r"expected   <a transfer>\n  came       <another transfer>\1",
        text,
    )
    text = re.sub(r"(one request was refused: )\[\]", r"\1<users>", text)
    if "sleeps_in_the_loop_while_locked.py" in text:
        # How often it sleeps before the lock's end is seen, is a race between a thread and the loop that it blocks.
        text = without_drawings(text)
    if "a computation" in text or "watches the clock" in text:
        # What a processor takes is real time: how long, and how that is drawn, is never the same.
        text = re.sub(r"\d+(\.\d+)?(?= s\b| to )", "#", without_drawings(text))
    return text


def without_drawings(text: str) -> str:
    blocks = text.split("\n\n")
    return "\n\n".join("<a drawing>" if re.search("[█▒▏]", each) else each for each in blocks)


def in_no_order(came: re.Match[str]) -> str:
    """All prices that were expected, in the order in which they came: it is another in each run."""
    space, prices = came.groups()
    expected = re.findall(r"\"prices\": \[(.+)\]", came.string[: came.start()])
    if any(sorted(each.split(", ")) == sorted(prices.split(", ")) for each in expected):
        return f'came{space}{{"prices": <in no order>}}'
    return came[0]


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        ("sealed 0123456789abcdef0123", "sealed <token>"),
        ("sealed 4704bc59", "sealed <token>"),
        ("sealed for good", "sealed for good"),
        ("the names: {'2': 'User 01', '1': 'User 00'}", "the names: <users>"),
        ("the names: []", "the names: []"),
        (
            'expected {"prices": [3.5, 1.5, 2.5]} came {"prices": [2.5, 3.5, 1.5]}',
            'expected {"prices": [3.5, 1.5, 2.5]} came {"prices": <in no order>}',
        ),
        (
            'expected {"prices": [1.5, 2.5]} came {"prices": [2.5]}',
            'expected {"prices": [1.5, 2.5]} came {"prices": [2.5]}',
        ),
        ("<object at 0x7f01>", "<object at <address>>"),
        ("/tmp/kata-abc123/spec-4/main.py", "<a copy of the answer>/main.py"),
        ("a computation ran 0.31 s", "a computation ran # s"),
        (
            "a computation\n\n  GET /a ▒▒██ 0.31 s\n  0  1 s\n\nend",
            "a computation\n\n<a drawing>\n\nend",
        ),
        ("it took 3 s", "it took 3 s"),
    ],
)
def test_what_differs_from_run_to_run_is_replaced(came: str, kept: str) -> None:
    assert normalised(came) == kept


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "'input': <Task finished name='Task-4' coro=<task_1() done, defined at main.py:12> "
            "result='Task 1 complete'>}",
            "'input': <Task finished>}",
        ),
        ("<Task pending name='Task-770' coro=<f() running at a.py:1> wait_for=<Future>> x", "<Task pending> x"),
        ("'input': <Task finished name='Task-4' c…. Look", "'input': <Task finished>. Look"),
        ("'input': <Task finished name='Task-770'…. Look", "'input': <Task finished>. Look"),
        ("'input': <Task finished name='Task-7' coro=<task_1() d…. Look", "'input': <Task finished>. Look"),
        (
            "The object was created in thread id 139726591605632 and this is thread id 1397265220789…. Open",
            "The object was created in another thread. Open",
        ),
        ("<main.Prices object at 0x7f01b2>", "<main.Prices object>"),
        ("<main.Prices object at 0x7f…", "<main.Prices object…"),
        ("a file at 0x10 is 2 s", "a file at 0x10 is 2 s"),
    ],
)  # fmt: skip
def test_a_failure_says_no_numbers_that_are_new_in_each_run(said: str, shown: str) -> None:
    assert Finding(came=said, teaches=said).text().count(shown) == 2
