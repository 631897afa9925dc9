"""Writing a student's answer: all of its files, or none; and what a teacher edited there is never lost."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kata.classroom.choosing import Answer, Piece
from kata.classroom.manifest import TakenAnswer
from kata.classroom.refusal import Refusal

KEPT = ".replaced"


@dataclass(frozen=True)
class Laid:
    """What was written. `edited_kept` says where an edited answer was put away, `edited_stays` that it was left."""

    pieces: tuple[Piece, ...]
    edited_kept: str = ""
    edited_stays: bool = False


def lay_out(dest: Path, student: str, answer: Answer, earlier: TakenAnswer | None) -> Laid:
    """Write one answer into `dest/<student>/<exercise>`. Names have been made safe before."""
    folder = dest / student / answer.exercise.name
    if folder.is_symlink() or folder.parent.is_symlink():
        raise Refusal(f"{folder} is a link: what is collected is not written through links")
    new = {piece.path: piece.sha256 for piece in answer.pieces}
    here = _here(folder)
    before = {file.path: file.sha256 for file in earlier.files} if earlier else {}
    edited = bool(here) and earlier is not None and here != before and here != new
    if here == new:
        return Laid(answer.pieces)
    if edited and new == before:
        return Laid(answer.pieces, edited_stays=True)
    kept = _put_away(dest, folder, student) if edited else ""
    _write(folder, answer)
    return Laid(answer.pieces, kept)


def _here(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _put_away(dest: Path, folder: Path, student: str) -> str:
    now = datetime.now().strftime("%Y-%m-%d_%H-%M-%S-%f")
    kept = dest / KEPT / student / f"{folder.name}_{now}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    folder.replace(kept)
    return kept.relative_to(dest).as_posix()


def _write(folder: Path, answer: Answer) -> None:
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for piece in answer.pieces:
        path = fresh / piece.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(piece.data)
    if folder.exists():
        shutil.rmtree(folder)
    fresh.replace(folder)
