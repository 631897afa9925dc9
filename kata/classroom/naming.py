"""Which exercise a name, or a text, belongs to; and which file is meant to be the answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from kata.classroom.archives import archive_stem
from kata.course.course import Course, Exercise

_WORDS = "ex|exercise|task|kata|lesson|no|nr|number|aufgabe|uebung|übung|exercice|ejercicio|esercizio|opgave"
_ALIKE = 0.85

# What browsers, file managers and platforms put to a name that was taken, and students to one that was not.
_MARK = r"(?:[ _-]*(?:\(\d+\)|\d+|copy(?: of)?|kopie|copie|copia|final|new|v\d+))"
_COUNTER = r"\((\d+)\)|(?<=[-_ ])(\d+)$"
_ROUTE = r"@\w+\s*\.\s*(get|post|put|patch|delete)\(\s*(?:path\s*=\s*)?[rf]?[\"']([^\"'\n]*)[\"']"
_ASKED = r"`(GET|POST|PUT|PATCH|DELETE) (/[^\s`?]*)"


@dataclass(frozen=True)
class Likeness:
    """How a file's name is like the name that an answer has. `counter` is the number that was put to it."""

    exact: bool
    counter: int = 0


def like_answer(name: str, answer_file: str) -> Likeness | None:
    """Whether a file is called as the answer is, but for what happens to names: `main(1).py`, `Main.py.txt`."""
    if name == answer_file:
        return Likeness(True)
    stem = re.escape(answer_file.removesuffix(".py"))
    found = re.fullmatch(
        rf"(?:copy of )?{stem}(?P<mark>{_MARK}*)\s*(?:\.py)?(?:\.txt|\.py)?", name, re.IGNORECASE
    )
    if found is None:
        return None
    counter = re.search(_COUNTER, found["mark"])
    return Likeness(False, int(counter[1] or counter[2]) if counter else 0)


@dataclass(frozen=True)
class Named:
    """An exercise that a folder's name means.

    `sure` is 3 for its very name, 2 for its words, 1 for its number alone.
    """

    exercise: Exercise
    sure: int


class Namer:
    """The names of a course's exercises, and what people make of them."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self._by_number = {int(each.number): each for each in course.exercises}
        self._folders: dict[str, Named | None] = {}

    def of_folder(self, name: str) -> Named | None:
        """The exercise that a folder's name means: `08_parallel_tasks`, `8`, `Exercise 08`, `parallel-tasks`."""
        if name not in self._folders:
            text = re.sub(r"(?i)\s*\(\d+\)$|[-_ ](?:copy|kopie)$", "", archive_stem(name) or name)
            self._folders[name] = self._named(re.sub(r"[\s.-]+", "_", text.strip().lower()))
        return self._folders[name]

    def of_file(self, name: str) -> Exercise | None:
        """The exercise that a file's name means: `08_parallel_tasks.py`, `main_08.py`, `ex8.py`."""
        stem = re.sub(r"(?:\.py)?(?:\.txt)?$", "", name, flags=re.IGNORECASE)
        stem = re.sub(r"\s*\(\d+\)$", "", stem)
        if main := re.fullmatch(
            r"(?:test_)?main_?(\d\d)|(\d\d)_?(?:test_)?main", stem, re.IGNORECASE
        ):
            return self._by_number.get(int(main[1] or main[2]))
        named = self._named(re.sub(r"[\s.-]+", "_", stem.lower()))
        return named.exercise if named else None

    def _named(self, text: str) -> Named | None:
        for exercise in self.course.exercises:
            if text in (exercise.name, _slug(exercise)):
                return Named(exercise, 3 if text == exercise.name else 2)
        found = re.fullmatch(
            rf"(?:(?:{_WORDS})_?)?0*(?P<number>\d{{1,3}})(?:_+(?P<rest>.+))?", text
        )
        if found is not None:
            exercise = self._by_number.get(int(found["number"]))
            rest = found["rest"] or ""
            return Named(exercise, 2 if rest else 1) if exercise and _fits(rest, exercise) else None
        alike = [each for each in self.course.exercises if _ratio(text, _slug(each)) >= _ALIKE]
        return Named(alike[0], 2) if len(alike) == 1 else None

    def of_head(self, text: str) -> Exercise | None:
        """The exercise that the first line of the stub names, where the student left it."""
        found = re.match(r"(?:\s|#.*\n)*[rR]?(?:\"\"\"|''')\s*0*(\d{1,3})\s*[·.:–-]\s*(.*)", text)
        exercise = self._by_number.get(int(found[1])) if found else None
        return exercise if found and exercise and found[2].startswith(exercise.title) else None

    def of_routes(self, text: str) -> Exercise | None:
        """The exercise whose routes are all there: of several, the one that asks for most."""
        has = {(method.upper(), _pattern(path)) for method, path in re.findall(_ROUTE, text)}
        fitting = [(len(asked), each) for each, asked in self._routes if asked and asked <= has]
        most = max((count for count, _ in fitting), default=0)
        best = [each for count, each in fitting if count == most]
        return best[0] if len(best) == 1 else None

    @cached_property
    def _routes(self) -> list[tuple[Exercise, set[tuple[str, str]]]]:
        return [
            (each, {(method, _pattern(path)) for method, path in re.findall(_ASKED, each.task)})
            for each in self.course.exercises
            if each.answer_file == "main.py"
        ]


def _slug(exercise: Exercise) -> str:
    return exercise.name.removeprefix(exercise.number + "_")


def _fits(rest: str, exercise: Exercise) -> bool:
    """Whether what follows a number may go with it: `08_parallel`, and not the 10 of `10_oct`."""
    slug = _slug(exercise)
    if not rest or rest in ("main", "answer", "solution", "done", "final", "copy"):
        return True
    shared = set(rest.split("_")) & set(slug.split("_"))
    return bool(shared) or _ratio(rest, slug) >= _ALIKE


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _pattern(path: str) -> str:
    """A route without the names of its parameters: `/users/1` and `/users/{user_id}` are the same."""
    parts = path.rstrip("/").split("/")
    return "/".join("{}" if re.fullmatch(r"\d+|\{.*\}", part) else part for part in parts)
