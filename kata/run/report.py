"""What a run shows: one failure in full, a line for each of the others, the next task, and the course map."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from _pytest._code.code import ReprFileLocation, TerminalRepr
from _pytest._io import TerminalWriter
from _pytest.terminal import TerminalReporter

from kata.course.course import Course, Exercise
from kata.course.course_map import (
    NOT_HANDED_IN,
    Standing,
    can_draw,
    just_solved,
    render,
    state_of,
)
from kata.feedback.remarks import Facts, remarks
from kata.feedback.wrapping import wrapped
from kata.run.judged import Judged
from kata.run.verdicts import Verdict

TASK_LINES = 6
"""So much of a lesson's task is shown at the end of a run; the rest is in the lesson."""


class FailureText(TerminalRepr):
    """A failure as pytest carries it: the text, and one line of it for the short summary."""

    def __init__(self, text: str, path: str, line: int, summary: str) -> None:
        self.text = text
        self.reprcrash = ReprFileLocation(path, line, summary)

    def __str__(self) -> str:  # for files, which have no width
        return self.text

    def toterminal(self, tw: TerminalWriter) -> None:
        tw.line(wrapped(self.text, tw.fullwidth) if _is_a_terminal(tw) else self.text)


def _is_a_terminal(tw: TerminalWriter) -> bool:
    stream = tw._file  # pyright: ignore[reportPrivateUsage]
    return stream is not None and stream.isatty()


class Reporter:
    """Collects the outcomes of the specs, and adapts pytest's own report to them."""

    def __init__(
        self, config: pytest.Config, judged: Judged, before: Callable[[], Mapping[str, Verdict]]
    ) -> None:
        self.config = config
        self._before = before
        self.root = judged.root
        self.answers = judged.answers
        self._came: dict[str, dict[str, list[str]]] = {}
        self._facts: dict[str, list[Facts]] = {}
        self._untouched: set[str] = set()
        self._failed: list[Any] = []
        config.pluginmanager.register(_AfterFailures(self), "kata-map")

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.CollectReport | pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        state: str = _facts(report).get("state", "")
        if state in ("not started", NOT_HANDED_IN):
            return state, "n", (state.upper(), {"yellow": True})
        return None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        facts = _facts(report)
        if not facts or (report.when != "call" and report.passed):
            return
        name = report.nodeid.rpartition("::")[2].partition("[")[0]
        self._came.setdefault(facts["exercise"], {}).setdefault(name, []).append(facts["state"])
        self._facts.setdefault(facts["exercise"], []).append(Facts.from_data(facts["facts"]))
        if facts["untouched"]:
            self._untouched.add(facts["exercise"])

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(
        self, terminalreporter: TerminalReporter
    ) -> Generator[None, object, object]:
        """Let pytest print only the first failing spec in full, unless a test was named."""
        self._failed = list(terminalreporter.stats.get("failed", []))
        named = any("::" in argument for argument in self.config.args)
        if self._failed and not named:
            specs = [report for report in self._failed if _facts(report)]
            others = [report for report in self._failed if not _facts(report)]
            terminalreporter.stats["failed"] = specs[:1] + others
        return (yield)

    def after_failures(self, terminal: TerminalReporter) -> None:
        """Runs between pytest's failures and its short summary."""
        if self._failed:
            terminal.stats["failed"] = self._failed
        if not (self._came or self._before()) or terminal.verbosity < -1:
            return
        course = Course(self.root)
        standings = [self._standing(each) for each in course.exercises]
        self._show_remarks(terminal, standings)
        self._show_task(terminal, standings)
        terminal.section("the course", sep="-")
        writer = terminal._tw  # pyright: ignore[reportPrivateUsage]
        terminal.write_line(
            render(
                standings,
                width=writer.fullwidth,
                unicode=can_draw(getattr(writer._file, "encoding", None)),  # pyright: ignore
                colour=writer.hasmarkup,
                start=self.config.invocation_params.dir,
            )
        )

    def _standing(self, exercise: Exercise) -> Standing:
        """How an exercise stands by what was run of it. Specs that were not run count nowhere."""
        came = self._came.get(exercise.name, {})
        if (verdict := self._before().get(exercise.name)) is not None:
            specs = len({name.partition("[")[0] for name in verdict.specs})
            return Standing(exercise, "solved", specs, specs, as_before=True)
        passed = sum(set(states) == {"passed"} for states in came.values())
        state = state_of(state for states in came.values() for state in states)
        if state == "solved" and len(came) < len(spec_names(exercise)):
            state = "partly run"
        if exercise.name in self._untouched:
            state = "not started"
        return Standing(exercise, state, passed, len(came), self._answer(exercise))

    def _answer(self, exercise: Exercise) -> Path | None:
        """The file that was judged, where it is not the learner's own."""
        if self.answers is not None:
            return self.answers / exercise.name / exercise.answer_file
        if one := self.config.getoption("kata_answer"):
            path = Path(self.config.invocation_params.dir, one)
            return path / exercise.answer_file if path.is_dir() else path
        return None

    def _show_remarks(self, terminal: TerminalReporter, standings: list[Standing]) -> None:
        """What there is to say of an exercise that has just been solved."""
        standing = just_solved(standings)
        if standing is None or terminal.verbosity < 0:
            return
        exercise = standing.exercise
        facts = Facts.together(self._facts.get(exercise.name, ()))
        if said := remarks(exercise.number, facts):
            writer = terminal._tw  # pyright: ignore[reportPrivateUsage]
            terminal.section(f"{exercise.number} {exercise.title} is solved", sep="-")
            for sentence in said:
                terminal.write_line(
                    wrapped(sentence, writer.fullwidth) if _is_a_terminal(writer) else sentence
                )

    def _show_task(self, terminal: TerminalReporter, standings: list[Standing]) -> None:
        """The task of an exercise that is not started stands where a failure would."""
        if any(_facts(report) for report in self._failed):
            return
        for standing in standings:
            if standing.state == "not started":
                exercise = standing.exercise
                lines = exercise.task.splitlines()
                terminal.section(f"your task: {exercise.number} {exercise.title}", sep="-")
                writer = terminal._tw  # pyright: ignore[reportPrivateUsage]
                task = "\n".join(_up_to_a_table(lines[:TASK_LINES]))
                if _is_a_terminal(writer):
                    task = wrapped(_paragraphs_joined(task), writer.fullwidth)
                terminal.write_line(task)
                if len(lines) > TASK_LINES:
                    lesson = os.path.relpath(exercise.lesson, self.config.invocation_params.dir)
                    terminal.write_line(f"(the whole task: {lesson})")
                return
            if standing.state == "started":
                return


class _AfterFailures:
    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        self._reporter.after_failures(terminalreporter)


def _paragraphs_joined(markdown: str) -> str:
    """Each paragraph in one line; a table and a list keep theirs."""
    return re.sub(r"(?<=[^\n|])\n(?=[^\n|-])", " ", markdown)


def _facts(report: object) -> dict[str, Any]:
    return getattr(report, "kata", {})


_SPEC = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


def spec_names(exercise: Exercise) -> list[str]:
    """The names of an exercise's specs, read without running anything."""
    if not exercise.spec.is_file():
        return []
    return _SPEC.findall(exercise.spec.read_text("utf-8", errors="replace"))


def _up_to_a_table(lines: Sequence[str]) -> list[str]:
    """The lines without the head of a table at their end: nobody can read a table that is cut."""
    kept = list(lines)
    while kept and (kept[-1].startswith("|") or not kept[-1].strip()):
        kept.pop()
    return kept or list(lines)
