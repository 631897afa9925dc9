"""Answers laid out for compare50 and JPlag."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kata.classroom.refusal import Refusal
from kata.classroom.similar import Tool, find_tool, lay_out, submissions_of
from kata.cli.app import app
from tests.classroom import made_results as made

COURSE = made.COURSE
EIGHT = COURSE.exercise("08")


@pytest.fixture
def submissions(tmp_path: Path) -> Path:
    """Three answers to 08, one stub, one with exercises/ between, and things that are no answers."""
    place = tmp_path / "submissions"
    for student, text in (
        ("ada", "print('ada')\n"),
        ("Alan T", "print('alan')\n"),
        ("stub", COURSE.stub(EIGHT).read_text("utf-8")),
    ):
        folder = place / student / EIGHT.name
        folder.mkdir(parents=True)
        (folder / "main.py").write_text(text, "utf-8")
    deep = place / "grace" / "exercises" / EIGHT.name
    deep.mkdir(parents=True)
    (deep / "main.py").write_text("print('grace')\n")
    (place / "empty").mkdir()
    (place / ".hidden" / EIGHT.name).mkdir(parents=True)
    (place / ".hidden" / EIGHT.name / "main.py").write_text("x")
    (place / "manifest.json").write_text("{}")
    large = place / "large" / EIGHT.name
    large.mkdir(parents=True)
    (large / "main.py").write_bytes(b"#" * (2 * 1024 * 1024))
    return place


def test_the_answers_lie_beside_the_base_code(submissions: Path, tmp_path: Path) -> None:
    (laid,) = lay_out(COURSE, submissions, tmp_path / "out", [EIGHT])
    folders = sorted(path.name for path in laid.answers.iterdir())
    assert (laid.count, len(folders)) == (3, 3)
    assert folders[0].startswith("ada")
    assert folders[1].startswith("alan-t.")
    assert (laid.base / "stub.py").read_bytes() == COURSE.stub(EIGHT).read_bytes()
    assert (laid.base / "reference.py").read_bytes() == COURSE.reference(EIGHT).read_bytes()


@pytest.mark.skipif(
    not hasattr(os, "symlink") or os.name == "nt", reason="links need a right there"
)
def test_a_link_to_another_students_answer_is_not_followed(
    submissions: Path, tmp_path: Path
) -> None:
    (submissions / "eve").mkdir()
    (submissions / "eve" / EIGHT.name).symlink_to(submissions / "ada" / EIGHT.name)
    (laid,) = lay_out(COURSE, submissions, tmp_path / "out", [EIGHT])
    assert laid.count == 3


def test_results_lead_to_their_answers(submissions: Path, tmp_path: Path) -> None:
    results = made.write(made.a_class(1), tmp_path / "results", submissions=str(submissions))
    assert submissions_of(results) == submissions
    assert submissions_of(submissions) == submissions
    lost = made.write(made.a_class(1), tmp_path / "lost", submissions=str(tmp_path / "gone"))
    with pytest.raises(Refusal, match="are not here any more"):
        submissions_of(lost)


def test_a_folder_without_answers_is_told(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(Refusal, match="There are no answers in"):
        lay_out(COURSE, tmp_path / "none", tmp_path / "out", [EIGHT])
    with pytest.raises(Refusal, match="is not empty"):
        lay_out(COURSE, tmp_path / "none", tmp_path, [EIGHT])


def run(*arguments: object) -> tuple[int, str]:
    came = CliRunner().invoke(app, ["class", "similar", *map(str, arguments), "--exercise", "08"])
    assert came.exception is None or isinstance(came.exception, SystemExit), came.exception
    return came.exit_code, came.output


def test_without_a_program_the_command_says_how_to_get_one(
    submissions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, said = run(submissions, tmp_path / "out")
    assert code == 1
    assert "pip install compare50" in said
    assert not (tmp_path / "out").exists()
    code, said = run(submissions, tmp_path / "out", "--lay-out")
    assert code == 0, said
    assert f"{EIGHT.name}: 3 answers in" in said.replace("\n", "")


def program(folder: Path, name: str, status: int = 0) -> Path:
    """A program that writes down how it was called."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(
        f'#!/bin/sh\necho "$PATH" > {folder}/path\nprintf "%s\\n" "$@" > {folder}/called\nexit {status}\n'
    )
    path.chmod(0o755)
    return path


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the program")
def test_compare50_is_called_with_base_code_and_its_own_python_first(
    submissions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = program(tmp_path / "bin", "compare50")
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    code, said = run(submissions, tmp_path / "out")
    assert code == 0, said
    called = (tool.parent / "called").read_text().splitlines()
    out = tmp_path / "out" / EIGHT.name
    assert called[:6] == [
        "-o",
        str(out / "report"),
        "-d",
        str(out / "base"),
        "--max-file-size",
        "1024",
    ]
    assert [Path(each).parent for each in called[6:]] == [out / "answers"] * 3
    assert (tool.parent / "path").read_text().startswith(str(tool.parent))
    program(tmp_path / "bin", "compare50", status=3)
    code, said = run(submissions, tmp_path / "again")
    assert code == 1
    assert f"compare50 could not compare {EIGHT.name}" in said


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the program")
def test_jplag_is_called_with_the_base_code_beside_the_answers(
    submissions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java = program(tmp_path / "bin", "java")
    jar = tmp_path / "jplag.jar"
    jar.write_bytes(b"")
    monkeypatch.setenv("PATH", f"{java.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    code, said = run(submissions, tmp_path / "out", "--jplag", jar)
    assert code == 0, said
    called = (java.parent / "called").read_text().splitlines()
    assert called[:6] == [
        "-jar",
        str(jar),
        "-l",
        "python3",
        "-bc",
        str(tmp_path / "out" / EIGHT.name / "base"),
    ]
    assert called[-1] == str(tmp_path / "out" / EIGHT.name / "answers")
    with pytest.raises(Refusal, match="There is no file"):
        find_tool(tmp_path / "none.jar")


@pytest.mark.skipif(shutil.which("compare50") is None, reason="compare50 is not installed")
def test_the_real_compare50_takes_the_layout(submissions: Path, tmp_path: Path) -> None:
    # Two alike, and unlike the reference: where it finds nothing, compare50 writes no report.
    text = COURSE.gallery(COURSE.exercise("04"), "right")[0].read_bytes()
    for student in ("ada", "Alan T"):
        (submissions / student / EIGHT.name / "main.py").write_bytes(text)
    code, said = run(submissions, tmp_path / "out")
    assert code == 0, said
    assert (tmp_path / "out" / EIGHT.name / "report" / "index.html").is_file()


def test_the_names_of_programs() -> None:
    assert Tool("compare50", Path("/x/compare50")).environment()["PATH"].startswith("/x")
