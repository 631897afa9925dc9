"""Exercises side by side, in workers: what is told is what one process would have told, whatever an answer does."""

from __future__ import annotations

import os
import re
import shutil
import textwrap
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.helpers.made_up_course import write
from tests.helpers.small_course import FIRST, SECOND, Run, run_pytest, small_course

pytestmark = pytest.mark.skipif(os.name != "posix", reason="workers are forked")

WRONG = """
import asyncio, os, pathlib, signal, sys, time, warnings
from fastapi import FastAPI

app = FastAPI()
{early}

@app.get("/first")
async def answer():
{body}
    await asyncio.sleep(2)
    return {{"ok": True}}
"""


def answer(body: str = "pass", early: str = "") -> str:
    return WRONG.format(body=textwrap.indent(textwrap.dedent(body).strip(), "    "), early=early)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Two exercises, with right answers in the learner's own place."""
    root = small_course(tmp_path / "kata-copy")
    for name in (FIRST, SECOND):
        shutil.copy(root / "solutions" / name / "main.py", root / "exercises" / name / "main.py")
    return root


def first_is(course: Path, source: str) -> None:
    write(course / "exercises" / FIRST / "main.py", source)


def run(course: Path, *options: str, workers: int = 2) -> Run:
    return run_pytest(course, "exercises/", f"--workers={workers}", "--seed=1", "--fresh", *options)


def without_times(text: str) -> str:
    text = re.sub(r"\d+\.\d\ds", "0.00s", text)
    text = re.sub(r"0x[0-9a-f]+", "0x0", text)
    return re.sub(r"=+", "=", text)


def test_everybody_has_a_process_of_his_own(course: Path, tmp_path: Path) -> None:
    assert len(processes_of(course, tmp_path)) == 2
    assert len(processes_of(course, tmp_path, workers=1)) == 1


def processes_of(course: Path, place: Path, *options: str, workers: int = 2) -> set[str]:
    """The numbers of the processes in which the answers are imported."""
    told = place / "processes"
    told.unlink(missing_ok=True)
    note = f"pathlib.Path({str(told)!r}).open('a').write(f'{{os.getpid()}}\\n')"
    first_is(course, answer(early=note))
    second = course / "exercises" / SECOND / "main.py"
    second.write_text(answer(early=note).replace("/first", "/second"))
    run(course, *options, workers=workers)
    return set(told.read_text().split())


@pytest.mark.parametrize(
    "options",
    [
        *(("-s",), ("--pdb",), ("--setup-show",), ("-p", "looks_on"), ("--trace",)),
        ("--capture=tee-sys",),
    ],
    ids=" ".join,
)
def test_what_needs_one_process_gets_one(
    options: tuple[str, ...], course: Path, tmp_path: Path
) -> None:
    write(course / "looks_on.py", "def pytest_runtest_call(item): pass\n")
    assert len(processes_of(course, tmp_path, *options)) == 1


def test_an_answer_with_a_breakpoint_has_the_terminal(course: Path, tmp_path: Path) -> None:
    write(course / "exercises" / SECOND / "helper.py", "def look():\n    breakpoint()\n")
    assert len(processes_of(course, tmp_path)) == 1


MISTAKES = {
    "nothing": "pass",
    "a status": "from fastapi import HTTPException\nraise HTTPException(418)",
    "blocks": "time.sleep(1)",
    "prints": "print('printed by the answer')\nraise ValueError('odd')",
    "warns": "warnings.warn('old', DeprecationWarning)\nwarnings.warn('odd', UserWarning)",
    "leaves a task": "app.state.kept = asyncio.create_task(asyncio.sleep(100))",
    "closes the streams": "sys.stdout.close()\nsys.stderr.close()",
}


@pytest.mark.parametrize("options", [(), ("-v", "-rA"), ("--tb=long", "-q")], ids=str)
@pytest.mark.parametrize("name", MISTAKES)
def test_the_same_is_told(name: str, options: tuple[str, ...], course: Path) -> None:
    first_is(course, answer(MISTAKES[name]))
    one, two = (run(course, *options, workers=number) for number in (1, 2))
    assert without_times(two.text) == without_times(one.text)
    assert (
        two.status == one.status == (0 if name in ("nothing", "warns", "closes the streams") else 1)
    )
    assert not two.left


def test_how_long_each_took_is_told(course: Path) -> None:
    came = run(course, "--durations=0", "-vv")
    assert len(re.findall(r"\d\.\d\ds call ", came.text)) == 6


def test_the_xml_is_the_same(course: Path) -> None:
    first_is(course, answer(MISTAKES["prints"]))
    told: list[list[object]] = []
    for number in (1, 2):
        place = course / f"report-{number}.xml"
        run(course, f"--junitxml={place}", workers=number)
        cases = ET.parse(place).getroot().iter("testcase")
        told.append(
            [
                (
                    {k: v for k, v in case.attrib.items() if k != "time"},
                    [
                        (each.tag, {**each.attrib}, (each.text or "").strip())
                        for each in case.iter()
                    ],
                )
                for case in cases
            ]
        )
    assert len(told[0]) == 6
    without = [[re.sub(r"'time': '[\d.]+'", "", str(case)) for case in cases] for cases in told]
    assert without[1] == without[0]


def test_the_first_failure_ends_the_run(course: Path) -> None:
    first_is(course, answer("raise ValueError"))
    one, two = (run(course, "-x", workers=number) for number in (1, 2))
    assert without_times(two.text) == without_times(one.text)
    assert "test_second" not in two.text.partition("FAILURES")[0]
    assert not two.left


def test_what_failed_last_is_known(course: Path) -> None:
    first_is(course, answer("raise ValueError"))
    cache = ("-p", "cacheprovider")
    run_pytest(course, "exercises/", "--workers=2", *cache)
    again = run_pytest(course, "exercises/", "--workers=2", "--lf", "--collect-only", "-q", *cache)
    assert "test_first.py::" in again.text
    assert "test_second.py" not in again.text


DEATHS = {
    "a kill": ("os.kill(os.getpid(), signal.SIGKILL)", "was killed, or ended itself"),
    "an exit in C": ("import ctypes; ctypes.CDLL(None)._exit(0)", "was killed, or ended itself"),
    "a crash": ("import ctypes; ctypes.string_at(0)", "crashed (Segmentation fault)"),
    "a stop": ("os.kill(os.getpid(), signal.SIGSTOP)", "was killed, or ended itself"),
}


@pytest.mark.parametrize("name", DEATHS)
def test_a_worker_that_dies_costs_its_own_exercise(name: str, course: Path) -> None:
    body, words = DEATHS[name]
    first_is(course, answer(body))
    came = run(course)
    assert came.status == 1
    assert "test_first.py FFF\n" in came.text, came.text
    assert "test_second.py ...\n" in came.text
    assert words in came.words
    assert "the run of this exercise" in came.words
    assert "the whole run" not in came.words
    assert "It was not run: the process of th" in came.words
    assert "started      0/3" in came.text
    assert not came.left


def test_what_an_answer_writes_into_every_pipe_is_not_believed(course: Path) -> None:
    forged = b'{"ends": 0}\\n'
    body = f"for n in range(3, 64):\n    try: os.write(n, {forged!r})\n    except OSError: pass\nraise ValueError"
    first_is(course, answer(body))
    came = run(course)
    assert "2 failed, 4 passed" in came.words, came.text
    assert came.status == 1


def test_a_flood_of_every_pipe_harms_nobody_else(course: Path) -> None:
    """It is cut off, or its worker is ended, whatever comes first."""
    pipes = "[n for n in range(3, 64) if pathlib.Path(f'/dev/fd/{n}').is_fifo()]"
    first_is(course, answer(f"while True:\n    for n in {pipes}: os.write(n, b'x' * 65536)"))
    came = run(course, "-k", "answers")
    assert came.status == 1
    assert "test_first.py F\n" in came.text, came.text
    assert "test_second.py .\n" in came.text
    assert not came.left


def test_of_what_an_answer_prints_both_ends_are_told(course: Path) -> None:
    # More than a worker may send: how much a loop prints until it is cut off depends on the machine.
    first_is(course, answer("print('first' + 'x' * 40_000_000 + 'last'); raise ValueError"))
    came = run(course)
    assert "2 failed, 4 passed" in came.words, came.text[-3000:]
    assert "characters are left out here" in came.words
    assert "firstxxx" in came.words
    assert "xxxlast" in came.words


def test_an_answer_that_interrupts_ends_the_run_as_ever(course: Path) -> None:
    first_is(course, answer("os.kill(os.getpid(), signal.SIGINT)"))
    one, two = (run(course, workers=number) for number in (1, 2))
    assert two.status == one.status == 2
    assert "KeyboardInterrupt" in two.text
    assert not two.left


def copies_in_memory() -> set[Path]:
    """Whoever else runs the kata on this machine, or was killed, may have some."""
    return set(Path("/dev/shm").glob("kata-*/*/01_first*"))


def test_ctrl_c_ends_all_of_them(course: Path) -> None:
    begun = course / "begun"
    body = f"pathlib.Path({str(begun)!r}).touch()\nwhile True: pass"
    first_is(course, answer(body))
    before = copies_in_memory()
    came = run_pytest(course, "exercises/", "--workers=2", "--cut-off=100", interrupt=begun.exists)
    assert came.status == 2
    assert "KeyboardInterrupt" in came.text
    assert not came.left
    assert copies_in_memory() <= before or "TMPDIR" in os.environ


def test_a_number_that_is_none(course: Path) -> None:
    came = run(course, workers=0)
    assert "--workers needs a number of processes, 1 or more" in came.words
    assert came.status == 4
