"""Reading a file of code as Python itself would, whatever encoding its first lines name."""

import tokenize
from pathlib import Path


def read_code(path: Path) -> str:
    """The text of a file of Python (PEP 263), or as much of it as can be read. Raises OSError if there is none."""
    try:
        with tokenize.open(path) as file:
            return file.read()
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return path.read_text("utf-8", errors="replace")
