"""What a run does not import, since it would wait for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.made_up_course import write
from tests.helpers.small_course import FIRST, ROOT, run_pytest, small_course

TELLS = """
import sys

LOOKED_FOR = (
    "httpx._main", "kata.run.timeline_report", "kata.suite.suite", "pydantic.v1", "pytest_benchmark.plugin", "rich",
)


def pytest_terminal_summary(terminalreporter):
    there = [name for name in LOOKED_FOR if name in sys.modules]
    terminalreporter.write_line(f"told: {there}")
"""

OLD_MODEL = """
import warnings

warnings.simplefilter("ignore")

from fastapi import FastAPI
from pydantic import v1

app = FastAPI()


class Old(v1.BaseModel):
    ok: bool


@app.get("/first")
async def answer() -> Old:
    return Old(ok=True)
"""

FROZEN = """
import gc

import pytest

seen = []


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item):
    seen.append((item.path.parent.name[:2], gc.get_freeze_count()))


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line("told: " + " ".join(f"{name}:{count}" for name, count in seen))
"""


def told_by(tmp_path: Path, *arguments: str, tells: str = TELLS) -> str:
    """What the plugin `tells` says of a run, in one line: which modules of interest it has imported."""
    write(tmp_path / "tells.py", tells)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV"))}
    environment["PYTHONPATH"] = str(tmp_path)
    command = [sys.executable, "-m", "pytest", "-p", "tells", *arguments]
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert "told: " in run.stdout, run.stdout + run.stderr
    return run.stdout.partition("told: ")[2].partition("\n")[0]


def test_one_exercise_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    came = told_by(tmp_path, "exercises/01_first_async_endpoint", "--answers=solutions")
    assert came == "[]"


def test_who_names_a_benchmark_gets_the_plugin_for_it(tmp_path: Path) -> None:
    bench = "exercises/09_thousands_at_once/bench_sync_and_async.py"
    assert "pytest_benchmark.plugin" in told_by(tmp_path, bench, "--collect-only")


def test_who_gives_an_option_of_the_plugin_gets_it(tmp_path: Path) -> None:
    options = ("exercises/01_first_async_endpoint", "--benchmark-skip", "--collect-only")
    assert "pytest_benchmark.plugin" in told_by(tmp_path, *options)


def test_an_old_model_is_refused_as_fastapi_does(tmp_path: Path) -> None:
    course = small_course(tmp_path)
    write(course / "exercises" / FIRST / "main.py", OLD_MODEL)
    run = run_pytest(course, f"exercises/{FIRST}", "--seed=1")
    if sys.version_info >= (3, 14) and "Core Pydantic V1" in run.text:
        pytest.skip("pydantic's old models do not work with this Python")
    assert run.status == 1
    assert "pydantic.v1" in run.text


DESCRIBED = """
import asyncio
import gc

import httpx
from fastapi import Depends, FastAPI
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, OAuth2PasswordBearer
from pydantic import BaseModel

app = FastAPI()


class Tea(BaseModel):
    name: str


class Known(HTTPAuthorizationCredentials):
    pass


@app.get("/first", dependencies=[Depends(OAuth2PasswordBearer("token", auto_error=False))])
async def answer(told: HTTPAuthorizationCredentials | None = Depends(HTTPBearer(auto_error=False))) -> dict[str, bool]:
    await asyncio.sleep(2)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        description = (await client.get("/openapi.json")).json()
    known = Known(scheme="Bearer", credentials="x").model_dump() == {"scheme": "Bearer", "credentials": "x"}
    schemes = sorted(description["components"]["securitySchemes"])
    as_always = schemes == ["HTTPBearer", "OAuth2PasswordBearer"] and not Tea.model_config and callable(httpx.main)
    return {"ok": known and as_always and gc.isenabled()}
"""


def test_what_is_left_out_of_the_imports_is_not_missed(tmp_path: Path) -> None:
    course = small_course(tmp_path)
    write(course / "exercises" / FIRST / "main.py", DESCRIBED)
    run = run_pytest(course, f"exercises/{FIRST}")
    assert run.status == 0, run.text


def test_the_fixture_of_respx_is_there_for_tests_of_ones_own(tmp_path: Path) -> None:
    course = small_course(tmp_path)
    write(
        course / "exercises" / FIRST / "test_own.py",
        "def test_it(respx_mock):\n    assert respx_mock\n",
    )
    run = run_pytest(course, f"exercises/{FIRST}/test_own.py")
    assert "1 passed" in run.text, run.text


def test_the_garbage_collector_is_as_before_after_a_run() -> None:
    program = """
import gc, pytest
gc.set_threshold(123, 7, 5)
status = pytest.main(["-q", "exercises/01_first_async_endpoint", "--answers=solutions"])
print("collects:", gc.isenabled(), gc.get_threshold())
raise SystemExit(status)
"""
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "collects: True (123, 7, 5)" in run.stdout, run.stdout + run.stderr


def test_an_exercise_does_not_look_through_what_those_before_it_have_left(tmp_path: Path) -> None:
    chosen = ["exercises/01_first_async_endpoint", "exercises/08_parallel_tasks"]
    line = told_by(tmp_path, *chosen, "--answers=solutions", "--workers=1", tells=FROZEN)
    counts: dict[str, list[int]] = {}
    for name, _, count in (each.partition(":") for each in line.split()):
        counts.setdefault(name, []).append(int(count))
    first, second = counts["01"], counts["08"]
    assert second[0] > first[-1]
    # Within an exercise nothing is frozen: what one spec leaves is looked for by the next.
    assert all(max(each) == each[0] for each in (first, second))
