"""Marks into the files that platforms export: every byte but the marks stays."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kata.classroom.formats.book import Gradebook
from kata.classroom.formats.brightspace import Brightspace
from kata.classroom.formats.canvas import Canvas
from kata.classroom.formats.cells import Table
from kata.classroom.formats.gradebook import Choices, Filled, Wish, fill
from kata.classroom.formats.moodle import Moodle
from kata.classroom.refusal import Refusal
from kata.classroom.results import Result, Student
from kata.cli.app import app
from tests.classroom import made_results as made

SOLVED_ALL = made.plain_result({}).max_points


def student(name: str, **fields: object) -> Student:
    return Student.model_validate({"id": name.lower(), "name": name, **fields})


ADA = student("Ada Lovelace", platform="canvas", ids={"user": "101"})
BJÖRN = student("Björn Ångström", platform="canvas", ids={"user": "102"})
EVE = student("=EVE()", platform="canvas", ids={"user": "103"})


def filled(
    book: Callable[[Table], Gradebook], data: bytes, results: list[Result], **choices: object
) -> Filled:
    asked = Choices(**choices)  # pyright: ignore[reportArgumentType]
    return fill(book(Table.read(data, "grades.csv")), results, asked)


def results(*people: Student) -> list[Result]:
    """All solved; each one has 5 points less than the one before."""
    states = [{}, {"01": "not started"}, {"01": "not started", "03": "not started"}]
    return [
        made.plain_result(states[place], student=person)  # pyright: ignore[reportArgumentType]
        for place, person in enumerate(people)
    ]


CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Essay (77),Kata (78),Kata Final Score\r\n"
    "    Points Possible,,,,,10,123.0,(read only)\r\n"
    '"Lovelace, Ada",101,s1,ada,"A, 1",9.50,,88.1\r\n'
    '"Ångström, Björn",102,s2,bjorn,A,,7,\r\n'
    '"=""EVE()""",103,s3,"eve",A,,"3",\r\n'
    '"Student, Test",999,,x,A,,,\r\n'
)


def canvas(data: bytes, found: list[Result], **choices: object) -> Filled:
    choices.setdefault("wishes", (Wish("Kata"),))
    return filled(Canvas, data, found, **choices)


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_canvas_only_the_marks_change(mark: bytes, end: str, delimiter: str) -> None:
    text = CANVAS.replace("\r\n", end)
    if delimiter == ";":
        text = "".join(
            row.replace(",", ";")
            .replace("Lovelace; ", "Lovelace, ")
            .replace("Ångström; ", "Ångström, ")
            for row in text.splitlines(keepends=True)
        )
    data = mark + text.encode()
    expected = data.replace(
        f"9.50{delimiter}{delimiter}88.1".encode(), f"9.50{delimiter}123{delimiter}88.1".encode()
    )
    expected = expected.replace(
        f"A{delimiter}{delimiter}7{delimiter}".encode(),
        f"A{delimiter}{delimiter}118{delimiter}".encode(),
    )
    expected = expected.replace(b'"3"', b'"111"')
    came = canvas(data, results(ADA, BJÖRN, EVE))
    assert came.data == expected
    assert (came.marks, came.changed) == (3, 3)
    assert came.left == ["1 student of the file has no result."]


def test_canvas_nothing_to_change_is_the_same_file() -> None:
    once = canvas(CANVAS.encode(), results(ADA, BJÖRN, EVE)).data
    again = canvas(once, results(ADA, BJÖRN, EVE))
    assert again.data == once
    assert again.changed == 0


def test_canvas_with_the_row_of_posting_policies() -> None:
    lines = CANVAS.splitlines(keepends=True)
    data = (lines[0] + ",,,,,Manual Posting,,\r\n" + "".join(lines[1:])).encode()
    came = canvas(data, results(ADA))
    assert came.data == data.replace(b"9.50,,88.1", b"9.50,123,88.1")


def test_canvas_decimal_comma() -> None:
    data = CANVAS.replace("10,123.0,(read only)", '10,"61,5",(read only)').encode()
    came = canvas(data, results(ADA, BJÖRN), way="scale")
    rows = list(csv.reader(io.StringIO(came.data.decode())))
    assert [rows[2][6], rows[3][6]] == ["61,5", "59"]


def test_canvas_a_column_for_each_exercise() -> None:
    data = CANVAS.replace("Essay (77)", "Kata=01 (77)").replace(",10,123.0", ",5,16").encode()
    came = canvas(data, results(ADA, BJÖRN), wishes=(Wish("Kata=01", "01"), Wish("Kata", "9")))
    rows = list(csv.reader(io.StringIO(came.data.decode())))
    assert [rows[2][5:7], rows[3][5:7]] == [["5", "16"], ["0", "16"]]


def test_canvas_excused_and_not_assigned_stay() -> None:
    data = CANVAS.replace("A,,7,", "A,,EX,").replace('"3"', "N/A").encode()
    came = canvas(data, results(ADA, BJÖRN, EVE))
    assert b"A,,EX," in came.data
    assert came.left[:2] == [
        "Björn Ångström: the file says EX, left as it was.",
        "=EVE(): the file says N/A, left as it was.",
    ]


def test_canvas_a_student_without_a_row_is_named_and_nothing_is_written() -> None:
    with pytest.raises(Refusal, match=r"1 student not in grades.csv: Zoë \(zoë\)"):
        canvas(CANVAS.encode(), results(ADA, student("Zoë", ids={"user": "7"})))


def test_canvas_the_same_name_with_another_id_is_another_student() -> None:
    other = student("Ada Lovelace", platform="canvas", ids={"user": "9101"})
    with pytest.raises(Refusal, match="not in"):
        canvas(CANVAS.encode(), results(other))


@pytest.mark.parametrize(
    "person",
    [
        student("Somebody", login="ADA"),
        Student(id="ada"),
        student("Ada Lovelace"),
        student("ada  lovelace", ids={"folder": "hand-in 3"}),
    ],
)
def test_canvas_other_ways_to_find_a_student(person: Student) -> None:
    assert b"9.50,123,88.1" in canvas(CANVAS.encode(), results(person)).data


def test_canvas_a_name_that_two_have_is_refused() -> None:
    data = CANVAS.replace("Ångström, Björn", "Lovelace, Ada").encode()
    with pytest.raises(Refusal, match=r"fits 2 rows of grades\.csv by name"):
        canvas(data, results(student("Ada Lovelace")))


def test_canvas_two_students_on_one_row_are_refused() -> None:
    with pytest.raises(Refusal, match="both fit row 3"):
        canvas(CANVAS.encode(), results(ADA, student("Someone", login="ada")))


def test_canvas_columns_that_cannot_be_meant() -> None:
    with pytest.raises(
        Refusal, match=r"more than one column for marks: name one with --column: 'Essay \(77\)'"
    ):
        canvas(CANVAS.encode(), results(ADA), wishes=(Wish(),))
    with pytest.raises(Refusal, match="no column 'Kato'"):
        canvas(CANVAS.encode(), results(ADA), wishes=(Wish("Kato"),))
    with pytest.raises(Refusal, match="reads no marks from the column 'Kata Final Score'"):
        canvas(CANVAS.encode(), results(ADA), wishes=(Wish("Kata Final Score"),))
    with pytest.raises(Refusal, match="The results have no exercise '77'"):
        canvas(CANVAS.encode(), results(ADA), wishes=(Wish("Kata", "77"),))


def test_another_maximum_is_asked_about() -> None:
    data = CANVAS.replace("123.0", "10").encode()
    with pytest.raises(Refusal, match=r"takes 10 points, and the results have 123: add --scale"):
        canvas(data, results(ADA))
    assert b"9.50,10,88.1" in canvas(data, results(ADA), way="scale").data
    with pytest.raises(Refusal, match="123 points, and the column takes 10"):
        canvas(data, results(ADA), way="as-is")


def test_what_is_not_judged_is_never_a_zero() -> None:
    found = [made.plain_result({"08": "not judged"}, student=BJÖRN), *results(ADA)]
    with pytest.raises(Refusal, match=r"1 result not judged to the end \(Björn"):
        canvas(CANVAS.encode(), found)
    came = canvas(CANVAS.encode(), found, partial=True)
    assert b"A,,7," in came.data
    assert b"9.50,123,88.1" in came.data


def test_nothing_handed_in_is_blank_or_zero_as_the_teacher_likes() -> None:
    nothing = made.plain_result(
        {each.number: "not handed in" for each in made.COURSE.exercises}, student=BJÖRN
    )
    assert nothing.absent
    assert canvas(CANVAS.encode(), [nothing]).data == CANVAS.encode()
    assert b"A,,0," in canvas(CANVAS.encode(), [nothing], absent="zero").data


def test_every_member_of_a_group_gets_the_marks() -> None:
    team = made.plain_result({}, student=student("Team 1"), group="Team 1", members=(ADA, BJÖRN))
    came = canvas(CANVAS.encode(), [team])
    assert came.marks == 2
    assert came.data.count(b",123,") == 2
    with pytest.raises(Refusal, match="is in two results"):
        canvas(CANVAS.encode(), [team, *results(ADA)])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x00\x01\x02,\xff",
        b'Student,ID,Section,K (1)\n"never closed',
        b'Student,ID,Section,K (1)\n"a"b,1,2,3\n',
        b"Student,ID,Section,K (1)\nAda,1,A,\n",
        b"Name,Mark\nAda,1\n",
        b"PK\x03\x04",
    ],
    ids=[
        "empty",
        "text",
        "binary",
        "open quote",
        "text behind quote",
        "no maxima",
        "other",
        "zip",
    ],
)
def test_what_is_no_gradebook_is_told_in_a_sentence(data: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        canvas(data, results(ADA))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf_16_comes_back_as_utf_16(encoding: str) -> None:
    data = (codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b"") + CANVAS.encode(encoding)
    assert canvas(data, results(ADA)).data.decode("utf-16") == CANVAS.replace("9.50,,", "9.50,123,")


def test_windows_code_page_comes_back_as_it_was() -> None:
    data = CANVAS.encode("cp1252")
    assert canvas(data, results(ADA, BJÖRN)).data == canvas(
        CANVAS.encode(), results(ADA, BJÖRN)
    ).data.decode().encode("cp1252")


MOODLE = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    'Participant 11,Ada Lovelace,ada@example.edu,"Submitted for grading",,123.00,Yes,"Friday, 27 November 2026, 9:00 PM",-,\n'
    'Participant 12,Björn Ångström,b@example.edu,"Submitted for grading",50.00,123.00,Yes,-,"Friday, 27 November 2026, 9:00 PM",'
    '"<p>Well, ""done""\nso far</p>"\n'
    "Participant 13,Eve,eve@example.edu,No submission,,123.00,No,-,-,\n"
)
MADA, MBJÖRN, MEVE = (
    student(name, platform="moodle", ids={"participant": number})
    for name, number in (("Ada Lovelace", "11"), ("Björn Ångström", "12"), ("Eve", "13"))
)


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_moodle_only_the_marks_change(mark: bytes) -> None:
    data = mark + MOODLE.encode()
    came = filled(Moodle, data, results(MADA, MBJÖRN))
    assert came.data == data.replace(b'grading",,123', b'grading",123,123').replace(
        b",50.00,123", b",118,123"
    )


def test_a_mark_that_is_there_already_stays_as_it_is_written() -> None:
    data = MOODLE.replace('grading",,', 'grading",123.00,').replace(",50.00,", ",118.00,").encode()
    came = filled(Moodle, data, results(MADA, MBJÖRN))
    assert came.data == data
    assert (came.marks, came.changed) == (2, 0)


def test_moodle_a_locked_grade_stays() -> None:
    came = filled(Moodle, MOODLE.encode(), results(MEVE))
    assert came.data == MOODLE.encode()
    assert came.left[0] == "Eve: the file says that the grade cannot be changed, left as it was."


def test_moodle_in_another_language_and_with_decimal_commas() -> None:
    data = (
        "ID;Vollständiger Name;E-Mail;Status;Bewertung;Bestwertung;Bewertung kann geändert werden;"
        "Zuletzt geändert (Abgabe);Zuletzt geändert (Bewertung);Kommentar\n"
        "Teilnehmer/in11;Ada Lovelace;ada@example.edu;Zur Bewertung abgegeben;;61,50;Ja;-;-;\n"
        "Teilnehmer/in12;Björn Ångström;b@example.edu;Zur Bewertung abgegeben;3,00;61,50;Ja;-;-;\n"
    ).encode()
    came = filled(Moodle, data, results(MADA, MBJÖRN), way="scale")
    assert came.data == data.replace(b"en;;61", b"en;61,5;61").replace(b";3,00;", b";59;")


def test_moodle_where_the_column_cannot_be_seen_it_is_named() -> None:
    data = b"ID,Nom,Statut,Note\nParticipant 11,Ada Lovelace,Remis,\n"
    with pytest.raises(
        Refusal, match="more than one column for marks: name one with --column: 'Statut', 'Note'"
    ):
        filled(Moodle, data, results(MADA))
    came = filled(Moodle, data, results(MADA), wishes=(Wish("Note"),))
    assert came.data == data.replace(b"Remis,", b"Remis,123")


def test_moodle_blind_marking_has_no_names() -> None:
    data = b"Identifier,Status,Grade,Maximum Grade\nParticipant 11,Submitted,,123\n"
    assert filled(Moodle, data, results(MADA)).data == data.replace(
        b"Submitted,,", b"Submitted,123,"
    )


def test_moodle_another_file_is_refused() -> None:
    with pytest.raises(Refusal, match="no grading worksheet of Moodle"):
        filled(Moodle, CANVAS.encode(), results(MADA))


BRIGHTSPACE = (
    "OrgDefinedId,Username,Last Name,First Name,Email,"
    "Kata Points Grade <Numeric MaxPoints:123 Weight:10 Category:Labs>,End-of-Line Indicator\r\n"
    "#0041,#ada,Lovelace,Ada,ada@example.edu,,#\r\n"
    "#0042,#bjorn,Ångström,Björn,b@example.edu,12,#\r\n"
)


def test_brightspace_only_the_marks_change() -> None:
    people = (student("Ada Lovelace", ids={"user": "0041"}), student("X", email="B@example.edu"))
    came = filled(Brightspace, BRIGHTSPACE.encode(), results(*people))
    expected = BRIGHTSPACE.replace("edu,,#", "edu,123,#").replace("edu,12,#", "edu,118,#")
    assert came.data == expected.encode()


def test_brightspace_a_column_by_its_title() -> None:
    came = filled(
        Brightspace, BRIGHTSPACE.encode(), results(student("Ada Lovelace")), wishes=(Wish("kata"),)
    )
    assert b"edu,123,#" in came.data
    with pytest.raises(Refusal, match="no grades file of Brightspace"):
        filled(Brightspace, CANVAS.encode(), results(ADA))


# By the command


def run(*arguments: object) -> tuple[int, str]:
    came = CliRunner().invoke(app, ["class", "export", *map(str, arguments)])
    assert came.exception is None or isinstance(came.exception, SystemExit), came.exception
    return came.exit_code, came.output


def test_the_command_writes_beside_the_export_and_leaves_it(tmp_path: Path) -> None:
    folder = made.write(results(ADA, BJÖRN), tmp_path / "results")
    file = tmp_path / "Grades.csv"
    file.write_bytes(CANVAS.encode())
    code, said = run(folder, "--canvas", file, "--column", "Kata")
    assert code == 0, said
    assert "2 marks, 2 of them new or changed" in said
    assert file.read_bytes() == CANVAS.encode()
    assert b"9.50,123,88.1" in (tmp_path / "Grades-filled.csv").read_bytes()
    assert run(folder, "--canvas", file, "--column", "Kata", "-o", file)[0] == 0
    assert b"9.50,123,88.1" in file.read_bytes()


def test_the_command_writes_nothing_where_something_is_missing(tmp_path: Path) -> None:
    folder = made.write(results(ADA, student("Zoë")), tmp_path / "results")
    file = tmp_path / "Grades.csv"
    file.write_bytes(CANVAS.encode())
    code, said = run(folder, "--canvas", file, "--column", "Kata")
    assert (code, sorted(each.name for each in tmp_path.iterdir())) == (
        1,
        ["Grades.csv", "results"],
    )
    assert "Zoë" in said
    assert run(folder, "--canvas", tmp_path / "none.csv")[0] == 1
    assert not (tmp_path / "none.csv").exists()
    assert run(folder)[0] == 2
    assert run(folder, "--canvas", file, "--csv")[0] == 2
    assert run(folder, "--canvas", file, "--scale", "--as-is")[0] == 2


def test_the_command_knows_columns_with_an_equals_sign(tmp_path: Path) -> None:
    folder = made.write(results(ADA), tmp_path / "results")
    file = tmp_path / "Grades.csv"
    file.write_bytes(CANVAS.replace("Kata (78)", "a=b (78)").encode())
    assert run(folder, "--canvas", file, "--column", "a=b (78)")[0] == 0
    code, said = run(
        folder, "--canvas", file, "--column", "Essay=02", "--column", "a=b=8", "--scale"
    )
    assert code == 0, said
    assert b",10,123,88.1" in (tmp_path / "Grades-filled.csv").read_bytes()
