"""From the manifest to the student of a result, and on to his row in a gradebook."""

from __future__ import annotations

from kata.classroom.formats.canvas import Canvas
from kata.classroom.formats.cells import Table
from kata.classroom.formats.gradebook import Choices, fill
from kata.classroom.manifest import Student, TakenHandin
from kata.classroom.students import members_of, student_of
from tests.classroom import made_results as made


def taken(name: str, *handins: TakenHandin, **roster: str) -> Student:
    return Student(name.lower(), name, "student", [], True, roster, list(handins), {}, [])


def handin(user: str, collected: str) -> TakenHandin:
    return TakenHandin(
        "kata", "e.zip", "canvas", "ada", {"user": user}, None, [f"ada_{user}_5_main.py"], None, None, None, collected
    )  # fmt: skip


def test_the_newest_hand_in_says_how_the_platform_knows_the_student() -> None:
    student = student_of(
        taken("Ada", handin("1", "2026-11-02"), handin("2", "2026-11-01"), username="al")
    )
    assert (student.ids, student.files, student.login) == (
        {"user": "1"},
        ("ada_1_5_main.py",),
        "al",
    )


def test_who_handed_nothing_in_is_known_by_the_roster() -> None:
    student = student_of(taken("Eve", id="103", email="eve@example.edu"))
    assert (student.platform, student.ids, student.email) == (
        "",
        {"roster": "103"},
        "eve@example.edu",
    )
    data = (
        b'Student,ID,SIS Login ID,Section,Kata (7)\n    Points Possible,,,,123\n"X, Y",103,z,A,\n'
    )
    nothing = made.plain_result(
        {each.number: "not handed in" for each in made.COURSE.exercises}, student=student
    )
    came = fill(Canvas(Table.read(data, "g.csv")), [nothing], Choices(absent="zero"))
    assert came.data == data.replace(b"A,\n", b"A,0\n")


def test_the_members_of_a_group_are_known_by_name() -> None:
    group = Student("team", "Team 1", "group", ["Ada", "Björn"], None, {}, [], {}, [])
    assert [person.name for person in members_of(group)] == ["Ada", "Björn"]
    assert len({person.id for person in members_of(group)}) == 2
