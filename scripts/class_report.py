"""How long the report of a large class takes, how large its class page is, and how fast Chromium opens it.

    python scripts/class_report.py [--students 3000] [--picture docs/pictures/class-report.png]

It makes the class up, writes it down, and ends with 1 if a number is above its bound. `--picture` makes a picture
of a class of thirty instead.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.classroom import browser, made_results  # noqa: E402

REPORT_SECONDS, PAGE_BYTES, OPENED_SECONDS = 10.0, 2_000_000, 2.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--students", type=int, default=3000)
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    if asked.picture is not None:
        return _picture(asked.picture)
    students: int = asked.students
    with tempfile.TemporaryDirectory() as room:
        results, pages = Path(room, "results"), Path(room, "pages")
        made_results.write(made_results.a_class(students), results)
        command = [sys.executable, "-m", "kata", "class", "report", str(results), str(pages)]
        began, before = time.perf_counter(), os.times()
        subprocess.run(command, check=True, cwd=ROOT)
        numbers = [("report", time.perf_counter() - began, REPORT_SECONDS, "s")]
        after = os.times()
        worked = after.children_user + after.children_system
        worked -= before.children_user + before.children_system
        print(f"{'report, CPU':<12} {worked:>12,.2f} s      whatever else the machine does")
        index = pages / "index.html"
        numbers.append(("class page", index.stat().st_size, PAGE_BYTES, "bytes"))
        if why := browser.missing():
            print(why)
        else:
            numbers.append(("opened", _opened(index), OPENED_SECONDS, "s"))
    for name, number, most, unit in numbers:
        print(f"{name:<12} {number:>12,.2f} {unit:<6} at most {most:,.0f}")
    return int(any(number > most for _, number, most, _ in numbers))


def _picture(to: Path) -> int:
    """The top of the class page, as it looks on a small screen at a desk."""
    from kata.classroom.report import write_report

    with tempfile.TemporaryDirectory() as room, browser.chromium() as chromium:
        results = made_results.write(made_results.a_class(30, seed=4), Path(room, "results"))
        write_report(results, Path(room, "pages"), title="Web programming, autumn")
        page = chromium.new_page(viewport={"width": 1100, "height": 1240}, color_scheme="light")
        page.goto(Path(room, "pages", "index.html").as_uri())
        to.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=to)
    return 0


def _opened(index: Path) -> float:
    """Seconds from asking for the page until its table is drawn, in a browser that has shown nothing yet."""
    with browser.chromium() as chromium:
        page = chromium.new_page()
        began = time.perf_counter()
        page.goto(index.as_uri())
        page.locator("#table tbody tr").first.wait_for()
        page.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
