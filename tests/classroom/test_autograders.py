"""JSON for other platforms, held to the rules that they have published.

The rules are written down here as checks: Gradescope's from its page on autograder specifications, those of Classroom 50
from its schema result-v1, and those of GitHub's reporter from the code that reads it.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kata.classroom.formats.autograders import (
    CLASSROOM50_MOST,
    as_json,
    classroom50,
    github,
    github_output,
    gradescope,
)
from kata.classroom.refusal import Refusal
from kata.classroom.results import ExerciseResult, Result, SpecResult
from kata.cli.app import app
from tests.classroom import made_results as made

MIXED = made.plain_result(
    {
        "02": "wrong",
        "03": "cut off",
        "04": "not started",
        "05": "not handed in",
        "06": "not judged",
    },
    submitted_at=made.DUE,
)
ALL = made.plain_result({})

ENVIRONMENT = {
    "CLASSROOM": "cs1",
    "ASSIGNMENT": "kata",
    "ASSIGNMENT_TYPE": "individual",
    "OWNER": "ada",
    "SUBMISSION_TAG": "submit/2026-11-28T10-00-00Z-1a2b3c4",
    "COMMIT_URL": "https://host/c",
    "RELEASE_URL": "https://host/r",
    "REVIEW_URL": "https://host/v",
}


def through_json(value: dict[str, Any]) -> dict[str, Any]:
    return json.loads(as_json(value))


def check_gradescope(made: dict[str, Any]) -> None:
    formats = {"text", "html", "simple_format", "md", "ansi"}
    visibilities = {"hidden", "after_due_date", "after_published", "visible"}
    tops = {
        "score", "execution_time", "output", "output_format", "test_output_format", "test_name_format", "visibility",
        "stdout_visibility", "extra_data", "tests", "leaderboard",
    }  # fmt: skip
    assert made.keys() <= tops
    assert "score" in made or made.get("tests")
    assert made["output_format"] in formats
    assert made["test_output_format"] in formats
    assert made["test_name_format"] in formats
    assert made["visibility"] in visibilities
    assert made["stdout_visibility"] in visibilities
    assert isinstance(made["execution_time"], int)
    fields = {
        "score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags", "visibility",
        "extra_data",
    }  # fmt: skip
    for test in made["tests"]:
        assert test.keys() <= fields
        assert 0 <= test["score"] <= test["max_score"]
        assert test["status"] in ("passed", "failed")
        assert test["output_format"] in formats
        assert test["visibility"] in visibilities
        assert isinstance(test["number"], str)
        assert isinstance(test["output"], str)


def check_classroom50(made: dict[str, Any]) -> None:
    required = {
        "schema", "classroom", "assignment", "assignment_type", "owner", "submission", "commit", "release", "review",
        "datetime", "score", "max-score", "tests",
    }  # fmt: skip
    assert required <= made.keys() <= required | {"graded_at", "submitted_by"}
    assert made["schema"] == "classroom50/result/v1"
    assert made["assignment_type"] in ("individual", "group")
    for name in ("classroom", "assignment", "owner", "commit", "release", "review"):
        assert isinstance(made[name], str)
        assert made[name]
    assert made["submission"].startswith("submit/")
    instant = re.compile(r"\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")
    assert instant.fullmatch(made["datetime"])
    assert instant.fullmatch(made["graded_at"])
    assert type(made["score"]) is type(made["max-score"]) is int
    assert 0 <= made["score"] <= made["max-score"]
    for test in made["tests"]:
        assert {"test-name", "passed", "score", "max-score"} <= test.keys()
        assert test["test-name"]
        assert type(test["passed"]) is bool
        assert type(test["score"]) is type(test["max-score"]) is int
        assert 0 <= test["score"] <= test["max-score"]


def check_github(made: dict[str, Any]) -> None:
    """What the reporter reads: it sums `score` over `tests` and `max_score` over the graders."""
    assert made.keys() == {"version", "status", "max_score", "tests"}
    assert made["version"] in (1, 2, 3)
    assert made["status"] in ("pass", "fail", "error")
    tests: list[dict[str, Any]] = made["tests"]
    assert sum(test["score"] for test in tests) <= made["max_score"]
    for test in tests:
        assert test["status"] in ("pass", "fail", "error")
        assert isinstance(test["name"], str)
        assert isinstance(test["message"], str)
        assert isinstance(test["line_no"], int)
        assert isinstance(test["test_code"], str)


@pytest.mark.parametrize("result", [MIXED, ALL], ids=["mixed", "all"])
def test_the_rules_are_kept(result: Result) -> None:
    check_gradescope(through_json(gradescope(result)))
    check_classroom50(through_json(classroom50(result, ENVIRONMENT)))
    check_github(through_json(github(result)))


@pytest.mark.parametrize("result", [MIXED, ALL], ids=["mixed", "all"])
def test_every_format_comes_to_the_same_points(result: Result) -> None:
    scope = gradescope(result)
    assert scope["score"] == sum(test["score"] for test in scope["tests"]) == result.points
    assert sum(test["max_score"] for test in scope["tests"]) == result.max_points
    room = classroom50(result, ENVIRONMENT)
    assert (room["score"], room["max-score"]) == (result.points, result.max_points)
    assert sum(test["max-score"] for test in room["tests"]) == result.max_points
    hub = github(result)
    assert sum(test["score"] for test in hub["tests"]) == result.points
    assert hub["max_score"] == result.max_points


def test_gradescope_shows_every_failure_as_the_kata_says_it() -> None:
    outputs: dict[tuple[str, str], str] = {}
    for test in gradescope(MIXED)["tests"]:
        known = test["extra_data"]
        outputs[known["exercise"], known["spec"]] = test["output"]
    for exercise in MIXED.exercises:
        for spec in exercise.specs:
            if spec.state == "failed":
                assert outputs[exercise.name, spec.name] == spec.text
            if spec.state == "not judged":
                assert "no zero" in outputs[exercise.name, spec.name]
    numbers = [test["number"] for test in gradescope(MIXED)["tests"]]
    assert numbers[:6] == ["1.1", "1.2", "1.3", "1.4", "1.5", "2.1"]
    assert numbers[-1] == "10.18"


def test_nothing_for_the_teacher_goes_to_a_student() -> None:
    result = made.differing(ALL)
    for text in (gradescope(result), classroom50(result, ENVIRONMENT), github(result)):
        said = json.dumps(text)
        assert "to itself" not in said
        assert "expected status 200, came 500" not in said


@pytest.mark.parametrize("name", [name for name in ENVIRONMENT if name != "REVIEW_URL"])
def test_classroom50_outside_its_runner_writes_nothing(name: str) -> None:
    environment = {key: value for key, value in ENVIRONMENT.items() if key != name}
    with pytest.raises(Refusal, match=f"no run of Classroom 50: {name} not set"):
        classroom50(ALL, environment)


def test_classroom50_takes_whole_points_only() -> None:
    half = ExerciseResult.of(
        [SpecResult(name="test_x", state="passed", points=0.5, max_points=0.5)],
        name="01_x",
        state="solved",
    )
    result = Result.of(
        [half], student=made.student(0), kata="1", judged_by="x", graded_at=made.GRADED
    )
    with pytest.raises(Refusal, match=r"whole points only, and there are 0\.5"):
        classroom50(result, ENVIRONMENT)


def test_classroom50_says_when_the_work_was_handed_in_whatever_the_zone() -> None:
    from datetime import timedelta, timezone

    east = made.DUE.astimezone(timezone(timedelta(hours=5, minutes=30))).replace(microsecond=7)
    result = ALL.model_copy(update={"submitted_at": east})
    assert classroom50(result, ENVIRONMENT)["datetime"] == "2026-11-27T22:00:00Z"
    assert classroom50(ALL, ENVIRONMENT | {"REVIEW_URL": ""})["review"] == ENVIRONMENT["COMMIT_URL"]


def test_classroom50_stays_below_its_limit() -> None:
    specs = [
        SpecResult(name=f"test_{number}", state="failed", text="é" * 1_000_000)
        for number in range(20)
    ]
    exercise = ExerciseResult.of(specs, name="01_x", state="wrong")
    result = Result.of(
        [exercise], student=made.student(0), kata="1", judged_by="x", graded_at=made.GRADED
    )
    assert len(as_json(classroom50(result, ENVIRONMENT))) < CLASSROOM50_MOST


def test_github_the_line_of_a_step_is_base64() -> None:
    line = github_output(MIXED)
    name, _, value = line.partition("=")
    assert name == "result"
    assert line.count("\n") == 1
    assert json.loads(base64.b64decode(value)) == github(MIXED)


@pytest.mark.parametrize("where", ["main.py:12", "", "main.py", "main.py:٣", "x:99999999999999999"])
def test_github_takes_any_place(where: str) -> None:
    spec = SpecResult(name="test_x", state="failed", where=where)
    exercise = ExerciseResult.of([spec], name="01_x", state="wrong")
    result = Result.of(
        [exercise], student=made.student(0), kata="1", judged_by="x", graded_at=made.GRADED
    )
    check_github(through_json(github(result)))


# By the command


def run(*arguments: object, **environment: str) -> tuple[int, str]:
    came = CliRunner().invoke(app, ["class", "export", *map(str, arguments)], env=environment)
    assert came.exception is None or isinstance(came.exception, SystemExit), came.exception
    return came.exit_code, came.output


def test_the_command_writes_what_each_platform_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = made.write([ALL], tmp_path / "results")
    file = tmp_path / "results.json"
    assert run(folder, "--gradescope", "-o", file)[0] == 0
    check_gradescope(json.loads(file.read_bytes()))
    assert run(folder, "--classroom50")[0] == 1
    assert not (tmp_path / "result.json").exists()
    assert run(folder, "--classroom50", **ENVIRONMENT)[0] == 0
    check_classroom50(json.loads((tmp_path / "result.json").read_bytes()))
    output = tmp_path / "output"
    output.write_text("before=1\n")
    assert run(folder, "--github", GITHUB_OUTPUT=str(output)) == (0, "")
    assert output.read_text() == "before=1\n" + github_output(ALL)
    code, said = run(folder, "--github", GITHUB_OUTPUT="")
    assert code == 0
    check_github(json.loads(said))


def test_the_command_asks_whose_result_is_meant(tmp_path: Path) -> None:
    results = made.a_class(3)
    folder = made.write(results, tmp_path / "results")
    code, said = run(folder, "--gradescope")
    assert code == 1
    assert "has 3 results, and this format holds one: choose with --student" in " ".join(
        said.split()
    )
    assert (
        json.loads(run(folder, "--gradescope", "--student", "s0002")[1])["score"]
        == results[1].points
    )
    assert run(folder, "--gradescope", "--student", "nobody")[0] == 1
    assert json.loads(run(folder / "s0003.json", "--gradescope")[1])["score"] == results[2].points
