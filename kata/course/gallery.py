"""The head of a wrong answer in a gallery: what its mistake is, and how it must be caught.

It is the docstring of the file, and has four parts: `Mistake:` with one sentence, `Cell:` with the promise and the
circumstance that it breaks (see `kata.course.circumstances`), `Caught by:` with the name of the first spec that must
fail, `Reads:` with words that must stand in its failure.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path


class BadHead(ValueError):
    """The head of a wrong answer does not say what it must."""


@dataclass(frozen=True)
class WrongHead:
    mistake: str
    cell: str
    caught_by: str
    reads: str


_PARTS = ("Mistake", "Cell", "Caught by", "Reads")


def name_of(answer: Path) -> str:
    """What an answer is called: its file's name, or that of the folder that it fills."""
    return answer.stem if answer.parent.name in ("right", "wrong") else answer.parent.name


def docstring(path: Path) -> str:
    """A file's own docstring. A wrong answer may be wrong in its syntax, so it need not parse."""
    source = path.read_text("utf-8", errors="replace")
    try:
        return ast.get_docstring(ast.parse(source)) or ""
    except (SyntaxError, ValueError):
        found = re.match(r'\s*"""(.*?)"""', source, re.DOTALL)
        return found[1].strip() if found else ""


def wrong_head(path: Path) -> WrongHead:
    """What a wrong answer says of itself. A value may go on over indented or plain lines."""
    said: dict[str, str] = {}
    key = ""
    for line in docstring(path).splitlines():
        name, colon, value = line.partition(":")
        if colon and name in _PARTS:
            key = name
            said[key] = value.strip()
        elif key and line.strip():
            said[key] = f"{said[key]} {line.strip()}".strip()
        else:
            key = ""
    missing = [name for name in _PARTS if not said.get(name)]
    if missing:
        raise BadHead(f"its docstring does not say {' and '.join(repr(m + ':') for m in missing)}")
    return WrongHead(*(said[name] for name in _PARTS))
