"""What is in the files of one hand-in, each read once and paid for from one budget."""

from __future__ import annotations

from pathlib import Path

from kata.classroom.members import Budget, Member, Parts, TooMuch
from kata.classroom.notes import Notes
from kata.classroom.refusal import Refusal
from kata.classroom.texts import as_utf_8
from kata.course.course import Exercise

_LARGE = 1024 * 1024


class Contents:
    """Reads files of one hand-in. Raises `TooMuch` if they are more than anybody hands in."""

    def __init__(self, budget: Budget, notes: Notes) -> None:
        self._budget = budget
        self._notes = notes
        self._read: dict[Parts, bytes] = {}

    def read(self, member: Member) -> bytes:
        """A file's bytes. Raises `Refusal` if it cannot be had."""
        if member.path not in self._read:
            self._read[member.path] = self._budget.read(member)
        return self._read[member.path]

    def text(self, member: Member) -> str | None:
        """A file's text, or None if it cannot be had: who asks for it as an answer is told why not."""
        try:
            return as_utf_8(self.read(member))[0].decode("utf-8", "replace")
        except TooMuch:
            raise
        except Refusal:
            return None

    def code(self, member: Member, exercise: Exercise) -> bytes | None:
        """A file's content as it is written, or None if it cannot be had, which is told."""
        try:
            data = self.read(member)
        except TooMuch:
            raise
        except Refusal as refusal:
            self._notes.tell("refused", str(refusal), exercise.name)
            return None
        if not member.name.lower().endswith((".py", ".txt")):
            return data
        plain, done = as_utf_8(data)
        if done:
            self._notes.tell(
                "converted", f"{member.shown} had {done}: written as UTF-8", exercise.name
            )
        return plain

    def differs(self, member: Member, own: Path) -> bool:
        """Whether a file says something else than the kata's `own`, in whatever encoding."""
        if member.size > _LARGE:
            return True
        return as_utf_8(self.read(member))[0] != as_utf_8(own.read_bytes())[0]
