"""The host: a warm process that forks the processes of answers, and for each of them a keeper.

It has imported what a server needs, and no answer ever runs in it. A keeper is the parent of one process: it passes on
what that says, tells it to stop, and ends whatever it has left behind. All descriptors come over a socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import select
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kata.classroom.grading import orphans
from kata.classroom.sandbox.confinement import Layers
from kata.run.engine import close_all_but, forget_the_callers_pytest

LONGEST_ORDER = 1 << 16
LONGEST_WORD = 1 << 12
_MOST_WORDS = 50


@dataclass(frozen=True)
class Order:
    """One process that is wanted. `task` is what it does, and `told` what that needs to know.

    It reads `read`, and writes into `scratch` alone, as `user` if it becomes another.
    """

    task: str
    layers: Layers
    read: tuple[str, ...]
    scratch: str
    user: int
    told: dict[str, Any]


class Ended(Exception):
    """The process has ended. The message is what it said last, or how it ended."""


class Kept:
    """The judge's side of one process."""

    def __init__(self, control: socket.socket) -> None:
        control.setblocking(False)
        self._control = control
        self.process = 0
        """Its number, once it has begun."""
        self.status: int | None = None
        """What it ended with; negative for a signal."""
        self.said = ""

    async def word(self) -> dict[str, Any]:
        """The next thing that it says. Raises Ended."""
        loop = asyncio.get_running_loop()
        while self.status is None:
            try:
                data = await loop.sock_recv(self._control, LONGEST_WORD)
            except OSError:
                data = b""
            word = _read(data)
            if not data or "ended" in word:
                self.status = int(word.get("ended", -signal.SIGKILL))
                self._control.close()
                break
            if "process" in word:
                self.process = int(word["process"])
            if isinstance(said := word.get("failed"), str):
                self.said = said
            return word
        raise Ended(self.said or _how(self.status or 0))

    async def ready(self) -> None:
        """Wait until it says that it is. Raises Ended."""
        while "ready" not in await self.word():
            pass

    async def stop(self, patience: float) -> bool:
        """Tell it to end. False if it did not within so many seconds, and was killed."""
        with contextlib.suppress(OSError):
            self._control.send(b"stop")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                return await self.end()
        await self.kill()
        return False

    async def kill(self) -> None:
        """End it and all that it has started."""
        with contextlib.suppress(OSError):
            self._control.send(b"kill")
        await self.end()

    async def end(self) -> bool:
        """Wait until it has ended, and all that it left behind has been ended."""
        with contextlib.suppress(Ended):
            while True:
                await self.word()
        return True


def _read(data: bytes) -> dict[str, Any]:
    """What a process says may be made up."""
    try:
        word = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return word if isinstance(word, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def _how(status: int) -> str:
    return f"it ended by signal {-status}" if status < 0 else f"it ended with status {status}"


Task = Callable[[dict[str, Any], Sequence[int], Callable[[dict[str, Any]], None]], int]
"""What a process does, confined: it is told its order, its descriptors and how to speak. Returns its exit status."""


class Host:
    """The judge's side of the host. Start it before there is a loop or a thread: it is forked."""

    def __init__(self, tasks: dict[str, Task], warm_up: Callable[[], None]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._orders = ours
        self.process = os.fork()
        if self.process == 0:
            status = 1
            try:
                ours.close()
                _serve(theirs, tasks, warm_up)
                status = 0
            finally:
                os._exit(status)
        theirs.close()

    def start(self, order: Order, descriptors: Sequence[socket.socket] = ()) -> Kept:
        """Start a process. The descriptors become its own, and are closed here."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            data = json.dumps(asdict(order)).encode()
            handed = [theirs.fileno(), *(each.fileno() for each in descriptors)]
            socket.send_fds(self._orders, [data], handed)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            for each in descriptors:
                each.close()
        return Kept(ours)

    def close(self) -> None:
        """End the host, once it keeps nothing any more."""
        self._orders.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.process, 0)


# The host's own process


def _serve(orders: socket.socket, tasks: dict[str, Task], warm_up: Callable[[], None]) -> None:
    orphans.adopt()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers are nobody's to wait for
    warm_up()
    gc.collect()
    gc.freeze()
    while True:
        data, descriptors, _, _ = socket.recv_fds(orders, LONGEST_ORDER, 4)
        if not data:
            return
        if os.fork() == 0:
            try:
                orders.close()
                _keep(data, descriptors, tasks)
            finally:
                os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)


def _keep(data: bytes, descriptors: list[int], tasks: dict[str, Task]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    orphans.adopt()
    control = socket.socket(fileno=descriptors[0])
    hears, says = os.pipe()
    child = os.fork()
    if child == 0:
        status = 70
        try:
            control.close()
            os.close(hears)
            status = _become(json.loads(data), descriptors[1:], says, tasks)
        finally:
            os._exit(status)
    for descriptor in (says, *descriptors[1:]):
        os.close(descriptor)
    _say(control, {"process": child})
    status = _watch(control, hears, child)
    orphans.end_all()
    _say(control, {"ended": status})


def _watch(control: socket.socket, hears: int, child: int) -> int:
    """Pass on what the child says, and to it what the judge says, until it ends. Returns its status."""
    ends = os.pidfd_open(child)
    poll = select.poll()
    for descriptor in (control.fileno(), hears, ends):
        poll.register(descriptor, select.POLLIN)
    words = 0
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        if hears in ready:
            data = os.read(hears, LONGEST_WORD)
            words += 1
            if not data or words > _MOST_WORDS:
                poll.unregister(hears)
            else:
                for line in data.splitlines():
                    _say(control, _read(line))
        if ends in ready:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if control.fileno() in ready:
            told = control.recv(16)
            os.kill(child, signal.SIGTERM if told == b"stop" else signal.SIGKILL)
            if not told:
                poll.unregister(control)


def _say(control: socket.socket, word: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        control.send(json.dumps(word).encode()[:LONGEST_WORD])


def _become(
    fields: dict[str, Any], descriptors: list[int], says: int, tasks: dict[str, Task]
) -> int:
    """Cut this process off from all that is not its own, confine it, and do the task."""
    from kata.classroom.sandbox import mounts
    from kata.classroom.sandbox.confinement import Confinement

    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    close_all_but([*descriptors, says])
    forget_the_callers_pytest()
    layers = Layers(**fields["layers"])
    if layers.memory:
        mounts.have_own_shared_memory()
    Confinement(
        layers,
        [Path(each) for each in fields["read"]],
        Path(fields["scratch"]),
        int(fields["user"]),
        servers=fields["task"] == "tests",
    ).put_on()

    def say(word: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            os.write(says, json.dumps(word).encode()[: LONGEST_WORD - 1] + b"\n")

    return tasks[fields["task"]](fields["told"], descriptors, say)
