"""Which hints the learner has seen, so that the next one is one step further and not more."""

import json
import os
from pathlib import Path
from typing import Any, cast

from kata.course.course import Exercise
from kata.course.state_directory import state_directory


class HintsSeen:
    """A number for each exercise, in `.kata/hints.json`. A file that is lost or broken is no loss:
    the hints begin again."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._file = root / ".kata" / "hints.json"

    def of(self, exercise: Exercise) -> int:
        seen = self._read().get(exercise.name, 0)
        return max(0, min(seen, len(exercise.hints)))

    def note(self, exercise: Exercise, seen: int) -> None:
        everything = {**self._read(), exercise.name: seen}
        state_directory(self._root)
        # Written beside it and moved, so that two commands at once leave one whole file.
        fresh = self._file.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(everything, indent=2) + "\n", "utf-8")
        fresh.replace(self._file)

    def _read(self) -> dict[str, int]:
        try:
            found: Any = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(found, dict):
            return {}
        items = cast("dict[str, Any]", found).items()
        return {name: seen for name, seen in items if isinstance(seen, int)}
