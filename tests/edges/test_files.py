"""The files beside an answer, and what editors make of them: encodings, namesakes of libraries, changed specs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kata.course import pristine
from kata.course.course import Course
from kata.run.warm_process import Cold, WarmProcess
from kata.spec.expect import Expect
from kata.spec.world import World
from tests.helpers.clone import ROOT, Clone
from tests.helpers.made_up_course import make_course, solve
from tests.helpers.trial import handler, tried


def test_an_answer_in_another_encoding_is_read_as_python_reads_it(clone: Clone) -> None:
    answer = clone.solve("01")
    code = "# -*- coding: latin-1 -*-\n# Grüße\n" + answer.read_text("utf-8")
    answer.write_bytes(code.encode("latin-1", "replace"))

    clone.pytest(answer.parent).holds("01 First async endpoint solved 6/6")
    shown = clone.kata("solution", "01")
    shown.holds("# Grüße", "solutions/01_first_async_endpoint/main.py")
    assert shown.status == 0
    assert clone.kata("check", "01").text.count("Traceback") == 0


def test_other_files_of_the_learner_need_not_be_utf8_either(clone: Clone) -> None:
    """A lesson with a note in it, a spec, a given file and an answer that nobody can read."""
    clone.solve("02")
    for number, name in (("02", "README.md"), ("02", "vendor.py"), ("03", "main.py")):
        with (clone.exercise(number) / name).open("ab") as file:
            file.write(b"\nx = '\xfc'\n" if name == "main.py" else b"\n# \xfc\n")
    spec = next(clone.exercise("04").glob("test_*.py"))
    spec.write_bytes(spec.read_bytes() + b"\n# \xfc\n")

    ran = clone.pytest("exercises/", "-k", "02_ or 03_ or 04_")
    ran.holds("03 Fetch data started", "the file is not UTF-8 text", "kata reset --spec 04")
    clone.kata("lesson", "02").holds("02 · ")
    clone.kata("solution", "03", "--anyway").holds("the reference")


@pytest.mark.parametrize("saved", [b"\xef\xbb\xbf%b", b"crlf", b"%b\n\n\n", b"stripped"])
def test_a_stub_that_an_editor_has_only_saved_is_untouched(saved: bytes, tmp_path: Path) -> None:
    course = make_course(tmp_path, "01_first")
    exercise = course.exercise("01")
    code = exercise.answer.read_bytes()
    if saved == b"crlf":
        code = code.replace(b"\n", b"\r\n")
    elif saved == b"stripped":
        code = code.rstrip()
    else:
        code = saved % code
    exercise.answer.write_bytes(code)

    assert course.is_untouched(exercise)
    solve(course, "01_first")
    assert not course.is_untouched(exercise)


def test_pytest_and_kata_list_agree_on_what_is_not_started(clone: Clone) -> None:
    clone.keep_only("01", "02")
    answer = clone.exercise("01") / "main.py"
    code = b"\xef\xbb\xbf" + answer.read_bytes().replace(b"\n", b"\r\n")
    answer.write_bytes(code)
    (clone.exercise("02") / "main.py").unlink()

    ran = clone.pytest("exercises/", "-k", "01_ or 02_")

    ran.holds(
        "01 First async endpoint not started",
        "02 Never block the loop not started",
        "kata: exercises/02_never_block_the_loop/main.py is missing: `kata reset 02` puts the stub there.",
    )
    listed = clone.kata("list")
    listed.holds("01 First async endpoint not started", "02 Never block the loop not started")
    clone.kata("reset", "01").holds("is the stub already")


@pytest.mark.parametrize(
    ("name", "first_line", "said"),
    [
        ("httpx.py", "import httpx", "your file httpx.py hides the library of that name"),
        ("anyio", "", "your file anyio hides the library of that name"),
        ("pydantic.py", "from pydantic import Field", "your file pydantic.py hides the library"),
        ("starlette.py", "import starlette.requests", "your file starlette.py hides the library"),
        ("queue.py", "from queue import mine", "Python's own module queue comes before your file"),
    ],
)
def test_a_file_that_is_named_like_a_library(name: str, first_line: str, said: str) -> None:
    beside = name if name.endswith(".py") else f"{name}/__init__.py"
    answer = {"main.py": f"{first_line}\n{handler('return {}')}", beside: "mine = 1\n"}

    assert said in tried(answer, answers_200, serves=True).failed.came


def test_a_file_may_have_a_name_that_nobody_needs() -> None:
    names = ("rich", "models", "token", "helper")
    answer = {f"{name}.py": "mine = 1\n" for name in names}
    answer["main.py"] = f"from rich import mine\nimport models, helper\n{handler('return {}')}"

    assert tried(answer, answers_200, serves=True).passed


async def answers_200(world: World, expect: Expect) -> None:
    expect.status(await world.client.get("/"), 200)


def test_specs_that_were_changed_broken_or_deleted_are_named_and_put_back(clone: Clone) -> None:
    clone.keep_only("01", "02", "03", "04")
    for number in ("01", "02", "03", "04"):
        clone.solve(number)
    specs = {n: next(clone.exercise(n).glob("test_*.py")) for n in ("01", "02", "03")}
    before = {number: path.read_bytes() for number, path in specs.items()}
    specs["01"].write_text("def test_easy(): pass\n")
    specs["02"].write_text("async def test_broken(client:\n")
    specs["03"].unlink()
    (clone.exercise("02") / "vendor.py").write_text("")

    ran = clone.pytest("exercises/", "-k", "01_ or 02_ or 03_ or 04_")

    ran.holds(
        "test_first_async_endpoint.py is not as it was handed out: `kata reset --spec 01` puts it back.",
        "test_never_block_the_loop.py is not as it was handed out: `kata reset --spec 02`",
        "02_never_block_the_loop/vendor.py is not as it was handed out",
        "test_fetch_data.py is missing: `kata reset --spec 03` puts it back.",
        "04 Upstream errors solved 20/20",
    )
    assert "errors during collection" not in ran.text
    assert ran.status == 1
    clone.kata("list").holds("kata reset --spec 03")

    for number in ("01", "02", "03"):
        put_back = clone.kata("reset", "--spec", number)
        put_back.holds("as it was handed out")
        assert specs[number].read_bytes() == before[number]
    kept = list((clone.root / ".kata" / "backups").rglob("*.py"))
    assert sorted(path.name for path in kept) == [
        "test_first_async_endpoint.py",
        "test_never_block_the_loop.py",
        "vendor.py",
    ]
    assert "nothing to do" in clone.kata("reset", "--spec", "01").text
    ran = clone.pytest("exercises/", "-k", "01_ or 02_ or 03_")
    ran.holds("3 solved")
    assert "kata:" not in ran.text


def test_what_is_handed_out_is_what_stands_in_the_exercises() -> None:
    """If this fails, a spec or a given file was changed: `kata check` keeps it anew."""
    for exercise in Course(ROOT).exercises:
        own = {path.name for path in (*exercise.specs, *exercise.given)}
        kept = {path.name for path in pristine.kept(exercise.folder).glob("*.py")}
        assert list(pristine.changed(exercise.folder)) == []
        assert kept == own


def test_kata_check_keeps_what_a_maintainer_has_changed(clone: Clone) -> None:
    spec = next(clone.exercise("01").glob("test_*.py"))
    spec.write_text(spec.read_text().replace("two seconds", "2 seconds"))
    extra = clone.exercise("02") / "vendor.py"
    extra.rename(extra.with_name("supplier.py"))

    ran = clone.kata("check")

    assert f"specs/01_first_async_endpoint/{spec.name} is kept anew." in ran.text
    course = Course(clone.root)
    for exercise in course.exercises:
        assert list(pristine.changed(exercise.folder)) == []
    assert not (pristine.kept(clone.exercise("02")) / "vendor.py").exists()


def test_an_exercise_that_is_renamed_while_it_is_watched(clone: Clone) -> None:
    course = Course(clone.root)
    exercise = course.exercise("01")
    warm = WarmProcess(course)
    try:
        exercise.folder.rename(exercise.folder.with_name("first"))
        with pytest.raises(
            Cold, match=r"01_first_async_endpoint is not there any more\. If it was"
        ):
            warm.run(exercise)
        (exercise.folder.with_name("first")).rename(exercise.folder)
        assert len(warm.run(exercise).specs) == 6
    finally:
        warm.close()
