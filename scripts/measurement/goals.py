"""Numbers beside what they should be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Goals:
    """Prints each number, and remembers whether a goal was missed."""

    missed: bool = False

    def tell(self, what: str, number: float, goal: str = "", *, holds: bool = True) -> None:
        self.missed |= not holds
        print(f"{what:<58} {number:>9.2f}   {goal}{'' if holds else '   MISSED'}", flush=True)
