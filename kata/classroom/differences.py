"""Where the two looks at an answer differ, in sentences for the teacher."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kata.classroom.results import ExerciseResult

FURTHER = "Of the further broken apps its tests notice"
"""How a sentence about apps that no student has seen begins. It stands with the look at the first spec."""


def notes_on(exercises: Iterable[ExerciseResult]) -> Iterator[str]:
    """A note for each exercise that does not do outside what it says to itself, and one about further apps."""
    for each in exercises:
        verdicts = [spec.second_look.verdict for spec in each.specs]
        if differing := verdicts.count("differs"):
            asked = differing + verdicts.count("agrees")
            left = "" if asked == each.passed else f" {each.passed - asked} could not be asked."
            yield (
                f"{each.number} says {each.passed} of {len(each.specs)} to itself, and does "
                f"{asked - differing} of {asked} when it is looked at from outside.{left} Read the code."
            )
        for spec in each.specs:
            if spec.second_look.text.startswith(FURTHER):
                yield f"{each.number}: {spec.second_look.text}"
