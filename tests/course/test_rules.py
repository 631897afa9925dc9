"""`kata check` finds every slip, and nothing in a course that keeps the rules."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kata.course.course import Course
from kata.course.gallery import BadHead, wrong_head
from kata.course.rules import faults, faults_on_paper
from kata.course.rules.lesson import count_words
from tests.helpers.made_up_course import KATA, edit, make_course, write, write_guide_table

Break = Callable[[Path], object]
"""Break one rule, given the folder of the exercise."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course that keeps every rule, to copy."""
    return make_course(tmp_path_factory.mktemp("sound"), "01_first", "02_second").root


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    shutil.copytree(sound, tmp_path / "kata")
    return tmp_path / "kata" / "exercises" / "02_second"


def found(folder: Path) -> list[str]:
    return list(faults_on_paper(Course(folder.parents[1])))


def stub(folder: Path, old: str, new: str) -> None:
    """Edit the stub in both places, as a maintainer does."""
    edit(folder / "main.py", old, new)
    shutil.copyfile(
        folder / "main.py", folder.parents[1] / "kata" / "course" / "stubs" / "02_second.py"
    )


def test_a_course_that_keeps_the_rules_has_no_fault(folder: Path) -> None:
    assert list(faults(Course(folder.parents[1]))) == []


def lesson(old: str, new: str) -> Break:
    return lambda folder: edit(folder / "README.md", old, new)


def spec(old: str, new: str) -> Break:
    return lambda folder: edit(folder / "test_second.py", old, new)


def in_stub(old: str, new: str) -> Break:
    return lambda folder: stub(folder, old, new)


def renamed(folder: Path, name: str) -> None:
    stubs = folder.parents[1] / "kata" / "course" / "stubs"
    (stubs / f"{folder.name}.py").rename(stubs / f"{name}.py")
    folder.rename(folder.with_name(name))


def gallery(folder: Path, kind: str) -> Path:
    return folder.parents[1] / "tests" / "gallery" / "02_second" / kind


GUIDE = "docs/guide-coverage.md"


def of_the_course(folder: Path, name: str) -> Path:
    return folder.parents[1] / name


def table(folder: Path) -> Path:
    return folder.parents[1] / "docs" / "circumstances" / "02_second.toml"


def in_table(old: str, new: str) -> Break:
    return lambda folder: edit(table(folder), old, new)


def wrong(old: str, new: str) -> Break:
    return lambda folder: edit(gallery(folder, "wrong") / "says_3.py", old, new)


LIFESPAN = '''\
from contextlib import asynccontextmanager


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Empty."""
    {first}
    yield


app = FastAPI(lifespan=lifespan)
'''


SLIPS: list[tuple[Break, str]] = [
    # the course as a whole
    (lambda f: renamed(f, "03_second"), "should have the number 02"),
    (lambda f: f.rename(f.with_name("03_second")), "stubs/03_second.py is missing: without it"),
    (lambda f: write(f.parent / "notes.md", ""), "notes.md is not the folder of an"),
    (lambda f: (f.parent / "Upper").mkdir(), "Upper is not the folder of an exercise"),
    (lambda f: (f.parents[1] / "solutions/09_x").mkdir(), "solutions/09_x belongs to no"),
    (lambda f: write(f.parents[1] / "kata/course/stubs/09_x.py", ""), "09_x.py belongs to no"),
    # the table of circumstances
    (lambda f: table(f).unlink(), "02_second.toml is missing: each promise of the lesson"),
    (in_table("alone =", "alone ="[:-1]), "02_second.toml is not TOML"),
    (in_table("[[promise]]", "[promise]"), "has no [[promise]]"),
    (in_table("key =", "name ="), "has a promise without `key` or `says`"),
    (in_table("again =", "twice ="), "has an unknown circumstance 'twice' for 'answers'"),
    (in_table('"nothing is slow"', '""'), "has an empty cell: slow of 'answers'"),
    (in_table('slow = "nothing is slow"', ""), "leaves out 'slow' of 'answers'"),
    (in_table('"nothing is slow"', '["test_x"]'), "names test_x for 'slow' of 'answers'"),
    (in_table('"nothing is slow"', f'"{"word " * 9}"'), "needs more than 8 words for 'slow'"),
    (lesson("after 1 second.", "after 2 seconds."), "has no row for a promise of the lesson"),
    (lesson("after 1 second.", "after 2 seconds."), "that the lesson does not promise (any more)"),
    (lambda f: write(table(f), 2 * table(f).read_text("utf-8")), "has 2 rows with the key"),
    (wrong("Cell: answers, alone", "Cell: answers, sometimes"), "must name its cell"),
    (wrong("Cell: answers, alone", "Cell: answers, again"), "which is not in its cell"),
    (wrong("Cell: answers, alone\n", ""), "does not say 'Cell:'"),
    # the lesson
    (
        lambda f: (f / "README.md").unlink(),
        "README.md is missing: an exercise has a lesson",
    ),
    (lesson("# 02 ·", "# 03 ·"), "must begin with a line like `# 02 · Second`"),
    (lesson("*15 minutes", "*A while"), "must say under its title `*15 minutes"),
    (lesson("coroutine, await", "await"), "with two words"),
    (lesson("## The idea", "## Ideas"), "lacks the heading `## The idea`"),
    (lesson("## The idea", "## Ideas"), "a heading that no lesson has: `## Ideas`"),
    (lesson("Somebody waits.", ""), "says nothing under `## The situation`"),
    (
        lambda f: (
            edit(f / "README.md", "## Run it", "## X"),
            edit(f / "README.md", "## The idea", "## Run it"),
            edit(f / "README.md", "## X", "## The idea"),
        ),
        "has its headings in another order",
    ),
    (lesson("Somebody waits.", "word " * 400), "words of prose: a lesson stays under 400"),
    (lesson("What waits here?", "Look."), "has a first hint that asks no question"),
    (
        lesson("```python\nawait asyncio.sleep(...)\n```", "x"),
        "has a last hint without code",
    ),
    (lesson("</details>\n\n<details>\n<summary>3", "\n<summary>3"), "has 2 folded hints"),
    (
        lesson("Nothing changed.", "<details><summary>x</summary>y</details>"),
        "has folded blocks outside `## Hints`",
    ),
    (lesson("<summary>2 · A pointer</summary>", ""), "a <details> block without"),
    (
        lesson("pytest exercises/02_second", "pytest"),
        "must say `pytest exercises/02_second`",
    ),
    (
        lesson("It works.", "[It](vendor.py) works."),
        "links to vendor.py, which is not there",
    ),
    (lesson("It works.", "WRITE: something"), "still to be written: something"),
    # the stub
    (lambda f: (f / "main.py").unlink(), "main.py is missing: an exercise has a stub"),
    (lambda f: edit(f / "main.py", "wait", "stay"), "differs from kata/course/stubs/02_second.py"),
    (
        lambda f: (f.parents[1] / "kata/course/stubs/02_second.py").unlink(),
        "kata/course/stubs/02_second.py is missing",
    ),
    (in_stub("# TODO:", "# "), "has 0 TODO"),
    (in_stub("# TODO:", "# TODO: TODO:"), "has 2 TODO"),
    (in_stub(" -> dict[str, bool]", ""), "answer has no type for what it returns"),
    (in_stub("answer()", "answer(name, *rest: int)"), "answer has no type for name."),
    (in_stub("@app.get", "@app.exception_handler"), "outside of a route"),
    (
        in_stub("raise NotImplementedError", "return {}"),
        "raises NotImplementedError nowhere",
    ),
    (
        in_stub("app = FastAPI()\n", LIFESPAN.format(first="pass")),
        "must be an empty `yield`",
    ),
    (in_stub("def answer(", "def answer(("), "is not Python"),
    # the spec
    (
        lambda f: (f / "test_second.py").unlink(),
        "has one spec, test_second.py; found: none",
    ),
    (lambda f: write(f / "test_more.py", ""), "found: test_more.py, test_second.py"),
    (spec("\n\nasync", "\n\nfrom main import app\n\nasync"), "imports main: a spec talks"),
    (spec("\n\nasync", "\n\nimport fastapi\n\nasync"), "imports fastapi: a spec talks"),
    (spec("\n\nasync", "\n\nfrom . import x\n\nasync"), "imports .: a spec talks"),
    (spec('"""`GET /second` answers."""', "x = 1"), "test_it_answers has no docstring"),
    (spec("async def", "def"), "test_it_answers is not async"),
    (spec("test_it", "it"), "test_second.py has no test"),
    (
        lambda f: write(f / "test_second.py", (f / "test_second.py").read_text("utf-8") * 2),
        "has 2 tests that are called test_it_answers",
    ),
    # given files
    (lambda f: write(f / "vendor.py", '"""Given."""\n'), "does not name the given file"),
    (lambda f: write(f / "vendor.py", "x = 1\n"), "vendor.py has no docstring"),
    (lambda f: write(f / "vendor.py", "x = (\n"), "vendor.py is not Python"),
    (lambda f: write(f / "bench_it.py", '"""Slow."""\n'), "does not name bench_it.py"),
    (lambda f: write(f / "conftest.py", ""), "conftest.py should not be there"),
    (
        lambda f: [
            write(folder / "vendor.py", '"""Given."""\n')
            for folder in (f, f.parents[1] / "solutions" / "02_second")
        ],
        "solutions/02_second/vendor.py is given",
    ),
    # the program to predict
    (lambda f: (f / "predict.py").unlink(), "predict.py is missing: `kata predict 02` runs it"),
    (lambda f: edit(f / "predict.py", "What is", "Why is"), "asks 'Why is printed first?'"),
    (
        lambda f: edit(f / "predict.py", "over?\n", "over?\n" + "What is printed last?\n" * 2),
        "predict.py asks 4 questions: 3 at most",
    ),
    (
        lambda f: edit(f / "predict.py", "app = ", "x = 1\n" * 40 + "app = "),
        "lines of code: it is read at a glance, with 40 at most",
    ),
    # the answers
    (
        lambda f: (f.parents[1] / "solutions/02_second/main.py").unlink(),
        "solutions/02_second/main.py is missing",
    ),
    (
        lambda f: shutil.copy(f / "main.py", f.parents[1] / "solutions/02_second/"),
        "still has NotImplementedError in it",
    ),
    (
        lambda f: edit(f.parents[1] / "solutions/02_second/main.py", "# A comment", "'' #"),
        "has no comment: a reference teaches",
    ),
    (
        lambda f: (gallery(f, "right") / "turned_0.py").unlink(),
        "right has 5 answers: a gallery has at least 6 right ones",
    ),
    (
        lambda f: (gallery(f, "wrong") / "says_0.py").unlink(),
        "wrong has 9 answers: a gallery has at least 10 wrong ones",
    ),
    (
        lambda f: edit(gallery(f, "right") / "turned_0.py", '"""Turned', 'x = """Turned'),
        "turned_0.py must begin with its style, in one sentence",
    ),
    (
        lambda f: write(
            gallery(f, "right") / "renamed.py",
            (gallery(f, "right") / "turned_4.py").read_text().replace("answer", "reply"),
        ),
        "the same answer under other names: renamed.py, turned_4.py",
    ),
    (
        lambda f: edit(gallery(f, "wrong") / "says_1.py", "Reads:", "Reading:"),
        "says_1.py: its docstring does not say 'Reads:'",
    ),
    (
        lambda f: edit(gallery(f, "wrong") / "says_1.py", "test_it", "test_that"),
        "names test_that_answers as the spec that catches it",
    ),
    (
        lambda f: edit(gallery(f, "wrong") / "says_1.py", "it says 1.", "it says 2."),
        "says_2.py says the same mistake as says_1.py",
    ),
    (
        lambda f: edit(gallery(f, "wrong") / "says_1.py", "number 1", "number 22"),
        "says_1.py reads the words of says_2.py too: number 2",
    ),
    (
        lambda f: edit(gallery(f, "wrong") / "says_1.py", "number 1", "number 2"),
        "wrong reads 9 different words: 10 mistakes have their own",
    ),
    # the kept texts
    (
        lambda f: (of_the_course(f, "tests/golden/02_second") / "says_1.txt").unlink(),
        "tests/golden/02_second/says_1.txt is missing: read the failure of says_1",
    ),
    (
        lambda f: write(of_the_course(f, "tests/golden/02_second") / "gone.txt", ""),
        "tests/golden/02_second/gone.txt belongs to no wrong answer",
    ),
    # the README
    (
        lambda f: edit(of_the_course(f, "README.md"), "| 02 Second | 15 | something |\n", ""),
        "README.md lacks a row in the table of the course: | 02 Second | 15 |",
    ),
    (
        lambda f: edit(of_the_course(f, "README.md"), "02 Second | 15", "02 Second | 20"),
        "README.md has another title or time than the lesson: | 02 Second | 15 |",
    ),
    (
        lambda f: edit(
            of_the_course(f, "README.md"), "02 Second | 15 | something", "02 Second | 15 |"
        ),
        "README.md does not say what is built in 02",
    ),
    (
        lambda f: edit(
            of_the_course(f, "README.md"), "| 02 Second", "| 03 Third | 15 | x |\n| 02 Second"
        ),
        "README.md has a row 03 for an exercise that is not there",
    ),
    (lambda f: of_the_course(f, "README.md").unlink(), "README.md lacks a row"),
    # the guide's table
    (
        lambda f: write_guide_table(Course(f.parents[1]), without="02_second"),
        "docs/guide-coverage.md has no row that 02_second holds",
    ),
    (
        lambda f: edit(
            of_the_course(f, GUIDE), "02_second::test_it_answers", "02_second::test_that"
        ),
        "docs/guide-coverage.md names 02_second::test_that, which is not there",
    ),
    (
        lambda f: (gallery(f, "wrong") / "says_0.py").unlink(),
        "names tests/gallery/02_second/wrong/says_0.py, which is not there",
    ),
    (
        lambda f: edit(of_the_course(f, GUIDE), "`02_second::", "`03_third::"),
        "names 03_third in row 2, and there is no such exercise",
    ),
    (
        lambda f: edit(of_the_course(f, GUIDE), "| 2 |", "| 3 |"),
        "does not number its rows from 1 without a gap",
    ),
    (
        lambda f: edit(of_the_course(f, GUIDE), "2 rows: 2 claims", "3 rows: 3 claims"),
        "must say above its rows that it has 2 rows: 2 claims and 0 code blocks",
    ),
    (
        lambda f: edit(of_the_course(f, GUIDE), "| 2 | claim", "| 2 | hope"),
        "calls row 2 'hope': it is a claim, or code",
    ),
    (
        lambda f: edit(of_the_course(f, GUIDE), "| 2 | claim | it answers", "| 2 | claim | "),
        "does not say in row 2 what the guide says",
    ),
    (
        lambda f: edit(
            of_the_course(f, GUIDE), "`02_second::test_it_answers` refuses `says_0.py`", ""
        ),
        "names no spec that holds row 2",
    ),
    (
        lambda f: edit(of_the_course(f, GUIDE), "refuses `says_0.py` | |", "refuses"),
        "has 4 cells, not 5, in the row | 1 | claim",
    ),
    (
        lambda f: edit(of_the_course(f, GUIDE), "| 2 |", "| two |"),
        "has no number at the beginning of the row | two |",
    ),
    (
        lambda f: edit(of_the_course(f, GUIDE), "refuses", "accepts"),
        'does not read "`exercise::spec` refuses `answer.py`" in row 1',
    ),
    (lambda f: of_the_course(f, GUIDE).unlink(), "docs/guide-coverage.md is missing"),
]


@pytest.mark.parametrize(("slip", "fault"), SLIPS, ids=[fault for _, fault in SLIPS])
def test_each_slip_is_told(folder: Path, slip: Break, fault: str) -> None:
    slip(folder)
    assert any(fault in each for each in found(folder)), found(folder)


def test_an_exercise_of_part_two_has_a_program_to_predict_too(tmp_path: Path) -> None:
    course = make_course(tmp_path, "11_later")
    (course.exercise("11").folder / "predict.py").unlink()
    fault = "exercises/11_later/predict.py is missing: `kata predict 11` runs it."
    assert fault in list(faults_on_paper(course))


def test_an_exercise_that_is_not_in_the_guide_needs_no_row(folder: Path) -> None:
    write_guide_table(Course(folder.parents[1]), without="02_second")
    edit(folder / "README.md", "Nothing changed.", "This is not in the guide.")
    assert found(folder) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("from fastapi", "import nonsense\nfrom fastapi", "does not import: ModuleNotFoundError"),
        ("from fastapi", "import sys; sys.exit(3)\nfrom fastapi", "does not import: SystemExit: 3"),
        ("app", "application", "has no `app`"),
        (
            "app = FastAPI()\n",
            "from collections.abc import AsyncIterator\n"
            + LIFESPAN.format(first="raise RuntimeError('no')"),
            "does not start: RuntimeError: no",
        ),
    ],
)
def test_a_stub_that_does_not_start_is_told(folder: Path, old: str, new: str, fault: str) -> None:
    stub(folder, old, new)
    told = [each for each in faults(Course(folder.parents[1])) if fault in each]
    assert told, fault
    assert told[0].startswith("exercises/02_second/main.py ")


def to_repair(folder: Path) -> None:
    """Let the exercise give a program to repair, in place of a stub."""
    edit(folder / "README.md", "minutes · words", "minutes · repair · words")
    edit(
        folder / "README.md",
        "Somebody waits.",
        "Some wait.\n\n> It hangs,\n> it does.\n\n> A\n\n> B",
    )
    stub(folder, "    # TODO: wait, then answer.\n    raise NotImplementedError", "    return {}")


def test_a_program_to_repair_has_no_fault(folder: Path) -> None:
    to_repair(folder)
    assert list(faults(Course(folder.parents[1]))) == []


@pytest.mark.parametrize(
    ("slip", "fault"),
    [
        (lesson("> A\n", ""), "README.md has 2 reports of users under `## The situation`"),
        (lesson("> A\n", "> A\n\n> C\n"), "README.md has 4 reports of users"),
        (lesson("· repair ·", "· repairs ·"), "has the form 'repairs': it is `repair`"),
        (in_stub("return {}", "return {}  # TODO"), "main.py has TODO in it"),
        (in_stub("return {}", "raise NotImplementedError"), "has NotImplementedError in it"),
        (in_stub(" -> dict[str, bool]", ""), "answer has no type for what it returns"),
    ],
)
def test_each_slip_of_a_program_to_repair_is_told(folder: Path, slip: Break, fault: str) -> None:
    to_repair(folder)
    slip(folder)
    assert any(fault in each for each in found(folder)), found(folder)


def test_a_fault_begins_with_the_file(folder: Path) -> None:
    edit(folder / "README.md", "Nothing changed.", "")
    assert found(folder) == [
        "exercises/02_second/README.md says nothing under `## Since the guide`."
    ]


def test_some_exercises_can_be_chosen(folder: Path) -> None:
    (folder / "README.md").unlink()
    course = Course(folder.parents[1])
    assert not list(faults(course, [course.exercise("1")]))
    assert len(list(faults(course, [course.exercise("2")]))) == 1


def test_where_tests_are_the_answer_the_stub_owes_them_there(folder: Path) -> None:
    write(
        folder / "test_main.py", "def test_it() -> None:\n    raise NotImplementedError  # TODO\n"
    )
    told = "\n".join(found(folder))
    assert "outside of a route" not in told
    assert "has 0 TODO" not in told


def test_prose_is_what_a_person_reads() -> None:
    text = (
        "# A title\n\n*15 minutes · words: a, b*\n\n**Three** words - here.\n\n*Two* more.\n\n| a | table |\n\n"
        "```\nsome code\n```\n\n[a link](https://x.org/y)\n\n<!-- a note -->\n"
        "<details><summary>folded</summary>\n\nmany words\n\n</details>\n"
    )
    assert count_words(text) == 7


def test_the_head_of_a_wrong_answer(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.py",
        '"""Mistake: it waits\ntwice.\n\nCell: waits,\n  again\nCaught by: test_it\nReads: took 2 s: too\n  long\n"""\n',
    )
    head = wrong_head(path)
    assert (head.mistake, head.caught_by) == ("it waits twice.", "test_it")
    assert (head.cell, head.reads) == ("waits, again", "took 2 s: too long")


def test_a_wrong_answer_need_not_be_python(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.py", '"""Mistake: a\nCell: d, again\nCaught by: b\nReads: c\n"""\ndef (:\n'
    )
    assert wrong_head(path).reads == "c"
    with pytest.raises(BadHead, match="'Mistake:' and 'Cell:' and 'Caught by:' and 'Reads:'"):
        wrong_head(write(tmp_path / "y.py", "def (:\n"))


def test_the_course_itself_keeps_the_rules() -> None:
    assert list(faults(Course(KATA.parent))) == []
