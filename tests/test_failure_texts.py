"""The whole text of the first failure of every wrong answer, kept in `golden/`.

So a change of what a learner reads shows in review. `pytest tests/test_failure_texts.py
--update-golden` writes the files anew.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kata.course import Exercise
from kata.engine import SpecOutcome
from tests.verdicts import COURSE, gallery, name_of, verdict

GOLDEN = Path(__file__).with_name("golden")

# The words of an exception, and what may be said of a line, are Python's own and change with it.
WRITTEN_BY = (3, 11)


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
    outcomes = verdict(exercise.name, answer)
    assert outcomes.failed, outcomes.ended or "every spec accepts it"
    text = golden_text(outcomes.failed[0])
    file = golden_file(exercise, answer)
    if updates:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    assert file.is_file(), "new: look at its text, and keep it with --update-golden"
    assert text == file.read_text("utf-8")


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
    text = re.sub(r"\b0x[0-9a-f]+\b", "<address>", text)
    text = re.sub(r"(127\.0\.0\.1|localhost):\d+", r"\1:<port>", text)
    if "a computation" in text or "watches the clock" in text:
        # What a processor takes is real time: how long, and how that is drawn, is never the same.
        text = re.sub(r"[█▒░ ]*[█▒░][█▒░ ]*", " ▒ ", text)
        text = re.sub(r"\d+(\.\d+)?(?= s\b| to )", "#", text)
        text = re.sub(r"^ +(\d+ +)+(\d+|#) s$", "  # s", text, flags=re.MULTILINE)
    return text


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        ("sealed 0123456789abcdef0123", "sealed <token>"),
        ("<object at 0x7f01>", "<object at <address>>"),
        ("/tmp/kata-abc123/spec-4/main.py", "<a copy of the answer>/main.py"),
        ("a computation ran 0.31 s", "a computation ran # s"),
        ("it took 3 s", "it took 3 s"),
    ],
)
def test_what_differs_from_run_to_run_is_replaced(came: str, kept: str) -> None:
    assert normalised(came) == kept
