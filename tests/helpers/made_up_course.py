"""A small course that keeps every rule, made up for the tests of what reads a course."""

import shutil
from pathlib import Path

from kata.course.course import Course, Exercise

KATA = Path(__file__).resolve().parents[2] / "kata"

LESSON = """\
# {number} · {title}

*15 minutes · words: coroutine, await*

## The situation

Somebody waits.

## The idea

Others go on meanwhile.

## Your task

- `GET /{path}` answers `{{"ok": true}}` after 1 second.

```python
## this is code, and no heading
```

## Run it

```
pytest exercises/{name}
```

## What to notice

It works.

## Hints

<details><summary>1 · A question</summary>

What waits here?

</details>

<details><summary>2 · A pointer</summary>

Look at `sleep`.

</details>

<details>
<summary>3 · Nearly the code</summary>

```python
await asyncio.sleep(...)
```

</details>

## Since the guide

Nothing changed.

## Further reading

- [FastAPI](https://fastapi.tiangolo.com/async/)
"""

STUB = '''\
"""{number} · {title}."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/{path}")
async def answer() -> dict[str, bool]:
    # TODO: wait, then answer.
    raise NotImplementedError
'''

PREDICT = '''\
"""One waits.

What is printed first?
After how many seconds is it over?
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def main() -> None:
    await asyncio.sleep(2)
    print("done")
'''

SPEC = '''\
"""What it is held to."""


async def test_it_answers(client, expect):
    """`GET /{path}` answers."""
    response = await client.get("/{path}")
    expect.json(response, {{"ok": True}})
'''

ANSWER = '''\
"""{head}"""

from fastapi import FastAPI

app = FastAPI()


@app.get("/{path}")
async def answer() -> dict[str, bool]:
    # A comment that teaches.
    {body}
'''

WRONG_HEAD = """\
Mistake: it says {number}.

Cell: answers, alone
Caught by: test_it_answers
Reads: number {number}
"""


TABLE = """\
[[promise]]
key = "answers"
says = '''`GET /{path}` answers `{{"ok": true}}` after 1 second.'''
alone = ["test_it_answers"]
again = "nothing is kept"
together = "nothing is shared"
mixed = "no parameters"
moments = "nothing is shared"
failures = "it never fails"
slow = "nothing is slow"
restart = "nothing is kept"
values = "nothing varies"
outside = "nothing is outside"
"""


def make_course(root: Path, *names: str) -> Course:
    """A repository with these exercises, such as "01_first" and "02_second"."""
    write(root / "pyproject.toml", '[project]\nname = "fastapi-async-kata"\n')
    (root / "kata").mkdir(parents=True, exist_ok=True)
    (root / "exercises").mkdir(exist_ok=True)
    for name in names:
        make_exercise(root, name)
    course = Course(root)
    write(root / "README.md", README + "".join(map(_row, course.exercises)))
    write_guide_table(course)
    return Course(root)  # one that has read nothing yet


README = """\
# A course

| exercise | minutes | what you build |
|---|---|---|
"""


def _row(exercise: Exercise) -> str:
    return f"| {exercise.number} {exercise.title} | {exercise.minutes} | something |\n"


def write_guide_table(course: Course, without: str = "") -> Path:
    """A claim for each exercise, but for one."""
    exercises = [exercise for exercise in course.exercises if exercise.name != without]
    count = len(exercises)
    lines = [
        f"The table has {count} rows: {count} claims and 0 code blocks.",
        "",
        "| No. | What | The guide | Held by | Today |",
        "|---|---|---|---|---|",
    ]
    for number, exercise in enumerate(exercises, 1):
        held = f"`{exercise.name}::test_it_answers` refuses `says_0.py`"
        lines.append(f"| {number} | claim | it answers | {held} | |")
    return write(course.root / "docs" / "guide-coverage.md", "\n".join(lines) + "\n")


def make_exercise(root: Path, name: str) -> None:
    number, _, slug = name.partition("_")
    values = {
        "number": number,
        "name": name,
        "title": slug.replace("_", " ").capitalize(),
        "path": slug.replace("_", "-"),
    }
    folder, gallery = root / "exercises" / name, root / "tests" / "gallery" / name
    write(folder / "README.md", LESSON.format(**values))
    write(folder / "main.py", STUB.format(**values))
    write(root / "kata" / "course" / "stubs" / f"{name}.py", STUB.format(**values))
    for place in (folder, root / "kata" / "course" / "specs" / name):
        write(place / f"test_{slug}.py", SPEC.format(**values))
        write(place / "predict.py", PREDICT)
    right = ANSWER.format(head="The reference.", body='return {"ok": True}', **values)
    write(root / "solutions" / name / "main.py", right)
    write(root / "docs" / "circumstances" / f"{name}.toml", TABLE.format(**values))
    for count in range(6):
        body = f"return {{'ok': {'not ' * (2 * count)}True}}"
        text = ANSWER.format(head=f"Turned over {2 * count} times.", body=body, **values)
        write(gallery / "right" / f"turned_{2 * count}.py", text)
    for count in range(10):
        head = WRONG_HEAD.format(number=count)
        text = ANSWER.format(head=head, body=f'return {{"ok": bool({count})}}', **values)
        write(gallery / "wrong" / f"says_{count}.py", text)
        write(root / "tests" / "golden" / name / f"says_{count}.txt", "It did not answer.\n")


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    write(path, text.replace(old, new))


def solve(course: Course, name: str) -> None:
    exercise = course.exercise(name)
    shutil.copyfile(course.reference(exercise), exercise.answer)
