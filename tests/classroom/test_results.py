"""The result of a student: written, read again, and refused where it is not whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from kata.classroom.moves import moves
from kata.classroom.refusal import Refusal
from kata.classroom.results import (
    SCHEMA,
    ExerciseResult,
    Result,
    SpecResult,
    Student,
    UnreadableResult,
    file_name,
    plain_name,
    read,
    read_all,
    read_head,
)
from tests.classroom import made_results as made


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    results = made.a_class(12)
    made.write(results, tmp_path, submissions="/somewhere", points="abc")
    assert list(read_all(tmp_path)) == results
    head = read_head(tmp_path)
    assert head is not None
    assert head.students == tuple(each.student.id for each in results)


def test_a_group_keeps_its_members(tmp_path: Path) -> None:
    result = made.result(1, group="Team 3", members=(made.student(1), made.student(2)))
    assert read(result.write(tmp_path)) == result
    assert [person.id for person in result.people] == ["s0002", "s0003"]


def test_every_spec_is_in_the_denominator() -> None:
    result = made.plain_result({"08": "not judged", "09": "not handed in"})
    assert result.max_points == sum(len(specs) for specs in made.known().values())
    assert result.points == result.max_points - 9 - 16
    assert result.unjudged
    assert not result.absent


def test_who_moved_from_what_to_what() -> None:
    before = made.plain_result({"02": "wrong", "03": "wrong", "04": "not handed in"})
    now = made.plain_result({"03": "wrong", "04": "wrong", "05": "cut off"})
    third = before.exercises[2]
    failing = next(spec for spec in third.specs if spec.state == "failed")
    specs = tuple(
        spec.model_copy(update={"state": "passed"}) if spec is failing else spec
        for spec in third.specs
    )
    exercises = list(now.exercises)
    exercises[2] = third.model_copy(update={"specs": specs})
    came = moves(before, now.model_copy(update={"exercises": tuple(exercises)}))
    assert [(move.exercise[:2], move.spec, move.before, move.now) for move in came] == [
        ("02", "", "wrong", "solved"),
        ("03", failing.name, "failed", "passed"),
        ("04", "", "not handed in", "wrong"),
        ("05", "", "solved", "cut off"),
    ]
    assert moves(now, now) == ()


def test_points_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    path = made.plain_result({}).write(tmp_path)
    fields = json.loads(path.read_text("utf-8"))
    fields["points"] = 1
    path.write_text(json.dumps(fields), "utf-8")
    with pytest.raises(UnreadableResult, match="the points: 1 is said, and the parts make 123"):
        read(path)


def test_more_points_than_there_are_are_refused() -> None:
    spec = SpecResult(name="test_x", state="passed", points=2, max_points=1)
    exercise = ExerciseResult.of([spec], name="01_x", state="solved")
    with pytest.raises(ValidationError, match="2 of 1 points"):
        Result.of(
            [exercise], student=made.student(0), kata="1", judged_by="x", graded_at=made.GRADED
        )


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-1"])
def test_points_are_finite_and_not_negative(tmp_path: Path, number: str) -> None:
    path = made.plain_result({}).write(tmp_path)
    path.write_text(
        path.read_text("utf-8").replace('"points":1.0', f'"points":{number}', 1), "utf-8"
    )
    with pytest.raises(UnreadableResult):
        read(path)


def test_a_torn_file_is_told_in_one_sentence(tmp_path: Path) -> None:
    path = made.plain_result({}).write(tmp_path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(
        UnreadableResult, match=r"is torn, or no JSON: remove it and grade again"
    ) as caught:
        read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (SCHEMA + 1, "newer kata .*use that kata here"),
        (SCHEMA - 1, "older kata .*grade again into a new"),
    ],
)
def test_another_version_of_the_format_is_told(tmp_path: Path, version: int, said: str) -> None:
    path = made.plain_result({}).write(tmp_path)
    fields = json.loads(path.read_text("utf-8"))
    # A newer format may have fields that nobody here knows.
    path.write_text(json.dumps(fields | {"schema": version, "unheard": 1}), "utf-8")
    with pytest.raises(UnreadableResult, match=said):
        read(path)


def test_a_version_that_could_be_read_is_refused_all_the_same(tmp_path: Path) -> None:
    path = made.plain_result({}).write(tmp_path)
    path.write_text(path.read_text("utf-8").replace('"schema":1', '"schema":2', 1), "utf-8")
    with pytest.raises(UnreadableResult, match="newer kata"):
        read(path)


@pytest.mark.parametrize("content", ["[]", "{}", '"x"', "3", "[" * 100_000])
def test_a_file_that_is_no_result_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(UnreadableResult):
        list(read_all(tmp_path))


def test_an_empty_folder_and_none_at_all_are_told(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="There are no results in"):
        list(read_all(tmp_path))
    with pytest.raises(Refusal, match="There is no folder"):
        list(read_all(tmp_path / "none"))


def test_an_interrupted_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = made.plain_result({})
    path = result.write(tmp_path)
    before = path.read_bytes()

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(OSError, match="No space"):
        result.model_copy(update={"notes": ("x",)}).write(tmp_path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_half_a_surrogate_pair_of_an_answer_is_no_harm(tmp_path: Path) -> None:
    spec = SpecResult.of(name="test_x", state="failed", text="came \ud800", diagnosis="\udfff")
    exercise = ExerciseResult.of([spec], name="01_x", state="wrong", ended="\ud800")
    result = Result.of(
        [exercise], student=made.student(0), kata="1", judged_by="x", graded_at=made.GRADED
    )
    assert read(result.write(tmp_path)).exercises[0].specs[0].text == "came ?"


NAMES = [
    "ada", "Ada", "ADA", "s-1", "../../etc/passwd", "..", ".", "con", "CON", "nul", "com1", "a/b", "a\\b", "a:b", "a b", " ",
    "ñ", "ｎ", "x" * 500, "x" * 501, "_grading", ".hidden", "\u202egpj", "a.b", "a\0b", "LPT9", "é", "e\u0301",
]  # fmt: skip


def test_every_id_has_a_safe_file_of_its_own(tmp_path: Path) -> None:
    names = [plain_name(name) for name in NAMES]
    assert len({name.lower() for name in names}) == len(NAMES)
    for name in names:
        assert name.isascii()
        assert name[0].isalnum()
        assert len(name) < 100
        assert not set(name) & set('/\\:*?"<>| ')
        assert name.split(".")[0] not in {"con", "nul", "com1", "lpt9"}
    assert plain_name("ada") == "ada"
    assert file_name("s-1") == "s-1.json"


def test_the_files_of_hostile_ids_stay_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    ids = [name for name in NAMES if "\0" not in name]
    made.write([made.result(1, student=Student(id=name)) for name in ids], folder)
    assert {each.student.id for each in read_all(folder)} == set(ids)
    assert [path.name for path in tmp_path.iterdir()] == ["results"]
