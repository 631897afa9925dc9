"""Text for a terminal is broken between words, and nothing of it is lost but a drawing that does not fit."""

import pytest

from kata.feedback.wrapping import wrapped

FAILURE = """\
The two tasks overlap, so the answer takes three seconds, not five.

  expected   GET /parallel-tasks takes 3 s
  came       it took 5 s, and that is two seconds more than it should take

  task_1  ████████
  task_2          ████████████
          0   1   2   3   4   5 s
          ▒ the event loop is blocked

  look at    exercises/08_parallel_tasks/main.py:14
                 first, second = await gather(task_1(), task_2(), *others)

task_2 did not start until task_1 had ended.\
"""


@pytest.mark.parametrize("width", [80, 60, 50, 40])
def test_every_word_is_kept_and_none_is_broken(width: int) -> None:
    text = wrapped(FAILURE, width)
    assert all(len(line) <= width for line in text.splitlines() if "/" not in line)
    if "█" in text:
        assert text.split() == FAILURE.split()


def test_what_fits_is_as_it_was() -> None:
    assert wrapped(FAILURE, 200) == FAILURE
    assert wrapped("", 10) == ""
    assert wrapped("a\n\n\n\nb\n", 10) == "a\n\n\n\nb\n"


def test_a_fact_goes_on_under_itself() -> None:
    text = wrapped(FAILURE, 40)
    assert "  came       it took 5 s, and that is\n             two seconds more" in text


def test_a_number_keeps_its_unit() -> None:
    assert wrapped("the answer takes 3 s", 18) == "the answer takes\n3 s"


def test_a_line_of_code_goes_on_under_itself() -> None:
    text = wrapped(FAILURE, 50)
    assert "                 first, second = await\n                 gather(task_1()," in text


def test_a_drawing_that_does_not_fit_is_told_and_left_out() -> None:
    text = wrapped(FAILURE, 36)
    assert "█" not in text
    assert "(There is a drawing here, 37 columns\nwide.)" in text
    assert "█" in wrapped(FAILURE, 37)


def test_a_word_longer_than_the_line_is_left_whole() -> None:
    assert wrapped("look at exercises/08_parallel_tasks/main.py:14 now", 20) == (
        "look at\nexercises/08_parallel_tasks/main.py:14\nnow"
    )
