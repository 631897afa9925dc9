"""A process that an answer has forked off must not go on with the run."""

from __future__ import annotations

import os

from kata.clock.mine import mine

_real_exit = os._exit  # pyright: ignore[reportPrivateUsage]


class _Fork:
    """True in a process that an answer has forked off."""

    happened = False


def leave_if_forked() -> None:
    """End a process that an answer has forked off, where the answer gives control back."""
    if _Fork.happened:
        _real_exit(0)


def _forget_turns_in_child() -> None:
    if mine.turn is not None:
        _Fork.happened = True
    mine.drop()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_turns_in_child)
