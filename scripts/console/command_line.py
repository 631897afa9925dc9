"""The options that the commands have in common, and values that are refused in one sentence."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from kata.course.course import Course, Exercise, NoSuchExercise


def parser(said: str | None) -> argparse.ArgumentParser:
    """A parser whose `--help` shows a command's docstring as it is written."""
    return argparse.ArgumentParser(
        description=said, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def at_least_one(text: str) -> int:
    """The type of an option that counts something."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def add_jobs(to: argparse.ArgumentParser, default: int, what: str) -> None:
    to.add_argument("--jobs", type=at_least_one, default=default, help=f"{what} ({default})")


def exercise(course: Course, name: str, refuse: argparse.ArgumentParser) -> Exercise:
    """The exercise of that number or name; the command ends with one sentence if there is none."""
    try:
        return course.exercise(name)
    except NoSuchExercise as unknown:
        refuse.error(str(unknown))


def exercises_holding(
    course: Course, parts: Sequence[str], refuse: argparse.ArgumentParser
) -> list[Exercise]:
    """The exercises whose names hold one of the parts, or all if there are no parts."""
    names = [each.name for each in course.exercises]
    for part in parts:
        if not any(part in name for name in names):
            refuse.error(f"no exercise has {part!r} in its name; there are {', '.join(names)}")
    return [
        each for each in course.exercises if not parts or any(part in each.name for part in parts)
    ]
