"""The machine's own Chromium, for the tests of pages.

Where there is none, those tests are skipped, and say so; with KATA_NEED_BROWSER=1 they fail instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def missing() -> str:
    """What is lacking for a test in a browser, or ""."""
    try:
        import_module("playwright.sync_api")
        _axe()
    except ImportError as error:
        return f"NO PAGE WAS LOOKED AT: {error}. Install the group `browser`."
    if _path() is None:
        return "NO PAGE WAS LOOKED AT: there is no Chromium here. Install it, or set KATA_CHROMIUM."
    return ""


def need() -> None:
    """Skip the module that asks, or fail where nothing may be skipped."""
    if why := missing():
        if os.environ.get("KATA_NEED_BROWSER"):
            pytest.fail(why, pytrace=False)
        pytest.skip(why, allow_module_level=True)


@contextmanager
def chromium() -> Generator[Browser]:
    """A headless browser with a profile of its own, which is thrown away."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_path(), args=list(OPTIONS))
        try:
            yield browser
        finally:
            browser.close()


def axe(page: Page) -> tuple[list[str], int]:
    """What axe-core finds in a page, a sentence each, and how many of its rules passed."""
    page.evaluate(_axe())
    found = page.evaluate("axe.run(document)")
    said = [
        f"{each['id']}: {each['help']}: {node['html']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
    return said, len(found["passes"])


@cache
def _axe() -> str:
    """The script that comes with axe-playwright-python."""
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


def _path() -> str | None:
    return os.environ.get("KATA_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
