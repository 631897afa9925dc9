"""Memory of a worker's own: a private /dev/shm, and a folder in memory that nobody else sees.

A process pool keeps its semaphores in /dev/shm and nowhere else, so an answer must be able to write there. In a mount
name space of the worker's own nothing of anybody else lies there, and what is written ends with the worker.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
MOST_BYTES = 512 * 1024**2

_DETACH = 2
_NEW_MOUNTS, _NEW_USER = 0x00020000, 0x10000000
_NO_SUID, _NO_DEVICES, _RECURSIVE, _PRIVATE = 2, 4, 0x4000, 1 << 18


def have_own_memory(folder: Path) -> None:
    """Mount memory over a folder and over /dev/shm, for this process and its children alone. Raises OSError.

    Who is not root needs user name spaces for it, and stays the same user in one of his own.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    _done(libc.unshare(_NEW_MOUNTS if uid == 0 else _NEW_MOUNTS | _NEW_USER))
    if uid != 0:
        Path("/proc/self/setgroups").write_text("deny", "ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", "ascii")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", "ascii")
    _done(libc.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None))
    _mount_memory(SHARED_MEMORY, "1777")
    _mount_memory(folder, "0711")


def have_own_shared_memory() -> None:
    """Mount other memory over /dev/shm, in a process whose parent has called `have_own_memory`. Raises OSError."""
    _done(ctypes.CDLL(None, use_errno=True).unshare(_NEW_MOUNTS))
    _mount_memory(SHARED_MEMORY, "1777")


def _mount_memory(place: Path, mode: str) -> None:
    options = f"mode={mode},size={MOST_BYTES}".encode()
    flags = _NO_SUID | _NO_DEVICES
    libc = ctypes.CDLL(None, use_errno=True)
    _done(libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", flags, options))


def give_up(folder: Path) -> None:
    """Unmount the folder, so that it can be removed."""
    ctypes.CDLL(None).umount2(os.fsencode(folder), _DETACH)


def clear_shared_memory() -> None:
    """Take away what an answer has left in a private /dev/shm."""
    for path in SHARED_MEMORY.iterdir():
        with contextlib.suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _done(status: int) -> None:
    if status != 0:
        raise OSError(ctypes.get_errno(), "no memory of its own")
