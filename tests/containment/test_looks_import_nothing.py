"""A look of the watchdog imports nothing: it may have stopped the main thread in the middle of an import.

Python 3.11 breaks that import off then (`test_import_in_a_signal_handler` in tests/test_surprises.py).
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

BUSY = """
import time

until = time.process_time() + 0.4
while time.process_time() < until:
    pass
"""

WATCHED = """
import os
import sys
from pathlib import Path

from kata.run.engine import run_spec

written = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY | os.O_APPEND)


def watch(event, arguments):
    # A look at the threads lists a folder: so it is seen that there was one.
    if event in ("import", "os.listdir"):
        frame = sys._getframe()
        while frame is not None:
            if frame.f_code.co_name == "handler" and frame.f_code.co_filename.endswith("watchdog.py"):
                os.write(written, f"{event} {arguments[0]}\\n".encode())
            frame = frame.f_back


sys.addaudithook(watch)
run_spec(sys.argv[2], Path(sys.argv[3]))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="there is no alarm")
@pytest.mark.parametrize(
    ("exercise", "file"),
    [("01_first_async_endpoint", "main.py"), ("10_test_it_yourself", "test_main.py")],
)
def test_a_look_imports_nothing(exercise: str, file: str, tmp_path: Path) -> None:
    """While an answer is imported, and while it computes, the watchdog looks several times."""
    answer = tmp_path / file
    right = (ROOT / "solutions" / exercise / file).read_text("utf-8")
    answer.write_text(right + BUSY, "utf-8")
    seen = tmp_path / "seen"
    subprocess.run(
        [sys.executable, "-c", WATCHED, str(seen), exercise, str(answer)],
        cwd=ROOT,
        check=True,
        timeout=300,
    )
    events = seen.read_text("utf-8").splitlines()
    assert events, "the watchdog has not looked"
    assert [each for each in events if each.startswith("import ")] == []
