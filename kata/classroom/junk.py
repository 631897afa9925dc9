"""What comes along in a hand-in and is never part of an answer."""

from collections.abc import Container

from kata.classroom.members import Parts

_FOLDERS = {
    "__MACOSX": "left by macOS",
    "__pycache__": "written by Python",
    ".git": "git's own",
    ".venv": "an environment",
    "venv": "an environment",
    "site-packages": "an environment",
    "node_modules": "an environment",
    ".tox": "an environment",
    ".pytest_cache": "written by a tool",
    ".ruff_cache": "written by a tool",
    ".mypy_cache": "written by a tool",
    ".benchmarks": "written by a tool",
    ".idea": "an editor's settings",
    ".vscode": "an editor's settings",
    ".kata": "kept by the kata",
}
_FILES = {".DS_Store", "Thumbs.db", "desktop.ini", "Icon\r"}
_WRITTEN_BY_RUNNING = (
    ".pyc",
    ".pyo",
    ".log",
    ".db",
    ".sqlite",
    ".sqlite3",
    "-wal",
    "-shm",
    "-journal",
)


def junk_folder(name: str, inside: Container[str] = ()) -> str:
    """Why this folder is not looked into, or nothing. `inside` are the names in it, where they are known."""
    if name in _FOLDERS:
        return _FOLDERS[name]
    if "pyvenv.cfg" in inside:
        return "an environment"
    return "written by a tool" if name.endswith((".egg-info", ".dist-info")) else ""


def junk_file(name: str) -> str:
    """Why this file is not taken, or nothing."""
    if name in _FILES or name.startswith("._"):
        return "left by the system"
    return "written by running" if name.endswith(_WRITTEN_BY_RUNNING) else ""


def in_junk(path: Parts) -> bool:
    """True for a file that lies in a folder which is never looked into."""
    return any(part in _FOLDERS for part in path[:-1])
