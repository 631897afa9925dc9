"""`kata new`: the folders of a new exercise, with a skeleton of each piece.

Each place where a person has to write carries the word that `kata check` looks for, so that the
check leads through the work, and ends when nothing is left to be written.
"""

import re
from pathlib import Path

import typer

from kata.cli.errors import CommandFailed, UsageError
from kata.course import prediction
from kata.course.circumstances import CIRCUMSTANCES
from kata.course.course import Course, Form
from kata.course.rules.lesson import HEADINGS
from kata.course.rules.reading import UNWRITTEN

_STUB = '''\
"""{number} · {title}. The lesson is in README.md, beside this file."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/{path}")
async def {function}() -> dict[str, str]:
    # TODO: {write} what is owed, in one sentence
    raise NotImplementedError
'''

_GIVEN = '''\
"""{number} · {title}. The lesson is in README.md, beside this file."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/{path}")
async def {function}() -> dict[str, str]:
    # {write} a program that works in a quick try, and is wrong
    return {{}}
'''

_PREDICT = '''\
"""{write} what happens, in a sentence.

What is printed first?
After how many seconds is it over?
"""

import asyncio

import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/{path}")
async def {function}() -> None:
    # {write} a small program whose course surprises
    await asyncio.sleep(1)
    print("done")


async def main(client: httpx.AsyncClient) -> None:
    await client.get("/{path}")
'''

_SPEC = '''\
"""{number} · {title}."""

# {write} specs in teaching order: body, time, overlap, errors, clean-up


async def test_it_answers(client, expect):
    """`GET /{path}` answers."""
    response = await client.get("/{path}")
    expect.json(response, {{}})
'''

_REFERENCE = '''\
"""{number} · {title}: the reference."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/{path}")
async def {function}() -> dict[str, str]:
    # {write} the answer, with comments that teach
    return {{}}
'''

_RIGHT = '''\
"""{write} the style in one sentence."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/{path}")
async def {function}() -> dict[str, str]:
    return {{}}
'''

_WRONG = '''\
"""Mistake: {write} the mistake in one sentence.

Cell: {write} the promise that it breaks (its key in docs/circumstances), and the circumstance
Caught by: test_it_answers
Reads: {write} words of the failure that teach, and that no other mistake brings
"""

from fastapi import FastAPI

app = FastAPI()


@app.get("/{path}")
async def {function}() -> dict[str, str]:
    return {{}}
'''

_REPORTS = """\
{write} one concrete paragraph

> {write} what one user reports

> {write} what another user reports

> {write} what a third user reports
"""

_UNDER = {
    "The situation": "one concrete paragraph",
    "The idea": "one idea",
    "Your task": "the exact contract: all that the specs check, and nothing else",
    "What to notice": "what to try, and what to see",
    "Since the guide": "what today's libraries changed; or that this is not in the guide",
    "Further reading": "two links",
}
_HINTS = (("A question", "a question?"), ("A pointer", "where to look"), ("Nearly the code", ""))


def new(course: Course, name: str, form: Form = "stub") -> None:
    words = re.sub(r"^\d+[_\s-]+", "", name.strip()).lower()
    slug = re.sub(r"[\s-]+", "_", words)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", slug):
        raise UsageError(
            f"{name!r} cannot be the name of a folder: use lower-case words, such as tiny_pool."
        )
    if taken := [each.name for each in course.exercises if each.name.partition("_")[2] == slug]:
        raise CommandFailed(f"An exercise of that name exists already: {taken[0]}.")
    last = max((int(exercise.number) for exercise in course.exercises), default=0)
    number = f"{last + 1:02}"
    for path, text in _pieces(course, number, slug, form).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        typer.echo(path.relative_to(course.root).as_posix())
    typer.echo(f"Next    kata check {number}")


def _pieces(course: Course, number: str, slug: str, form: Form) -> dict[Path, str]:
    values = {
        "number": number,
        "title": slug.replace("_", " ").capitalize(),
        "path": slug.replace("_", "-"),
        "function": slug,
        "write": UNWRITTEN,
    }
    name = f"{number}_{slug}"
    exercise, gallery = course.folder / name, course.root / "tests" / "gallery" / name
    stub = (_GIVEN if form == "repair" else _STUB).format(**values)
    return {
        exercise / "README.md": _lesson(name, form, **values),
        exercise / "main.py": stub,
        exercise / prediction.NAME: _PREDICT.format(**values),
        exercise / f"test_{slug}.py": _SPEC.format(**values),
        course.root / "kata" / "course" / "stubs" / f"{name}.py": stub,
        course.root / "docs" / "circumstances" / f"{name}.toml": _table(UNWRITTEN),
        course.solutions / name / "main.py": _REFERENCE.format(**values),
        gallery / "right" / "in_one_style.py": _RIGHT.format(**values),
        gallery / "wrong" / "one_mistake.py": _WRONG.format(**values),
    }


def _table(write: str) -> str:
    """The table of circumstances with one row, whose cells are still to be written."""
    cells = "".join(f'{key} = "{write} specs, or why not"\n' for key in CIRCUMSTANCES)
    return f'[[promise]]\nkey = "answers"\nsays = "{write} a bullet or a row of the task"\n{cells}'


def _lesson(name: str, form: Form, number: str, title: str, write: str, **_: str) -> str:
    said = "repair · " if form == "repair" else ""
    text = f"# {number} · {title}\n\n*15 minutes · {said}words: {write} one, another*\n"
    for heading in HEADINGS:
        text += f"\n## {heading}\n\n"
        if heading == "Run it":
            text += f"```\npytest exercises/{name}\n```\n"
        elif heading == "The situation" and form == "repair":
            text += _REPORTS.format(write=write)
        elif heading == "Hints":
            text += "\n".join(_hint(*hint, turn, write) for turn, hint in enumerate(_HINTS, 1))
        else:
            text += f"{write} {_UNDER[heading]}\n"
    return text


def _hint(summary: str, body: str, turn: int, write: str) -> str:
    text = f"{write} {body}" if body else f"```python\n# {write} nearly the code\n```"
    return f"<details><summary>{turn} · {summary}</summary>\n\n{text}\n\n</details>\n"
