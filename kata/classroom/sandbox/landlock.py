"""Landlock: a process of Linux gives up files, TCP and signals for good, without any privilege.

The system calls have the same numbers on every architecture of today. Nothing of the C library knows them, so they
are called by number. See the kernel's documentation, userspace-api/landlock.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_BENEATH = 1
_NO_NEW_PRIVILEGES = 38

# What an ABI can hold back: files, TCP, and what reaches out of the sandbox (abstract sockets, signals).
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1, 2, 4, 8
_REMOVE_FILE, _MAKE_FILE = 1 << 5, 1 << 8
_TRUNCATE, _DEVICE_CONTROL = 1 << 14, 1 << 15
_FILE_BITS = {1: 13, 2: 14, 3: 15, 4: 15}
_MOST_FILE_BITS = 16
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_CONTROL
TCP_SINCE, _SCOPES_SINCE = 4, 6
_TCP, _SCOPES = 3, 3

READ = _EXECUTE | _READ_FILE | _READ_FOLDER
LOOK = _READ_FOLDER
SHARE = _READ_FILE | _WRITE_FILE | _REMOVE_FILE | _MAKE_FILE | _TRUNCATE
WRITE = (1 << _MOST_FILE_BITS) - 1


def abi() -> int:
    """What this kernel offers: 0 for nothing, 4 and more with TCP, 6 and more with signals."""
    if sys.platform != "linux":
        return 0
    version = _libc().syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)
    return max(int(version), 0)


def restrict(
    version: int,
    *,
    read: Iterable[Path],
    write: Iterable[Path],
    look: Iterable[Path] = (),
    share: Iterable[Path] = (),
    tcp: bool = False,
) -> None:
    """From here on this process, and all it starts, reads and writes nothing but what lies beneath these places.

    In the folders of `look` it sees the names of files, and no more; in those of `share` it makes files and removes
    them. A place that does not exist is left out.
    With `tcp` its network stays as it is. Raises OSError.
    """
    files = (1 << _FILE_BITS.get(version, _MOST_FILE_BITS)) - 1
    network = _TCP if version >= TCP_SINCE and not tcp else 0
    fields = [files]
    if version >= TCP_SINCE:
        fields.append(network)
    if version >= _SCOPES_SINCE:
        fields.append(_SCOPES)
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    rules = _called(_CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for places, access in (
            (read, READ),
            (write, WRITE),
            (look, LOOK),
            (share, SHARE),
        ):
            for place in places:
                _allow(rules, place, access & files)
        give_up_privileges()
        _called(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def give_up_privileges() -> None:
    """No program that this process starts gains any. Raises OSError."""
    if _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs was refused")


def _allow(rules: int, place: Path, access: int) -> None:
    try:
        descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= _OF_A_FILE
        _called(_ADD_RULE, rules, _BENEATH, struct.pack("=Qi", access, descriptor), 0)
    finally:
        os.close(descriptor)


def _called(*arguments: object) -> int:
    came = int(_libc().syscall(*arguments))
    if came < 0:
        raise OSError(ctypes.get_errno(), f"Landlock refused system call {arguments[0]}")
    return came


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
