"""`--timeline` and `--timeline-svg=DIR`: what happened in each spec, drawn, also where it passes."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from kata.course.course_map import can_draw
from kata.feedback.text_chart import draw
from kata.run.spec_call import TIMELINE


class TimelineReport:
    """Draws the timeline of each spec into the report, and writes pictures where they are asked for."""

    def __init__(self, config: pytest.Config) -> None:
        self._shown = bool(config.getoption("kata_timeline", None))
        folder = config.getoption("kata_timeline_svg", None)
        self._folder = Path(config.invocation_params.dir, folder) if folder else None
        if self._folder is not None:
            _must_be_writable(self._folder)
        self._drawings: list[tuple[str, str]] = []
        self._written = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        timeline = item.stash.get(TIMELINE, None)
        if call.when != "call" or timeline is None:
            return report
        spans = timeline.spans
        if self._shown:
            # A report may come from another process, so the drawing travels with it.
            report.__dict__["kata_timeline"] = draw(spans) or "(nothing took time)"
        if self._folder is not None:
            from kata.feedback.svg_chart import svg

            name = f"{item.path.parent.name}-{item.name}.svg".replace("/", "-")
            title = " ".join((getattr(item, "obj", item).__doc__ or item.name).split())
            (self._folder / name).write_text(svg(spans, title), encoding="utf-8")
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        drawing: str | None = getattr(report, "kata_timeline", None)
        if drawing is not None:
            self._drawings.append((report.nodeid, drawing))
        if report.when == "call":
            self._written += 1

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        unicode = can_draw(getattr(terminalreporter._tw._file, "encoding", None))  # pyright: ignore
        for nodeid, drawing in self._drawings:
            terminalreporter.section(nodeid, sep="-")
            terminalreporter.write_line(
                drawing if unicode else drawing.encode("ascii", "replace").decode()
            )
        if self._folder is not None and self._written:
            terminalreporter.write_line(f"timelines: pictures are in {self._folder}")


def _must_be_writable(folder: Path) -> None:
    """Make the folder for pictures. Raises UsageError at once, and not when the first spec has run."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise pytest.UsageError(f"--timeline-svg={folder}: {error.strerror}") from None
