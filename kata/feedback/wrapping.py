"""Text for a terminal: lines end between words, and what belongs together stays under each other."""

import re
import textwrap

_FACT = re.compile(r"  (expected|came|look at) +")
_SCALE = re.compile(r"\s*\d[\d.]*( +\d[\d.]*)* s")
_INDENT = re.compile(r"\s*([-*|] )?")


def wrapped(text: str, width: int) -> str:
    """The text, with no line longer than `width` columns unless a single word is.

    A line that goes on is indented as its beginning was. A drawing that does not fit is left out,
    and a sentence says so: bars that go on in the next line show nothing.
    """
    blocks: list[str] = []
    for block in text.split("\n\n"):
        lines = block.split("\n")
        widest = max(map(len, lines))
        if widest > width and any(_SCALE.fullmatch(line) for line in lines):
            blocks.append(_line(f"(There is a drawing here, {widest} columns wide.)", width))
        else:
            blocks.append("\n".join(_line(line, width) for line in lines))
    return "\n\n".join(blocks)


def _line(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    begins = _FACT.match(line) or _INDENT.match(line)
    indent = min(begins.end() if begins else 0, width // 2)
    together = re.sub(r"(?<=\d) (?=s\b)", "\N{NO-BREAK SPACE}", line)
    return textwrap.fill(
        together,
        width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    ).replace("\N{NO-BREAK SPACE}", " ")
