"""A place in the answer is known at each moment, also where Python gives a step of it no line."""

from __future__ import annotations

from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from kata.answer.probes import Probes

SOURCE = """\
import sys


def handler(see):
    see(sys._getframe())
    raise ValueError("it failed")
"""


def without_lines(code: CodeType) -> CodeType:
    """The same code, with a table that has no line for any of its steps (see CPython's Objects/locations.md)."""
    steps = len(code.co_code) // 2
    full, rest = divmod(steps, 8)
    return code.replace(co_linetable=b"\xff" * full + (bytes([0xF8 | rest - 1]) if rest else b""))


@pytest.fixture
def handler(tmp_path: Path) -> Any:
    file = tmp_path / "main.py"
    file.write_text(SOURCE, "utf-8")
    namespace: dict[str, Any] = {}
    exec(compile(SOURCE, str(file), "exec"), namespace)
    function = namespace["handler"]
    function.__code__ = without_lines(function.__code__)
    return function


def probes_of(handler: Any) -> Probes:
    return Probes(lambda filename: filename == handler.__code__.co_filename)


def test_the_watchdog_may_look_at_a_step_that_has_no_line(handler: Any) -> None:
    probes, seen = probes_of(handler), list[tuple[int | None, tuple[str | None, str]]]()

    def look(frame: FrameType) -> None:
        seen.append((frame.f_lineno, probes.place(frame)))

    with pytest.raises(ValueError, match="it failed"):
        handler(look)

    ((line, (where, code)),) = seen
    assert line is None
    assert where is not None
    assert where.endswith("main.py:4")
    assert code == "def handler(see):"


def test_an_exception_that_has_no_line_has_a_place(handler: Any) -> None:
    probes = probes_of(handler)
    try:
        handler(id)
    except ValueError as error:
        probes.saw_raised(error, "GET /")

    (raised,) = probes.raised
    assert raised.code == "def handler(see):"
