"""The folder `.kata` in the repository: what the commands keep between two calls.

Nothing in it is needed: what is lost is worked out anew. It holds the hints that the learner has seen, the answers that
`kata reset` put away, the files that a served answer wrote, and which exercises were solved by which content.
"""

from pathlib import Path


def state_directory(root: Path) -> Path:
    """The folder, made if need be. It keeps itself out of git, whatever the repository ignores."""
    folder = root / ".kata"
    folder.mkdir(exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", "utf-8")
    return folder
