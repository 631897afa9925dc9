"""The CSV and JUnit's XML for everything else."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from xml.etree import ElementTree

from typer.testing import CliRunner

from kata.classroom.formats.tables import as_csv, as_junit
from kata.classroom.results import ExerciseResult, Result, SpecResult, Student
from kata.cli.app import app
from tests.classroom import made_results as made


def test_the_csv_has_a_line_for_each_student() -> None:
    results = made.a_class(5)
    rows = list(csv.DictReader(io.StringIO(as_csv(results), newline="")))
    assert [row["id"] for row in rows] == [each.student.id for each in results]
    assert [float(row["points"]) for row in rows] == [each.points for each in results]
    for row, result in zip(rows, results, strict=True):
        for exercise in result.exercises:
            assert float(row[exercise.number]) == exercise.points
            assert row[f"{exercise.number} state"] == exercise.state


def test_the_csv_has_a_line_for_each_member_of_a_group() -> None:
    team = made.result(1, members=(made.student(1), made.student(2)))
    rows = list(csv.DictReader(io.StringIO(as_csv([team]), newline="")))
    assert [row["id"] for row in rows] == ["s0002", "s0003"]


def test_a_name_is_no_formula_in_a_spreadsheet() -> None:
    for name in ("=1+1", "+1", "-1", "@x", "\t=1"):
        result = made.result(1, student=Student(id="a", name=name))
        row = next(csv.DictReader(io.StringIO(as_csv([result]), newline="")))
        assert row["name"] == f"'{name}"


def test_junit_counts_what_is_there() -> None:
    mixed = made.plain_result(
        {
            "02": "wrong",
            "03": "cut off",
            "04": "not started",
            "05": "not handed in",
            "06": "not judged",
        }
    )
    root = ElementTree.fromstring(as_junit([mixed]))
    suites = {suite.get("name", "").split()[1][:2]: suite for suite in root}
    assert len(suites) == 10
    assert (
        sum(int(suite.get("tests", "")) for suite in root)
        == len(list(root.iter("testcase")))
        == 123
    )
    for suite in root:
        for attribute, tag in (
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            assert int(suite.get(attribute, "")) == len(list(suite.iter(tag)))
    assert suites["01"].get("failures") == "0"
    assert suites["02"].get("failures") == "2"
    assert suites["04"].get("failures") == suites["04"].get("tests") == "15"
    assert suites["05"].get("skipped") == "13"
    assert suites["06"].get("errors") == "14"


def test_junit_is_xml_whatever_an_answer_prints() -> None:
    text = "".join(map(chr, range(0x20))) + "]]> & < \ufffe \x1b[31m"
    spec = SpecResult(name="test_x", state="failed", text=text, diagnosis=text)
    exercise = ExerciseResult.of([spec], name="01_x", state="wrong")
    result = Result.of(
        [exercise], student=Student(id="\x00<"), kata="1", judged_by="x", graded_at=made.GRADED
    )
    found = ElementTree.fromstring(as_junit([result])).find(".//failure")
    assert found is not None
    assert "]]> & < \ufffd \ufffd[31m" in (found.text or "")


def test_the_command_writes_both(tmp_path: Path) -> None:
    folder = made.write(made.a_class(3), tmp_path / "results")
    for option in ("--csv", "--junit"):
        file = tmp_path / f"out{option}"
        came = CliRunner().invoke(app, ["class", "export", str(folder), option, "-o", str(file)])
        assert came.exit_code == 0, came.output
        assert file.stat().st_size > 100
