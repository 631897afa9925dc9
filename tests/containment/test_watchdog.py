"""A look at an answer that goes wrong never breaks into it."""

from __future__ import annotations

from types import FrameType

from kata.containment.watchdog import Watchdog


def test_a_sample_that_fails_is_left_out_and_the_cut_off_comes_all_the_same() -> None:
    looks: list[None] = []

    def sample(frame: FrameType | None) -> None:
        looks.append(None)
        raise TypeError("a step without a line")

    dog = Watchdog(
        0.0,
        progress=lambda: "nothing moves on",
        sample=sample,
        may_break_into=lambda frame: True,
        elsewhere=lambda error: None,
        last_words=lambda: None,
    )
    assert dog.tick(None) is None  # the first look sees what there is
    assert dog.tick(None) is not None
    assert len(looks) == 2
