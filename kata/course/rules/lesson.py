"""A lesson: its headings in their order, few words, and hints from a question to near-code."""

import re
from collections.abc import Iterator

from kata.course import prediction
from kata.course.course import FOLDED, Course, Exercise
from kata.course.rules.reading import shown, unwritten

HEADINGS = (
    "The situation",
    "The idea",
    "Your task",
    "Run it",
    "What to notice",
    "Hints",
    "Since the guide",
    "Further reading",
)
WORDS = 400
HINTS = 3
REMEMBERED = 2


def faults(course: Course, exercise: Exercise) -> Iterator[str]:
    place = shown(course, exercise.lesson)
    if not exercise.text:
        yield f"{place} is missing: an exercise has a lesson."
        return
    yield from unwritten(course, exercise.lesson)
    for rule in (_head, _headings, _length, _hints, _task, _links):
        for fault in rule(exercise):
            yield f"{place} {fault}"


def prose(text: str) -> str:
    """What is read as prose: without folded hints, code, tables, headings, and where links lead."""
    text = re.sub(FOLDED, "", text)
    text = re.sub(r"(?ms)^\s*(```|~~~).*?^\s*\1\s*$", "", text)
    text = re.sub(r"(?s)<!--.*?-->", "", text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return re.sub(r"(?m)^\s*(\||#|[*_]\d+ minutes).*$", "", text)


def count_words(text: str) -> int:
    return sum(any(letter.isalnum() for letter in word) for word in prose(text).split())


def _head(exercise: Exercise) -> Iterator[str]:
    first = exercise.text.splitlines()[0]
    if not re.fullmatch(rf"# {exercise.number} · \S.*", first):
        yield f"must begin with a line like `# {exercise.number} · {exercise.title}`."
    if exercise.minutes is None or len(exercise.words) != REMEMBERED:
        yield "must say under its title `*15 minutes · words: one, another*`, with two words."
    if exercise.said_form not in ("", "repair"):
        yield f"has the form {exercise.said_form!r}: it is `repair`, or not named for a stub."


def _headings(exercise: Exercise) -> Iterator[str]:
    found = list(exercise.sections)
    for heading in HEADINGS:
        if heading not in found:
            yield f"lacks the heading `## {heading}`."
        elif not exercise.sections[heading]:
            yield f"says nothing under `## {heading}`."
    for heading in found:
        if heading not in HEADINGS:
            yield f"has a heading that no lesson has: `## {heading}`."
    known = [heading for heading in found if heading in HEADINGS]
    if known != sorted(known, key=HEADINGS.index):
        yield f"has its headings in another order than {', '.join(HEADINGS)}."


def _length(exercise: Exercise) -> Iterator[str]:
    words = count_words(exercise.text)
    if words >= WORDS:
        yield f"has {words} words of prose: a lesson stays under {WORDS}."


def _hints(exercise: Exercise) -> Iterator[str]:
    hints = exercise.hints
    if len(hints) != HINTS:
        yield f"has {len(hints)} folded hints: a lesson has {HINTS}."
    if re.search("<details", exercise.text) and len(hints) != exercise.text.count("<details"):
        yield "has a <details> block without a <summary> or without an end."
    if len(re.findall(FOLDED, exercise.sections.get("Hints", ""))) != len(hints):
        yield "has folded blocks outside `## Hints`: every folded block is a hint."
    if hints and "?" not in hints[0].summary + hints[0].body:
        yield "has a first hint that asks no question."
    if len(hints) == HINTS and "```" not in hints[-1].body:
        yield "has a last hint without code: it should be nearly the code."


def _task(exercise: Exercise) -> Iterator[str]:
    if f"pytest exercises/{exercise.name}" not in exercise.sections.get("Run it", ""):
        yield f"must say `pytest exercises/{exercise.name}` under `## Run it`."
    for path in exercise.given:
        if path.name != prediction.NAME and path.name not in exercise.task:
            yield f"does not name the given file {path.name} under `## Your task`."
    for path in exercise.benches:
        if path.name not in exercise.text:
            yield f"does not name {path.name}, which nobody will find otherwise."


def _links(exercise: Exercise) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", exercise.text):
        if "://" not in target and not (exercise.folder / target).exists():
            yield f"links to {target}, which is not there."
