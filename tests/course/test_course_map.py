"""The course map is text that can be read anywhere."""

import re
from pathlib import Path

import pytest

from kata.course.course import Exercise
from kata.course.course_map import Standing, State, can_draw, just_solved, next_up, render, state_of

ROOT = Path("/repository")


def standings(*states: tuple[State, int, int]) -> list[Standing]:
    found: list[Standing] = []
    for number, (state, passed, total) in enumerate(states, 1):
        name = f"{number:02}_thousands_of_things"
        exercise = Exercise(f"{number:02}", name, ROOT / "exercises" / name)
        found.append(Standing(exercise, state, passed, total))
    return found


SOLVED: tuple[State, int, int] = ("solved", 5, 5)
STARTED: tuple[State, int, int] = ("started", 2, 6)
UNTOUCHED: tuple[State, int, int] = ("not started", 0, 7)
PARTLY: tuple[State, int, int] = ("partly run", 2, 2)
NOT_RUN: tuple[State, int, int] = ("not run", 0, 0)

HALFWAY = standings(SOLVED, SOLVED, SOLVED, STARTED, *[UNTOUCHED] * 6)


@pytest.mark.parametrize(
    ("came", "state"),
    [
        ([], "not run"),
        (["passed", "passed"], "solved"),
        (["not started", "not started"], "not started"),
        (["not started", "failed"], "not started"),
        (["passed", "not started"], "started"),
        (["failed"], "started"),
        (["passed", "failed"], "started"),
    ],
)
def test_the_state_follows_from_the_outcomes(came: list[str], state: str) -> None:
    assert state_of(came) == state


def test_halfway_through() -> None:
    assert render(HALFWAY, width=80, start=ROOT) == (
        "The course  ██████▒▒░░░░░░░░░░░░  3 of 10 solved, 17 of 63 specs pass\n"
        "  ✓ 01 Thousands of things  solved       5/5\n"
        "  ✓ 02 Thousands of things  solved       5/5\n"
        "  ✓ 03 Thousands of things  solved       5/5\n"
        "→ ◐ 04 Thousands of things  started      2/6\n"
        "  ○ 05 Thousands of things  not started  0/7\n"
        "  ○ 06 Thousands of things  not started  0/7\n"
        "  ○ 07 Thousands of things  not started  0/7\n"
        "  ○ 08 Thousands of things  not started  0/7\n"
        "  ○ 09 Thousands of things  not started  0/7\n"
        "  ○ 10 Thousands of things  not started  0/7\n"
        "Next    04 · Thousands of things\n"
        "Open    exercises/04_thousands_of_things/main.py\n"
        "Lesson  exercises/04_thousands_of_things/README.md\n"
        "Hint    kata hint 04"
    )


def test_ascii_where_nothing_else_can_be_shown() -> None:
    text = render(HALFWAY, unicode=False, start=ROOT)
    assert text.isascii()
    assert "######==............" in text
    assert "[x] 03" in text
    assert "> [~] 04" in text
    assert "[ ] 05" in text


@pytest.mark.parametrize(
    ("encoding", "drawn"),
    [("utf-8", True), ("cp1252", False), ("ascii", False), (None, False), ("nonsense", False)],
)
def test_the_encoding_decides_what_can_be_drawn(encoding: str | None, drawn: bool) -> None:
    assert can_draw(encoding) is drawn


def test_colour_only_repeats_what_the_words_say() -> None:
    plain, coloured = render(HALFWAY), render(HALFWAY, colour=True)
    assert "\x1b[" not in plain
    assert "\x1b[32m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("width", [40, 50, 60, 80, 120, 200])
@pytest.mark.parametrize(
    "course",
    [
        HALFWAY,
        standings(*[UNTOUCHED] * 10),
        standings(*[SOLVED] * 10),
        standings(NOT_RUN, NOT_RUN, NOT_RUN, SOLVED, *[NOT_RUN] * 6),
        standings(NOT_RUN, PARTLY, *[NOT_RUN] * 7, PARTLY),
        standings(*[SOLVED] * 12, STARTED, *[UNTOUCHED] * 3, STARTED, *[UNTOUCHED] * 15),
        standings(*[UNTOUCHED] * 10, *[NOT_RUN] * 8),
        standings(*[UNTOUCHED] * 18),
        standings(*[SOLVED] * 10, STARTED, *[UNTOUCHED] * 7),
        standings(*[SOLVED] * 3, STARTED, *[SOLVED] * 6, STARTED, *[UNTOUCHED] * 7),
    ],
)
def test_it_fits_its_width_and_a_screen(course: list[Standing], width: int, unicode: bool) -> None:
    lines = render(course, width=width, unicode=unicode, start=ROOT).splitlines()
    assert len(lines) <= 16
    for line in lines:
        if not line.startswith(("Open", "Lesson", "Run")):
            assert len(line) <= width, line


def test_a_path_is_never_cut() -> None:
    assert "exercises/04_thousands_of_things/README.md" in render(HALFWAY, width=40, start=ROOT)


def test_paths_are_seen_from_the_working_folder() -> None:
    text = render(HALFWAY, start=ROOT / "exercises" / "04_thousands_of_things")
    assert "Open    main.py\n" in text


def test_another_answer_is_named_where_it_stands() -> None:
    exercise = HALFWAY[3].exercise
    other = Standing(exercise, "started", 1, 2, ROOT / "solutions" / exercise.name / "main.py")
    assert "Open    solutions/04_thousands_of_things/main.py" in render([other], start=ROOT)


def test_what_was_not_run_is_never_called_unsolved() -> None:
    course = standings(NOT_RUN, NOT_RUN, NOT_RUN, NOT_RUN, SOLVED, *[NOT_RUN] * 5)
    text = render(course, width=80, start=ROOT)
    assert "1 of 10 run: 1 solved, 5 of 5 specs pass" in text
    assert "01-04 4 exercises" in text
    assert "Next    06 · Thousands of things, not run this time" in text


def test_the_next_is_the_first_that_ran_and_is_not_solved() -> None:
    course = standings(NOT_RUN, SOLVED, UNTOUCHED, STARTED)
    assert next_up(course) is course[2]


def test_after_a_solved_one_comes_the_one_that_follows_it() -> None:
    course = standings(NOT_RUN, SOLVED, NOT_RUN)
    assert next_up(course) is course[2]


def test_after_the_last_one_alone_nobody_knows_what_is_next() -> None:
    course = standings(NOT_RUN, NOT_RUN, NOT_RUN, SOLVED)
    assert next_up(course) is None
    text = render(course, start=ROOT)
    assert "1 of 4 run: 1 solved, 5 of 5 specs pass" in text
    assert "Next    run all specs\nRun     pytest exercises" in text


def test_where_nothing_ran_nothing_is_known() -> None:
    assert next_up(standings(NOT_RUN, NOT_RUN)) is None


def test_a_part_of_the_specs_solves_nothing_and_unsolves_nothing() -> None:
    text = render(standings(*[PARTLY] * 3), start=ROOT)
    assert "6 specs run, 6 passed" in text
    assert text.count("partly run   2/2") == 3
    assert "solved" not in text
    assert "Next    run all specs\nRun     pytest exercises" in text


def test_after_a_part_of_one_exercise_its_other_specs_are_next() -> None:
    text = render(standings(NOT_RUN, ("partly run", 1, 1), NOT_RUN), start=ROOT)
    assert "1 spec run, 1 passed" in text
    assert "Next    run the other specs of 02\n" in text
    assert "Run     pytest exercises/02_thousands_of_things" in text


def test_a_failure_comes_before_what_was_not_run() -> None:
    course = standings(PARTLY, ("started", 1, 2), NOT_RUN)
    assert next_up(course) is course[1]


def test_no_command_is_named_that_would_run_another_answer() -> None:
    exercise = HALFWAY[3].exercise
    other = Standing(exercise, "partly run", 1, 1, ROOT / "solutions" / exercise.name / "main.py")
    assert "pytest" not in render([other], start=ROOT)


def test_at_the_end_there_is_nothing_next() -> None:
    course = standings(SOLVED, SOLVED)
    assert next_up(course) is None
    assert "nothing: all is solved" in render(course)
    assert "kata solution 01" in render(course)


@pytest.mark.parametrize(
    ("course", "place"),
    [
        (standings(SOLVED, NOT_RUN), 0),
        (standings(SOLVED, SOLVED, UNTOUCHED, UNTOUCHED), 1),
        (standings(SOLVED, SOLVED), 1),
        (standings(SOLVED, STARTED, UNTOUCHED), None),
        (standings(SOLVED, PARTLY), None),
        (standings(UNTOUCHED, UNTOUCHED), None),
        (standings(NOT_RUN), None),
    ],
)
def test_which_one_has_just_been_solved(course: list[Standing], place: int | None) -> None:
    assert just_solved(course) is (None if place is None else course[place])


def test_no_exercises_at_all() -> None:
    assert render([]) == "There are no exercises here."


def test_in_a_long_course_neighbours_share_a_line() -> None:
    course = standings(*[SOLVED] * 15, STARTED, *[UNTOUCHED] * 19)
    text = render(course, width=80, start=ROOT)
    assert "✓ 01-10 Part one: 10 exercises  solved       50/50\n" in text
    assert "✓ 11-15 5 exercises             solved       25/25\n" in text
    assert "→ ◐ 16" in text


PART_TWO_TO_COME = [NOT_RUN] * 8


def test_part_two_is_one_line_until_part_one_is_solved() -> None:
    text = render(standings(*[UNTOUCHED] * 10, *PART_TWO_TO_COME), width=80, start=ROOT)
    assert text.startswith("Part one  ░░░░░░░░░░░░░░░░░░░░  0 of 10 solved, 0 of 70 specs pass\n")
    assert "→ ○ 01    Thousands of things    not started  0/7\n" in text
    assert "  ○ 10    Thousands of things    not started  0/7\n" in text
    assert "  – 11-18 Part two: 8 exercises  not run\n" in text
    assert len(text.splitlines()) == 16


def test_when_part_one_is_solved_part_two_is_what_is_shown() -> None:
    course = standings(*[SOLVED] * 11, STARTED, *[UNTOUCHED] * 6)
    lines = render(course, width=80, start=ROOT).splitlines()
    assert lines[0].startswith("The course")
    assert lines[0].endswith("11 of 18 solved, 57 of 103 specs pass")
    assert lines[1].split() == ["✓", "01-10", "Part", "one:", "10", "exercises", "solved", "50/50"]
    assert [line[4:6] for line in lines[2:10]] == [f"{number}" for number in range(11, 19)]
    assert lines[3].startswith("→ ◐ 12")


def test_after_part_one_comes_the_first_of_part_two() -> None:
    text = render(standings(*[SOLVED] * 10, *PART_TWO_TO_COME), start=ROOT)
    assert text.startswith("The course")
    assert "10 of 18 run: 10 solved" in text
    assert "→ – 11" in text
    assert "12-18 7 exercises" in text


def test_part_two_that_was_run_is_counted() -> None:
    """Whoever names exercises of part two gets their numbers, whatever becomes of part one."""
    text = render(standings(*[NOT_RUN] * 9, UNTOUCHED, *[UNTOUCHED] * 8), start=ROOT)
    assert "The course" in text
    assert "9 of 18 run: 0 solved, 0 of 63 specs pass" in text
    text = render(standings(*[NOT_RUN] * 10, STARTED, *[NOT_RUN] * 7), start=ROOT)
    assert "1 of 18 run: 0 solved, 2 of 6 specs pass" in text
    assert "– 01-10 Part one: 10 exercises" in text


def test_everything_has_a_line_where_that_is_asked_for() -> None:
    course = standings(*[UNTOUCHED] * 18)
    lines = render(course, width=80, start=ROOT, everything=True).splitlines()
    assert [line[4:6] for line in lines[1:19]] == [f"{number:02}" for number in range(1, 19)]
    assert len(lines) <= 23
