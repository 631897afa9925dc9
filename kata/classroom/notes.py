"""What the teacher is told about a hand-in."""

from dataclasses import dataclass

ROUTINE = ("left out", "level")
"""Kinds that most hand-ins have: they stand in the manifest, and the screen only counts them."""


@dataclass(frozen=True)
class Note:
    """One thing that was done to a hand-in, or could not be. `text` is a whole sentence without its full stop.

    `kind` is one of: "renamed", "moved", "level", "converted", "doubled", "left out", "changed", "linked", "late",
    "refused", "unplaced", "kept", "replaced", "unknown".
    """

    kind: str
    text: str
    exercise: str = ""
    assignment: str = ""


class Notes(list[Note]):
    """Notes in their order, each told once."""

    def tell(self, kind: str, text: str, exercise: str = "") -> None:
        note = Note(kind, text, exercise)
        if note not in self:
            self.append(note)
