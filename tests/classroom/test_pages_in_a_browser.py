"""The pages of `kata class report` in a real browser: as files, offline, as a teacher uses them."""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from kata.classroom.report import write_report
from kata.classroom.results import Move, Result, SecondLook, SpecResult, Student
from tests.classroom import browser as machine
from tests.classroom import made_results as made

machine.need()

from playwright.sync_api import Browser, Page, expect  # noqa: E402

CLASS = made.a_class(30, seed=4)
DESKTOP, PHONE, TINY = (1280, 900), (390, 844), (320, 640)


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    with machine.chromium() as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    write_report(made.write(CLASS, folder / "results"), folder / "pages", title="Web, autumn")
    return folder / "pages"


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages with all that there can be, and no more rows than that takes: axe-core looks at each."""
    folder = tmp_path_factory.mktemp("few")
    write_report(made.write(CLASS[:9], folder / "results"), folder / "pages")
    return folder / "pages"


class Seen:
    """What went wrong in a page, and what it asked for."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.stopped: list[str] = []


def opened(
    chromium: Browser, path: Path, size: tuple[int, int] = DESKTOP, scheme: Any = "light"
) -> Generator[tuple[Page, Seen]]:
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, offline=True
    )
    page, seen = context.new_page(), Seen()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on(
        "console",
        lambda said: seen.errors.append(said.text) if said.type in ("error", "warning") else None,
    )
    page.on("dialog", lambda dialog: seen.errors.append(f"a dialog: {dialog.message}"))
    page.on("requestfailed", lambda request: seen.stopped.append(request.url))
    page.on("request", lambda request: seen.requests.append(request.url))
    page.goto(path.as_uri())
    yield page, seen
    context.close()


@pytest.fixture
def page(chromium: Browser, pages: Path) -> Generator[Page]:
    for found, seen in opened(chromium, pages / "index.html"):
        yield found
        assert seen.errors == []
        assert {url.partition(":")[0] for url in seen.requests} <= {"file", "data"}


def names(page: Page) -> list[str]:
    return page.locator("#table tbody th").all_inner_texts()


def column(page: Page, number: int) -> list[str]:
    return page.locator(f"#table tbody td:nth-child({number})").all_inner_texts()


def shown(page: Page) -> str:
    return page.locator("#shown").inner_text()


# Sorting


def test_the_table_has_everybody_by_name(page: Page) -> None:
    assert shown(page) == "30 of 30"
    found = [name.replace("look", "").replace("late", "").strip() for name in names(page)]
    assert sorted(found) == sorted(each.student.name for each in CLASS)
    # As people sort: an accent does not go behind z.
    assert [found.index("Ólafur Becker") < found.index("Priya Costa")] == [True]


def test_a_click_sorts_and_another_turns_it_round(page: Page) -> None:
    points = page.get_by_role("button", name="Points")
    points.click()
    expect(page.get_by_role("columnheader", name="Points")).to_have_attribute(
        "aria-sort", "descending"
    )
    came = [float(text) for text in column(page, 2)]
    assert came == sorted((each.points for each in CLASS), reverse=True)
    points.click()
    assert [float(text) for text in column(page, 2)] == sorted(came)
    assert page.locator("[aria-sort]").count() == 1


def test_the_keyboard_sorts_by_an_exercise(page: Page) -> None:
    page.get_by_role("button", name="Points").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="01 First async endpoint")).to_have_attribute(
        "aria-sort", "descending"
    )
    states = [
        text.split(maxsplit=1)[-1]
        for text in page.locator("#table td:nth-child(3)").all_text_contents()
    ]
    assert states[0] == "solved"
    ranks = ["solved", "wrong", "cut off", "not started", "not judged", "not handed in"]
    assert [ranks.index(state) for state in states] == sorted(
        ranks.index(state) for state in states
    )


# Filtering


def test_a_name_is_found_without_its_accents(page: Page) -> None:
    page.get_by_label("Name, id or group").fill("olaf beck")
    assert [name.strip() for name in names(page)] == ["Ólafur Becker"]
    assert shown(page) == "1 of 30"
    page.get_by_role("button", name="Show everybody", exact=True).click()
    expect(page.locator("#shown")).to_have_text("30 of 30")


@pytest.mark.parametrize("state", ["solved", "wrong", "cut off", "not started", "not handed in"])
def test_a_state_of_an_exercise_is_chosen(page: Page, state: str) -> None:
    page.get_by_label("Exercise", exact=True).select_option("3")
    page.get_by_label("State", exact=True).select_option(label=state)
    expected = sum(each.exercises[3].state == state for each in CLASS)
    assert shown(page) == f"{expected} of 30"


def test_who_is_stuck_is_one_click_away(page: Page) -> None:
    link = page.locator("a[data-stuck]").first
    count = int(link.inner_text())
    link.click()
    expect(page.locator("#shown")).to_have_text(f"{count} of 30")
    first = next(place for place, each in enumerate(made.COURSE.exercises) if each)
    assert all(
        text.startswith(f"0{first + 1} ·")
        for text in page.locator("#table td.why").all_inner_texts()
    )


def test_who_fails_a_spec_is_two_clicks_away(page: Page) -> None:
    square = page.locator("table.heat a.heat-2").first
    square.click()
    row = page.locator(square.get_attribute("href") or "")
    expect(row).to_be_visible()
    link = row.locator("a[data-spec]")
    place, count = int(link.get_attribute("data-spec") or ""), int(link.inner_text())
    link.click()
    expect(page.locator("#only")).to_be_visible()
    failing = sum(
        [spec.state in ("failed", "cut off") for part in each.exercises for spec in part.specs][
            place
        ]
        for each in CLASS
    )
    assert failing == count
    assert shown(page) == f"{count} of 30"
    page.get_by_role("button", name="Show everybody again").click()
    expect(page.locator("#only")).to_be_hidden()
    assert shown(page) == "30 of 30"


def test_who_made_a_mistake_is_a_click_away(page: Page) -> None:
    mistake = page.locator("ol.mistakes > li").first
    count = int(re.findall(r"\d+", mistake.locator(".count").inner_text())[0])
    mistake.locator("a[data-mistake]").click()
    expect(page.locator("#shown")).to_have_text(f"{count} of 30")


# Students


def test_a_student_opens_by_the_keyboard_and_the_way_back_keeps_the_view(page: Page) -> None:
    page.get_by_label("Name, id or group").fill("chen")
    link = page.locator("#table tbody th a")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Chen Allen")
    page.go_back()
    expect(page.locator("#shown")).to_have_text("1 of 30")
    assert page.get_by_label("Name, id or group").input_value() == "chen"


def test_a_student_page_has_every_failure_as_the_kata_says_it(
    chromium: Browser, pages: Path
) -> None:
    result = max(
        CLASS,
        key=lambda each: sum(
            spec.state == "failed" for part in each.exercises for spec in part.specs
        ),
    )
    for page, seen in opened(chromium, pages / "students" / f"{result.student.id}.html"):
        text = " ".join(page.locator("main").inner_text().replace("`", "").split())
        for exercise in result.exercises:
            for spec in exercise.specs:
                if spec.state == "failed":
                    for paragraph in spec.text.split("\n\n"):
                        assert " ".join(paragraph.replace("`", "").split()) in text
        pictures = page.locator("figure img")
        assert pictures.count() == sum(
            bool(spec.svg) for part in result.exercises for spec in part.specs
        )
        for number in range(pictures.count()):
            pictures.nth(number).scroll_into_view_if_needed()
            page.wait_for_function(
                "i => document.images[i].complete && document.images[i].naturalWidth > 0",
                arg=number,
            )
        assert page.locator("script").count() == 0
        assert seen.errors == []


def test_the_teachers_notes_and_moves_are_there(page: Page) -> None:
    look = page.locator("#look")
    expect(look).to_contain_text("Chen Allen: 08 says 9 of 9 to itself, and does 2 of 9.")
    look.get_by_role("link").first.click()
    expect(page.get_by_role("note")).to_contain_text("08 says 9 of 9 to itself")
    page.get_by_role("link", name="The class").click()
    page.get_by_label("State", exact=True).select_option(label="moved")
    assert shown(page) == f"{sum(bool(each.moves) for each in CLASS)} of 30"


# For everybody


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("which", ["class", "student", "feedback"])
def test_axe_finds_nothing(
    chromium: Browser, few: Path, which: str, scheme: str, size: tuple[int, int], tmp_path: Path
) -> None:
    from kata.classroom.student_page import student_page

    told = next(each for each in CLASS[:9] if each.notes)
    path = {
        "class": few / "index.html",
        "student": few / "students" / f"{told.student.id}.html",
    }.get(which)
    if path is None:
        path = tmp_path / "feedback.html"
        path.write_text(student_page(CLASS[0], teacher=False), "utf-8")
    for page, seen in opened(chromium, path, size, scheme):
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        if which == "class":  # with everything that can be on the page
            page.locator("a[data-mistake]").first.click()
            expect(page.locator("#only")).to_be_visible()
        found, rules = machine.axe(page)
        assert found == []
        assert rules > 15
        assert seen.errors == []


@pytest.mark.parametrize("size", [PHONE, TINY], ids=["phone", "tiny"])
def test_nothing_runs_over_the_side(chromium: Browser, pages: Path, size: tuple[int, int]) -> None:
    for path in (pages / "index.html", pages / "students" / "s0001.html"):
        for page, _ in opened(chromium, path, size):
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_on_paper_everybody_is_there(chromium: Browser, tmp_path: Path) -> None:
    results = made.write([made.result(number) for number in range(230)], tmp_path / "results")
    write_report(results, tmp_path / "pages")
    for page, seen in opened(chromium, tmp_path / "pages" / "index.html"):
        rows = page.locator("#table tbody tr")
        assert rows.count() == 200
        page.evaluate(
            "addEventListener('beforeprint', () => { window.printed = document.querySelectorAll('#table tbody tr').length })"
        )
        assert page.pdf(format="A4").startswith(b"%PDF")
        assert page.evaluate("window.printed") == 230
        assert rows.count() == 200
        page.get_by_role("button", name="Show all 230").click()
        assert rows.count() == 230
        assert seen.errors == []


def test_paper_is_white_though_the_screen_is_dark(chromium: Browser, pages: Path) -> None:
    for path in (pages / "index.html", pages / "students" / "s0001.html"):
        for page, _ in opened(chromium, path, scheme="dark"):
            ink = "getComputedStyle(document.querySelector('h1')).color"
            assert page.evaluate(ink) == "rgb(230, 228, 223)"
            page.emulate_media(media="print")
            assert page.evaluate(ink) == "rgb(27, 31, 36)"
            assert (
                page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
                == "rgb(255, 255, 255)"
            )


# Hostile students

EVIL = (
    "</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1><svg onload=window.pwned=1>"
    "\"'><b id=evil>&lt;i&gt;{{7*7}}{% raw %}\u202e`<u>x</u>`]]>--><!--javascript:window.pwned=1"
)


def hostile() -> Result:
    """Every text that a student may have a hand in is an attack."""
    result = made.plain_result({"08": "wrong"})
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' onload='parent.pwned=1'><script>parent.pwned=1</script>{EVIL}</svg>"
    exercises = list(result.exercises)
    specs = [
        SpecResult(
            name=EVIL, title=EVIL, state="failed", max_points=1, text=EVIL, diagnosis=EVIL, where=EVIL, drawing=EVIL + "1",
            svg=svg, second_look=SecondLook(verdict="differs", text=EVIL),
        )
        for _ in exercises[7].specs
    ]  # fmt: skip
    exercises[7] = exercises[7].model_copy(
        update={"specs": tuple(specs), "points": 0.0, "ended": EVIL, "title": EVIL, "answer": EVIL}
    )
    return result.model_copy(
        update={
            "student": Student(id=EVIL, name=EVIL, login=EVIL, email=EVIL, folder=EVIL),
            "group": EVIL,
            "isolation": EVIL,
            "kata": EVIL,
            "judged_by": EVIL,
            "notes": (EVIL,),
            "moves": (Move(exercise=EVIL, spec=EVIL, before=EVIL, now=EVIL),),
            "exercises": tuple(exercises),
            "points": result.points - sum(spec.points for spec in result.exercises[7].specs),
        }
    )


def test_nothing_that_a_student_writes_runs(chromium: Browser, tmp_path: Path) -> None:
    from kata.classroom.student_page import student_page

    results = made.write([hostile()], tmp_path / "results")
    write_report(results, tmp_path / "pages", title=EVIL)
    feedback = tmp_path / "feedback.html"
    feedback.write_text(student_page(hostile(), teacher=False), "utf-8")
    paths = [
        tmp_path / "pages" / "index.html",
        *(tmp_path / "pages" / "students").iterdir(),
        feedback,
    ]
    assert len(paths) == 3
    for path in paths:
        for page, seen in opened(chromium, path):
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            for picture in page.locator("figure img").all()[:1]:
                picture.scroll_into_view_if_needed()
            page.wait_for_timeout(200)
            assert page.evaluate("window.pwned") is None
            assert page.locator("#evil, [onerror], [onload], main script").count() == 0
            assert "<img src=x onerror" in page.locator("h1").inner_text()
            assert seen.errors == []


def test_the_policy_stops_what_might_still_get_in(chromium: Browser, pages: Path) -> None:
    """If a text did become markup: no script, no handler, no style and no address from elsewhere."""
    for path in (pages / "index.html", pages / "students" / "s0001.html"):
        for page, seen in opened(chromium, path):
            page.evaluate(
                """() => {
                    const script = document.createElement("script");
                    script.textContent = "window.pwned = 1";
                    document.body.append(script);
                    const place = document.createElement("div");
                    place.innerHTML = "<img src=x onerror='window.pwned = 1'><img src='https://example.org/x.png'>";
                    document.body.append(place);
                }"""
            )
            page.wait_for_timeout(200)
            assert page.evaluate("window.pwned") is None
            assert any("Content Security Policy" in error for error in seen.errors)
            # The browser begins it and the policy ends it, before a name is looked up.
            assert [url for url in seen.requests if url.startswith("http")] == [
                url for url in seen.stopped if url.startswith("http")
            ]
