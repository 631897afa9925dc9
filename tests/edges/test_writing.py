"""Where nothing may be written: one sentence with the path, and what needs no writing succeeds."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.helpers.clone import Clone


def test_a_hint_is_shown_although_it_cannot_be_noted(clone: Clone) -> None:
    (clone.root / ".kata").mkdir(mode=0o555)

    ran = clone.kata("hint", "01", user=True)

    ran.holds("Hint 1 of 3 for 01", ".kata", "Permission denied")
    assert ran.status == 0
    assert clone.kata("hint", "01", "--all", user=True).status == 0


def test_reset_and_new_say_what_cannot_be_written(clone: Clone) -> None:
    answer = clone.solve("01")
    (clone.root / ".kata").mkdir(mode=0o555)
    before = answer.read_bytes()

    ran = clone.kata("reset", "01", user=True)

    ran.holds(".kata", "Permission denied")
    assert ran.status == 1
    assert answer.read_bytes() == before

    (clone.root / "exercises").chmod(0o555)
    ran = clone.kata("new", "tiny_pool", user=True)
    ran.holds(f"{clone.root / 'exercises'}", "Permission denied")
    assert ran.status == 1


def test_pictures_that_cannot_be_written_are_refused_at_once(clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "slides").mkdir(mode=0o555)
    for folder in (tmp_path / "slides", tmp_path / "slides" / "new"):
        ran = clone.pytest(clone.exercise("01"), f"--timeline-svg={folder}", user=True)
        assert f"--timeline-svg={folder}: Permission denied" in ran.words
        assert "Traceback" not in ran.text
        assert ran.status == 4


def test_a_run_needs_nothing_but_a_place_for_copies(clone: Clone) -> None:
    clone.solve("01")
    for folder, _, _ in os.walk(clone.root):
        os.chmod(folder, 0o555)

    ran = clone.pytest(clone.exercise("01"), user=True)

    ran.holds("01 First async endpoint solved 6/6")
    assert ran.status == 0
    clone.kata("list", user=True).holds("01 First async endpoint solved 6/6")


def test_serve_writes_elsewhere(clone: Clone) -> None:
    clone.solve("01")
    (clone.root / ".kata").mkdir(mode=0o555)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ran = clone.started("serve", "01", f"--port={port}", "--no-reload", user=True)
    try:
        said = ""
        deadline = time.monotonic() + 60
        while "Application startup complete" not in said and time.monotonic() < deadline:
            assert ran.stdout is not None
            said += ran.stdout.readline()
    finally:
        ran.send_signal(signal.SIGINT)
        ran.communicate(timeout=60)
    assert "Permission denied: what the answer writes goes to" in said
    assert "Traceback" not in said


def test_no_place_for_copies_is_one_sentence(clone: Clone, tmp_path: Path) -> None:
    code = (
        "import sys, tempfile, pytest\n"
        "def refuse(*a, **k): raise OSError(28, 'No space left on device', '/dev/shm')\n"
        "tempfile.mkdtemp = refuse\n"
        f"sys.exit(pytest.main(['-p', 'no:cacheprovider', {str(clone.exercise('01'))!r}]))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=clone.root,
        env={**os.environ, "PYTHONPATH": str(clone.root)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (
        "there is no place for copies of the answers: /dev/shm: No space left on device"
        in ran.stdout
    )
    assert "INTERNALERROR" not in ran.stdout
    assert "Traceback" not in ran.stdout
