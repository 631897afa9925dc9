"""The course, read from the folders.

Nothing is registered anywhere: the number of a folder orders it, its name names it, the lesson's
heading titles it and the lesson's folded blocks are its hints. This module only looks. Files are
read when somebody asks, not at import, so that asking for one hint costs no more than reading one
lesson.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from kata.course import pristine
from kata.course.same_text import same_text

PROJECT = "fastapi-async-kata"

_LAST_OF_PART_ONE = 10

Form = Literal["stub", "repair"]
"""What a learner begins with: a stub to fill in, or a program that works and is wrong."""

# Patterns stay text until they are used: compiling them at import would cost every run, asked for
# or not.
FOLDER = r"(?P<number>\d{2,})_(?P<rest>[a-z0-9_]+)"
_HEADING = r"#\s+(?:\d+\s*[·.:–-]\s*)?(?P<title>.+)"
_FACTS = (
    r"[*_](?P<minutes>\d+)\s+minutes?\s*·\s*((?P<form>[a-z]+)\s*·\s*)?"
    r"words:\s*(?P<words>.+?)[*_]\s*$"
)
FOLDED = r"(?s)<details[^>]*>\s*<summary>(?P<summary>.*?)</summary>(?P<body>.*?)</details>"
_TAG = r"</?[a-z]+>"

# A database or a journal that a server wrote while the learner tried things out is nobody's given
# file.
_WRITTEN_BY_RUNNING = r".*(\.pyc|\.log|\.(db|sqlite3?)(-wal|-shm|-journal)?)"


class NoCourse(Exception):
    """The working folder is not inside a copy of the kata."""


class NoSuchExercise(LookupError):
    """No exercise, or more than one, goes by that name."""

    def __str__(self) -> str:  # LookupError's own children quote their argument
        return str(self.args[0])


@dataclass(frozen=True)
class Hint:
    """One folded block of a lesson."""

    summary: str
    body: str


@dataclass(frozen=True)
class Exercise:
    """One exercise. All that it is stands in its folder."""

    number: str
    name: str
    folder: Path

    @property
    def part(self) -> int:
        """1 for the exercises that follow the guide, 2 for those beyond it."""
        return 1 if int(self.number) <= _LAST_OF_PART_ONE else 2

    # -- the lesson

    @property
    def lesson(self) -> Path:
        return self.folder / "README.md"

    @cached_property
    def text(self) -> str:
        """The lesson as it stands, or nothing while there is none."""
        try:
            return self.lesson.read_text("utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    @cached_property
    def title(self) -> str:
        for line in self.text.splitlines():
            if found := re.match(_HEADING, line):
                return found["title"].strip()
        return self.name.removeprefix(self.number + "_").replace("_", " ").capitalize()

    @property
    def minutes(self) -> int | None:
        return self._facts[0]

    @property
    def words(self) -> tuple[str, ...]:
        """The words that the lesson wants remembered."""
        return self._facts[1]

    @property
    def form(self) -> Form:
        """What was handed out: the lesson says "repair", or nothing for a stub."""
        return "repair" if self.said_form == "repair" else "stub"

    @property
    def said_form(self) -> str:
        """The word for its form that stands in the lesson, which need not be one that there is."""
        return self._facts[2]

    @cached_property
    def _facts(self) -> tuple[int | None, tuple[str, ...], str]:
        for line in self.text.splitlines():
            if found := re.match(_FACTS, line.strip()):
                words = (word.strip(" `*") for word in found["words"].split(","))
                remembered = tuple(word for word in words if word)
                return int(found["minutes"]), remembered, found["form"] or ""
        return None, (), ""

    @cached_property
    def sections(self) -> dict[str, str]:
        """The text under each second-level heading, in the lesson's order."""
        return {heading: body.strip() for heading, body in _sections(self.text)}

    @property
    def task(self) -> str:
        """What is wanted: the text under "Your task"."""
        return self.sections.get("Your task", "")

    @cached_property
    def hints(self) -> tuple[Hint, ...]:
        return tuple(
            Hint(re.sub(_TAG, "", found["summary"]).strip(), found["body"].strip())
            for found in re.finditer(FOLDED, self.text)
        )

    # -- the files

    @cached_property
    def answer_file(self) -> str:
        """The name of the file that the learner writes.

        It is main.py, unless the exercise is to write tests: then it is test_main.py, and main.py is
        given. What was handed out tells which, for a learner may add such a file, or lose it; as long
        as an exercise is new, its folder does.
        """
        kept = pristine.kept(self.folder)
        sign = kept / "main.py" if kept.is_dir() else self.folder / "test_main.py"
        return "test_main.py" if sign.is_file() else "main.py"

    @property
    def answer(self) -> Path:
        """The learner's own answer; before any work it is the stub."""
        return self.folder / self.answer_file

    @property
    def specs(self) -> tuple[Path, ...]:
        found = (path for path in self._files if path.match("test_*.py"))
        return tuple(path for path in found if path != self.answer and path.parent == self.folder)

    @property
    def spec(self) -> Path:
        """The spec; where it is missing, the place where it should stand."""
        expected = self.folder / f"test_{self.name.removeprefix(self.number + '_')}.py"
        return expected if expected.is_file() else next(iter(self.specs), expected)

    @property
    def benches(self) -> tuple[Path, ...]:
        return tuple(path for path in self._files if path.match("bench_*.py"))

    @property
    def given(self) -> tuple[Path, ...]:
        """The files that the learner must not change, subfolders included."""
        return tuple(path for path in self._files if self.is_given(path.relative_to(self.folder)))

    def is_given(self, path: Path) -> bool:
        """Whether the file at this place in the folder is the kata's, and not the learner's."""
        if _is_hidden(path) or re.fullmatch(_WRITTEN_BY_RUNNING, path.name):
            return False
        if len(path.parts) > 1:
            return True
        if path.name in ("main.py", "test_main.py"):
            return path.name != self.answer_file
        return path.name not in ("README.md", "conftest.py") and not any(
            path.match(pattern) for pattern in ("test_*.py", "bench_*.py")
        )

    @property
    def _files(self) -> tuple[Path, ...]:
        # Not cached: a long-lived process such as `kata watch` must see a file that came later.
        return tuple(
            path
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and not _is_hidden(path.relative_to(self.folder))
        )


@dataclass(frozen=True)
class Course:
    """All exercises of one copy of the kata, in order."""

    root: Path

    @classmethod
    def find(cls, start: Path) -> Self:
        """The course that a folder lies in, looking upwards from it."""
        start = start.resolve()
        for folder in (start, *start.parents):
            if _is_the_kata(folder):
                return cls(folder)
        raise NoCourse(
            f"{start} is not inside the kata: go to the folder that you cloned "
            "(exercises/ and kata/ are in it) and try again."
        )

    @cached_property
    def exercises(self) -> tuple[Exercise, ...]:
        found: list[Exercise] = []
        if self.folder.is_dir():
            for path in self.folder.iterdir():
                name = re.fullmatch(FOLDER, path.name)
                if name and path.is_dir() and self._has_a_stub(path.name):
                    found.append(Exercise(name["number"], path.name, path))
        return tuple(sorted(found, key=lambda exercise: (int(exercise.number), exercise.name)))

    def _has_a_stub(self, name: str) -> bool:
        """Whether a folder is one of the course's: what a person copied or renamed has no stub."""
        stubs = self.stubs
        return (stubs / f"{name}.py").is_file() or not stubs.is_dir()

    @property
    def folder(self) -> Path:
        return self.root / "exercises"

    @property
    def stubs(self) -> Path:
        return self.root / "kata" / "course" / "stubs"

    @property
    def solutions(self) -> Path:
        return self.root / "solutions"

    def reference(self, exercise: Exercise) -> Path:
        """The reference answer: the same file name, in the exercise's folder under solutions/."""
        return self.solutions / exercise.name / exercise.answer_file

    def stub(self, exercise: Exercise) -> Path:
        """The stub as it was handed out, for who wants to begin again.

        The answer overwrites the stub in the exercise's folder, and not everybody has git; so the
        stub is kept here as well. This is where it is edited, and `kata reset` puts it in place.
        """
        return self.stubs / f"{exercise.name}.py"

    def is_untouched(self, exercise: Exercise, answer: Path | None = None) -> bool:
        """Whether an answer, by default the learner's own, is missing or still what was handed out."""
        answer = answer or exercise.answer
        return not is_there(answer) or same_text(answer, self.stub(exercise))

    def waiting(self) -> tuple[Exercise, ...]:
        """The exercises that nobody has begun, and whose turn has not come: one of an earlier part is not begun yet."""
        untouched = [each for each in self.exercises if self.is_untouched(each)]
        first = min((each.part for each in untouched), default=0)
        return tuple(each for each in untouched if each.part > first)

    def gallery(self, exercise: Exercise, kind: str) -> tuple[Path, ...]:
        """The answers that the exercise's gallery keeps, `kind` being "right" or "wrong".

        An answer is one file, or a folder with the answer and files beside it.
        """
        found: list[Path] = []
        for path in sorted((self.root / "tests" / "gallery" / exercise.name / kind).glob("*")):
            if _is_hidden(Path(path.name)):
                continue
            if path.suffix == ".py":
                found.append(path)
            elif (path / exercise.answer_file).is_file():
                found.append(path / exercise.answer_file)
        return tuple(found)

    def exercise(self, wanted: str) -> Exercise:
        """The exercise with that number, name or path, or the only one with that in its name."""
        exercises = self.exercises
        text = wanted.strip()
        if text.isdecimal():
            matches = [each for each in exercises if int(each.number) == int(text)]
        else:
            parts = text.replace("\\", "/").rstrip("/").split("/")
            matches = [each for each in exercises if each.name in parts]
            part = parts[-1].lower()
            if not matches and part:
                matches = [each for each in exercises if part.replace(" ", "_") in each.name]
                matches = matches or [each for each in exercises if part in each.title.lower()]
        if len(matches) == 1:
            return matches[0]
        if matches:
            names = ", ".join(each.name for each in matches)
            raise NoSuchExercise(f"{wanted!r} could be any of {names}: say which.")
        if not exercises:
            raise NoSuchExercise(f"There are no exercises in {self.folder}.")
        names = ", ".join(each.name for each in exercises)
        raise NoSuchExercise(f"There is no exercise {wanted!r}. There are: {names}.")

    def around(self, place: Path) -> Exercise | None:
        """The exercise that a place belongs to: in its own folder, its solution or gallery."""
        try:
            parts = place.resolve().relative_to(self.root.resolve()).parts
        except ValueError:
            return None
        return next((each for each in self.exercises if each.name in parts), None)


def is_there(path: Path) -> bool:
    """Whether something has that name, also if it is in a folder that nobody may look into."""
    try:
        path.lstat()
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def _is_the_kata(folder: Path) -> bool:
    settings = folder / "pyproject.toml"
    if not ((folder / "exercises").is_dir() and (folder / "kata").is_dir() and settings.is_file()):
        return False
    import tomllib  # only here: most folders on the way up never get this far

    try:
        project = tomllib.loads(settings.read_text("utf-8")).get("project", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return False
    return project.get("name") == PROJECT


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Heading and body of each section. A `## ` inside a block of code is code."""
    heading: str | None = None
    body: list[str] = []
    fence = ""
    for line in text.splitlines():
        mark = line.lstrip()[:3]
        if mark in ("```", "~~~") and fence in ("", mark):
            fence = "" if fence else mark
        if line.startswith("## ") and not fence:
            if heading is not None:
                yield heading, "\n".join(body)
            heading, body = line[3:].strip(), []
        else:
            body.append(line)
    if heading is not None:
        yield heading, "\n".join(body)
