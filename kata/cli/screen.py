"""What `kata watch` shows: one page for each verdict."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from kata.cli.commands.hint import hint
from kata.cli.commands.list import show_map
from kata.cli.errors import CommandFailed
from kata.cli.page import show
from kata.course.course import Course, Exercise
from kata.course.course_map import Standing, can_draw
from kata.feedback.remarks import Facts, remarks
from kata.feedback.wrapping import wrapped

if TYPE_CHECKING:
    from kata.run.engine import Outcomes

_COLOURS = {"passed": "green", "failed": "red", "not started": "default"}


class TerminalScreen:
    """On a terminal each verdict begins at the top of a clean screen; in a pipe they follow."""

    def __init__(self, course: Course, has_keys: bool) -> None:
        self._course = course
        self._has_keys = has_keys
        self._console = Console(highlight=False)
        drawn = can_draw(sys.stdout.encoding)
        self._marks = (
            {"passed": "✓", "failed": "✗", "not started": "○"}
            if drawn
            else {"passed": "[x]", "failed": "[!]", "not started": "[ ]"}
        )
        self._dot = "·" if drawn else "-"

    def running(self, exercise: Exercise) -> None:
        self._console.print(f"{exercise.number} {self._dot} {exercise.title}: running", style="dim")

    def verdict(self, standing: Standing, outcomes: Outcomes) -> None:
        exercise = standing.exercise
        self._begin(exercise, f"{standing.state}, {standing.passed} of {standing.total} specs pass")
        if standing.state == "not started" and exercise.form == "stub":
            show(exercise.task)
            self._say(f"Open    {_from_here(exercise.answer)}")
            self._say(f"Lesson  {_from_here(exercise.lesson)}")
            return
        for spec in outcomes.specs:
            mark = f"  {self._marks[spec.outcome]} "
            said = Text(_sentence(spec.name)).wrap(self._console, self._console.width - len(mark))
            for line in said:
                line.rstrip()
                self._console.print(Text(mark + line.plain, _COLOURS[spec.outcome]))
                mark = " " * len(mark)
        for spec in outcomes.specs:
            if spec.outcome == "failed":
                self._say("\n" + spec.text.rstrip())
                break
        if outcomes.ended:
            self._say("\n" + outcomes.ended)
        if standing.state == "solved":
            facts = Facts.together(Facts.from_data(spec.facts) for spec in outcomes.specs)
            for sentence in remarks(exercise.number, facts):
                self._say("\n" + sentence)
            self._say(f"\nSolved. Compare it with the reference: kata solution {exercise.number}")

    def trouble(self, exercise: Exercise, error: BaseException) -> None:
        from kata.run.warm_process import Cold

        self._begin(exercise, "could not be run")
        self._say(str(error) if isinstance(error, Cold) else f"{type(error).__name__}: {error}")

    def standings(self, standings: list[Standing]) -> None:
        self._clear()
        show_map(standings, Path.cwd())

    def hint(self, exercise: Exercise) -> None:
        self._say("")
        try:
            hint(self._course, exercise, everything=False, again=False)
        except CommandFailed as error:
            self._say(str(error))

    def all_solved(self) -> None:
        self._clear()
        self._say(f"All {len(self._course.exercises)} exercises are solved.")

    def keys(self) -> None:
        words = (
            "Keys: n next, h hint, l list, a run all, q quit"
            if self._has_keys
            else "Ctrl-C ends it"
        )
        self._console.print(f"\nWatching. {words}.", style="dim")

    def _begin(self, exercise: Exercise, state: str) -> None:
        self._clear()
        self._console.print(
            Text.assemble(
                (f"{exercise.number} {self._dot} {exercise.title}", "bold"), f": {state}\n"
            )
        )

    def _clear(self) -> None:
        if self._console.is_terminal:
            self._console.clear()

    def _say(self, text: str) -> None:
        # `out` takes nothing for markup, and breaks no line that already fits.
        if self._console.is_terminal:
            text = wrapped(text, self._console.width)
        self._console.out(text, highlight=False)


def _from_here(path: Path) -> str:
    try:
        return os.path.relpath(path)
    except ValueError:  # Windows: another drive
        return str(path)


def _sentence(name: str) -> str:
    """A spec's name as the sentence that it is."""
    return name.removeprefix("test_").replace("_", " ")
