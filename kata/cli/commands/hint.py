"""`kata hint`: one hint at a time, from a question to near-code."""

import re

from kata.cli.errors import CommandFailed, refusal
from kata.cli.page import say, show
from kata.course.course import Course, Exercise
from kata.course.hints import HintsSeen


def hint(course: Course, exercise: Exercise, *, everything: bool, again: bool) -> None:
    seen = HintsSeen(course.root)
    count = len(exercise.hints)
    if not count:
        raise CommandFailed(f"The lesson of {exercise.name} has no hints.")
    if everything:
        show("\n\n".join(_page(exercise, number) for number in range(1, count + 1)))
        _note(seen, exercise, count)
        return
    last = seen.of(exercise)
    if again and last == 0:
        raise CommandFailed(
            f"You have not seen a hint of {exercise.name} yet: kata hint {exercise.number}"
        )
    number = last if again else last + 1
    if number > count:
        raise CommandFailed(
            f"You have seen all {count} hints of {exercise.name}. "
            f"To see them again: kata hint {exercise.number} --all. "
            f"To see the reference answer: kata solution {exercise.number} --anyway."
        )
    show(_page(exercise, number))
    _note(seen, exercise, number)


def _note(seen: HintsSeen, exercise: Exercise, number: int) -> None:
    """Remember how far the learner is. Where that cannot be written, the hint has been shown all the same."""
    try:
        seen.note(exercise, number)
    except OSError as error:
        say(f"It could not be noted, so this hint comes again: {refusal(error)}.", err=True)


def _page(exercise: Exercise, number: int) -> str:
    """A hint as a page of its own. The lesson may number its hints; said once is enough."""
    hint = exercise.hints[number - 1]
    summary = re.sub(r"^(hint\s*)?\d+\s*[·.:)-]?\s*", "", hint.summary, flags=re.IGNORECASE)
    heading = f"Hint {number} of {len(exercise.hints)} for {exercise.number}"
    return f"**{heading}{': ' + summary if summary else ''}**\n\n{hint.body}\n"
