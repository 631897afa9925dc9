"""Whether two files say the same, whatever an editor has done to one of them in saving it."""

import codecs
from pathlib import Path


def same_text(one: Path, other: Path) -> bool:
    """Whether two files say the same; False if either cannot be read."""
    try:
        return same_code(one.read_bytes(), other.read_bytes())
    except OSError:
        return False


def same_code(one: bytes, other: bytes) -> bool:
    """Compare without regard to a byte order mark, the kind of line ends, and spaces at the end of lines or blank
    lines at the end of the file."""
    return _lines(one) == _lines(other)


def _lines(code: bytes) -> list[bytes]:
    return [line.rstrip() for line in code.removeprefix(codecs.BOM_UTF8).rstrip().splitlines()]
