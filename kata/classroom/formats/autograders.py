"""Results for platforms that run the judge themselves: Gradescope, Classroom 50 and the reporter of GitHub's graders.

Each function gives what is to be written as JSON, for one student. Sources, as read in November 2026: Gradescope's page
on autograder specifications; foundation50/classroom50, schemas/result-v1.schema.json; classroom-resources/
autograding-grading-reporter.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kata.classroom.refusal import Refusal
from kata.classroom.results import ExerciseResult, Result, SpecResult

CLASSROOM50_NEEDS = (
    "CLASSROOM",
    "ASSIGNMENT",
    "ASSIGNMENT_TYPE",
    "OWNER",
    "SUBMISSION_TAG",
    "COMMIT_URL",
    "RELEASE_URL",
)
CLASSROOM50_MOST = 10 * 1024 * 1024
"""Bytes of the largest result that Classroom 50 takes."""

STILL = {
    "passed": "",
    "failed": "It failed.",
    "not started": "The file is as it was handed out.",
    "not handed in": "Nothing was handed in for this exercise.",
    "cut off": "It did not come to an end, and was cut off.",
    "not judged": "Not judged. This is no zero: ask your teacher.",
}


def gradescope(result: Result) -> dict[str, Any]:
    """What `results.json` holds. The failure texts are plain, so drawings keep their places."""
    return {
        "score": result.points,
        "execution_time": round(sum(each.seconds for each in result.exercises)),
        "output": _summary(result),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [
            {
                "score": spec.points,
                "max_score": spec.max_points,
                "status": "passed" if spec.state == "passed" else "failed",
                "name": f"{exercise.number} {spec.title or spec.name}",
                "number": f"{exercise.number.lstrip('0') or '0'}.{place}",
                "output": spec.text or STILL[spec.state],
                "output_format": "text",
                "visibility": "visible",
                "extra_data": {
                    "exercise": exercise.name,
                    "spec": spec.name,
                    "state": spec.state,
                },
            }
            for exercise in result.exercises
            for place, spec in enumerate(exercise.specs, 1)
        ],
        "extra_data": {
            "kata": result.kata,
            "judged_by": result.judged_by,
            "isolation": result.isolation,
            "graded_at": result.graded_at.isoformat(),
        },
    }


def _summary(result: Result) -> str:
    lines = [f"{each.number} {each.title}: {_stands(each)}" for each in result.exercises]
    if result.unjudged:
        lines.append("Some of it was not judged; those points are open.")
    return "\n".join(lines)


def _stands(exercise: ExerciseResult) -> str:
    if exercise.state in ("wrong", "cut off"):
        return f"{exercise.state}, {exercise.passed} of {len(exercise.specs)} specs"
    return exercise.state


def classroom50(result: Result, environment: Mapping[str, str]) -> dict[str, Any]:
    """What `result.json` holds. `environment` is the runner's.

    Raises Refusal where it is not one of Classroom 50, and where points are not whole.
    """
    missing = [name for name in CLASSROOM50_NEEDS if not environment.get(name)]
    if missing:
        raise Refusal(
            f"This is no run of Classroom 50: {', '.join(missing)} not set. Nothing was written."
        )
    if not environment["SUBMISSION_TAG"].startswith("submit/"):
        raise Refusal("SUBMISSION_TAG does not begin with submit/. Nothing was written.")
    if environment["ASSIGNMENT_TYPE"] not in ("individual", "group"):
        raise Refusal("ASSIGNMENT_TYPE is neither individual nor group. Nothing was written.")
    tests = [
        _classroom50_test(exercise, spec)
        for exercise in result.exercises
        for spec in exercise.specs
    ]
    made = {
        "schema": "classroom50/result/v1",
        "classroom": environment["CLASSROOM"],
        "assignment": environment["ASSIGNMENT"],
        "assignment_type": environment["ASSIGNMENT_TYPE"],
        "owner": environment["OWNER"],
        "submission": environment["SUBMISSION_TAG"],
        "commit": environment["COMMIT_URL"],
        "release": environment["RELEASE_URL"],
        # Where there is nothing to compare, both are the same.
        "review": environment.get("REVIEW_URL") or environment["COMMIT_URL"],
        "datetime": _instant(result.submitted_at or result.graded_at),
        "graded_at": _instant(result.graded_at),
        "score": _whole(result.points),
        "max-score": _whole(result.max_points),
        "tests": tests,
    }
    # Only a forged failure is that long, and the marks are worth more than its words.
    for most in (20_000, 2_000, 0):
        if len(as_json(made)) <= CLASSROOM50_MOST:
            break
        for test in tests:
            test["message"] = test["message"][:most]
    return made


def _classroom50_test(exercise: ExerciseResult, spec: SpecResult) -> dict[str, Any]:
    return {
        "test-name": f"{exercise.number} {spec.title or spec.name}",
        "passed": spec.state == "passed",
        "score": _whole(spec.points),
        "max-score": _whole(spec.max_points),
        "message": spec.text or STILL[spec.state],
    }


def _whole(points: float) -> int:
    if not float(points).is_integer():
        raise Refusal(
            f"Classroom 50 takes whole points only, and there are {points:g}: give whole numbers for each spec."
        )
    return int(points)


def _instant(moment: datetime) -> str:
    """As Classroom 50 wants it: UTC, whole seconds, a Z. A time without an offset is taken for UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{aware.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def github(result: Result) -> dict[str, Any]:
    """What a grader hands to `classroom-resources/autograding-grading-reporter`.

    The reporter sums the scores of `tests`, and prints a message for an error only.
    """
    tests = [
        _github_test(exercise, spec) for exercise in result.exercises for spec in exercise.specs
    ]
    states = {test["status"] for test in tests}
    status = next((state for state in ("fail", "error") if state in states), "pass")
    return {"version": 1, "status": status, "max_score": result.max_points, "tests": tests}


def _github_test(exercise: ExerciseResult, spec: SpecResult) -> dict[str, Any]:
    broken = spec.state in ("cut off", "not judged")
    state = "pass" if spec.state == "passed" else "error" if broken else "fail"
    return {
        "name": f"{exercise.number} {spec.title or spec.name}",
        "status": state,
        "score": spec.points,
        "message": "" if state == "pass" else spec.diagnosis or STILL[spec.state],
        "test_code": f"pytest exercises/{exercise.name} -k {spec.name}",
        "filename": spec.where.rpartition(":")[0],
        "line_no": _line(spec.where),
        "duration": spec.seconds,
    }


def _line(where: str) -> int:
    number = where.rpartition(":")[2]
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 9 else 0


def github_output(result: Result) -> str:
    """The line for `$GITHUB_OUTPUT`, by which the reporter's step gets it."""
    return f"result={base64.b64encode(as_json(github(result))).decode()}\n"


def as_json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
