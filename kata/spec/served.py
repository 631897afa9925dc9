"""The answer as it is served: what leaves its handlers and its life cycle is written down, and ends no spec."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from asgi_lifespan import LifespanManager, LifespanNotSupported

from kata.answer.loading import ASGIApp, Message, Scope
from kata.answer.probes import Probes, current_request, innermost
from kata.containment.watchdog import CutOff, CutOffForGood

if TYPE_CHECKING:
    from kata.clock.clock import Clock
    from kata.feedback.timeline import Span, Timeline

current_span: ContextVar[Span | None] = ContextVar("current_span", default=None)
"""The request that the running code belongs to, in the timeline."""


class StartupFailed(Exception):
    """The startup of the answer raised, so no server would take a request."""


class ShutdownFailed(Exception):
    """The shutdown of the answer raised."""


class SaidToHaveFailed(Exception):
    """The answer sent `lifespan.startup.failed` or `lifespan.shutdown.failed`. The message is its own."""


class HandlerEnded(Exception):
    """A handler tried to end the program."""


@dataclass
class Served:
    """The answer with probes round it: an ASGI application that writes down what happens.

    `app` is whatever the answer's `main.py` calls `app`.
    """

    app: ASGIApp
    probes: Probes
    clock: Clock
    timeline: Timeline

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await _LifeCycle(self, receive, send).live(scope)
            return
        # A server gives each request a copy of the lifespan's state, so that requests cannot mix
        # theirs.
        if "state" in scope:
            scope["state"] = dict(scope["state"])
        label = f"{scope['method']} {scope['path']}"
        current_request.set(label)
        self.probes.saw_request(label)
        self.clock.effort.achieved()
        span = self.timeline.start("request", label, self.clock.now)
        current_span.set(span)
        try:
            await self.app(scope, receive, send)
        except _MAY_NOT_LEAVE as error:
            raise self.ended(error, label) from error
        except Exception as error:
            self.probes.saw_raised(error, label, scope.get("endpoint"), beside=self._others())
            raise
        except asyncio.CancelledError as error:
            if not _cancelled_from_outside():
                told = asyncio.CancelledError(_what_was_cancelled())
                told.__traceback__ = error.__traceback__
                self.probes.saw_raised(told, label)
            raise
        except CutOffForGood as error:
            self.probes.saw_raised(error, label)
            raise CutOff from error
        except BaseException as error:
            if isinstance(innermost(error), _MAY_NOT_LEAVE):
                raise self.ended(error, label) from error
            self.probes.saw_raised(error, label)
            raise
        finally:
            self.timeline.end(span, self.clock.now)
            self.clock.effort.achieved()

    def _others(self) -> int:
        """How many requests are under way beside this one."""
        under_way = [s for s in self.timeline.spans if s.kind == "request" and s.end is None]
        return max(0, len(under_way) - 1)

    def ended(self, error: BaseException, during: str) -> HandlerEnded:
        """`sys.exit()`, `pytest.skip()` and their like must not reach the loop that runs the spec."""
        inner = innermost(error)
        ended = HandlerEnded(f"it tried to end the program with {type(inner).__name__}")
        ended.__traceback__ = inner.__traceback__ or error.__traceback__
        self.probes.saw_raised(ended, during)
        return ended


class _LifeCycle:
    """The conversation of an answer with its server about startup and shutdown.

    `receive` and `send` are the server's.
    """

    def __init__(self, served: Served, receive: Any, send: Any) -> None:
        self._served = served
        self._receive = receive
        self._send = send
        self._heard: list[str] = []
        self._said: list[Message] = []

    async def live(self, scope: Scope) -> None:
        """Run the answer from its startup to its shutdown."""
        try:
            await self._served.app(scope, self._hear, self._say)
            self._heed_failure()
        except BaseException as error:
            self._explain(error)
            raise
        await self._say_what_was_left_out()

    async def _hear(self) -> Message:
        # After a failure nothing more comes, and whoever waits for it would wait for ever.
        self._heed_failure()
        message: Message = await self._receive()
        self._heard.append(message["type"])
        return message

    async def _say(self, message: Message) -> None:
        self._said.append(message)
        await self._send(message)

    def _heed_failure(self) -> None:
        for message in self._said:
            if message["type"].endswith(".failed"):
                raise SaidToHaveFailed(message.get("message") or "no reason was given")

    def _has_said(self, kind: str) -> bool:
        return any(message["type"] == f"lifespan.{kind}" for message in self._said)

    def _explain(self, error: BaseException) -> None:
        """Write down what left the answer, and raise in its place what may reach the loop that runs the spec."""
        during = "shutdown" if self._has_said("startup.complete") else "startup"
        if isinstance(error, asyncio.CancelledError):
            if during == "startup" and not _is_being_cancelled():
                # Raised here, or passed on from a task that was cancelled: to a server a startup like any that fails.
                self._served.probes.saw_raised(error, during)
                raise HandlerEnded("`CancelledError` left the startup") from error
            return
        of_a_group = None if isinstance(error, Exception) else innermost(error)
        if isinstance(error, _MAY_NOT_LEAVE) or isinstance(of_a_group, _MAY_NOT_LEAVE):
            raise self._served.ended(error, during) from error
        self._served.probes.saw_raised(error, during)
        if isinstance(error, CutOffForGood):
            raise CutOff from error

    async def _say_what_was_left_out(self) -> None:
        """Servers go on with an application that leaves this conversation early."""
        for part in ("startup", "shutdown"):
            while f"lifespan.{part}" not in self._heard:
                await self._hear()
            if not self._has_said(f"{part}.complete"):
                await self._send({"type": f"lifespan.{part}.complete"})


_MAY_NOT_LEAVE = (
    SystemExit,
    KeyboardInterrupt,
    pytest.skip.Exception,
    pytest.fail.Exception,
    pytest.exit.Exception,
)

_THE_RUNS_OWN = (asyncio.CancelledError, KeyboardInterrupt, SystemExit)
"""What ends a spec from outside. An answer's own have become `HandlerEnded` by then."""

cancelled_from_outside: set[asyncio.Task[Any]] = set()
"""The tasks of requests whose client has gone."""


def _cancelled_from_outside() -> bool:
    return asyncio.current_task() in cancelled_from_outside


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@contextlib.asynccontextmanager
async def lifespan(served: Served) -> AsyncGenerator[ASGIApp]:
    """Run the answer's startup, and its shutdown when the block ends, however it ends.

    Raises StartupFailed or ShutdownFailed. There are no time-outs: the clock ends what never ends.
    """
    manager = LifespanManager(served, startup_timeout=None, shutdown_timeout=None)
    try:
        await manager.__aenter__()
    except LifespanNotSupported:
        yield served
        return
    except _THE_RUNS_OWN:
        raise
    except BaseException as error:
        raise StartupFailed(_said(error)) from error
    try:
        yield manager.app
    finally:
        try:
            await manager.__aexit__(None, None, None)
        except _THE_RUNS_OWN:
            raise
        except BaseException as error:
            raise ShutdownFailed(_said(error)) from error


def _what_was_cancelled() -> str:
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        return "`cancel()` was called on the task of this request"
    return "what it waited for was cancelled"


def _said(error: BaseException) -> str:
    if isinstance(error, HandlerEnded):
        return str(error)
    return f"{type(error).__name__}: {error}".removesuffix(": ")
