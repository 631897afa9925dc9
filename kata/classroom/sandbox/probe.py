"""What holds on this machine: tried, by a process that puts the layers on and then does what it must not.

Version numbers promise, and containers, kernels and settings take back. So only what was seen to hold is told.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from kata.classroom.sandbox import landlock, limits, mounts, seccomp, user
from kata.classroom.sandbox.confinement import Confinement, Layers, interpreter

PATIENCE_SECONDS = 60.0

PROCESS, LIMITS, USER, LANDLOCK, NETWORK = "process", "limits", "user", "landlock", "network"
NAMES = (PROCESS, LIMITS, USER, LANDLOCK, NETWORK)


@dataclass(frozen=True)
class Isolation:
    """What held when it was tried. `sentence` says so for each result, `names` are what can be required."""

    layers: Layers
    names: tuple[str, ...]
    sentence: str


def probe(kata: Path, *, workers_fork: bool = True) -> Isolation:
    """Try each layer in a process of its own, then all that held together."""
    if not workers_fork or not hasattr(os, "fork"):
        said = "process; no limits, no other user, no Landlock, the network is open"
        return Isolation(Layers(), (PROCESS,), said)
    layers = Layers(
        limits=limits.have_limits(),
        user=user.can_change_user() and _holds(kata, Layers(user=True), "user"),
        landlock=_landlock(kata),
        sockets=seccomp.is_known_here() and _holds(kata, Layers(sockets=True), "sockets"),
        apart=sys.platform == "linux" and _holds(kata, Layers(apart=True), "apart"),
        memory=sys.platform == "linux" and _holds(kata, Layers(memory=True), "memory"),
    )
    held = _try(kata, replace(layers, apart=False))
    if "ran" not in held:  # each can be put on, and all together cannot
        layers = Layers(limits=layers.limits)
        held = _try(kata, layers)
    return _told(layers, held | ({"apart"} if layers.apart else set()))


def _landlock(kata: Path) -> int:
    version = landlock.abi()
    return version if version and _holds(kata, Layers(landlock=version), "read") else 0


def _holds(kata: Path, layers: Layers, what: str) -> bool:
    return what in _try(kata, layers)


def _told(layers: Layers, held: set[str]) -> Isolation:
    names = [PROCESS]
    said, missing = ["process"], list[str]()
    for name, holds, words, lack in (
        (LIMITS, layers.limits, "limits", "no limits"),
        (USER, layers.user and "user" in held, "another user", "no other user"),
        (
            LANDLOCK,
            layers.landlock and {"read", "write"} <= held,
            f"Landlock {layers.landlock}",
            "files of the judge's user can be read",
        ),
        (NETWORK, {"tcp", "udp"} <= held, "no network", "the network is open"),
    ):
        if holds:
            names.append(name)
            said.append(words)
        else:
            missing.append(lack)
    if "tcp" in held and "udp" not in held:
        said.append("no TCP")
        missing[-1] = "UDP is open"
    if "signals" not in held:
        missing.append("the judge's processes can be signalled")
    if "apart" in held:
        said.append("servers of exercise 10 in a network of their own")
    else:
        missing.append("exercise 10 has TCP")
    if layers.landlock and "memory" not in held:
        missing.append("files in /dev/shm can be reached")
    missing.append("no process name space")
    return Isolation(layers, tuple(names), f"{', '.join(said)}; {', '.join(missing)}")


# The process that tries


def _try(kata: Path, layers: Layers) -> set[str]:
    """What held in a process that had these layers put on. Nothing, if they could not be put on."""
    with (
        tempfile.TemporaryDirectory(prefix="kata-probe-") as folder,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        os.chmod(folder, 0o711)
        scratch, secret = Path(folder, "scratch"), Path(folder, "secret")
        scratch.mkdir()
        secret.write_text("nobody may read this", "utf-8")
        secret.chmod(0o600)
        if layers.user:
            os.chown(scratch, user.own_user(os.getpid()), user.own_user(os.getpid()))
        told = {
            "layers": asdict(layers), "kata": str(kata), "scratch": str(scratch), "secret": str(secret),
            "port": listener.getsockname()[1], "user": user.own_user(os.getpid()),
        }  # fmt: skip
        command = [sys.executable, "-m", "kata.classroom.sandbox.probe", json.dumps(told)]
        here = str(Path(__file__).resolve().parents[3])
        paths = filter(None, (here, os.environ.get("PYTHONPATH")))
        try:
            done = subprocess.run(
                command,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
            return set(json.loads(done.stdout) if done.returncode == 0 else ())
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return set()


def _main(told: dict[str, object]) -> None:
    layers = Layers(**told["layers"])  # type: ignore[arg-type]
    scratch, secret = Path(str(told["scratch"])), Path(str(told["secret"]))
    port = int(str(told["port"]))
    read = [*interpreter(), Path(str(told["kata"])) / "kata"]
    parent = os.getppid()
    becomes = int(str(told["user"]))
    if layers.memory:
        memory = scratch.with_name("memory")
        memory.mkdir()
        mounts.have_own_memory(memory)
        (memory / "mine").touch()
    Confinement(layers, read, scratch, becomes, servers=layers.apart).put_on()
    print(json.dumps(sorted(_held(layers, read, scratch, secret, port, parent))))


def _held(
    layers: Layers, read: Sequence[Path], scratch: Path, secret: Path, port: int, parent: int
) -> Iterator[str]:
    if layers.apart:
        if _refused(lambda: _connect(port)) and not _refused(_call_oneself):
            yield "apart"
        return
    # What the run needs must still be there: a layer that takes it away is none.
    if _refused(lambda: (scratch / "mine").write_bytes(b"")) or not _readable(read):
        return
    yield "ran"
    if layers.memory and os.path.ismount(mounts.SHARED_MEMORY):
        yield "memory"
    if _refused(secret.read_bytes):
        yield "read"
        if layers.user:
            yield "user"
    if _refused(lambda: secret.with_name("theirs").write_bytes(b"")):
        yield "write"
    if _refused(lambda: _connect(port)):
        yield "tcp"
    if _refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()):
        yield "udp"
        yield "sockets"
    if _refused(lambda: os.kill(parent, 0)):
        yield "signals"


def _refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return True
    return False


def _readable(places: Sequence[Path]) -> bool:
    with contextlib.suppress(OSError):
        for place in places:
            if place.is_dir():
                os.listdir(place)
        Path(sys.executable).read_bytes()
        return True
    return False


def _connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=5).close()


def _call_oneself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        _connect(listener.getsockname()[1])


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
