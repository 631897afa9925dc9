"""A seccomp filter: the sockets that Landlock does not hold, and ways around both.

The filter is a program for the kernel's packet filter, which sees the number and the arguments of each system call.
It knows x86_64 and aarch64; a call in another architecture's convention is refused.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import socket
import struct
import sys
from dataclasses import dataclass

from kata.classroom.sandbox.landlock import give_up_privileges

_SET_SECCOMP, _FILTER = 22, 2
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000
_LOAD, _EQUALS, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _FAMILY, _TYPE, _PROTOCOL = 0, 4, 16, 24, 32
_X32 = 0x40000000
_TYPE_BITS = 0xF
_TCP_PROTOCOLS = (0, socket.IPPROTO_TCP)


@dataclass(frozen=True)
class _Architecture:
    """Its number for the kernel, and those of its system calls."""

    audit: int
    socket: int
    refused: tuple[int, ...]


# io_uring opens sockets unseen by a filter; the others reach into processes.
_IO_URING_SETUP, _PIDFD_GETFD = 425, 438
_ARCHITECTURES = {
    "x86_64": _Architecture(0xC000003E, 41, (_IO_URING_SETUP, _PIDFD_GETFD, 101, 310, 311)),
    "aarch64": _Architecture(0xC00000B7, 198, (_IO_URING_SETUP, _PIDFD_GETFD, 117, 270, 271)),
}


def is_known_here() -> bool:
    """Whether the filter is written for this machine."""
    return sys.platform == "linux" and _architecture() is not None


def refuse_sockets(*, tcp: bool) -> None:
    """From here on this process, and all it starts, opens no socket but local ones.

    With `tcp` those of TCP, too, which something else holds. Raises OSError.
    """
    architecture = _architecture()
    if architecture is None:
        raise OSError(errno.ENOSYS, "no filter for this machine")
    program = _program(architecture, tcp=tcp)
    give_up_privileges()
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    if ctypes.CDLL(None, use_errno=True).prctl(_SET_SECCOMP, _FILTER, header, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp was refused")


def _architecture() -> _Architecture | None:
    # A 32-bit Python on a 64-bit machine speaks another convention.
    return _ARCHITECTURES.get(platform.machine()) if sys.maxsize > 1 << 32 else None


def _program(architecture: _Architecture, *, tcp: bool) -> bytes:
    """Each step jumps by name; the names become distances at the end."""
    inet = "inet" if tcp else "refuse"
    steps: list[tuple[str, int, int, str, str]] = [
        ("", _LOAD, _ARCHITECTURE, "", ""),
        ("", _EQUALS, architecture.audit, "", "refuse"),
        ("", _LOAD, _NUMBER, "", ""),
        ("", _AT_LEAST, _X32, "refuse", ""),
        *(("", _EQUALS, number, "refuse", "") for number in architecture.refused),
        ("", _EQUALS, architecture.socket, "", "allow"),
        ("", _LOAD, _FAMILY, "", ""),
        ("", _EQUALS, 1, "allow", ""),  # AF_UNIX
        ("", _EQUALS, 2, inet, ""),  # AF_INET
        ("", _EQUALS, 10, inet, "refuse"),  # AF_INET6
        ("inet", _LOAD, _TYPE, "", ""),
        ("", _AND, _TYPE_BITS, "", ""),
        ("", _EQUALS, 1, "", "refuse"),  # SOCK_STREAM
        ("", _LOAD, _PROTOCOL, "", ""),
        ("", _EQUALS, _TCP_PROTOCOLS[0], "allow", ""),
        ("", _EQUALS, _TCP_PROTOCOLS[1], "allow", "refuse"),
        ("refuse", _RETURN, _FAIL | errno.EACCES, "", ""),
        ("allow", _RETURN, _ALLOW, "", ""),
    ]
    places = {name: place for place, (name, *_) in enumerate(steps) if name}
    return b"".join(
        struct.pack("=HBBI", code, _distance(places, here, yes), _distance(places, here, no), value)
        for here, (_, code, value, yes, no) in enumerate(steps)
    )


def _distance(places: dict[str, int], here: int, to: str) -> int:
    return places[to] - here - 1 if to else 0
