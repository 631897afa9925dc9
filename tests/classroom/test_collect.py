"""`kata class collect`: every platform's export, every odd hand-in, and nothing written where it should not be."""

from __future__ import annotations

import errno
import io
import os
import random
import struct
import sys
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kata.classroom.clones import last_commit
from kata.classroom.collect import Collected, Wanted, collect
from kata.classroom.exports import open_export
from kata.classroom.manifest import Manifest, NoManifest, Student
from kata.classroom.members import Limits
from kata.classroom.naming import Namer, like_answer
from kata.classroom.platforms import recognised
from kata.classroom.refusal import Refusal
from kata.classroom.roster import read_roster
from kata.classroom.texts import as_utf_8
from kata.cli.app import app
from tests.classroom import exports
from tests.classroom.a_class import (
    COURSE,
    EXERCISES,
    EXPECTED_OF_ODD,
    ROOT,
    a_class,
    answers,
    place,
    reference,
    stub,
    whole_copy,
)
from tests.classroom.exports import LINK, MAKERS, Work, laid_out, zipped

# Helpers


def run(export: Path, dest: Path, wanted: Wanted | None = None) -> Collected:
    return collect(COURSE, export, dest, wanted or Wanted(), "1.0.0")


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "out" / "submissions"


def one(tmp_path: Path, dest: Path, work: Work, **wanted: object) -> Student:
    """Collect one plain folder, beside a second student who shows that the others go on."""
    laid_out(tmp_path / "class" / "ada", work)
    laid_out(tmp_path / "class" / "bob", {place("01"): reference("01")})
    done = run(tmp_path / "class", dest, Wanted(**wanted))  # type: ignore[arg-type]
    bob = done.manifest.student("bob")
    assert bob is not None
    assert bob.status == "collected"
    assert written(dest, "bob") == {place("01")}
    ada = done.manifest.student("ada")
    assert ada is not None
    return ada


def written(dest: Path, student: str) -> set[str]:
    folder = dest / student
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def told(student: Student, kind: str) -> str:
    return "\n".join(note.text for note in student.notes if note.kind == kind)


def numbers(student: Student) -> set[str]:
    return {name[:2] for name in student.exercises}


# Every platform, a class of thirty


@pytest.mark.parametrize("platform", MAKERS)
def test_a_class_of_thirty_with_ten_odd_hand_ins(platform: str, tmp_path: Path, dest: Path) -> None:
    students = a_class()
    export = MAKERS[platform](tmp_path, students)
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(dest.parent)}
    done = run(export, dest)
    by_name = {key(student.name): student for student in done.manifest.students}
    by_id = {
        next(iter(student.handins[0].ids.values())): student for student in done.manifest.students
    }
    # An empty hand-in leaves no trace in a zip; a folder or a clone shows that there is one.
    empty = students[27]
    for student, expected in zip(
        students, [set(EXERCISES)] * 20 + list(EXPECTED_OF_ODD), strict=True
    ):
        found = (
            by_id.get(str(student.number))
            or by_name.get(key(student.name))
            or by_name.get(key(student.username))
        )
        if student is empty and found is None:
            continue
        assert found is not None, student.name
        assert numbers(found) == expected, (student.name, found.notes)
        for name, taken in found.exercises.items():
            assert {f"{name}/{file.path}" for file in taken.files} <= written(dest, found.id)
            assert (dest / found.id / place(name[:2])).read_bytes() == reference(name[:2])
    assert Manifest.read(dest) == done.manifest
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(dest.parent)} == before
    inside = {each.id for each in done.manifest.students}
    assert {path.name for path in dest.iterdir()} <= inside | {"manifest.json"}
    assert not list(dest.rglob("*.zip"))


def key(name: str) -> str:
    """As names are written by Canvas, and by whoever names a folder."""
    return "".join(sorted(each for each in name.casefold() if each.isalnum()))


@pytest.mark.parametrize(
    ("platform", "ids", "folder", "file"),
    [
        ("canvas", {"user": "4711"}, None, "lovelaceada_4711_9001_main.py"),
        ("moodle", {"participant": "4711"}, "Ada Lovelace_4711_assignsubmission_file", None),
        (
            "moodle flat",
            {"participant": "4711"},
            None,
            "Ada Lovelace_4711_assignsubmission_file_main.py",
        ),
        (
            "brightspace",
            {"user": "4711", "folder": "5577"},
            "4711-5577 - Ada Lovelace - Nov 18, 2026 1022 AM",
            None,
        ),
        (
            "blackboard",
            {"username": "alovelace"},
            None,
            "The_kata_alovelace_attempt_2026-11-18-10-22-00_main.py",
        ),
        ("folders", {"folder": "alovelace"}, "alovelace", None),
        ("zips", {"folder": "alovelace"}, None, "alovelace.zip"),
        (
            "clones",
            {"repository": "kata-2026-alovelace", "username": "alovelace"},
            "kata-2026-alovelace",
            None,
        ),
    ],
)
def test_the_manifest_keeps_what_the_way_back_needs(
    platform: str,
    ids: dict[str, str],
    folder: str | None,
    file: str | None,
    tmp_path: Path,
    dest: Path,
) -> None:
    work = {"main.py": reference("08")}
    class_ = [
        exports.Student("Ada", "Lovelace", 4711, work),
        exports.Student("Bob", "Stone", 4712, work),
    ]
    done = run(MAKERS[platform](tmp_path, class_), dest)
    ada = next(
        each for each in done.manifest.students if "bob" not in each.id and "stone" not in each.id
    )
    handin = ada.handins[0]
    assert (handin.ids, handin.folder) == (ids, folder)
    assert file is None or file in handin.files
    assert handin.platform == platform.split()[0].replace("zips", "folders")
    assert handin.export == MAKERS[platform](tmp_path / "again", class_).name
    assert list(ada.exercises) == ["08_parallel_tasks"]


def test_canvas_marks_what_is_late_and_hides_who_is_anonymous(tmp_path: Path, dest: Path) -> None:
    students = [
        exports.Student("Ada", "Lovelace", 1, answers("01"), late=True),
        exports.Student("Bob", "Stone", 2, answers("01")),
    ]
    done = run(exports.canvas(tmp_path, students, anonymous=True), dest)
    assert [each.handins[0].ids for each in done.manifest.students] == [
        {"anonymous": "x1Q"},
        {"anonymous": "x2Q"},
    ]
    assert [each.handins[0].late for each in done.manifest.students] == [True, False]
    assert told(done.manifest.students[0], "late") == "canvas marks it as late"
    assert done.manifest.students[0].exercises["01_first_async_endpoint"].late is True


def test_of_two_uploads_to_canvas_the_later_one_is_taken(tmp_path: Path, dest: Path) -> None:
    files = {
        "lovelaceada_7_100_main.py": reference("08") + b"# first\n",
        "lovelaceada_7_99_main-3.py": reference("08") + b"# before it\n",
        "lovelaceada_7_101_main-1.py": reference("08") + b"# last\n",
        "lovelaceada_7_text.html": b"<p>sorry</p>",
    }
    export = tmp_path / "submissions.zip"
    export.write_bytes(zipped(files))
    done = run(export, dest)
    (ada,) = done.manifest.students
    assert (dest / ada.id / place("08")).read_bytes().endswith(b"# last\n")
    assert told(ada, "doubled").count("it was handed in later") == 2
    assert "lovelaceada_7_text.html: typed" in told(ada, "unplaced")
    assert ada.status == "partly"


@pytest.mark.parametrize("before_4_1", [True, False])
def test_moodle_before_and_since_4_1_and_blind(
    before_4_1: bool, tmp_path: Path, dest: Path
) -> None:
    students = [
        exports.Student("Ada", "Lovelace", 11, answers("01")),
        exports.Student("Bob", "Stone", 12, answers("02")),
    ]
    done = run(exports.moodle(tmp_path, students, before_4_1=before_4_1, blind=True), dest)
    assert {each.id: numbers(each) for each in done.manifest.students} == {
        "participant-11": {"01"},
        "participant-12": {"02"},
    }


def test_teams_of_moodle_are_groups_with_the_members_of_the_roster(
    tmp_path: Path, dest: Path
) -> None:
    export = exports.moodle_teams(
        tmp_path, {"Team 3": answers("01"), "Default group": answers("02")}
    )
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "name,email,group\nAda Lovelace,a@x.example,Team 3\nBob Stone,b@x.example,Team 3\nEve Low,e@x.example,\n"
    )
    done = run(export, dest, Wanted(roster=roster))
    team, nobody = done.manifest.student("team-3-70"), done.manifest.student("default-group")
    assert team is not None
    assert nobody is not None
    assert (team.kind, team.members) == ("group", ["Ada Lovelace", "Bob Stone"])
    assert (nobody.kind, nobody.members) == ("group", [])
    assert [each.name for each in done.missing] == ["Eve Low"]


@pytest.mark.parametrize("platform", ["brightspace", "blackboard"])
def test_the_last_attempt_counts_and_earlier_ones_are_told(
    platform: str, tmp_path: Path, dest: Path
) -> None:
    first = {place("01"): reference("01") + b"# first\n", place("02"): reference("02")}
    ada = exports.Student("Ada", "Lovelace", 7, answers("01"), earlier=[first])
    done = run(
        MAKERS[platform](tmp_path, [ada, exports.Student("Bob", "Stone", 8, answers("01"))]), dest
    )
    student = next(each for each in done.manifest.students if each.name == "Ada Lovelace")
    assert (dest / student.id / place("01")).read_bytes() == reference("01")
    assert numbers(student) == {"01", "02"}
    assert "it was handed in later" in told(student, "doubled")
    assert (student.handins[0].attempt, student.handins[0].submitted) == (2, "2026-11-19T10:22:00")


def test_clones_have_the_time_of_their_last_commit(tmp_path: Path, dest: Path) -> None:
    students = [
        exports.Student("Ada", "Lovelace", 1, whole_copy()),
        exports.Student("Bob", "Stone", 2, answers("01")),
    ]
    done = run(exports.clones(tmp_path, students), dest)
    ada = done.manifest.student("alovelace")
    assert ada is not None
    assert ada.handins[0].submitted == "2026-11-20T10:22:00+01:00"
    assert ada.handins[0].assignment == "kata-2026"
    assert numbers(ada) == set(EXERCISES)
    assert "git's own" in told(ada, "left out")


def test_the_settings_of_a_clone_run_nothing(tmp_path: Path) -> None:
    clones = exports.clones(tmp_path, [exports.Student("Ada", "Lovelace", 1, answers("01"))])
    clone = next(clones.iterdir())
    trap = tmp_path / "trap"
    program = f"{sys.executable} -c \"open(r'{trap}', 'w')\""
    with (clone / ".git" / "config").open("a") as config:
        config.write(
            f"[log]\n\tshowSignature = true\n[gpg]\n\tprogram = {program}\n[core]\n\tfsmonitor = {program}\n"
        )
        config.write(f"\tpager = {program}\n[alias]\n\tshow = !{program}\n")
    assert last_commit(clone) == "2026-11-20T10:22:00+01:00"
    assert not trap.exists()
    (clone / ".git" / "HEAD").write_text("ref: refs/heads/../../../x\n")
    assert last_commit(clone) is None


# Which platform it is


@pytest.mark.parametrize("platform", MAKERS)
def test_the_platform_is_recognised_from_a_zip_and_from_a_folder(
    platform: str, tmp_path: Path
) -> None:
    students = [
        exports.Student("Ada", "Lovelace", 1, answers("01")),
        exports.Student("Bob", "Stone", 2, answers("02")),
    ]
    export = MAKERS[platform](tmp_path, students)
    expected = platform.split()[0].replace("zips", "folders")
    assert recognised(open_export(export)) == expected
    if export.is_file():
        folder = tmp_path / "unpacked" / "round it"
        with zipfile.ZipFile(export) as archive:
            archive.extractall(folder)
        assert recognised(open_export(folder)) == expected
        assert recognised(open_export(folder.parent)) == expected


def test_a_platform_that_it_is_not_is_refused_with_an_example(tmp_path: Path, dest: Path) -> None:
    laid_out(tmp_path / "class" / "ada", answers("01"))
    with pytest.raises(Refusal, match="no hand-in as moodle names them"):
        run(tmp_path / "class", dest, Wanted(platform="moodle"))
    with pytest.raises(Refusal, match="no platform 'ilias'"):
        run(tmp_path / "class", dest, Wanted(platform="ilias"))


@pytest.mark.parametrize("below", ["", "exercises/", "kata-main/exercises/"])
def test_the_work_of_one_student_is_one_hand_in(below: str, tmp_path: Path, dest: Path) -> None:
    laid_out(tmp_path / "ada", answers("01", "08", below=below))
    done = run(tmp_path / "ada", dest)
    assert [numbers(each) for each in done.manifest.students] == [{"01", "08"}]


# Names


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("08_parallel_tasks", "08"),
        ("8", "08"),
        ("08", "08"),
        ("Exercise 8", "08"),
        ("ex08", "08"),
        ("08-parallel-tasks", "08"),
        ("08 Parallel Tasks", "08"),
        ("parallel_tasks", "08"),
        ("Parallel Tasks", "08"),
        ("08_parallel_task", "08"),
        ("08_parallel_tasks (1)", "08"),
        ("08_parallel_tasks.zip", "08"),
        ("Aufgabe_10", "10"),
        ("10_test_yourself", "10"),
        ("2026", None),
        ("99", None),
        ("week 3", None),
        ("10_oct", None),
        ("src", None),
        ("exercises", None),
        ("kata-main", None),
    ],
)
def test_what_a_folder_is_called(name: str, number: str | None) -> None:
    named = Namer(COURSE).of_folder(name)
    assert (named.exercise.number if named else None) == number


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("08_parallel_tasks.py", "08"),
        ("parallel_tasks.py", "08"),
        ("main_08.py", "08"),
        ("main08.py", "08"),
        ("ex8.py", "08"),
        ("8.py", "08"),
        ("main-1.py", None),
        ("main(8).py", None),
        ("main_1.py", None),
        ("helpers.py", None),
    ],
)
def test_what_a_file_is_called(name: str, number: str | None) -> None:
    found = Namer(COURSE).of_file(name)
    assert (found.number if found else None) == number


@pytest.mark.parametrize(
    ("name", "counter"),
    [
        ("main.py", 0),
        ("main(1).py", 1),
        ("main (12).py", 12),
        ("main-1.py", 1),
        ("main_2.py", 2),
        ("main.py.txt", 0),
        ("main.txt", 0),
        ("main", 0),
        ("Main.PY", 0),
        ("main - Copy.py", 0),
        ("Copy of main.py", 0),
        ("main - Copy (2).py", 2),
        ("main.py.py", 0),
        ("main_final.py", 0),
        ("domain.py", None),
        ("main.pyc", None),
        ("main.md", None),
        ("main_helper.py", None),
    ],
)
def test_what_may_be_the_answer(name: str, counter: int | None) -> None:
    like = like_answer(name, "main.py")
    assert (like.counter if like else None) == counter
    assert (like is not None and like.exact) == (name == "main.py")


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda each: each.number)
def test_an_answer_without_a_folder_is_known_by_its_routes(
    exercise: object, tmp_path: Path, dest: Path
) -> None:
    from kata.course.course import Exercise

    assert isinstance(exercise, Exercise)
    work = {exercise.answer_file: COURSE.reference(exercise).read_bytes()}
    ada = one(tmp_path, dest, work)
    assert list(ada.exercises) == [exercise.name]
    assert "was taken for" in told(ada, "moved")


def test_what_nothing_tells_is_told_and_can_be_said(tmp_path: Path, dest: Path) -> None:
    work = {"main.py": b"print('hello')\n"}
    ada = one(tmp_path, dest, work)
    assert (ada.exercises, ada.status) == ({}, "nothing" if not ada.notes else "refused")
    assert "nothing tells which exercise" in told(ada, "unplaced")
    ada = one(tmp_path, dest.with_name("other"), work, only=EXERCISES["08"])
    assert list(ada.exercises) == ["08_parallel_tasks"]


# Where files stand


def test_a_level_too_deep_and_one_too_shallow_are_put_right_and_told(
    tmp_path: Path, dest: Path
) -> None:
    deep = {
        "08_parallel_tasks/src/main.py": reference("08"),
        "08_parallel_tasks/src/steps.py": b"STEP = 1\n",
    }
    ada = one(
        tmp_path,
        dest,
        {**deep, "main.py": reference("01"), "hand in/exercises/" + place("03"): reference("03")},
    )
    assert written(dest, "ada") == {
        place("08"),
        "08_parallel_tasks/steps.py",
        place("01"),
        place("03"),
    }
    assert "one level too deep" in told(ada, "moved")
    assert "main.py was taken for 01" in told(ada, "moved")
    assert "found in hand in/exercises" in told(ada, "moved")


def test_a_number_inside_an_exercise_is_no_other_exercise(tmp_path: Path, dest: Path) -> None:
    ada = one(
        tmp_path,
        dest,
        {
            place("08"): reference("08"),
            "08_parallel_tasks/1/part.py": b"",
            "ex 03/task 1/main.py": reference("03"),
        },
    )
    assert numbers(ada) == {"08", "03"}
    assert "08_parallel_tasks/1/part.py" in written(dest, "ada")


def test_of_a_whole_copy_only_the_answers_are_taken(tmp_path: Path, dest: Path) -> None:
    mine = {
        **whole_copy(),
        "exercises/02_never_block_the_loop/vendor.py": b"def blocking_report(): ...\n",
    }
    mine["solutions/" + place("08")] = b"# not the student's\n"
    mine["tests/gallery/08_parallel_tasks/right/main.py"] = b"# not the student's\n"
    mine["exercises/08_parallel_tasks/steps.py"] = b"STEP = 1\n"
    ada = one(tmp_path, dest, mine)
    assert written(dest, "ada") == {place(number) for number in EXERCISES} | {
        "08_parallel_tasks/steps.py"
    }
    assert (dest / "ada" / place("08")).read_bytes() == reference("08")
    assert "vendor.py is not as it was handed out" in told(ada, "changed")
    assert "an environment" in told(ada, "left out")
    assert ada.status == "collected"


def test_a_stub_never_stands_before_an_answer(tmp_path: Path, dest: Path) -> None:
    copy = {f"exercises/{place(number)}": stub(number) for number in EXERCISES}
    ada = one(tmp_path, dest, {"kata.zip": zipped(copy), "main.py": reference("08")})
    assert (dest / "ada" / place("08")).read_bytes() == reference("08")
    assert [name[:2] for name, each in ada.exercises.items() if not each.untouched] == ["08"]
    assert "that is the stub" in told(ada, "doubled")


def test_of_two_files_the_newer_is_taken(tmp_path: Path, dest: Path) -> None:
    folder = laid_out(
        tmp_path / "class" / "ada" / "08_parallel_tasks",
        {"main.py": b"# old\n", "main(1).py": b"# new\n"},
    )
    os.utime(folder / "main(1).py", (1_700_000_000, 1_700_000_000))
    ada = one(tmp_path, dest, {})
    assert (dest / "ada" / place("08")).read_bytes() == b"# old\n"
    assert "main.py is taken, and 08_parallel_tasks/main(1).py is not: it is newer" in told(
        ada, "doubled"
    )
    os.utime(folder / "main(1).py")
    ada = one(tmp_path, dest.with_name("other"), {})
    assert (dest.with_name("other") / "ada" / place("08")).read_bytes() == b"# new\n"
    assert "a higher number was put to its name" in told(ada, "doubled")


def test_the_same_twice_is_no_question(tmp_path: Path, dest: Path) -> None:
    ada = one(
        tmp_path,
        dest,
        {place("08"): reference("08"), "08_parallel_tasks/main - Copy.py": reference("08")},
    )
    assert not told(ada, "doubled")
    assert "the same as" in told(ada, "left out")


# Text


@pytest.mark.parametrize(
    ("data", "done"),
    [
        (b"x = 1\n", ""),
        (b"\xef\xbb\xbfx = 1\n", "a byte order mark"),
        (b"x = 1\r\n", "Windows' line ends"),
        (b"x = 1\r", "line ends of old Macs"),
        ("x = 1\n".encode("utf-16"), "UTF-16"),
        ("x = 1\n".encode("utf-16-le"), "UTF-16"),
        ("x = 1\n".encode("utf-16-be"), "UTF-16"),
        ("x = 1\n".encode("utf-32"), "UTF-32"),
        ("x = 'é'\n".encode("cp1252"), "a Windows code page"),
        (b"# coding: latin-1\nx = '\xe9'\n", ""),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ""),
    ],
)
def test_text_becomes_utf_8(data: bytes, done: str) -> None:
    text, said = as_utf_8(data)
    assert said == done
    assert (text == data) == (not done)
    if done:
        compile(text, "main.py", "exec")
        assert b"\r" not in text


# What must not happen


def zip_of(*members: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "../../escaped.py",
        "/escaped.py",
        "C:\\escaped.py",
        "..\\..\\escaped.py",
        "a/../../b/main.py",
    ],
)
def test_no_name_leads_out(name: str, tmp_path: Path, dest: Path) -> None:
    archive = zip_of((name, b"x"), (place("08"), reference("08")))
    ada = one(tmp_path, dest, {"kata.zip": archive})
    assert written(dest, "ada") == {place("08")}
    assert {path.name for path in tmp_path.rglob("*") if "escaped" in path.name} == set()
    if ".." in name:
        assert "its name leads out of the archive" in told(ada, "refused")


@pytest.mark.parametrize("name", ["CON.py", "a:b.py", "x" * 200 + ".py", "tail.", "q?.py"])
def test_a_name_that_some_system_cannot_hold_is_not_written(
    name: str, tmp_path: Path, dest: Path
) -> None:
    archive = zip_of((place("08"), reference("08")), (f"08_parallel_tasks/{name}", b"x = 1\n"))
    ada = one(tmp_path, dest, {"kata.zip": archive})
    assert written(dest, "ada") == {place("08")}
    assert "not every system" in told(ada, "refused")


def test_names_in_windows_code_pages_and_from_macos_are_understood(
    tmp_path: Path, dest: Path
) -> None:
    def raw(name: str, encoding: str) -> bytes:
        ascii_name = "".join(
            each if each.isascii() else "?" * len(each.encode(encoding)) for each in name
        )
        return zip_of((f"08_parallel_tasks/{ascii_name}", b"x = 1\n")).replace(
            ascii_name.encode(), name.encode(encoding)
        )

    for encoding, name in (("cp850", "größe.py"), ("cp1252", "Übung é.py"), ("utf-8", "größe.py")):
        out = dest / encoding
        ada = one(
            tmp_path / encoding,
            out,
            {"kata.zip": raw(name, encoding), place("08"): reference("08")},
        )
        names = {file.origin for each in ada.exercises.values() for file in each.files}
        assert ada.status == "collected", ada.notes
        del names
        listed = open_export_of(raw(name, encoding), tmp_path / f"{encoding}.zip")
        assert listed == [f"08_parallel_tasks/{name}"]


def open_export_of(data: bytes, path: Path) -> list[str]:
    path.write_bytes(data)
    return ["/".join(each.path) for each in open_export(path).members]


BOMB = {"08_parallel_tasks/main.py": b"#" * 60_000_000}


@pytest.mark.parametrize(
    ("work", "said"),
    [
        ({"kata.zip": zipped(BOMB)}, "as in a zip bomb"),
        ({"kata.zip": zipped({"inner.zip": zipped(BOMB)})}, "as in a zip bomb"),
        (
            {
                "a.zip": zipped(
                    {"b.zip": zipped({"c.zip": zipped({"d.zip": zipped(answers("08"))})})}
                )
            },
            "and so on",
        ),
        (
            {"kata.zip": zipped({f"08_parallel_tasks/{n}.py": b"x" for n in range(2100)})},
            "more than 2,000",
        ),
        ({"kata.zip": b"PK\x03\x04 no zip at all"}, "cannot be opened as a zip"),
        ({"kata.zip": zipped(answers("08"))[:-200]}, "cannot be opened as a zip"),
        ({"kata.tar.gz": b"\x1f\x8b no gzip"}, "cannot be opened"),
        ({"kata.7z": b"7z"}, "ask for an ordinary zip"),
        (
            {"kata.zip": zipped(answers("08"), compression=zipfile.ZIP_LZMA)},
            "compressed in an unusual way",
        ),
        (
            {"kata.zip": zipped(answers("08"), compression=zipfile.ZIP_BZIP2)},
            "compressed in an unusual way",
        ),
    ],
    ids=[
        "bomb",
        "bomb in a zip",
        "depth",
        "files",
        "no zip",
        "cut off",
        "no gzip",
        "7z",
        "lzma",
        "bzip2",
    ],
)
def test_an_archive_that_cannot_be_taken_is_refused_and_the_others_go_on(
    work: Work, said: str, tmp_path: Path, dest: Path
) -> None:
    ada = one(tmp_path, dest, work)
    assert said in told(ada, "refused")
    assert ada.status == "refused"
    assert written(dest, "ada") == set()


def test_a_bomb_in_the_export_itself_is_not_unpacked(tmp_path: Path, dest: Path) -> None:
    students = [
        exports.Student("Ada", "Lovelace", 1, BOMB),
        exports.Student("Bob", "Stone", 2, answers("01")),
    ]
    done = run(exports.moodle(tmp_path, students), dest)
    assert [each.status for each in done.manifest.students] == ["refused", "collected"]
    assert "60 MB" not in told(done.manifest.students[1], "refused")
    assert "57 MB large, packed into" in told(done.manifest.students[0], "refused")


def test_a_hand_in_larger_than_allowed_is_refused_whole(tmp_path: Path, dest: Path) -> None:
    noise = {f"08_parallel_tasks/{n}.py": os.urandom(300_000) for n in range(8)}
    ada = one(tmp_path, dest, {**noise, **answers("08")}, limits=Limits(bytes=1024 * 1024))
    assert ada.exercises == {}
    assert ada.handins[0].refused == told(ada, "refused")
    assert "larger than 1 MB" in told(ada, "refused")


def test_a_size_that_lies_is_found_out(tmp_path: Path, dest: Path) -> None:
    data = bytearray(zipped({place("08"): reference("08")}))
    size = struct.pack("<L", len(reference("08")))
    small = struct.pack("<L", 10)
    ada = one(tmp_path, dest, {"kata.zip": bytes(data.replace(size, small))})
    assert "is damaged" in told(ada, "refused")
    assert written(dest, "ada") == set()


def test_a_locked_zip_is_told(tmp_path: Path, dest: Path) -> None:
    data = bytearray(zipped(answers("08")))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    ada = one(tmp_path, dest, {"kata.zip": bytes(data)})
    assert "locked with a password" in told(ada, "refused")


# Links


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("links", "taken", "said"),
    [
        ({place("08"): "../work/eight.py"}, True, ""),
        ({"08_parallel_tasks": "work"}, True, ""),
        ({"08_parallel_tasks": "hop", "hop": "./work/../work"}, True, ""),
        ({place("08"): "../../outside.py"}, False, "leads out of the hand-in"),
        ({place("08"): "/etc/passwd"}, False, "leads out of the hand-in"),
        ({place("08"): "../work/../../ada/work/eight.py"}, False, "leads out of the hand-in"),
        ({place("08"): "main.py"}, False, "a link to nothing"),
        ({place("08"): "nowhere.py"}, False, "a link to nothing"),
        ({place("08"): "../work/eight.py", "work/round": ".."}, True, ""),
    ],
)
def test_links_are_followed_inside_and_never_out(
    links: dict[str, str], taken: bool, said: str, packed: bool, tmp_path: Path, dest: Path
) -> None:
    work = {"work/eight.py": reference("08"), "work/main.py": reference("08")}
    work |= {name: LINK + target.encode() for name, target in links.items()}
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "outside.py").write_text("SECRET = 1\n")
    ada = one(tmp_path, dest, {"kata.zip": zipped(work)} if packed else work)
    assert said in told(ada, "refused")
    assert ("08_parallel_tasks" in ada.exercises) or not taken
    for path in dest.rglob("*"):
        assert not path.is_symlink()
        assert not path.is_file() or b"SECRET" not in path.read_bytes()


def test_links_that_multiply_end(tmp_path: Path, dest: Path) -> None:
    work: dict[str, bytes] = {place("08"): reference("08")}
    for level in range(30):
        work |= {f"d{level}/{side}": LINK + f"../d{level + 1}".encode() for side in "ab"}
    work["d30/x"] = b""
    ada = one(tmp_path, dest, work)
    assert "too many files and links" in told(ada, "refused")


def test_a_hand_in_that_is_a_link_is_not_followed(tmp_path: Path, dest: Path) -> None:
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "eve").symlink_to(tmp_path)
    one(tmp_path, dest, answers("01"))
    eve = Manifest.read(dest).student("eve")
    assert eve is not None
    assert eve.handins[0].refused is not None
    assert "copy the folder itself" in eve.handins[0].refused


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in the file system here")
def test_a_pipe_is_not_waited_for(tmp_path: Path, dest: Path) -> None:
    laid_out(tmp_path / "class" / "ada", answers("08"))
    os.mkfifo(tmp_path / "class" / "ada" / "08_parallel_tasks" / "helper.py")
    ada = one(tmp_path, dest, {})
    assert "it is a pipe" in told(ada, "refused")
    assert numbers(ada) == {"08"}


def test_what_may_not_be_read_is_told(
    tmp_path: Path, dest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "class" / "ada" / place("08")
    really_open = os.open

    def open_(path: Path, flags: int) -> int:  # root, who may run this, is refused nothing
        if path == secret:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return really_open(path, flags)

    monkeypatch.setattr("kata.classroom.disk.os.open", open_)
    ada = one(tmp_path, dest, answers("01", "08"))
    assert "cannot be read: Permission denied" in told(ada, "refused")
    assert numbers(ada) == {"01"}


def test_tars_are_opened_too(tmp_path: Path, dest: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in answers("08", "01", below="ada/exercises/").items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("ada/exercises/03_fetch_data/main.py")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    ada = one(tmp_path, dest, {"kata.tgz": buffer.getvalue()})
    assert numbers(ada) == {"01", "08"}
    assert "leads out" in told(ada, "refused")


# Again


def test_collecting_again_adds_replaces_and_tells(tmp_path: Path, dest: Path) -> None:
    students = [
        exports.Student("Ada", "Lovelace", 1, answers("01", "02")),
        exports.Student("Bob", "Stone", 2, answers("01")),
    ]
    run(exports.moodle(tmp_path / "1", students), dest)
    changed = {place("01"): reference("01") + b"# better\n", place("03"): reference("03")}
    newer = [
        exports.Student("Ada", "Lovelace", 1, changed),
        exports.Student("Cyd", "Low", 3, answers("01")),
    ]
    done = run(exports.moodle(tmp_path / "2", newer), dest)
    assert done.changes == {
        "ada-lovelace-1": {"01_first_async_endpoint": "replaced", "03_fetch_data": "new"},
        "cyd-low-3": {"01_first_async_endpoint": "new"},
    }
    ada = done.manifest.student("ada-lovelace-1")
    assert ada is not None
    assert (dest / ada.id / place("01")).read_bytes().endswith(b"# better\n")
    assert numbers(ada) == {"01", "02", "03"}
    assert "is no longer in the hand-in" in told(ada, "kept")
    assert len(ada.handins) == 1
    assert {each.id for each in done.manifest.students} == {
        "ada-lovelace-1",
        "bob-stone-2",
        "cyd-low-3",
    }
    again = run(exports.moodle(tmp_path / "2", newer), dest)
    assert set(again.changes["ada-lovelace-1"].values()) == {"as before"}


def test_each_assignment_has_an_export_of_its_own(tmp_path: Path, dest: Path) -> None:
    for number, participant in (("01", 501), ("08", 777)):
        export = exports.moodle(
            tmp_path / number,
            [exports.Student("Ada", "Lovelace", participant, {"main.py": reference(number)})],
        )
        export = export.rename(export.with_name(f"KATA-Exercise {number}-{participant}.zip"))
        run(export, dest, Wanted(only=EXERCISES[number]))
    (ada,) = Manifest.read(dest).students
    assert [each.ids for each in ada.handins] == [{"participant": "501"}, {"participant": "777"}]
    assert [ada.exercises[name].handin for name in ada.exercises] == [0, 1]


def test_an_older_export_does_not_replace_a_newer_one(tmp_path: Path, dest: Path) -> None:
    first, last = {place("01"): reference("01") + b"# old\n"}, answers("01")
    newer = exports.Student("Ada", "Lovelace", 1, last, earlier=[first])
    bob = exports.Student("Bob", "Stone", 2, last)
    run(exports.blackboard(tmp_path / "2", [newer, bob]), dest)
    done = run(
        exports.blackboard(tmp_path / "1", [exports.Student("Ada", "Lovelace", 1, first), bob]),
        dest,
    )
    ada = next(each for each in done.manifest.students if each.name == "Ada Lovelace")
    assert (dest / ada.id / place("01")).read_bytes() == reference("01")
    assert "that of 2026-11-19T10:22:00 stays" in told(ada, "kept")


def test_what_the_teacher_edited_is_not_lost(tmp_path: Path, dest: Path) -> None:
    student = exports.Student("Ada", "Lovelace", 1, answers("01"))
    run(exports.moodle(tmp_path / "1", [student]), dest)
    edited = dest / "ada-lovelace-1" / place("01")
    edited.write_text("# mended by the teacher\n")
    done = run(exports.moodle(tmp_path / "1", [student]), dest)
    assert edited.read_text() == "# mended by the teacher\n"
    assert "left alone" in told(done.manifest.students[0], "kept")
    other = exports.Student("Ada", "Lovelace", 1, {place("01"): reference("01") + b"# new\n"})
    done = run(exports.moodle(tmp_path / "2", [other]), dest)
    assert edited.read_bytes().endswith(b"# new\n")
    (kept,) = (dest / ".replaced").rglob("main.py")
    assert kept.read_text() == "# mended by the teacher\n"
    assert kept.parent.name in told(done.manifest.students[0], "kept")


def test_a_refused_hand_in_takes_nothing_away(tmp_path: Path, dest: Path) -> None:
    run(
        exports.moodle(tmp_path / "1", [exports.Student("Ada", "Lovelace", 1, answers("01"))]), dest
    )
    broken = exports.Student("Ada", "Lovelace", 1, {"kata.zip": b"PK"})
    done = run(exports.moodle(tmp_path / "2", [broken]), dest)
    assert written(dest, "ada-lovelace-1") == {place("01")}
    assert done.manifest.students[0].status == "partly"


# Rosters


@pytest.mark.parametrize(
    "text",
    [
        "Student,ID,SIS User ID,SIS Login ID,Section,Kata (77)\n    Points Possible,,,,,10\n"
        '"Lovelace, Ada",1,s1,al,A,\n"Stone, Bob",2,s2,bs,A,\n"Low, Eve",3,s3,el,A,\n"Student, Test",9,,,A,\n',
        "Kennung,Vollständiger Name,E-Mail\nTeilnehmer/in 1,Ada Lovelace,a@x.example\n"
        "Teilnehmer/in 2,Bob Stone,b@x.example\nTeilnehmer/in 3,Eve Low,e@x.example\n",
        "OrgDefinedId,Username,Last Name,First Name,Kata Points Grade,End-of-Line Indicator\n"
        "#1,#al,Lovelace,Ada,,#\n#2,#bs,Stone,Bob,,#\n#3,#el,Low,Eve,,#\n",
        "\ufeffname;email\nAda Lovelace;a@x.example\nBob Stone;b@x.example\nEve Low;e@x.example\n",
        "first name\tlast name\nAda\tLovelace\nBob\tStone\nEve\tLow\n",
    ],
    ids=["canvas", "moodle", "brightspace", "plain", "tabs"],
)
def test_the_roster_of_any_platform_shows_who_is_missing(
    text: str, tmp_path: Path, dest: Path
) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text(text, "utf-8")
    students = [
        exports.Student("Ada", "Lovelace", 1, answers("01")),
        exports.Student("Bob", "Stone", 2, answers("01")),
    ]
    students += [exports.Student("Max", "Stranger", 40, answers("01"))]
    done = run(exports.moodle(tmp_path, students), dest, Wanted(roster=roster))
    assert [(each.name, each.in_roster, each.status) for each in done.missing] in (
        [("Eve Low", True, "nothing")],
        [("Low, Eve", True, "nothing")],
    )
    assert [each.name for each in done.manifest.students if each.in_roster is False] == [
        "Max Stranger"
    ]
    missing = done.missing[0].id
    eve = exports.Student("Eve", "Low", 3, answers("01"))
    done = run(exports.moodle(tmp_path / "later", [*students, eve]), dest, Wanted(roster=roster))
    assert done.missing == []
    found = done.manifest.student(missing)
    assert found is not None
    assert found.status == "collected"


def test_a_roster_without_headers_is_refused_with_a_sentence(tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("Ada,1\nBob,2\n")
    with pytest.raises(Refusal, match="name a column id, username, name or email"):
        read_roster(roster)
    with pytest.raises(Refusal, match="there is no file"):
        read_roster(tmp_path / "nowhere.csv")


# The folder that is collected into


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, dest: Path) -> None:
    laid_out(tmp_path / "class" / "ada", answers("01"))
    laid_out(dest, {"notes.txt": b"mine"})
    with pytest.raises(Refusal, match="files that were not collected"):
        run(tmp_path / "class", dest)
    with pytest.raises(Refusal, match="lie in one another"):
        run(tmp_path / "class", tmp_path / "class" / "out")
    assert written(dest.parent, dest.name) == {"notes.txt"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"schema": "kata/class/manifest/v9"}', "this version of the kata reads"),
        ('{"schema": "kata/class/manifest/v1"}', "lacks what it should have"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_told(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(NoManifest, match=said):
        Manifest.read(tmp_path)


def test_two_students_of_one_name_stay_two(tmp_path: Path, dest: Path) -> None:
    laid_out(tmp_path / "class" / "Ada L", answers("01"))
    laid_out(tmp_path / "class" / "ada-l", answers("02"))
    done = run(tmp_path / "class", dest)
    assert {each.id: numbers(each) for each in done.manifest.students} == {
        "ada-l": {"01"},
        "ada-l-2": {"02"},
    }
    done = run(tmp_path / "class", dest)
    assert {each.id: numbers(each) for each in done.manifest.students} == {
        "ada-l": {"01"},
        "ada-l-2": {"02"},
    }


# From the terminal


@pytest.fixture
def kata(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(ROOT)
    return lambda *arguments: CliRunner().invoke(app, ["class", "collect", *map(str, arguments)])


def test_the_command_tells_what_it_took(
    kata: Callable[..., Result], tmp_path: Path, dest: Path
) -> None:
    good = [
        exports.Student("Ada", "Lovelace", 1, answers()),
        exports.Student("Bob", "Stone", 2, answers("01")),
    ]
    result = kata(exports.moodle(tmp_path, good), dest)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "KATA-The kata-1234.zip: moodle, 2 hand-ins.",
        f"{dest}: 2 students with answers ({len(EXERCISES) + 1} new).",
    ]
    bad = [*good, exports.Student("Eve", "Low", 3, {"kata.zip": b"PK"})]
    result = kata(exports.moodle(tmp_path / "2", bad), dest)
    assert result.exit_code == 1
    assert "Eve Low (submissions/eve-low-3): kata.zip cannot be opened as a zip" in result.stdout
    assert "1 hand-in could not be taken" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "out"], "there is no nowhere."),
        (["README.md", "out"], "neither a folder nor a zip"),
        (["kata", "out", "--from", "ilias"], "there is no platform 'ilias'"),
        (["kata", "out", "--exercise", "99"], "There is no exercise '99'"),
        (["kata", "out", "--roster", "nowhere.csv"], "there is no file nowhere.csv"),
    ],
)
def test_misuse_gets_one_sentence(
    kata: Callable[..., Result], arguments: Sequence[str], said: str, tmp_path: Path
) -> None:
    arguments = [str(tmp_path / each) if each == "out" else each for each in arguments]
    result = kata(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_an_export_of_nothing_is_told(tmp_path: Path, dest: Path) -> None:
    (tmp_path / "class").mkdir()
    with pytest.raises(Refusal, match="is empty"):
        run(tmp_path / "class", dest)


def test_an_interrupted_run_can_be_gone_on_with(tmp_path: Path, dest: Path) -> None:
    laid_out(tmp_path / "class" / "ada", answers("01"))
    laid_out(tmp_path / "class" / "bob", answers("02"))

    def ctrl_c(turn: int, of: int, name: str) -> None:
        if turn == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect(COURSE, tmp_path / "class", dest, Wanted(), "1.0.0", ctrl_c)
    assert [each.id for each in Manifest.read(dest).students] == ["ada"]
    assert [each.id for each in run(tmp_path / "class", dest).manifest.students] == ["ada", "bob"]


def test_the_folder_that_an_export_was_downloaded_into_will_do(tmp_path: Path, dest: Path) -> None:
    students = [
        exports.Student("Ada", "Lovelace", 1, answers("01")),
        exports.Student("Bob", "Stone", 2, answers("02")),
    ]
    exports.canvas(tmp_path / "Downloads", students)
    assert run(tmp_path / "Downloads", dest).platform == "canvas"


def test_folders_without_an_end_are_not_followed(tmp_path: Path, dest: Path) -> None:
    deep = "a/" * 200
    work = {deep + "main.py": b"", place("08"): reference("08")}
    assert numbers(one(tmp_path, dest, work)) == {"08"}
    packed = {"kata.zip": zipped({"a/" * 20_000 + "main.py": b"", **work})}
    ada = one(tmp_path / "packed", dest / "packed", packed)
    assert numbers(ada) == {"08"}
    assert "more than 60 folders" in told(ada, "refused")


@pytest.mark.parametrize("seed", range(60))
def test_no_archive_whatever_is_in_it_stops_the_others(
    seed: int, tmp_path: Path, dest: Path
) -> None:
    """Bytes of a good archive are changed at random: it is read, or refused with a sentence."""
    chance = random.Random(seed)
    inner = zipped(answers("01", "08"))
    data = bytearray(zipped({"inner.zip": inner, place("03"): LINK + b"../x", "x": b"#" * 3000}))
    for _ in range(chance.choice((1, 3, 20))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    if seed % 5 == 0:
        del data[chance.randrange(len(data)) :]
    ada = one(tmp_path, dest, {"kata.zip": bytes(data), place("02"): reference("02")})
    assert "02" in numbers(ada) or ada.handins[0].refused
    assert all(note.text for note in ada.notes)


def test_what_is_told_cannot_speak_to_the_terminal(tmp_path: Path, dest: Path) -> None:
    work = {place("01"): LINK + b"/etc/\x1b[31mx", place("08"): reference("08")}
    archive = zip_of(("08_parallel_tasks/\x1b]0;x\x07.py", b""), ("a/\x9b31m.py", b""))
    laid_out(tmp_path / "class" / "ada", {"x.zip": archive, **work})
    (tmp_path / "class" / "ada" / os.fsdecode(b"08_parallel_tasks/\xff\x1b.py")).write_text("")
    ada = one(tmp_path, dest, {"kata.zip": zipped(work)})
    assert all(note.text.isprintable() for note in ada.notes)
    assert "cannot be printed" in told(ada, "refused")
    assert "(/etc/?[31mx)" in told(ada, "refused")
    assert numbers(ada) == {"08"}
    assert Manifest.read(dest).student("ada") == ada


def test_files_of_other_centuries_stop_nothing(tmp_path: Path, dest: Path) -> None:
    folder = laid_out(tmp_path / "class" / "ada", answers("08"))
    os.utime(folder / place("08"), (1e12, 1e12))
    assert numbers(one(tmp_path, dest, {})) == {"08"}


def test_a_folder_named_like_the_answer_stops_nothing(tmp_path: Path, dest: Path) -> None:
    work = {"08_parallel_tasks/main(1).py": reference("08"), "08_parallel_tasks/main.py/x.py": b""}
    ada = one(tmp_path, dest, {**work, "08_parallel_tasks/" + "long/" * 40 + "x.py": b""})
    assert written(dest, "ada") == {place("08")}
    assert "not every system" in told(ada, "refused")


def test_a_database_that_packs_well_is_no_bomb(tmp_path: Path, dest: Path) -> None:
    work = {
        "exercises/" + place("06"): reference("06"),
        "exercises/06_read_rows/test.db": b"\0" * 5_000_000,
    }
    ada = one(tmp_path, dest, {"kata.zip": zipped(work)})
    assert (numbers(ada), ada.status) == ({"06"}, "collected")
