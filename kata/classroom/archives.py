"""Reading archives without unpacking them: their members, and no file on the disk.

`ZipFile.extract` is not used at all. It makes names harmless by changing them silently, puts two members
of one name over each other, writes a link as a file that holds its target, and stops at no size. Nor are the less usual
compressions: before 3.15 `zipfile` unpacks bzip2 and LZMA without a bound on what one step brings.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from kata.classroom.junk import in_junk, junk_file
from kata.classroom.members import (
    DEEPEST,
    MIB,
    TOO_DEEP,
    WHOLE,
    Limits,
    Member,
    Parts,
    nothing,
    printable,
)
from kata.classroom.refusal import Refusal

_ZIP_TROUBLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    struct.error,
    OSError,
)
_TAR_TROUBLE = (
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    ValueError,
    OverflowError,
    OSError,
)
_LISTED_ZIP = b"PK\x01\x02"  # stands before each name in a zip's table of contents
_UTF_8, _LOCKED = 0x800, 0x1  # flags of a zip's member
_UNICODE_PATH = 0x7075
_LONGEST_LINK = 4096
_TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_OPEN_TAR = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}
_UNOPENED = (".7z", ".rar", ".gz", ".bz2", ".xz", ".zst", ".zipx", ".dmg", ".iso")


def archive_stem(name: str) -> str:
    """The name of an archive without its ending; nothing for what is no archive that can be opened."""
    for suffix in (".zip", *_TARS):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)] or name
    return ""


def unopened(name: str) -> bool:
    """True for an archive of a kind that is not opened here."""
    return not archive_stem(name) and name.lower().endswith(_UNOPENED)


def listed(data: bytes, name: str, limits: Limits) -> list[Member]:
    """The members of a student's archive. Raises `Refusal` if it cannot be opened, or is too large to be."""
    if name.lower().endswith(".zip"):
        if data.count(_LISTED_ZIP) > limits.listed:
            raise Refusal(f"{name} was not opened: it lists more than {limits.listed:,} files")
        return zip_members(io.BytesIO(data), name)
    return list(_tar_members(data, name, limits))


# -- zip


def zip_members(file: Path | BinaryIO, name: str) -> list[Member]:
    """The members of a zip, in its own order."""
    try:
        archive = zipfile.ZipFile(file)
    except _ZIP_TROUBLE as error:
        raise Refusal(f"{name} cannot be opened as a zip ({error}): ask for it again") from None
    found = [_zipped(archive, info, name) for info in archive.infolist() if not info.is_dir()]
    tops = {each.path[0] for each in found}
    folders = [_parts(_decoded_name(info))[0] for info in archive.infolist() if info.is_dir()]
    empty = [path for path in folders if len(path) == 1 and path[0] not in tops]
    return found + [
        Member((*path, WHOLE), 0, nothing, path[0], trouble="it is empty") for path in empty
    ]


def _zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, within: str) -> Member:
    path, trouble = _parts(_decoded_name(info))
    mode = info.external_attr >> 16 if info.create_system == 3 else 0
    kind = stat.S_IFMT(mode)
    if kind not in (0, stat.S_IFREG, stat.S_IFLNK):
        trouble = trouble or "it is no ordinary file"
    elif info.flag_bits & _LOCKED:
        trouble = trouble or "it is locked with a password: ask for it again, without one"
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        trouble = trouble or "it is compressed in an unusual way: ask for an ordinary zip"
    try:
        modified = datetime(*info.date_time) if info.date_time[0] > 1980 else None
    except ValueError:
        modified = None

    def read(count: int) -> bytes:
        try:
            with archive.open(info) as opened:
                return _read(opened, count)
        except _ZIP_TROUBLE as error:
            raise Refusal(
                f"{within} is damaged: {'/'.join(path)} cannot be read ({error})"
            ) from None

    link = None
    if kind == stat.S_IFLNK and not trouble:
        link = printable(read(_LONGEST_LINK).decode("utf-8", "replace"))
    return Member(
        path,
        info.file_size,
        read,
        f"{within}: {'/'.join(path)}",
        modified,
        link,
        trouble,
        packed=info.compress_size,
    )


def _decoded_name(info: zipfile.ZipInfo) -> str:
    """The name as its writer meant it. `zipfile` takes whatever is not marked as UTF-8 for code page 437."""
    name = info.orig_filename
    if info.flag_bits & _UTF_8:
        return name
    if found := _unicode_path(info.extra):
        return found
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return name
    try:
        return raw.decode("utf-8")  # macOS and many libraries do not set the mark
    except UnicodeDecodeError:
        pass
    # Letters stand above 0xBF in Windows' own code page, and below 0xA6 in the two of its command line.
    windows = sum(byte >= 0xC0 for byte in raw) > sum(0x80 <= byte < 0xA6 for byte in raw)
    return raw.decode("cp1252", "replace") if windows else raw.decode("cp850", "replace")


def _unicode_path(extra: bytes) -> str:
    """The name in Info-ZIP's extra field, which `zipfile` heeds from 3.12 on."""
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == _UNICODE_PATH and size > 5:
            return extra[9 : 4 + size].decode("utf-8", "replace")
        extra = extra[4 + size :]
    return ""


# -- tar


def _tar_members(data: bytes, name: str, limits: Limits) -> Iterator[Member]:
    try:
        archive = tarfile.open(fileobj=_untarred(data, name, limits), mode="r:")
        for count, info in enumerate(archive):
            if count > limits.listed:
                raise Refusal(f"{name} was not opened: it lists more than {limits.listed:,} files")
            if not info.isdir():
                yield _tarred(archive, info, name)
    except _TAR_TROUBLE as error:
        raise Refusal(f"{name} cannot be opened ({error}): ask for it again, as a zip") from None


def _untarred(data: bytes, name: str, limits: Limits) -> IO[bytes]:
    kind = {"tgz": "gz", "tbz2": "bz2", "txz": "xz"}.get(
        ending := name.lower().rpartition(".")[2], ending
    )
    if kind not in _OPEN_TAR:
        return io.BytesIO(data)
    with _OPEN_TAR[kind](io.BytesIO(data), "rb") as packed:
        unpacked = _read(packed, limits.bytes + 1)
    if len(unpacked) > limits.bytes:
        raise Refusal(
            f"{name} was not opened: unpacked it would be larger than {limits.bytes // MIB} MB"
        )
    return io.BytesIO(unpacked)


def _tarred(archive: tarfile.TarFile, info: tarfile.TarInfo, within: str) -> Member:
    path, trouble = _parts(info.name)
    link = None
    if info.issym():
        link = printable(info.linkname)
    elif info.islnk():  # another name of the same file, seen from the archive's top
        link = "../" * (len(path) - 1) + printable(info.linkname)
    elif not info.isfile():
        trouble = trouble or "it is no ordinary file"

    def read(count: int) -> bytes:
        try:
            opened = archive.extractfile(info)
            return b"" if opened is None else _read(opened, count)
        except _TAR_TROUBLE as error:
            raise Refusal(
                f"{within} is damaged: {'/'.join(path)} cannot be read ({error})"
            ) from None

    try:
        modified = datetime.fromtimestamp(info.mtime) if info.mtime else None
    except (ValueError, OverflowError, OSError):
        modified = None
    size = info.size if info.isfile() else 0
    return Member(
        path,
        size,
        read if info.isfile() else nothing,
        f"{within}: {'/'.join(path)}",
        modified,
        link,
        trouble,
    )


# -- both


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _read(file: _Readable, count: int) -> bytes:
    """At most `count` bytes, however large a file says that it is, in steps."""
    pieces: list[bytes] = []
    while count > 0 and (piece := file.read(min(count, MIB))):
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _parts(name: str) -> tuple[Parts, str]:
    """A member's name in parts, and what is wrong with it. Where it comes from Windows, so do its separators."""
    parts = re.split(r"[/\\]+", name)
    if not name.isprintable():
        return tuple(
            re.split(r"[/\\]+", printable(name))
        ), "its name has characters that cannot be printed"
    if len(parts) > DEEPEST:
        return tuple(parts[:DEEPEST]), TOO_DEEP
    if ".." in parts:
        return tuple(parts), "its name leads out of the archive"
    kept = [part for part in parts if part not in ("", ".")]
    if kept and re.fullmatch(r"[A-Za-z]:", kept[0]):
        kept = kept[1:]
    return tuple(kept) or ("?",), "" if kept else "it has no name"


def sized(members: list[Member]) -> list[Member]:
    """The members that count when an archive is weighed: nobody unpacks an environment, or a database."""
    return [
        each
        for each in members
        if not each.trouble and not in_junk(each.path) and not junk_file(each.name)
    ]
