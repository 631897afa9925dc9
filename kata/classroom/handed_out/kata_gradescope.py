"""The autograder of Gradescope: writes results.json, anew after each exercise, so that a time-out loses nothing.

Run as root, with the answers judged by a user of their own who may write to a folder of its own and nowhere else. What
the answer's process says of itself is believed, so a student who sets out to cheat can: look at surprising results.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kata_points import Judged, Point, exercises, judge, specs  # pyright: ignore

_AN_EXERCISE = 150.0  # seconds


def results(judged: list[Judged], seconds: float, waiting: int) -> dict[str, Any]:
    """What Gradescope reads. The score is the sum of the tests."""
    tests = [
        {
            "name": f"{each.title}: {point.name}",
            "number": f"{int(each.name[:2])}.{turn}",
            "score": int(point.passed),
            "max_score": 1,
            "status": "passed" if point.passed else "failed",
            "output": point.text,
            "output_format": "ansi",
            "visibility": "visible",
        }
        for each in judged
        for turn, point in enumerate(each.points, 1)
    ]
    output = f"{waiting} exercises were not judged: there was no time left." if waiting else ""
    return {
        "score": sum(each.score for each in judged),
        "execution_time": round(seconds),
        "output": output,
        "output_format": "text",
        "test_output_format": "ansi",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kata", type=Path, required=True)
    parser.add_argument("--answers", type=Path, required=True)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument(
        "--budget", type=float, default=480.0, help="seconds, below the platform's own limit"
    )
    parser.add_argument("--user", help="whom the answers run as")
    parser.add_argument("--one", help="judge one exercise, and print it")
    arguments = parser.parse_args()
    for name in ("kata", "answers", "results"):
        setattr(arguments, name, getattr(arguments, name).resolve())
    if arguments.one:
        print("\n" + json.dumps(asdict(judge(arguments.kata, arguments.answers, arguments.one))))
        return 0
    began = time.monotonic()
    names = exercises(arguments.kata)
    with tempfile.TemporaryDirectory(prefix="kata-answers-") as room:
        answers = _collected(arguments.kata, arguments.answers, Path(room))
        os.chmod(room, 0o755)
        judged: list[Judged] = []
        for turn, name in enumerate(names):
            left = arguments.budget - (time.monotonic() - began)
            judged.append(_judged(arguments, answers, name, min(left, _AN_EXERCISE)))
            _write(
                arguments.results, results(judged, time.monotonic() - began, len(names) - turn - 1)
            )
    return 0


def _collected(root: Path, answers: Path, room: Path) -> Path:
    """The upload laid out like `exercises/`, whatever shape it has: as `kata class collect` would."""
    command = [
        sys.executable,
        "-m",
        "kata",
        "class",
        "collect",
        str(answers),
        str(room / "all"),
        "--from",
        "student",
    ]
    subprocess.run(command, cwd=root, check=False)
    found = (
        [each for each in (room / "all").glob("[!.]*") if each.is_dir()]
        if (room / "all").is_dir()
        else []
    )
    return found[0] if found else room


def _judged(arguments: argparse.Namespace, answers: Path, name: str, seconds: float) -> Judged:
    """One exercise, judged by a process of its own that is another user's, and ended with all that it started."""
    if seconds <= 1:
        return _without(arguments.kata, name, "not judged: there was no time left")
    home = Path(tempfile.mkdtemp(prefix="kata-run-"))
    user: str | None = arguments.user
    if user:
        shutil.chown(home, user)
    command = [sys.executable, __file__, "--one", name, "--results", os.devnull]
    command += ["--kata", str(arguments.kata), "--answers", str(answers)]
    environment = {"PATH": os.defpath, "HOME": str(home), "TMPDIR": str(home), "PYTHONUTF8": "1"}
    environment["PYTHONPATH"] = str(arguments.kata)
    process = subprocess.Popen(
        command,
        cwd=arguments.kata,
        env=environment,
        stdout=subprocess.PIPE,
        start_new_session=True,
        user=user,
        group=_group(user),
        extra_groups=[] if user else None,
    )
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return _without(arguments.kata, name, f"ended after {seconds:.0f} s")
    finally:
        _end(process, user)
        shutil.rmtree(home, ignore_errors=True)
    with suppress(ValueError, TypeError, KeyError, IndexError):
        found = json.loads(said.decode("utf-8", "replace").splitlines()[-1])
        points = tuple(Point(**each) for each in found.pop("points"))
        return Judged(**found, points=points)
    return _without(arguments.kata, name, "the answer ended the process that judged it")


def _group(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd

    return pwd.getpwnam(user).pw_gid


def _end(process: subprocess.Popen[bytes], user: str | None) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if user:  # and whatever left the group: it can only be that user's
        end_all = "import os, signal; os.kill(-1, signal.SIGKILL)"
        subprocess.run([sys.executable, "-c", end_all], user=user, check=False)


def _without(root: Path, name: str, note: str) -> Judged:
    from kata.course.course import Course

    exercise = Course(root).exercise(name)
    points = tuple(
        Point(spec.removeprefix("test_").replace("_", " "), False, note)
        for spec in specs(exercise.specs)
    )
    return Judged(exercise.name, f"{exercise.number} {exercise.title}", points, 0.0, note)


def _write(path: Path, content: dict[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(content), "utf-8")
    fresh.replace(path)


if __name__ == "__main__":
    sys.exit(main())
