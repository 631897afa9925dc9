"""Feedback for students: what stands in it, and the zips that Canvas and Moodle take back."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kata.classroom.feedback_files import feedback_text, feedback_zip
from kata.classroom.refusal import Refusal
from kata.classroom.results import Student
from kata.cli.app import app
from tests.classroom import made_results as made

ADA = Student(
    id="ada",
    name="Ada Lovelace",
    platform="canvas",
    ids={"user": "1234"},
    files=("lovelaceada_LATE_1234_5678_main-1.py", "lovelaceada_1234_5999_main.py", "lovelaceada_1234_text.html"),
)  # fmt: skip
BO = Student(
    id="bo",
    name="Bo O_Neil/x",
    platform="moodle",
    ids={"participant": "77"},
    folder="Bo O Neil_77_assignsubmission_file_",
)


def names(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def canvas_reads(name: str) -> tuple[str, str]:
    """As Canvas does: the first two parts between underscores that are all digits."""
    numbers = [part for part in name.split("_") if part.isdigit()]
    return numbers[0], numbers[1]


def moodle_reads(name: str) -> tuple[str, str]:
    """As Moodle does: at most five parts; the second is the participant, the next two the plugin."""
    parts = name.split("_", 4)
    return parts[1], f"{parts[2]}_{parts[3].partition('/')[0]}"


def test_canvas_finds_the_student_and_the_newest_upload() -> None:
    (name,) = names(feedback_zip([made.plain_result({}, student=ADA)], "canvas", "html"))
    assert name == "lovelaceada_1234_5999_feedback.html"
    assert canvas_reads(name) == ("1234", "5999")


def test_canvas_with_the_work_of_somebody_without_a_name() -> None:
    student = ADA.model_copy(update={"files": ("1234_5678_main.py",)})
    (name,) = names(feedback_zip([made.plain_result({}, student=student)], "canvas", "text"))
    assert canvas_reads(name) == ("1234", "5678")
    assert name.endswith(".txt")


def test_moodle_finds_the_participant() -> None:
    (name,) = names(feedback_zip([made.plain_result({}, student=BO)], "moodle", "html"))
    assert name == "Bo O Neil_77_assignsubmission_file_/feedback.html"
    assert moodle_reads(name) == ("77", "assignsubmission_file")


@pytest.mark.parametrize(
    "folder", ["", "../x", "a_b_77_assignsubmission_file", "Bo_77_assignsubmission_onlinetext"]
)
def test_moodle_another_folder_is_made_of_name_and_number(folder: str) -> None:
    student = BO.model_copy(update={"folder": folder})
    (name,) = names(feedback_zip([made.plain_result({}, student=student)], "moodle", "text"))
    assert name == "Bo O Neil x_77_assignsubmission_file/feedback.txt"
    assert moodle_reads(name) == ("77", "assignsubmission_file")


def test_a_group_gets_one_for_each_member_whom_the_platform_knows() -> None:
    one, two = (
        BO.model_copy(update={"ids": {"participant": number}, "folder": ""})
        for number in ("1", "2")
    )
    team = made.plain_result({}, student=BO, members=(one, two))
    assert len(names(feedback_zip([team], "moodle", "html"))) == 2
    unknown = made.plain_result({}, student=BO, members=(Student(id="x"), Student(id="y")))
    assert len(names(feedback_zip([unknown], "moodle", "html"))) == 1


def test_who_is_not_of_the_platform_is_named() -> None:
    with pytest.raises(
        Refusal, match=r"1 of the results did not come from Moodle.*Ada Lovelace \(ada\)"
    ):
        feedback_zip(
            [made.plain_result({}, student=ADA), made.plain_result({}, student=BO)],
            "moodle",
            "html",
        )


def test_who_handed_in_nothing_needs_no_name() -> None:
    nothing = made.plain_result(
        {each.number: "not handed in" for each in made.COURSE.exercises}, student=Student(id="x")
    )
    assert (
        len(names(feedback_zip([nothing, made.plain_result({}, student=BO)], "moodle", "html")))
        == 1
    )


def test_the_same_feedback_is_the_same_zip() -> None:
    result = made.plain_result({"03": "wrong"}, student=BO)
    assert feedback_zip([result], "moodle", "html") == feedback_zip([result], "moodle", "html")


def test_the_text_has_every_failure_and_nothing_for_the_teacher() -> None:
    result = made.differing(
        made.plain_result({"03": "wrong", "09": "cut off", "10": "not handed in"})
    )
    text = feedback_text(result)
    for exercise in result.exercises:
        assert re.search(rf"^{exercise.number} .*: {exercise.state}, ", text, re.MULTILINE)
        for spec in exercise.specs:
            assert (spec.text in text) or not spec.text
            assert spec.drawing in text
    assert "to itself" not in text
    assert "came 500" not in text
    assert "Nothing was handed in for this exercise." in text


def test_the_command_writes_files_and_zips(tmp_path: Path) -> None:
    results = made.write([made.plain_result({"03": "wrong"}, student=BO)], tmp_path / "results")
    pages, archive = tmp_path / "pages", tmp_path / "feedback.zip"
    arguments = ["class", "report", str(results), str(pages), "--format", "text", "--feedback-zip"]
    came = CliRunner().invoke(app, [*arguments, "moodle", str(archive)])
    assert came.exit_code == 0, came.output
    assert (pages / "feedback" / "bo.txt").read_text("utf-8") == feedback_text(
        made.plain_result({"03": "wrong"}, student=BO)
    )
    assert names(archive.read_bytes()) == ["Bo O Neil_77_assignsubmission_file_/feedback.txt"]
    came = CliRunner().invoke(app, [*arguments, "blackboard", str(archive)])
    assert came.exit_code == 2
    assert "canvas and moodle" in came.output
    came = CliRunner().invoke(app, [*arguments, "canvas", str(tmp_path / "none.zip")])
    assert came.exit_code == 1
    assert not (tmp_path / "none.zip").exists()
