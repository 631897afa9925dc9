"""pytest without its own plugins: whatever is turned off, a failing spec is told in words."""

from __future__ import annotations

import re

import pytest
from _pytest.config import default_plugins, essential_plugins

from tests.helpers.clone import Clone

# Without this one pytest itself runs no test that is a function.
_NEEDED = {*essential_plugins, "python"}
OWN = sorted({*default_plugins} - _NEEDED)

# Where one of these is off, pytest's other plugins stop working together.
TOGETHER = [
    name for name in OWN if name not in ("terminal", "capture", "reports", "monkeypatch", "tmpdir")
]


def wrong(clone: Clone) -> None:
    answer = clone.exercise("01") / "main.py"
    answer.write_text(answer.read_text().replace("raise NotImplementedError", "return {}"))


def test_without_all_that_can_be_turned_off_together(clone: Clone) -> None:
    wrong(clone)
    ran = clone.pytest(
        "exercises/01_first_async_endpoint", *off(TOGETHER), "-o", "addopts=--import-mode=importlib"
    )
    assert "INTERNALERROR" not in ran.text, ran.text
    assert ran.status == 1
    assert re.search(r"[345] failed", ran.text)


@pytest.mark.parametrize("name", ["terminal", "capture", "debugging", "tmpdir", "assertion"])
def test_without_one(name: str, clone: Clone) -> None:
    wrong(clone)
    ran = clone.pytest("exercises/01_first_async_endpoint", *off([name]))
    assert "INTERNALERROR" not in ran.text, ran.text
    assert "Traceback" not in ran.text
    assert ran.status == 1


def off(names: list[str]) -> list[str]:
    return [part for name in names for part in ("-p", f"no:{name}")]
