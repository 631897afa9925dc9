"""The layers together, in the order in which they must be put on: each takes away what the next one needed."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kata.classroom.sandbox import landlock, limits, seccomp, user
from kata.classroom.sandbox.mounts import SHARED_MEMORY

_SET_DEATH_SIGNAL = 1

_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/opt")
_SETTINGS = (
    "hosts", "host.conf", "nsswitch.conf", "resolv.conf", "gai.conf", "passwd", "group", "services", "protocols",
    "localtime", "timezone", "locale.alias", "locale.conf", "mime.types", "ld.so.cache", "ld.so.conf", "ld.so.conf.d",
    "ssl/certs", "ssl/openssl.cnf", "pki/tls/certs", "pki/tls/openssl.cnf", "ca-certificates", "alternatives",
)  # fmt: skip
_DEVICES_READ = ("/dev/urandom", "/dev/random", "/dev/zero")
_DEVICES = ("/dev/null", "/dev/full")


@dataclass(frozen=True)
class Layers:
    """Which layers are put on. `landlock` is its ABI, 0 for none; `sockets` the filter; `apart` a network of its own.

    `user` says whether the answer becomes another user, and `memory` whether its worker has /dev/shm for itself.
    """

    limits: bool = False
    user: bool = False
    landlock: int = 0
    sockets: bool = False
    apart: bool = False
    memory: bool = False


@dataclass(frozen=True)
class Confinement:
    """What is taken away from one process. `read` and `write` are what is left of the files, and `user` who it becomes.

    `servers` says that the answer may start servers and call them: it keeps TCP, in a network of its own if
    there can be one.
    """

    layers: Layers
    read: Sequence[Path]
    write: Path
    user: int
    look: Sequence[Path] = ()
    servers: bool = False

    def put_on(self) -> None:
        """Confine this process for good. Raises OSError: then it must not go on."""
        for name in ("HOME", "TMPDIR", "TEMP", "TMP"):
            os.environ[name] = str(self.write)
        tempfile.tempdir = None
        layers = self.layers
        if self.servers and layers.apart:
            from kata.classroom.sandbox import network  # there is none of it on Windows

            network.leave_the_network()
        if layers.limits:
            limits.set_limits(own_user=layers.user)
        if layers.user:
            user.become(self.user)
        _end_with_the_parent()
        if layers.landlock:
            landlock.restrict(
                layers.landlock,
                read=[*_of_the_system(), *self.read, *map(Path, _DEVICES_READ)],
                write=[self.write, *map(Path, _DEVICES)],
                look=self.look,
                share=[SHARED_MEMORY],
                tcp=self.servers,
            )
        if layers.sockets:
            held = self.servers or layers.landlock >= landlock.TCP_SINCE
            seccomp.refuse_sockets(tcp=held)


def interpreter() -> list[Path]:
    """Where Python and the installed libraries are, without the folders of projects on Python's path."""
    paths = sysconfig.get_paths()
    places = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    places |= {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    places |= {
        place for place in sys.path if Path(place).name in ("site-packages", "dist-packages")
    }
    places.add(str(Path(sys.executable).resolve()))
    return sorted(Path(place) for place in places if place)


def _of_the_system() -> Iterator[Path]:
    yield from map(Path, _SYSTEM)
    yield from (Path("/etc", name) for name in _SETTINGS)


def _end_with_the_parent() -> None:
    """Should the judge be killed, its answers do not live on. A change of user takes this back, so it comes after."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)
