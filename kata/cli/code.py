"""Code on a narrow terminal: a line that does not fit goes on below, between two words and indented."""

import re
import textwrap

_COMMENT = re.compile(r"\s*# ")
_GOES_ON = 4
"""Columns by which the rest of a line stands further in than its beginning."""


def folded(code: str, width: int) -> str:
    """The code with no line longer than this, unless a single word is. A comment stays a comment."""
    return "\n".join(_folded(line, width) for line in code.splitlines())


def _folded(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    comment = _COMMENT.match(line)
    indent = comment[0] if comment else " " * (len(line) - len(line.lstrip()) + _GOES_ON)
    return textwrap.fill(
        line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
