"""Shards: who is in which, and one folder of them all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kata.classroom.merge import merge
from kata.classroom.refusal import Refusal
from kata.classroom.results import read_all, read_head
from kata.classroom.shards import Shard
from kata.cli.app import app
from tests.classroom import made_results as made

IDS = [f"s{number:04d}" for number in range(1, 2001)] + ["é", "e\u0301", "\ud800", ""]


@pytest.mark.parametrize("of", [1, 2, 3, 16, 97])
def test_every_student_is_in_just_one_shard(of: int) -> None:
    shards = [Shard(number, of) for number in range(1, of + 1)]
    for student in IDS:
        assert sum(shard.has(student) for shard in shards) == 1
    sizes = [sum(shard.has(student) for student in IDS) for shard in shards]
    assert min(sizes) > 0
    assert max(sizes) < 3 * len(IDS) / of


def test_a_shard_is_the_same_on_every_machine() -> None:
    mine = [name for name in ("ada", "alan", "grace", "edsger") if Shard(1, 2).has(name)]
    assert mine == ["ada", "edsger"]


@pytest.mark.parametrize(
    "text",
    ["", "3", "0/4", "5/4", "a/b", "1/0", "-1/2", "1/2/3", "٣/٤", "1e1/20", "1" * 400 + "/2"],
)
def test_what_is_no_shard_is_told(text: str) -> None:
    with pytest.raises(Refusal, match="is no shard: write 3/16"):
        Shard.parse(text)


def test_a_shard_is_read_as_it_is_written() -> None:
    assert Shard.parse(" 3/16 ") == Shard(3, 16)
    assert str(Shard(3, 16)) == "3/16"


CLASS = made.a_class(20)


def shards(tmp_path: Path, of: int = 3) -> list[Path]:
    ids = tuple(each.student.id for each in CLASS)
    folders: list[Path] = []
    for number in range(1, of + 1):
        shard = Shard(number, of)
        mine = [each for each in CLASS if shard.has(each.student.id)]
        folders.append(
            made.write(mine, tmp_path / f"shard-{number}", shard=str(shard), students=ids)
        )
    return folders


def test_shards_make_the_class_again(tmp_path: Path) -> None:
    made_of = merge(shards(tmp_path), tmp_path / "all")
    assert (made_of.count, made_of.doubled, made_of.missing) == (20, [], [])
    assert list(read_all(tmp_path / "all")) == CLASS
    head = read_head(tmp_path / "all")
    assert head is not None
    assert (head.shard, len(head.students)) == ("1/1", 20)


def test_a_missing_shard_and_missing_students_are_told(tmp_path: Path) -> None:
    folders = shards(tmp_path)
    made_of = merge(folders[:2], tmp_path / "all")
    assert made_of.missing[0] == "Of 3 shards, 1 is missing: 3."
    gone = [each.student.id for each in CLASS if Shard(3, 3).has(each.student.id)]
    assert made_of.missing[1].startswith(
        f"{len(gone)} of 20 students have no result yet: {gone[0]}"
    )
    came = CliRunner().invoke(app, ["class", "merge", str(folders[0]), str(tmp_path / "some")])
    assert came.exit_code == 1
    assert "2 are missing: 2, 3." in came.output
    assert (tmp_path / "some").is_dir()


def test_what_is_doubled_and_alike_is_kept_once(tmp_path: Path) -> None:
    folders = shards(tmp_path, 1)
    later = CLASS[0].model_copy(update={"graded_at": made.GRADED + timedelta(hours=1)})
    again = made.write([later], tmp_path / "again")
    made_of = merge([again, *folders], tmp_path / "all")
    assert len(made_of.doubled) == 1
    assert "s0001 is in" in made_of.doubled[0]
    assert next(iter(read_all(tmp_path / "all"))) == later


def test_a_student_with_two_verdicts_is_refused(tmp_path: Path) -> None:
    folders = shards(tmp_path, 1)
    other = made.plain_result({}, student=CLASS[0].student)
    again = made.write([other], tmp_path / "again")
    with pytest.raises(Refusal, match="are of the same student and differ"):
        merge([*folders, again], tmp_path / "all")
    assert not (tmp_path / "all").exists()


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ({"kata": "0.9"}, r"their kata differs \(1\.0\.0 and 0\.9\)"),
        ({"judged_by": "other"}, "their content of kata and specs differs"),
        ({"points": "abc"}, r"their table of points differs \(none and abc\)"),
    ],
)
def test_what_was_judged_otherwise_is_refused(
    tmp_path: Path, head: dict[str, str], said: str
) -> None:
    folders = shards(tmp_path, 1)
    other = made.write([made.result(50)], tmp_path / "other", **head)
    with pytest.raises(Refusal, match=said):
        merge([*folders, other], tmp_path / "all")


def test_a_result_of_another_kata_than_its_folder_is_refused(tmp_path: Path) -> None:
    (folder,) = shards(tmp_path, 1)
    made.result(50, judged_by="other").write(folder)
    with pytest.raises(Refusal, match="remove it and grade again"):
        merge([folder], tmp_path / "all")


def test_folders_that_cannot_be_merged_are_told(tmp_path: Path) -> None:
    (folder,) = shards(tmp_path, 1)
    with pytest.raises(Refusal, match="is no folder of results"):
        merge([tmp_path], tmp_path / "all")
    with pytest.raises(Refusal, match="is not empty"):
        merge([folder], folder)
    came = CliRunner().invoke(app, ["class", "merge", str(folder)])
    assert came.exit_code == 2
