"""What Python drops of the kata's own exceptions is no warning."""

from __future__ import annotations

import sys
import threading
from typing import Any

import pytest

from kata.containment.dropped import without_a_word_of
from kata.containment.watchdog import CutOff, CutOffForGood, Watchdog, watching


class _Raises:
    """Raises an exception at its end, which Python drops."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __del__(self) -> None:
        raise self.error


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The types of the exceptions that were dropped, as far as somebody is told."""
    types: list[Any] = []

    def tell(unraisable: Any) -> None:
        types.append(unraisable.exc_type)

    monkeypatch.setattr(sys, "unraisablehook", tell)
    monkeypatch.setattr(threading, "excepthook", tell)
    return types


def test_only_what_is_named_is_not_told(told: list[Any]) -> None:
    with without_a_word_of(CutOff):
        _Raises(CutOff())
        _Raises(ValueError())
    _Raises(CutOff())
    assert told == [ValueError, CutOff]


def test_what_is_named_may_end_a_thread(told: list[Any]) -> None:
    def end_of(error: type[BaseException]) -> None:
        def run() -> None:
            raise error

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()

    with without_a_word_of(CutOff):
        end_of(CutOff)
        end_of(ValueError)
    end_of(CutOff)
    assert told == [ValueError, CutOff]


def test_a_watchdog_that_broke_into_a_finalizer_is_not_told(told: list[Any]) -> None:
    dog = Watchdog(
        60.0,
        progress=object,
        sample=lambda frame: None,
        may_break_into=lambda frame: True,
        elsewhere=lambda error: None,
        last_words=lambda: None,
    )
    with watching(dog):
        _Raises(CutOff())
        _Raises(CutOffForGood())
    assert told == []
