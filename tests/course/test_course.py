"""The course is what stands in the folders."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kata.course.course import Course, NoCourse, NoSuchExercise
from tests.helpers.made_up_course import KATA, make_course, write


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_course(tmp_path, "02_second_thing", "01_first_thing", "10_last")


def test_it_is_found_from_any_folder_inside(course: Course) -> None:
    for place in (course.root, course.folder, course.folder / "01_first_thing"):
        assert Course.find(place).root == course.root


def test_outside_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(NoCourse) as error:
        Course.find(tmp_path)
    assert str(tmp_path) in str(error.value)
    assert "is not inside the kata" in str(error.value)


@pytest.mark.parametrize("settings", ['[project]\nname = "another"\n', "not toml [", "\xff"])
def test_another_project_with_such_folders_is_not_the_kata(tmp_path: Path, settings: str) -> None:
    make_course(tmp_path, "01_first")
    (tmp_path / "pyproject.toml").write_bytes(settings.encode("latin-1"))
    with pytest.raises(NoCourse):
        Course.find(tmp_path)


def test_the_numbers_order_it(course: Course) -> None:
    assert [each.number for each in course.exercises] == ["01", "02", "10"]


def test_what_is_no_exercise_is_not_listed(course: Course) -> None:
    for name in ("__pycache__", ".cache", "notes", "3_short", "04-dashed"):
        (course.folder / name).mkdir()
    write(course.folder / "05_a_file", "")
    assert len(Course(course.root).exercises) == 3


@pytest.mark.parametrize(
    "wanted",
    [
        "2",
        "02",
        " 02 ",
        "02_second_thing",
        "second",
        "Second thing",
        "exercises/02_second_thing",
        "exercises/02_second_thing/main.py",
        "exercises\\02_second_thing\\",
    ],
)
def test_an_exercise_goes_by_many_names(course: Course, wanted: str) -> None:
    assert course.exercise(wanted).name == "02_second_thing"


@pytest.mark.parametrize("wanted", ["99", "nothing", "", "/", "۲۲"])
def test_a_wrong_name_is_told_what_there_is(course: Course, wanted: str) -> None:
    with pytest.raises(NoSuchExercise) as error:
        course.exercise(wanted)
    assert str(error.value).startswith(
        f"There is no exercise {wanted!r}. There are: 01_first_thing"
    )


def test_a_name_that_fits_two_is_told_which(course: Course) -> None:
    with pytest.raises(NoSuchExercise, match="'thing' could be any of 01_first_thing, 02_second"):
        course.exercise("thing")


def test_an_empty_course_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoSuchExercise, match="There are no exercises in"):
        make_course(tmp_path).exercise("1")


def test_the_lesson_is_taken_apart(course: Course) -> None:
    exercise = course.exercise("1")
    assert (exercise.number, exercise.title) == ("01", "First thing")
    assert (exercise.minutes, exercise.words) == (15, ("coroutine", "await"))
    assert list(exercise.sections)[:3] == ["The situation", "The idea", "Your task"]
    assert exercise.task.startswith("- `GET /first-thing` answers")
    assert "## this is code" in exercise.task


def test_the_folded_blocks_are_the_hints(course: Course) -> None:
    hints = course.exercise("1").hints
    assert [hint.summary for hint in hints] == [
        "1 · A question",
        "2 · A pointer",
        "3 · Nearly the code",
    ]
    assert hints[0].body == "What waits here?"
    assert hints[2].body.startswith("```python\nawait")


def test_without_a_lesson_the_folder_names_it(course: Course) -> None:
    exercise = course.exercise("1")
    exercise.lesson.unlink()
    assert (exercise.title, exercise.minutes, exercise.hints) == ("First thing", None, ())
    assert exercise.task == ""


def test_spec_given_files_and_benchmarks_are_told_apart(course: Course) -> None:
    exercise = course.exercise("1")
    kept = ("vendor.py", "data.json", "package/main.py", "package/deep/test_x.py")
    others = ("bench_it.py", "conftest.py", ".hidden.py", "__pycache__/main.pyc", "package/.x")
    written = ("test.db", "test.db-wal", "app.sqlite3", "server.log")
    for name in (*kept, *others, *written):
        write(exercise.folder / name, "")
    assert exercise.spec == exercise.folder / "test_first_thing.py"
    assert exercise.specs == (exercise.spec,)
    given = {each.relative_to(exercise.folder).as_posix() for each in exercise.given}
    assert given == {*kept, "predict.py"}
    assert [each.name for each in exercise.benches] == ["bench_it.py"]


def test_where_tests_are_the_answer_the_app_is_given(course: Course) -> None:
    exercise = course.exercise("10")
    assert exercise.answer_file == "main.py"
    tester = make_course(course.root, "11_test_it").exercise("11")
    write(tester.folder / "test_main.py", "")
    assert tester.answer_file == "main.py"  # a learner's own tests make no other exercise of it
    shutil.rmtree(course.root / "kata/course/specs/11_test_it")
    tester = Course(course.root).exercise("11")
    assert tester.answer_file == "test_main.py"
    assert tester.answer == tester.folder / "test_main.py"
    assert [each.name for each in tester.given] == ["main.py", "predict.py"]
    assert [each.name for each in tester.specs] == ["test_test_it.py"]
    assert Course(course.root).reference(tester).name == "test_main.py"


def test_a_missing_spec_is_named_where_it_should_stand(course: Course) -> None:
    exercise = course.exercise("1")
    exercise.spec.unlink()
    assert exercise.spec.name == "test_first_thing.py"


def test_a_gallery_keeps_files_and_folders(course: Course) -> None:
    exercise = course.exercise("1")
    gallery = course.root / "tests" / "gallery" / exercise.name / "right"
    write(gallery / "with_package" / "main.py", "")
    write(gallery / "no_answer" / "helper.py", "")
    names = [each.relative_to(gallery).as_posix() for each in course.gallery(exercise, "right")]
    assert "with_package/main.py" in names
    assert "turned_2.py" in names
    assert not any("no_answer" in name for name in names)


def test_a_place_belongs_to_an_exercise(course: Course) -> None:
    first = course.exercise("1")
    for place in (first.folder, first.answer, course.reference(first)):
        assert course.around(place) == first
    assert course.around(course.root) is None
    assert course.around(course.root.parent) is None


def test_asking_for_the_course_loads_nothing_heavy() -> None:
    code = "import sys, kata.course.course, kata.course.course_map; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=KATA.parent, capture_output=True, text=True, check=True
    )
    heavy = {"fastapi", "httpx", "pytest", "typer", "rich", "asyncio", "tomllib"}
    assert not heavy & set(ran.stdout.split())
