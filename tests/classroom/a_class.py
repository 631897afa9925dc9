"""A made-up class of thirty, ten of whom hand in oddly: shared by the tests of each platform's export."""

from __future__ import annotations

from pathlib import Path

from kata.course.course import Course
from tests.classroom.exports import LINK, Student, Work, zipped

ROOT = Path(__file__).resolve().parents[2]
COURSE = Course(ROOT)
EXERCISES = {exercise.number: exercise for exercise in COURSE.exercises}

_FIRST = ("Ada", "Grace", "Alan", "Zoë", "Łukasz", "Jean-Luc", "Mary Ann", "Björn", "Inga", "Tom")
_LAST = ("Lovelace", "Hopper", "O'Brien")


def reference(number: str) -> bytes:
    return COURSE.reference(EXERCISES[number]).read_bytes()


def stub(number: str) -> bytes:
    return COURSE.stub(EXERCISES[number]).read_bytes()


def place(number: str) -> str:
    """Where the answer stands in a folder laid out like `exercises/`."""
    return f"{EXERCISES[number].name}/{EXERCISES[number].answer_file}"


def answers(*numbers: str, below: str = "") -> Work:
    return {below + place(number): reference(number) for number in numbers or EXERCISES}


def whole_copy() -> Work:
    """The students' own copy of the kata, answered, with what lies about in a real one."""
    files = {
        f"exercises/{each.name}/{path.name}": path.read_bytes()
        for each in EXERCISES.values()
        for path in (each.lesson, *each.specs, *each.given)
    }
    junk = {
        ".venv/pyvenv.cfg": b"home = /usr/bin\n",
        ".venv/bin/python": LINK + b"/usr/bin/python3",
        ".venv/lib/site-packages/main.py": b"nothing of the student's\n",
        "node_modules/x/main.py": b"",
        "__MACOSX/exercises/._main.py": b"\0\0",
        "exercises/06_read_rows/test.db": b"SQLite format 3\0",
        "exercises/06_read_rows/__pycache__/main.cpython-311.pyc": b"\0",
        ".DS_Store": b"\0",
        "conftest.py": b"raise SystemExit\n",
        "pyproject.toml": b"[project]\nname = 'fastapi-async-kata'\n",
        "kata/course/stubs/08_parallel_tasks.py": stub("08"),
        "README.md": b"# The kata\n",
    }
    return {**files, **answers(below="exercises/"), **junk}


def _odd() -> list[Work]:
    text = reference("01").decode()
    return [
        {f"my work/kata-main/{name}": content for name, content in whole_copy().items()},
        {"kata.zip": zipped({"inner.zip": zipped(answers())})},
        {"main.py": reference("01"), "main-1.py": reference("03"), "main(2).py": reference("08")},
        {place("01"): b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()},
        {place("01") + ".txt": text.encode("utf-16")},
        {"08_parallel_tasks/main(1).py": reference("08"), "1/MAIN.PY": reference("01")},
        {place("08"): reference("08"), place("01"): LINK + b"../../../../etc/passwd"},
        {},
        {"essay.docx": b"PK\x03\x04", "answers.rar": b"Rar!"},
        {
            "bomb.zip": zipped({"08_parallel_tasks/main.py": b"#" * 40_000_000}),
            place("03"): reference("03"),
        },
    ]


EXPECTED_OF_ODD: tuple[set[str], ...] = (
    set(EXERCISES),
    set(EXERCISES),
    {"01", "03", "08"},
    {"01"},
    {"01"},
    {"01", "08"},
    {"08"},
    set(),
    set(),
    {"03"},
)
"""The exercises that are taken of each of the ten."""


def a_class() -> list[Student]:
    """Thirty students: twenty hand in all ten answers, each in a folder, and ten of `EXPECTED_OF_ODD`."""
    odd = _odd()
    students: list[Student] = []
    for number in range(30):
        work = odd[number - 20] if number >= 20 else answers()
        name = _FIRST[number % 10], f"{_LAST[number // 10]} {'ABCDEFGHIJ'[number % 10]}"
        students.append(Student(*name, 4700 + number, work, late=number == 3))
    return students
