"""The report as files: whole or not at all, and what the overview works out."""

from __future__ import annotations

import json
import re
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kata.classroom.overview import Overview, stuck_at
from kata.classroom.page_look import code, points
from kata.classroom.refusal import Refusal
from kata.classroom.report import class_page, write_report
from kata.classroom.results import ExerciseResult, Result, SpecResult
from kata.classroom.student_page import how_long, student_page
from kata.cli.app import app
from tests.classroom import made_results as made


def overview(*results: Result) -> Overview:
    made_of = Overview()
    for result in results:
        made_of.add(result)
    return made_of


def small(failing: dict[str, str], number: int = 0) -> Result:
    """Two exercises of two specs. `failing` has the diagnosis of each spec that fails."""
    exercises: list[ExerciseResult] = []
    for name in ("01_a", "02_b"):
        specs = [
            SpecResult(
                name=f"test_{spec}",
                title=f"{name} {spec}",
                state="failed",
                diagnosis=failing[key],
                text="x",
            )
            if (key := f"{name[:2]}{spec}") in failing
            else SpecResult(name=f"test_{spec}", title=f"{name} {spec}", state="passed", points=1)
            for spec in ("x", "y")
        ]
        state = "solved" if all(spec.state == "passed" for spec in specs) else "wrong"
        exercises.append(ExerciseResult.of(specs, name=name, title=name, state=state))
    return Result.of(
        exercises, student=made.student(number), kata="1", judged_by="x", graded_at=made.GRADED
    )


def test_who_is_stuck_where_and_why() -> None:
    class_ = overview(
        small({}),
        small({"02x": "Late."}, 1),
        small({"01y": "Wrong.", "02x": "Late."}, 2),
        small({"01y": "Wrong."}, 3),
    )
    first, second = class_.exercises
    assert (first.stuck, first.reason) == (2, ("Wrong.", 2))
    assert (second.stuck, second.reason) == (1, ("Late.", 1))
    assert [row.stuck for row in class_.rows] == [-1, 1, 0, 0]
    assert class_.everything_solved == 1
    assert class_.median == 3
    assert class_.solved_counts == [1, 2, 1]
    assert [spec.share for spec in first.specs] == [0.0, 0.5]


def test_diagnoses_that_differ_in_names_and_numbers_are_one_mistake() -> None:
    class_ = overview(
        small({"01x": "It took 3 s: `ada` blocks.", "01y": "It took 4 s: `ada` blocks."}),
        small({"02x": "It took 3 s: `alan` blocks."}, 1),
        small({"02x": "Another."}, 2),
    )
    first, second = class_.most_frequent(5)
    assert len(first.students) == 2
    assert dict(first.exercises) == {"01": 1, "02": 1}
    assert second.sentence == "Another."


def test_a_spec_that_was_never_run_has_no_share() -> None:
    class_ = overview(made.plain_result({"03": "not handed in"}))
    assert {spec.level for spec in class_.exercises[2].specs} == {"none"}
    assert {spec.level for spec in class_.exercises[1].specs} == {"0"}


def test_a_run_that_broke_off_before_a_spec_says_why() -> None:
    exercise = made.plain_result({"01": "not judged"}).exercises[0]
    broken = exercise.model_copy(update={"state": "cut off", "ended": "The process ended itself."})
    result = Result.of(
        [broken], student=made.student(0), kata="1", judged_by="x", graded_at=made.GRADED
    )
    stuck = stuck_at(result)
    assert stuck is not None
    assert stuck.reason == "The process ended itself."
    assert "The process ended itself." in student_page(result, teacher=True)


def test_one_student_and_one_who_handed_in_nothing_make_a_page() -> None:
    nothing = made.plain_result({each.number: "not handed in" for each in made.COURSE.exercises})
    page = class_page(overview(nothing), "Class")
    assert "1 hand-in," in page
    assert "There are none." in page
    assert "nothing handed in" in student_page(nothing, teacher=True)


def test_the_page_shows_the_numbers_of_the_data(tmp_path: Path) -> None:
    results = made.a_class(25)
    write_report(made.write(results, tmp_path / "results"), tmp_path / "pages")
    page = (tmp_path / "pages" / "index.html").read_text("utf-8")
    found = re.search(r'id="data">(.*?)</script>', page)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    assert [row[0] for row in data["students"]] == [each.student.id for each in results]
    assert [row[4] for row in data["students"]] == [each.points for each in results]
    assert len(data["specs"]) == 123
    for row, result in zip(data["students"], results, strict=True):
        assert row[6].count("s") == result.points
        assert (tmp_path / "pages" / "students" / row[2]).is_file()


def test_no_page_asks_for_anything_from_elsewhere(tmp_path: Path) -> None:
    write_report(made.write(made.a_class(4), tmp_path / "results"), tmp_path / "pages")
    for path in (tmp_path / "pages").rglob("*.html"):
        text = path.read_text("utf-8")
        assert "default-src 'none'" in unescape(text)
        assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", text)
        assert not re.findall(r"<(?:link|iframe|object|embed|base|form action)\b", text)
        assert not re.findall(
            r"\son\w+=", unescape(re.sub(r"(?s)<(script|pre|style).*?</\1>", "", text))
        )


def test_a_student_sees_nothing_that_is_for_the_teacher() -> None:
    result = made.differing(made.plain_result({}))
    teachers, students = (student_page(result, teacher=teacher) for teacher in (True, False))
    for said in ("to itself", "second look", "index.html", made.JUDGE):
        assert said in teachers
        assert said not in students


def test_a_new_report_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    results, pages = tmp_path / "results", tmp_path / "pages"
    made.write(made.a_class(5), results)
    write_report(results, pages)
    (results / "s0005.json").unlink()
    write_report(results, pages)
    assert sorted(path.name for path in pages.iterdir()) == ["index.html", "students"]
    assert sorted(path.stem for path in (pages / "students").iterdir()) == [
        "s0001",
        "s0002",
        "s0003",
        "s0004",
    ]


def test_a_torn_result_leaves_the_old_report_whole(tmp_path: Path) -> None:
    results, pages = tmp_path / "results", tmp_path / "pages"
    made.write(made.a_class(5), results)
    write_report(results, pages)
    before = {path: path.read_bytes() for path in pages.rglob("*.html")}
    made.write(made.a_class(5, seed=9), results)
    (results / "s0004.json").write_text('{"schema": 1')
    came = CliRunner().invoke(app, ["class", "report", str(results), str(pages)])
    assert came.exit_code == 1
    assert "s0004.json is torn" in came.output.replace("\n", "")
    assert {path: path.read_bytes() for path in pages.rglob("*.html")} == before
    assert sorted(path.name for path in pages.iterdir()) == ["index.html", "students"]


def test_results_of_two_courses_are_refused(tmp_path: Path) -> None:
    results = made.write([made.plain_result({}), small({}, 3)], tmp_path / "results")
    with pytest.raises(Refusal, match="other exercises or specs than the results before it"):
        write_report(results, tmp_path / "pages")


def test_a_folder_of_other_things_is_no_place_for_a_report(tmp_path: Path) -> None:
    results = made.write(made.a_class(1), tmp_path / "results")
    with pytest.raises(Refusal, match="has other things in it"):
        write_report(results, tmp_path)
    with pytest.raises(Refusal, match="is a file"):
        write_report(results, results / "s0001.json")


def test_without_jinja2_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kata.classroom import page_look

    results = made.write(made.a_class(1), tmp_path / "results")
    page_look.environment.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    came = CliRunner().invoke(app, ["class", "report", str(results), str(tmp_path / "pages")])
    monkeypatch.undo()
    assert came.exit_code == 1
    assert "fastapi-async-kata[classroom]" in came.output.replace("\n", "")
    assert not (tmp_path / "pages").exists()


def test_a_class_of_3000_is_a_page_of_less_than_two_megabytes() -> None:
    class_ = Overview()
    model = made.a_class(30)
    for number in range(3000):
        class_.add(model[number % 30].model_copy(update={"student": made.student(number)}))
    assert len(class_page(class_, "Large").encode()) < 2_000_000


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3600, "1 h"),
        (90_061, "1 d 1 h 1 min"),
        (172_800, "2 d"),
    ],
)
def test_how_late_is_said_in_words(seconds: float, said: str) -> None:
    assert how_long(seconds) == said


def test_late_without_a_time_is_late() -> None:
    late = made.plain_result({}, late=True)
    assert "late" in student_page(late, teacher=False).partition("<dl")[0]
    assert "late by 3 h" in student_page(made.plain_result({}, late_seconds=10_800), teacher=False)
    assert [row.late for row in overview(late, made.plain_result({})).rows] == [True, False]


def test_points_and_code() -> None:
    assert [points(number) for number in (7.0, 7.5, 0.333333, 0.0)] == ["7", "7.5", "0.33", "0"]
    assert code("use `<b>` & `x`") == "use <code>&lt;b&gt;</code> &amp; <code>x</code>"
