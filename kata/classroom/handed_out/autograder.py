"""The autograder of Classroom 50: the kata's own specs on the answers in the student's checkout.

It runs in the checkout, with `kata.zip` and `kata_points.py` beside this file, and writes `./result.json`. It ends
with 0 if the answers were judged, whatever they are worth, and with another status, writing nothing, if not.

All files beside this one are published with it. The kata in `kata.zip` is the students' own copy: there is no
solution in it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kata.classroom.handed_out.kata_points import Judged

_NEEDED = ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "OWNER", "COMMIT_URL", "RELEASE_URL")
_BESIDE = Path(__file__).resolve().parent
_LONGEST = 2_000
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


def result(judged: list[Judged], environment: dict[str, str]) -> dict[str, Any]:
    """A result of the schema `classroom50/result/v1`. The runner puts its own owner, type and time over these."""
    tests = [
        {
            "test-name": f"{each.title}: {point.name}",
            "passed": point.passed,
            "score": int(point.passed),
            "max-score": 1,
            "message": point.text[:_LONGEST],
        }
        for each in judged
        for point in each.points
    ]
    now = datetime.now(UTC).strftime(_MOMENT)
    return {
        "schema": "classroom50/result/v1",
        "classroom": environment["CLASSROOM"],
        "assignment": environment["ASSIGNMENT"],
        "assignment_type": environment.get("ASSIGNMENT_TYPE") or "individual",
        "owner": environment["OWNER"],
        "submission": environment["SUBMISSION_TAG"],
        "commit": environment["COMMIT_URL"],
        "release": environment["RELEASE_URL"],
        "review": environment.get("REVIEW_URL") or environment["COMMIT_URL"],
        "datetime": now,
        "graded_at": now,
        "score": sum(each.score for each in judged),
        "max-score": sum(each.max_score for each in judged),
        "tests": tests,
    }


def main() -> int:
    environment = dict(os.environ)
    if missing := [name for name in _NEEDED if not environment.get(name)]:
        print(f"{', '.join(missing)}: not set, so this is no run of Classroom 50", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="kata-") as room:
        with zipfile.ZipFile(_BESIDE / "kata.zip") as archive:
            archive.extractall(room)
        root = next(Path(room).iterdir())
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "-c",
            str(root / "constraints.txt"),
            "-e",
            str(root),
        ]
        if os.environ.get("KATA_INSTALLED") != "1" and subprocess.run(pip, check=False).returncode:
            print("what the kata needs could not be installed", file=sys.stderr)
            return 3
        sys.path[:0] = [str(root), str(_BESIDE)]
        from kata_points import exercises, judge, report, summary  # pyright: ignore

        answers = Path.cwd() / "exercises"
        judged: list[Judged] = [judge(root, answers, name) for name in exercises(root)]
    print("\n".join(report(judged)))
    Path("result.json").write_text(json.dumps(result(judged, environment), indent=2), "utf-8")
    Path("release-body.md").write_text(summary(judged), "utf-8")
    if output := environment.get("GITHUB_OUTPUT"):
        total, most = sum(each.score for each in judged), sum(each.max_score for each in judged)
        with Path(output).open("a", encoding="utf-8") as file:
            file.write(
                f"status={'success' if total == most else 'failure'}\nsummary={total}/{most} points\n"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
