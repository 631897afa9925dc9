"""A network of its own, with nothing in it but the way from a process to itself.

Some right answers start a server on this machine and call it. Where the kernel gives them a network of their own
(root, or name spaces for everybody), they can, and reach nobody else.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_SET_FLAGS = 0x8914
_UP_AND_RUNNING = 0x41


def leave_the_network() -> None:
    """Leave the machine's network for one of this process alone. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    kinds = _NEW_NETWORK if os.geteuid() == 0 else _NEW_NETWORK | _NEW_USER
    if libc.unshare(kinds) != 0:
        raise OSError(ctypes.get_errno(), "no network of its own")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP_AND_RUNNING))
