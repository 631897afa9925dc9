"""A class in parts, for several machines that know nothing of each other.

A student belongs to the part that the hash of the id says. So every machine works out alike who is
its own, whatever the order of the folders, and a student who comes later moves nobody.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Self

from kata.classroom.refusal import Refusal


@dataclass(frozen=True)
class Shard:
    """Part `number` of `of`, counted from 1. `1/1` is the whole class."""

    number: int = 1
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `3/16`. Raises Refusal if it is none."""
        found = re.fullmatch(r"\s*([0-9]{1,6})\s*/\s*([0-9]{1,6})\s*", text)
        if found and 1 <= int(found[1]) <= int(found[2]):
            return cls(int(found[1]), int(found[2]))
        raise Refusal(f"{text!r} is no shard: write 3/16 for the third of sixteen.")

    def has(self, student_id: str) -> bool:
        """Whether this student is judged in this part."""
        digest = hashlib.sha256(student_id.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8], "big") % self.of == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"
