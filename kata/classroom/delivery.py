"""A hand-out written down: as a folder, a zip, a git repository, or what a platform wants of an autograder."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

from kata.classroom.refusal import Refusal

NAME = "fastapi-async-kata"
_HANDED_OUT = Path(__file__).parent / "handed_out"
_EXECUTABLE = ("setup.sh", "run_autograder")

Files = Mapping[str, bytes]


def as_folder(files: Files, dest: Path) -> None:
    """Write into a folder that is empty, or not there yet."""
    must_be_free(dest)
    for name, content in files.items():
        path = dest / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if name in _EXECUTABLE:
            path.chmod(0o755)


def must_be_free(dest: Path) -> None:
    if dest.exists() and not dest.is_dir():
        raise Refusal(f"{dest} is a file: choose a folder")
    if dest.is_dir() and any(dest.iterdir()):
        raise Refusal(f"{dest} is not empty, and nothing in it is overwritten: choose a new folder")


def as_zip(files: Files, path: Path, within: str = NAME) -> None:
    """Write a zip. The same files make the same bytes, on every machine and day."""
    if path.exists():
        raise Refusal(f"{path} is there already, and is not overwritten: choose another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(zipped(files, within))
    fresh.replace(path)


def zipped(files: Files, within: str = NAME) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(f"{within}/{name}" if within else name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # or the bits of the next line mean nothing
            info.external_attr = (stat.S_IFREG | (0o755 if name in _EXECUTABLE else 0o644)) << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def as_repository(files: Files, dest: Path) -> None:
    """Write a repository with one commit. Nothing of the teacher's own settings gets into it but the name."""
    must_be_free(dest)
    _git(dest.parent if dest.parent.is_dir() else Path.cwd(), "--version")
    as_folder(files, dest)
    _git(dest, "init", "--quiet", "--template=", "--initial-branch=main")
    _git(dest, "add", "--all", "--force")
    who = [] if _is_known(dest) else ["-c", "user.name=the kata", "-c", "user.email=kata@localhost"]
    plain = ["-c", f"core.hooksPath={os.devnull}", "-c", "commit.gpgsign=false"]
    _git(dest, *who, *plain, "commit", "--quiet", "--message", "The FastAPI async kata")


def _is_known(dest: Path) -> bool:
    try:
        _git(dest, "config", "user.name")
        _git(dest, "config", "user.email")
    except Refusal:
        return False
    return True


def _git(folder: Path, *arguments: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        subprocess.run(
            ["git", *arguments], cwd=folder, check=True, capture_output=True, env=environment
        )
    except OSError:
        raise Refusal(
            "git is not installed here: hand out a folder or a zip, without --git"
        ) from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip()
        raise Refusal(f"git {arguments[0]} failed: {said}") from None


# -- platforms


def for_classroom_50(files: Files) -> Files:
    """What goes into `CLASSROOM/autograders/ASSIGNMENT/`. All of it gets published."""
    beside = {
        name: (_HANDED_OUT / name).read_bytes() for name in ("autograder.py", "kata_points.py")
    }
    return {**beside, "kata.zip": zipped(files)}


def for_gradescope(files: Files) -> Files:
    """What stands in the autograder's zip, with its two programs at the top."""
    programs = {name: (_HANDED_OUT / name).read_bytes() for name in _EXECUTABLE}
    judge = (_HANDED_OUT / "kata_gradescope.py").read_bytes()
    course = {
        f"kata/{name}": content
        for name, content in {**files, ".github/kata_gradescope.py": judge}.items()
    }
    return {**programs, **course}
