"""Cheats of four families: each gets the points that its work deserves, or the teacher is told.

A cheat is a file in `cheats/FAMILY/`, or a folder if it hands in more than its answer. Its head says what it does,
what it is for, and how it ends. Kratzke counts the families in "Smart Like a Fox: How Clever Students Trick Dumb
Automated Programming Assignment Assessment Systems" (CSEDU 2019): fit to the tests, evade, redirect, inject.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from kata.classroom.results import ExerciseResult, Result, file_name, read
from kata.course.course import Course
from tests.classroom.a_class import place, reference

ROOT = Path(__file__).resolve().parents[2]
CHEATS = Path(__file__).parent / "cheats"
COURSE = Course(ROOT)

DESERVED, REPORTED, NOT_JUDGED = "gets what its work deserves", "is reported", "is not judged"
SECRET = "a-word-of-the-teachers-that-nobody-may-read"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the second look needs Linux"),
]


@dataclass(frozen=True)
class Cheat:
    """`most` is how many specs its work deserves, where it gets just that."""

    name: str
    path: Path
    exercise: str
    ends: str
    most: int

    @property
    def student(self) -> str:
        return self.name.replace("/", "-").replace("_", "-")


def cheats() -> list[Cheat]:
    return [
        _read(path)
        for family in sorted(CHEATS.iterdir())
        if family.is_dir()
        for path in sorted(family.iterdir())
        if path.name[0] not in "._"
    ]


def _read(path: Path) -> Cheat:
    main = next(path.glob("*main.py")) if path.is_dir() else path
    head = main.read_text("utf-8")

    def said(what: str) -> str:
        found = re.search(rf"^{what}: (.+)$", head, re.MULTILINE)
        assert found, f"{path} does not say {what!r}"
        return found[1]

    assert said("Is for")
    ends = said("Ends")
    most = int(said("At most")) if ends == DESERVED else 0
    return Cheat(f"{path.parent.name}/{path.stem}", path, said("Exercise"), ends, most)


CASES = cheats()


@dataclass(frozen=True)
class Graded:
    folder: Path
    told: str

    def of(self, student: str) -> Result:
        return read(self.folder / "results" / file_name(student))


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """All of them in one class, with a victim who has done his work, judged once."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "teachers.txt").write_text(SECRET, "utf-8")
    for cheat in CASES:
        exercise = COURSE.exercise(cheat.exercise)
        target = folder / "submissions" / cheat.student / exercise.name
        if cheat.path.is_dir():
            shutil.copytree(cheat.path, target)
        else:
            target.mkdir(parents=True)
            shutil.copyfile(cheat.path, target / exercise.answer_file)
    victim = folder / "submissions" / "victim" / place("01")
    victim.parent.mkdir(parents=True)
    victim.write_bytes(reference("01"))
    known = {
        "CHEATS_TEACHERS_FILE": str(folder / "teachers.txt"),
        "CHEATS_LOOK_HERE": str(folder),
        "CHEATS_RESULTS": str(folder / "results"),
    }
    command = [sys.executable, "-m", "kata", "class", "grade", str(folder / "submissions")]
    done = subprocess.run(
        [*command, "--out", str(folder / "results"), "--confirm", "--require-isolation=landlock"],
        cwd=ROOT,
        env={**os.environ, **known},
        capture_output=True,
        text=True,
        check=False,
    )
    if "does not hold here" in done.stderr:
        pytest.skip("without Landlock nothing keeps an answer from the teacher's files")
    assert done.returncode in (0, 1), done.stderr
    return Graded(folder, done.stdout + done.stderr)


def test_there_are_fifty_and_more_of_four_families() -> None:
    assert len(CASES) >= 50
    assert {cheat.name.partition("/")[0] for cheat in CASES} == {
        "fit",
        "evade",
        "redirect",
        "inject",
    }
    assert {cheat.ends for cheat in CASES} == {DESERVED, REPORTED, NOT_JUDGED}


@pytest.mark.parametrize("cheat", CASES, ids=lambda cheat: cheat.name)
def test_it_gets_what_it_deserves_or_is_reported(cheat: Cheat, graded: Graded) -> None:
    result = graded.of(cheat.student)
    (exercise,) = [each for each in result.exercises if each.state != "not handed in"]
    passed = [spec.name for spec in exercise.specs if spec.state == "passed"]

    if cheat.ends == DESERVED:
        assert len(passed) <= cheat.most, passed
        assert exercise.state != "not judged"
    elif cheat.ends == NOT_JUDGED:
        assert exercise.state == "not judged"
        assert result.points == 0
    else:
        assert _is_reported(result, exercise), [spec.second_look for spec in exercise.specs]
        assert cheat.student in graded.told


def _is_reported(result: Result, exercise: ExerciseResult) -> bool:
    note = f"{exercise.number} says {exercise.passed} of {len(exercise.specs)} to itself, and does "
    return any(each.startswith(note) for each in result.notes)


def test_whoever_did_the_work_has_the_points_and_is_not_reported(graded: Graded) -> None:
    victim = graded.of("victim")
    looks = {spec.second_look.verdict for spec in victim.exercises[0].specs}

    assert victim.points == len(victim.exercises[0].specs)
    assert looks == {"agrees"}
    assert not victim.notes
    assert "victim: " not in graded.told.replace("victim: 6 of", "")


def test_none_reaches_the_teachers_files(graded: Graded) -> None:
    texts = [path.read_text("utf-8") for path in (graded.folder / "results").glob("*.json")]

    assert (graded.folder / "teachers.txt").read_text("utf-8") == SECRET
    assert not [text for text in texts if SECRET in text]
    assert not list(graded.folder.rglob("a-cheat-was-here"))
    assert not Path("/tmp/a-cheat-was-here").exists()
    assert not list((ROOT / "kata").rglob("a-cheat-was-here"))
    for path in (graded.folder / "results").glob("*.json"):
        json.loads(path.read_text("utf-8"))
