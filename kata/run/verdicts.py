"""Verdicts that were kept: which exercises were solved when they were last run, and by what inputs.

They stand below `.kata/`, a file for each exercise. Whatever is wrong with one only costs time: the exercise is run.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from kata.course.state_directory import state_directory


@dataclass(frozen=True)
class Verdict:
    """An exercise was solved: with these inputs, with the values of this seed, all these specs passed."""

    key: str
    seed: int
    specs: tuple[str, ...]
    seconds: float
    """The real seconds that they took then."""


class Verdicts:
    """Those of one copy of the kata."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def of(self, exercise: str) -> Verdict | None:
        """The last one of an exercise, whether its inputs are still the same or not."""
        try:
            data = json.loads((self._folder / f"{exercise}.json").read_text("utf-8"))
            verdict = Verdict(data["key"], data["seed"], tuple(data["specs"]), data["seconds"])
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        return verdict if _is_whole(verdict) else None

    def keep(self, exercise: str, verdict: Verdict) -> None:
        """Keep it for the next run, in place of the last one. Where that cannot be written, nothing is kept."""
        with contextlib.suppress(OSError):
            state_directory(self._root)
            self._folder.mkdir(exist_ok=True)
            # In one go: another run may read it at the same moment.
            number, name = tempfile.mkstemp(prefix=f".{exercise}-", dir=self._folder)
            try:
                with open(number, "w", encoding="utf-8") as file:
                    json.dump(asdict(verdict), file)
                os.replace(name, self._folder / f"{exercise}.json")
            except OSError:
                os.unlink(name)

    @property
    def _folder(self) -> Path:
        return self._root / ".kata" / "verdicts"


def _is_whole(verdict: Verdict) -> bool:
    """Whether it is what it says, and not only something that can be read."""
    return (
        isinstance(verdict.key, str)  # pyright: ignore[reportUnnecessaryIsInstance]
        and isinstance(verdict.seed, int)  # pyright: ignore[reportUnnecessaryIsInstance]
        and isinstance(verdict.seconds, float)  # pyright: ignore[reportUnnecessaryIsInstance]
        and bool(verdict.specs)
        and all(isinstance(name, str) for name in verdict.specs)  # pyright: ignore[reportUnnecessaryIsInstance]
    )
