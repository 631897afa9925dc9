"""No network for a learner's tests, and a note of whoever looked for it."""

from __future__ import annotations

import socket
from typing import Any

from kata.network import backend


class Offline:
    """Nothing outside this machine can be reached, and whoever tries is remembered."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """An audit hook: Python tells it of every connection before it is made."""
        host: str | bytes | None = None
        if event in ("socket.connect", "socket.sendto"):
            address: tuple[Any, ...] | str = args[1]
            host = address[0] if isinstance(address, tuple) else None
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            host = args[0]
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if name in (None, "", "0.0.0.0", "::") or backend.is_loopback(name):
            return
        if name not in self.hosts:
            self.hosts.append(name)
        raise socket.gaierror(socket.EAI_NONAME, f"there is no network here: {name}")
