"""The SVG of what a terminal has shown."""

from __future__ import annotations

import os
import re

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from scripts.picturing.terminal import COLUMNS

_THEME = TerminalTheme(
    (30, 34, 42),
    (220, 223, 228),
    [
        *((40, 44, 52), (224, 108, 117), (152, 195, 121), (229, 192, 123)),
        *((97, 175, 239), (198, 120, 221), (86, 182, 194), (220, 223, 228)),
    ],
)


def draw(title: str, shown: str) -> str:
    """A window with that title. `shown` is text with the codes that a terminal understands."""
    shown = re.sub(r"\x1b\[\?\d+[hl]|\x1b\[H", "", shown).replace("\r\n", "\n").strip("\n")
    # A carriage return writes the line anew.
    text = Text.from_ansi("\n".join(line.rpartition("\r")[2] for line in shown.split("\n")))
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere)
        console.print(text, overflow="fold")
        svg = console.export_svg(title=title, theme=_THEME)
    # A picture must not load a font from somewhere.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"
