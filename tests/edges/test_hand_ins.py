"""Hand-ins as they come: permissions, links, environments, and files in another place than was asked for."""

from __future__ import annotations

import os
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from kata.course.course import Course
from kata.course.hand_in import misplaced
from tests.helpers.clone import ROOT, Clone

FIRST, FETCH, FIFTH = "01_first_async_endpoint", "03_fetch_data", "05_startup_and_shutdown"
TENTH = "10_test_it_yourself"

with_links = pytest.mark.skipif(
    os.name != "posix",
    reason="Windows lets not everybody make links, and knows no pipes in a folder",
)


def hand_in(clone: Clone, ada: Path, *names: str) -> None:
    for name in names:
        shutil.copytree(clone.root / "solutions" / name, ada / name)


def test_a_read_only_hand_in_is_judged_and_leaves_nothing(clone: Clone, ada: Path) -> None:
    hand_in(clone, ada, FIFTH, TENTH)
    for folder in (ada / FIFTH, ada / TENTH):
        for path in (*folder.iterdir(), folder):
            path.chmod(0o555)

    ran = clone.pytest(f"--answers={ada}", "-k", "05_startup or 10_test", user=True)

    ran.holds("2 of 10 run: 2 solved")
    assert ran.status == 0
    assert not list(clone.scratch.glob("kata-*"))


def test_what_cannot_be_read_fails_its_own_specs_with_a_sentence(clone: Clone, ada: Path) -> None:
    hand_in(clone, ada, FIRST, FETCH, "04_upstream_errors", TENTH)
    (ada / FETCH / "main.py").chmod(0)
    (ada / TENTH / "test_main.py").chmod(0)
    (ada / "04_upstream_errors").chmod(0)
    (ada / FIRST / "notes.txt").write_text("a secret")
    (ada / FIRST / "notes.txt").chmod(0)

    ran = clone.pytest(f"--answers={ada}", "-k", "01_ or 03_ or 04_ or 10_", "-rf", user=True)

    ran.holds(
        "01 First async endpoint solved 6/6",
        f"{FETCH}/main.py cannot be read: Permission denied",
        "Give yourself the permission to read it",
        "03 Fetch data started 0/9",
        "04 Upstream errors",
        "10 Test it yourself started",
    )
    ran = clone.pytest(f"--answers={ada}", clone.exercise("10"), "-x", user=True)
    ran.holds(f"{TENTH}/test_main.py cannot be read: Permission denied")
    ran = clone.pytest(f"--answers={ada}", clone.exercise("04"), "-x", user=True)
    ran.holds("04_upstream_errors cannot be read: Permission denied")


def test_an_answer_that_locks_its_folder_leaves_no_copy(clone: Clone) -> None:
    answer = clone.solve("01")
    lock = "import os, pathlib\nhere = pathlib.Path(__file__).parent\n(here / 'a/b').mkdir(parents=True, exist_ok=True)\n"
    lock += (
        "(here / 'a/b/c').write_text('')\nfor p in ('a/b', 'a', '.'): os.chmod(here / p, 0o500)\n"
    )
    answer.write_text(answer.read_text().replace("app = FastAPI()", f"{lock}app = FastAPI()"))

    clone.pytest(answer.parent, user=True).holds("01 First async endpoint solved 6/6")
    assert not list(clone.scratch.glob("kata-*"))


@with_links
def test_links_inside_a_hand_in_are_followed_and_others_refused(clone: Clone, ada: Path) -> None:
    hand_in(clone, ada, FIRST, FETCH)
    shared = ada / "shared"
    shared.mkdir()
    (ada / FIRST / "main.py").rename(shared / "first.py")
    (ada / FIRST / "main.py").symlink_to("../shared/first.py")
    (shared / "helper.py").write_text("x = 1\n")
    (ada / FIRST / "tools").symlink_to("../shared")
    (ada / FIRST / "round").symlink_to("..")
    with (shared / "first.py").open("a") as file:
        file.write("\nfrom tools.helper import x\n")
    outside = ada.parent / "bob.py"
    shutil.copy(ada / FETCH / "main.py", outside)
    (ada / FETCH / "main.py").unlink()
    (ada / FETCH / "main.py").symlink_to(outside)

    ran = clone.pytest(f"--answers={ada}", "-k", "01_ or 03_")

    ran.holds(
        "01 First async endpoint solved 6/6",
        f"{FETCH}/main.py is a link that leads out of ada",
        "Hand in the file itself, not a link to it.",
        "03 Fetch data started 0/9",
    )


@with_links
def test_a_learners_own_links_lead_anywhere(clone: Clone) -> None:
    elsewhere = clone.root.parent / "dotfiles"
    elsewhere.mkdir()
    answer = clone.solve("01")
    answer.rename(elsewhere / "first.py")
    answer.symlink_to(os.path.relpath(elsewhere / "first.py", answer.parent))
    (elsewhere / "helper.py").write_text("x = 1\n")
    (answer.parent / "helper.py").symlink_to(elsewhere / "helper.py")
    (answer.parent / "package").symlink_to(elsewhere)
    with (elsewhere / "first.py").open("a") as file:
        file.write("\nimport helper, package.helper\n")

    clone.pytest(answer.parent).holds("01 First async endpoint solved 6/6")
    answer.unlink()
    answer.symlink_to("nowhere.py")
    ran = clone.pytest(answer.parent)
    ran.holds("main.py is a link to nowhere.py, which is not there")


@with_links
def test_environments_and_what_tools_make_are_not_copied(clone: Clone) -> None:
    answer = clone.solve("01")
    for name in ("env", "anything"):
        (answer.parent / name / "lib").mkdir(parents=True)
        (answer.parent / name / "pyvenv.cfg").write_text("")
    for name in (".tox", "site-packages", ".env/bin", "node_modules"):
        (answer.parent / name).mkdir(parents=True)
    (answer.parent / ".env/bin/activate").write_text("")
    (answer.parent / "data").mkdir()
    os.mkfifo(answer.parent / "pipe")
    with answer.open("a") as file:
        file.write(
            "\nimport os\nassert sorted(os.listdir()) == ['README.md', 'data', 'main.py', 'predict.py']\n"
        )

    clone.pytest(answer.parent, "-x").holds("01 First async endpoint solved 6/6")


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (f"{FIRST}/Main.py", f"found {FIRST}/Main.py: give it that name."),
        (f"{FIRST}/main(1).py", f"found {FIRST}/main(1).py: give it that name."),
        (f"{FIRST}/main - copy.py", f"found {FIRST}/main - copy.py: give it that name."),
        (f"{FIRST}/main.py.txt", f"found {FIRST}/main.py.txt: give it that name."),
        (f"{FIRST}/answer.ipynb", f"found {FIRST}/answer.ipynb: give it that name."),
        ("01/main.py", "found 01/main.py: give it that name."),
        ("Exercise 1/main.py", "found Exercise 1/main.py: give it that name."),
        (f"{FIRST.upper()}/main.py", f"found {FIRST.upper()}/main.py: give it that name."),
        ("main.py", "found main.py itself: put it into the folder of its exercise."),
        (f"exercises/{FIRST}/main.py", "found the exercises in ada/exercises: judge that folder."),
        (f"{FIRST}/{FIRST}/main.py", f"found {FIRST}/{FIRST}/main.py: give it that name."),
        (f"{FIRST}/helper.py", ""),
        ("99/main.py", ""),
        ("README.md", ""),
    ],
)
def test_an_answer_in_another_place_is_named(place: str, found: str, ada: Path) -> None:
    course = Course(ROOT)
    (ada / place).parent.mkdir(parents=True, exist_ok=True)
    (ada / place).write_text("")

    said = list(misplaced(course, ada, course.exercises))

    assert said == ([f"looked for {FIRST}/main.py in ada, and {found}"] if found else [])


def test_what_is_not_handed_in_has_a_state_of_its_own(clone: Clone, ada: Path) -> None:
    hand_in(clone, ada, FIRST)
    (ada / "02_never_block_the_loop").mkdir()
    shutil.copy(ada / FIRST / "main.py", ada / "02_never_block_the_loop" / "Main.py")

    ran = clone.pytest(
        f"--answers={ada}", "-k", "01_first or 02_never or 03_fetch", "--junitxml=ada.xml"
    )

    ran.holds(
        "kata: looked for 02_never_block_the_loop/main.py in ada, and found",
        "01 First async endpoint solved 6/6",
        "02 Never block the loop not handed in 0/12",
        "03 Fetch data not handed in 0/9",
        "21 not handed in in",
    )
    assert ran.text.count("looked for") == 1
    assert ran.status == 1
    states = [_state(case) for case in ET.parse(clone.root / "ada.xml").iter("testcase")]
    assert sorted(states) == ["not handed in"] * 21 + ["passed"] * 6


def _state(case: ET.Element) -> str:
    """The state of a spec in the XML; for one that was not handed in, its failure says so too."""
    (state,) = case.iter("property")
    assert state.attrib["name"] == "state"
    if state.attrib["value"] == "not handed in":
        (failure,) = case.iter("failure")
        assert failure.attrib["message"].startswith("not handed in: there is no file")
    return state.attrib["value"]
