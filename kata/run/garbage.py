"""The garbage collector in a run: off until the specs begin, and seldom at work while they run."""

from __future__ import annotations

import gc

import pytest

SELDOM = 50_000
"""So many objects more than at the last time, and Python looks for garbage. By itself it does so at 700, or 2,000.

A thousand requests in flight are more objects than that, and none of them is garbage. What a spec has to know of it
collects itself, with `gc.collect()`.
"""

_AS_IT_WAS = pytest.StashKey[tuple[bool, tuple[int, int, int]]]()
"""Whether the collector was on when the run began, and its thresholds."""


def collect_nothing(config: pytest.Config) -> None:
    """Turn the collector off: of what is imported, and made while tests are collected, nothing is garbage."""
    if _AS_IT_WAS not in config.stash:
        config.add_cleanup(lambda: collect_as_before(config))
    _as_it_was(config)
    gc.disable()


def collect_seldom(config: pytest.Config) -> None:
    """Turn it on for the specs, if it was. What is there by now is never looked at again."""
    look_no_more_at_what_is_there()
    was_on, (_, *older) = _as_it_was(config)
    gc.set_threshold(SELDOM, *older)
    if was_on:
        gc.enable()


def look_no_more_at_what_is_there() -> None:
    """For the beginning of an exercise, once: what the others have left is nothing that its specs ask for.

    In one process for all exercises to look through it took longer than to look through what a spec has made.
    """
    gc.freeze()


def collect_as_before(config: pytest.Config) -> None:
    """Put back what the run has found. What was frozen stays so."""
    was_on, thresholds = _as_it_was(config)
    gc.set_threshold(*thresholds)
    (gc.enable if was_on else gc.disable)()


def _as_it_was(config: pytest.Config) -> tuple[bool, tuple[int, int, int]]:
    """Kept when it is first asked for: an editor's run may come to the kata when it has begun long before."""
    return config.stash.setdefault(_AS_IT_WAS, (gc.isenabled(), gc.get_threshold()))
