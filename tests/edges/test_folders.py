"""Folders that are no exercise, and folders that an editor opens: what is the course's is judged whole."""

from __future__ import annotations

import shutil

from kata.run.engine import run_spec
from tests.helpers.clone import Clone

FIRST = "01_first_async_endpoint"


def test_folders_that_are_no_exercise_are_left_out_in_one_sentence_each(clone: Clone) -> None:
    first, exercises = clone.exercise("01"), clone.root / "exercises"
    for name in (f"{FIRST} copy", f"{FIRST}_backup", "old/01"):
        shutil.copytree(first, exercises / name)
    (exercises / "notes").mkdir()
    (exercises / "02_never_block_the_loop").rename(exercises / "02_never_block")

    ran = clone.pytest("exercises/", "--junitxml=run.xml", "-k", FIRST)

    ran.holds(
        f"exercises/{FIRST} copy is no exercise of the course: its tests run only when you name them",
        f"exercises/{FIRST}_backup is no exercise",
        "exercises/old is no exercise",
        "exercises/02_never_block is no exercise of the course, and exercises/02_never_block_the_loop is missing",
        "1 of 9 run",
    )
    assert ran.status == 1
    assert "exercises/notes" not in ran.text
    assert (clone.root / "run.xml").read_text("utf-8").count("<testcase") == 6


def test_a_folder_of_ones_own_runs_when_it_is_named(clone: Clone) -> None:
    scratch = clone.root / "exercises" / "scratch"
    scratch.mkdir()
    (scratch / "test_x.py").write_text("def test_x(): pass\ndef test_y(client): pass\n")

    ran = clone.pytest("exercises/scratch")

    ran.holds("exercises/scratch/test_x.py is no spec of the course", "1 passed, 1 error")


def test_a_learners_own_tests_beside_the_answer_change_no_verdict(clone: Clone) -> None:
    clone.solve("01")
    first = clone.exercise("01")
    (first / "test_main.py").write_text("def test_mine(): assert False\n")
    (first / "test_mine.py").write_text("def test_mine(): pass\n")

    ran = clone.pytest(first)

    ran.holds("01 First async endpoint solved 6/6", "7 passed")
    (first / "test_mine.py").write_text("def test_mine(): assert False\n")
    assert run_spec(first.name, first, root=clone.root).solved
    assert clone.kata("reset", "01").status == 0
    assert "TODO" in (first / "main.py").read_text()


def test_an_editor_may_open_the_exercises_or_one_of_them(clone: Clone) -> None:
    clone.solve("01")
    for folder in (clone.root / "exercises", clone.exercise("01")):
        ran = clone.pytest("--rootdir=.", "-k", "01_first", cwd=folder)
        ran.holds("01 First async endpoint solved 6/6")
        assert ran.status == 0


def test_an_editor_may_open_a_folder_above_the_kata(clone: Clone) -> None:
    clone.solve("01")
    above = clone.root.parent
    (above / "neighbour").mkdir()
    (above / "neighbour" / "test_it.py").write_text("def test_it(): pass\n")
    (clone.root / "tests").mkdir()
    (clone.root / "tests" / "test_of_the_kata.py").write_text("raise SystemExit\n")

    ran = clone.pytest("-k", "01_first or neighbour", cwd=above)
    ran.holds("7 passed", "01 First async endpoint solved 6/6")
    assert ran.status == 0

    # Settings of the folder above are no obstacle either, nor is a second kata beside the first.
    (above / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    shutil.copytree(clone.root / "exercises", above / "kata2" / "exercises")
    shutil.copytree(clone.root / "kata", above / "kata2" / "kata")
    shutil.copy(clone.root / "conftest.py", above / "kata2")
    ran = clone.pytest(f"--rootdir={above}", "-k", "01_first or neighbour", cwd=above)
    ran.holds("7 passed", "01 First async endpoint solved 6/6")


def test_this_file_of_an_editor_runs_the_exercise(clone: Clone) -> None:
    clone.solve("01")
    answer = clone.exercise("01") / "main.py"
    (answer.parent / "helper.py").write_text("")
    for named in (answer, answer.parent / "helper.py"):
        ran = clone.pytest(named)
        ran.holds("01 First async endpoint solved 6/6", "6 passed")
