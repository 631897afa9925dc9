"""Values for what a lesson leaves open: the same seed gives them again, and each kind comes."""

from __future__ import annotations

import html
import json
import random
import re
import sqlite3
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unicodedata import normalize
from urllib.parse import unquote

import httpx
import pytest

from kata.spec import documents, texts
from kata.spec.values import LARGEST, TOP, Values
from tests.helpers.made_up_course import write
from tests.helpers.small_course import FIRST, SECOND, run_pytest, small_course

SEEDS = range(25)

DRAWS: dict[str, Callable[[Values], Any]] = {
    "name": lambda v: [v.name() for _ in range(20)],
    "names": lambda v: v.names(20),
    "id": lambda v: [v.id() for _ in range(20)],
    "ids": lambda v: v.ids(20),
    "document": lambda v: [v.document() for _ in range(20)],
    "posts": lambda v: v.posts(5),
    "status": lambda v: [v.status() for _ in range(20)],
    "content_type": lambda v: [v.content_type() for _ in range(5)],
    "bytes": lambda v: [v.bytes_no_text(), v.bytes_no_json()],
    "moment": lambda v: [v.moment(3) for _ in range(5)],
    "token": lambda v: v.token(),
    "shuffled": lambda v: v.shuffled(range(50)),
    "sample": lambda v: v.sample(range(50), 10),
}


def values(seed: int, spec: str = "a spec") -> Values:
    return Values(seed, spec)


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_the_same_seed_and_spec_give_the_same(draw: Callable[[Values], Any]) -> None:
    assert draw(values(7)) == draw(values(7))
    assert any(draw(values(7)) != draw(values(8 + n)) for n in range(20))
    assert any(draw(values(7)) != draw(values(7, f"another {n}")) for n in range(20))


def test_it_is_known_whether_anything_was_drawn() -> None:
    drawn = values(1)
    assert not drawn.used
    drawn.moment(3)
    assert drawn.used


@pytest.mark.parametrize("seed", SEEDS)
def test_names_are_distinct_ordinary_first_and_odd_then(seed: int) -> None:
    for count in (1, 2, 6, 40):
        drawn = values(seed)
        names = drawn.names(count)
        assert len(set(names)) == len(names) == count
        assert names[0] in texts.ORDINARY
        assert not any("\0" in name for name in names)
        if count > 1:
            assert names[1][:-1] == names[0][:-1]
        if count > 5:
            assert len({drawn.what_is(name) for name in names[2:6]}) == 4
        for name in names:
            assert json.loads(json.dumps(name)) == name == name.encode().decode()


def test_every_kind_of_name_comes_in_one_round() -> None:
    drawn = values(3)
    first, *odd = [drawn.name() for _ in range(len(texts.KINDS) + 1)]
    assert first in texts.ORDINARY
    assert {drawn.what_is(name) for name in odd} == {words for words, _ in texts.KINDS.values()}


@pytest.mark.parametrize("seed", SEEDS)
def test_odd_names_are_one_of_each_kind(seed: int) -> None:
    drawn = values(seed)
    names = drawn.odd_names(without=("long",))
    assert len(set(names)) == len(names) == len(texts.KINDS) - 1
    assert {drawn.what_is(name) for name in names} == {
        words for kind, (words, _) in texts.KINDS.items() if kind != "long"
    }


CARELESS: list[tuple[str, Callable[[str], object]]] = [
    ("quotes", lambda name: name.replace("'", "''")),
    ("quotes", lambda name: name.replace('"', "'")),
    ("blanks", str.lstrip),
    ("blanks", str.rstrip),
    ("blanks", lambda name: " ".join(name.split())),
    *[("lists", lambda name, sign=sign: name.split(sign)[0]) for sign in ",;|/:"],
    *[("lists", lambda name, sign=sign: name.split(sign)[-1]) for sign in ",;|/:"],
    ("plus", lambda name: name.replace("+", " ")),
    ("escaped", unquote),
    ("lines", lambda name: name.split("\n")[0]),
    ("lines", lambda name: name.replace("\r\n", "\n")),
    ("accents", lambda name: normalize("NFD", name)),
    ("combining", lambda name: normalize("NFC", name)),
    ("emoji", lambda name: "".join(c for c in name if ord(c) < 0x1_0000)),
    ("numbers", lambda name: str(int(name))),
    ("lookalikes", json.loads),
    ("markup", html.escape),
    ("markup", html.unescape),
]


@pytest.mark.parametrize(("kind", "careless"), CARELESS)
def test_each_name_of_a_kind_shows_the_mistake(
    kind: str, careless: Callable[[str], object]
) -> None:
    _, make = texts.KINDS[kind]
    chance = random.Random(1)
    for _ in range(100):
        name = make(chance)
        assert careless(name) != name


def test_kinds_can_be_left_out_by_their_names() -> None:
    kept = {"empty", "one letter"}
    drawn = values(3).names(12, without=[kind for kind in texts.KINDS if kind not in kept])
    assert "" in drawn
    assert all(len(name) == 1 or name == "" or name[0].isalpha() for name in drawn)
    assert "" not in values(3).names(60, without=("empty",))
    with pytest.raises(ValueError, match="the kinds are empty, one letter"):
        values(3).names(3, without=("typo",))
    with pytest.raises(ValueError, match="the kinds are"):
        values(3).names(3, without="empty")  # as a text, it would leave out single letters


def test_a_nul_comes_only_where_it_is_allowed() -> None:
    assert any("\0" in name for name in values(3).names(60, with_nul=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_ids_are_distinct_and_sqlite_holds_them(seed: int) -> None:
    drawn = values(seed)
    assert 1 <= drawn.id() <= 99
    ids = drawn.ids(8)
    assert len(set(ids)) == 8
    assert all(1 <= each <= TOP for each in ids)
    assert sorted(ids) != sorted(ids, key=str)
    assert max(ids) > 1_000 or seed % 50  # far apart, nearly always
    below = drawn.ids(30, at_least=-LARGEST - 1, at_most=LARGEST)
    assert min(below) < 0
    with sqlite3.connect(":memory:") as connection:
        for each in below:
            assert connection.execute("SELECT ?", (each,)).fetchone() == (each,)
    assert sorted(values(seed).ids(5, at_least=3, at_most=7)) == [3, 4, 5, 6, 7]
    with pytest.raises(ValueError, match="no id from 3 to 7 is left"):
        values(seed).ids(6, at_least=3, at_most=7)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_id_is_drawn_twice_in_a_spec(seed: int) -> None:
    drawn = values(seed)
    ids = [drawn.id(at_most=60), *drawn.ids(9, at_most=60), drawn.id(at_most=60)]
    ids += drawn.ids(49, at_most=60)
    assert len(set(ids)) == len(ids)
    assert min(drawn.ids(2)) > 60, "all below are drawn"


@pytest.mark.parametrize("seed", SEEDS)
def test_documents_are_json_of_every_kind(seed: int) -> None:
    drawn = values(seed)
    every: list[Any] = [drawn.document() for _ in range(len(documents.KINDS) + 1)]
    first, *others = every
    assert type(first) is dict
    assert {type(each) for each in others} >= {dict, list, type(None), str, bool}
    for document in every:
        assert json.loads(drawn.json_bytes(document)) == document
        assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert len({repr(each) for each in drawn.documents(10)}) == 10
    assert None not in drawn.documents(20, without=("null",))
    with pytest.raises(ValueError, match="no 3 different documents"):
        drawn.documents(3, without=set(documents.KINDS) - {"null"})


def test_a_tempting_document_has_what_is_often_lost() -> None:
    rows = values(3).tempting_document()
    assert json.loads(json.dumps(rows)) == rows
    assert {None, "", 0} <= {each for each in rows if not isinstance(each, dict | list)}
    assert rows.count(rows[0]) == 2
    assert None in rows[0].values()


@pytest.mark.parametrize("seed", SEEDS)
def test_posts_have_what_was_agreed_on_and_more(seed: int) -> None:
    posts = values(seed).posts(6)
    agreed = {"userId", "id", "title", "body"}
    assert set(posts[0]) == agreed
    assert all(set(post) > agreed for post in posts[1:])
    assert len({post["id"] for post in posts}) == 6  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_an_upstream_says(seed: int) -> None:
    drawn = values(seed)
    assert drawn.status() in (404, 500, 503)
    statuses = [drawn.status() for _ in range(50)]
    assert all(400 <= status <= 599 for status in statuses)
    assert not set(statuses).isdisjoint(documents.STATUSES_WITHOUT_A_NAME)
    assert drawn.status(500, range(502, 504)) in (500, 502, 503)
    assert drawn.content_type() == "application/json"
    sent = httpx.Response(200, content=b"{}", headers={"content-type": drawn.content_type()})
    assert sent.text == "{}"
    for body in (drawn.bytes_no_json(), drawn.bytes_no_text()):
        with pytest.raises(ValueError):  # noqa: PT011
            httpx.Response(200, content=body).json()
    drawn.bytes_no_json().decode()
    with pytest.raises(UnicodeDecodeError):
        drawn.bytes_no_text().decode()


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_no_json_comes_in_one_kind_after_the_other(seed: int) -> None:
    drawn = values(seed)
    assert drawn.bytes_no_json().startswith(b"<html>")
    kinds = len(documents.NO_JSON)
    bodies = [drawn.bytes_no_json() for _ in range(kinds)]
    assert {b"", b" \r\n", b"0x1f"} <= set(bodies)
    assert len(set(bodies)) == kinds
    assert drawn.bytes_no_text().startswith(b"\x89PNG")
    assert len({drawn.bytes_no_text()[:2] for _ in documents.NO_TEXT}) > 2


@pytest.mark.parametrize("seed", SEEDS)
def test_moments_are_eighths(seed: int) -> None:
    moments = [values(seed).moment(1.0) for _ in range(5)]
    assert all(0 < moment <= 1 and moment * 8 == int(moment * 8) for moment in moments)
    assert 2 <= values(seed).moment(2.2, at_least=1.9) <= 2.2
    with pytest.raises(ValueError, match=r"between 0\.2 and 0\.24"):
        values(seed).moment(0.24, at_least=0.2)


SPEC = '''\
"""What it is held to."""


async def test_it_answers(client, expect, values):
    """`GET /first` answers."""
    expect.equal(values.names(3), [], "the names")


async def test_it_draws_nothing(client, expect, values):
    """`GET /first` answers."""
    expect.equal(1, 2, "one")


async def test_it_draws_as_the_first_does(client, expect, values):
    """`GET /first` answers."""
    expect.equal(values.token(), "", "the token")
'''


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = small_course(tmp_path_factory.mktemp("course"))
    write(root / "exercises" / FIRST / "test_first.py", SPEC)
    return root


def failures(course: Path, *arguments: str) -> list[str]:
    """What each failure says it came with, and its line about the values."""
    run = run_pytest(course, f"exercises/{FIRST}", "--answers=solutions", *arguments)
    assert run.status == 1, run.text
    return re.findall(r"^  (?:came|values) +(.*)$", run.text, re.MULTILINE)


def test_a_failure_says_how_to_have_its_values_again(course: Path) -> None:
    drawn = failures(course, "--seed=11", "-k", "test_it_answers")
    assert drawn[-1] == "--seed 11 gives them again"
    assert failures(course, "--seed", "11", "-k", "test_it_answers") == drawn
    came, said = failures(course, "-k", "test_it_answers")
    fresh = re.fullmatch(r"--seed (\d+) gives them again", said)
    assert fresh, said
    assert failures(course, f"--seed={fresh[1]}", "-k", "test_it_answers") == [came, said]


def test_a_failure_without_drawn_values_does_not_speak_of_them(course: Path) -> None:
    assert failures(course, "-k", "draws_nothing") == ["one: 1"]


def test_neither_selection_nor_order_change_the_values(course: Path) -> None:
    name = f"exercises/{FIRST}/test_first.py::test_it_draws_as_the_first_does"
    alone = failures(course, "--seed=5", name)
    others = [f"exercises/{FIRST}/test_first.py::test_it_answers"]
    for order in ([*others, name], [name, *others]):
        run = run_pytest(course, "--answers=solutions", "--seed=5", *order)
        assert alone[0] in run.text


@pytest.mark.skipif(find_spec("xdist") is None, reason="xdist is not installed")
def test_workers_of_xdist_share_the_seed(course: Path) -> None:
    said = re.compile(r"--seed (\d+)")
    second = course / "exercises" / SECOND / "test_second.py"
    handed_out = second.read_text("utf-8")
    write(second, SPEC)
    report = course / "both.xml"
    both = ("exercises", "-p", "xdist", "-n2", "--dist=loadfile", "-v", f"--junitxml={report}")
    seeds: list[set[str]] = []
    try:
        for asked_for in ([], ["--seed=11"]):
            run = run_pytest(course, "--answers=solutions", *both, *asked_for)
            assert "[gw0]" in run.text
            assert "[gw1]" in run.text
            drawn = said.findall(report.read_text("utf-8"))
            assert len(drawn) >= 4, "two specs of each worker"
            seeds.append(set(drawn))
    finally:
        write(second, handed_out)
    assert len(seeds[0]) == 1
    assert seeds[1] == {"11"}


def test_the_seed_stands_in_the_report_for_junit(course: Path) -> None:
    failures(course, "--seed=11", f"--junitxml={course / 'report.xml'}")
    assert '<property name="seed" value="11" />' in (course / "report.xml").read_text("utf-8")


def test_a_seed_that_is_no_number_is_refused_in_one_sentence(course: Path) -> None:
    run = run_pytest(course, "--seed=x")
    assert run.status == 4
    assert "--seed: invalid int value: 'x'" in run.text
