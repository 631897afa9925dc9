"""Small changes of the references are caught. The short form: the long one is `scripts/mutate.py`."""

import ast
from pathlib import Path

import pytest

pytest.importorskip("libcst", reason="the changes are made with libcst, which is not installed")

from kata.course.course import Exercise
from scripts.mutation.equivalence import arguments
from scripts.mutation.mutants import Mutant, mutants, references, sample
from scripts.mutation.run import judge
from tests.helpers.verdicts import COURSE

AT_MOST = 10  # changes of each reference: the long form takes minutes, this one half of one


def all_mutants(exercise: Exercise, path: Path) -> tuple[Mutant, ...]:
    return mutants(exercise.name, path.read_text("utf-8"))


def some_mutants(exercise: Exercise, path: Path) -> list[Mutant]:
    """One of each operator, as far as they go; another choice in each exercise."""
    said = arguments()
    of_each_kind = [
        mutant
        for mutant in sample(all_mutants(exercise, path), 1)
        if (exercise.name, mutant.name) not in said
    ]
    start = int(exercise.number) % max(1, len(of_each_kind))
    turned = of_each_kind[start:] + of_each_kind[:start]
    step = max(1, len(turned) // AT_MOST)
    return turned[::step][:AT_MOST]


@pytest.mark.parametrize(
    ("exercise", "path"),
    [pytest.param(exercise, path, id=exercise.number) for exercise, path in references(COURSE)],
)
def test_small_changes_of_the_reference_are_caught(exercise: Exercise, path: Path) -> None:
    chosen = some_mutants(exercise, path)

    survived = [mutant.name for mutant in chosen if judge(mutant).survived]
    assert chosen
    assert not survived


def test_what_is_argued_for_is_still_a_change_of_a_reference() -> None:
    names = {
        (exercise.name, mutant.name)
        for exercise, path in references(COURSE)
        for mutant in all_mutants(exercise, path)
    }

    assert set(arguments()) <= names


def test_each_change_has_a_name_of_its_own() -> None:
    for exercise, path in references(COURSE):
        names = [mutant.name for mutant in all_mutants(exercise, path)]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("reference", "changed"),
    [
        ("    await one()", "    one()"),
        ("    await gather(one(), two())", "    [await one(), await two()]"),
        ("    await gather(*(one(n) for n in x))", "    [*[await one(n) for n in x]]"),
        ("    await gather(one(), two())", "    await gather(await one(), two())"),
        ("    await sleep(2)", "    __import__('time').sleep(2)"),
        ("    await to_thread(one, 1)", "    one(1)"),
        ("    await to_thread(one, 1)", "    await to_thread(one(1))"),
        ("    group.create_task(one())", "    (await one())"),
        ("    return 404", "    return 405"),
        ("    return 'Ada'", "    return 'aDA'"),
        ("    return {'a': x, 'b': y}", "    return {'a': x}"),
        ("    return [x, y]", "    return [y, x]"),
        ("    return True", "    return False"),
        ("    return x", "    pass"),
        ("    return x", "    return"),
        ("    raise x", "    return x"),
        ("    await db.commit()", "    pass"),
        ("    db.execute('SELECT 1 WHERE a = ?', (x,))", '    db.execute(f"""SELECT 1 WHERE a = \'{x}\'""")'),
        ("    db.execute('SELECT id FROM a ORDER BY id')", "    db.execute('SELECT id FROM a')"),
        ("    f(x, timeout=1)", "    f(x)"),
        ("    if x < 1:\n        y()", "    if (x <= 1):\n        y()"),
        ("    try:\n        x()\n    finally:\n        y()", "    x()"),
        ("    try:\n        x()\n    finally:\n        y()", "    x()\n    y()"),
        (
            "    try:\n        x()\n    except ValueError:\n        y()",
            "    try:\n        x()\n    except Exception:\n        y()",
        ),
        (
            "    try:\n        x()\n    except ValueError:\n        y()",
            "    try:\n        x()\n    except TypeError:\n        y()",
        ),
        ("    try:\n        x()\n    except E:\n        y()", "    x()"),
        (
            "    async with one() as x:\n        y()",
            "    x = await (one()).__aenter__()\n    y()",
        ),
        ("    async with one() as x:\n        y()", "    x = one()\n    y()"),
        ("    async with one() as x:\n        y()", "    async with one() as x:\n        pass\n    y()"),
    ],
)  # fmt: skip
def test_the_changes_are_made(reference: str, changed: str) -> None:
    head = "async def route():\n"
    assert is_made(head + reference, head + changed)


@pytest.mark.parametrize(
    ("reference", "changed"),
    [
        ("@app.get('/a')\nasync def f(): ...\n", "@app.post('/a')\nasync def f(): ...\n"),
        ("@app.get('/a')\nasync def f(): ...\n", "async def f(): ...\n"),
        ("@app.get('/a')\nasync def f(): ...\n", "@app.get('/ax')\nasync def f(): ...\n"),
        (
            "@app.get('/a/{n}')\nasync def f(n: int): ...\n",
            "@app.get('/a/{n}')\nasync def f(n: str): ...\n",
        ),
        (
            "gate = Semaphore()\nasync def f():\n    await gate\n",
            "gate = Semaphore()\nasync def f():\n    gate = Semaphore()\n    await gate\n",
        ),
        (
            "async def f():\n    async with one() as x:\n        y(x)\n",
            "made_at_import = one()\nasync def f():\n    async with made_at_import as x:\n        y(x)\n",
        ),
    ],
)  # fmt: skip
def test_changes_outside_a_function_are_made(reference: str, changed: str) -> None:
    assert is_made(reference, changed)


def is_made(reference: str, changed: str) -> bool:
    """Whether the change is among those of the reference, whatever its spaces and brackets."""
    sources = [mutant.source for mutant in mutants("00", reference + "\n")]
    return ast.unparse(ast.parse(changed)) in [ast.unparse(ast.parse(each)) for each in sources]


def test_nothing_changes_places_with_what_is_unpacked() -> None:
    names = [each.name for each in mutants("00", "def f():\n    g(1, 2, *a, b, **c)\n")]

    assert [name for name in names if name.startswith("order")] == [
        "order in f: g(1, 2, *a, b, **c) -> g(2, 1, *a, b, **c)"
    ]
