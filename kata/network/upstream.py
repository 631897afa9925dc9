"""The internet as a spec says it is.

A spec says what each address answers, and afterwards asks what was seen:

    async def test_the_posts_are_fetched(client, upstream, expect):
        posts = upstream.get("https://example.org/posts", takes=2).respond(json=[{"id": 1}])
        response = await client.get("/fetch-data")
        expect.json(response, [{"id": 1}])
        expect.equal(posts.call_count, 1, "calls to the upstream")

respx decides *what* is answered. `kata.network.backend` serves that answer below httpcore's connection
pool, so limits, time-outs, keep-alive and redirects are httpx's own and behave as in life.

The first half of `Upstream` is for specs. The second half, under "for the network", is what
`kata.network.backend` calls when connections and requests come in.
"""

from __future__ import annotations

import inspect
import itertools
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypedDict, cast

import httpcore
import httpx
import respx
from respx.models import AllMockedAssertionError, Call, PassThrough, SideEffectError
from respx.router import Router

Ending = Literal["answers", "silent", "hangs_up", "breaks"]
HostRule = Literal["refuses", "unreachable"]


class CannotServe(TypeError):
    """The spec asks for something that no server could do from the far end of a connection."""


class ConnectionRecord(TypedDict):
    """One connection, as plain data."""

    id: int
    host: str
    # The first call that went over it, "GET host/path"; "" while none has.
    opened_at: str
    closed: bool
    # "file:line" of the answer's line that opened it, when one is on the stack.
    where: str | None
    # A sync client on the event loop's own thread opened it: every call over it blocks the loop.
    blocking: bool


class Place:
    """One call's place in a rendezvous. `wake` is called once, when its batch is let go."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.wake = wake
        self.released = False


class Rendezvous:
    """Holds calls until `size` of them are here at once, then lets that batch go.

    The calls may come from tasks and from threads, also mixed. How each of them waits is its own
    affair; it is told by its place's `wake`.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._lock = threading.Lock()
        self._waiting: list[Place] = []

    def arrive(self, place: Place) -> None:
        """Take a place; the one who makes the batch complete releases all of it."""
        with self._lock:
            self._waiting.append(place)
            if len(self._waiting) < self.size:
                return
            batch, self._waiting = self._waiting, []
            for waiting in batch:
                waiting.released = True
        for waiting in batch:
            waiting.wake()

    def leave(self, place: Place) -> None:
        """A call that was given up no longer counts for its batch."""
        with self._lock:
            if place in self._waiting:
                self._waiting.remove(place)


@dataclass(frozen=True)
class Manner:
    """How a route answers: when, with whom, in how many pieces, and whether to the end."""

    takes: float = 0.0
    rendezvous: Rendezvous | None = None
    drip: tuple[float, int] | None = None
    ending: Ending = "answers"


@dataclass(frozen=True)
class Outcome:
    """What respx made of a request: an answer or an error, and in which manner it comes."""

    manner: Manner
    response: httpx.Response | None = None
    error: Exception | None = None


class Upstream:
    """Every server outside the answer, in one object.

    **Answers.** `get`, `post`, `request(method, url)` and `route(...)` return a respx route; say on it what
    comes back:

        upstream.get("https://host/a").respond(200, json=[1, 2])
        upstream.get("https://host/b").respond(302, headers={"location": "https://host/a"})
        upstream.get("https://host/c").mock(side_effect=httpx.ReadTimeout)
        upstream.get("https://host/d").mock(side_effect=[httpx.Response(503), httpx.Response(200)])
        upstream.post("https://host/e").mock(side_effect=lambda request: httpx.Response(
            201, json=json.loads(request.content)))

    A route that says nothing answers 200 with an empty body. A route set again for the same method
    and address replaces the one before (so a spec may change the world half way); otherwise the
    first route that fits wins. `route.calls` and `route.call_count` tell what came.

    A side effect that is an httpx exception reaches the caller as that exception. It is raised
    while the answer is read; for a failure to *connect* (which is what `retries=` on a transport
    retries), use `refuse`. `httpx.TooManyRedirects` and `httpx.DecodingError` are things a client
    finds out: serve a redirect to itself, or `garbles(url)`.

    **Manners**, for every kind of route:

        takes=2.0        the answer leaves 2 seconds after the request was complete
        together=3       no answer leaves until 3 calls to this route are in flight at once; then
                         these three are let go. Fewer wait for ever, or until they give up.
        drip=(0.5, 4)    the body comes in 4 pieces, 0.5 s apart, the first at once: 1.5 s in all

    **Trouble**: `refuse(host)`, `unreachable(host)`, `accept(host)` (as before), `silent(url)`,
    `hangs_up(url)`, `breaks(url)`, `garbles(url)`.

    **What was seen**: `peak`, `in_flight`, `connections`, `open_connections`, `connection_log`,
    `calls`, `unexpected` (calls to addresses without a route: those fail as ConnectError) and
    `faults` (mistakes of the spec itself that came to light while serving).
    """

    def __init__(
        self,
        *,
        answer_folder: str | os.PathLike[str] | None = None,
        on_event: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self.on_event = on_event
        self.on_connecting: Callable[[], None] | None = None
        self.unexpected: list[str] = []
        self.faults: list[str] = []
        self.connection_log: list[ConnectionRecord] = []
        self._folders = _spellings(answer_folder)
        self._router = Router(assert_all_called=False, assert_all_mocked=True)
        # A route cannot be a key (it compares by pattern), so its identity is; the router keeps
        # every route alive, so no identity is used twice.
        self._manners: dict[int, Manner] = {}
        self._hosts: dict[tuple[str, int | None], HostRule] = {}
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._labels: dict[int, str] = {}
        self._open: dict[int, tuple[ConnectionRecord, Callable[[], None]]] = {}
        self._peak = 0

    # Answers

    def get(
        self,
        url: Any = None,
        *,
        takes: float = 0.0,
        together: int = 1,
        drip: tuple[float, int] | None = None,
        **lookups: Any,
    ) -> respx.Route:
        """What GET of this address answers."""
        return self.request("GET", url, takes=takes, together=together, drip=drip, **lookups)

    def post(
        self,
        url: Any = None,
        *,
        takes: float = 0.0,
        together: int = 1,
        drip: tuple[float, int] | None = None,
        **lookups: Any,
    ) -> respx.Route:
        """What POST to this address answers."""
        return self.request("POST", url, takes=takes, together=together, drip=drip, **lookups)

    def request(
        self,
        method: str,
        url: Any = None,
        *,
        takes: float = 0.0,
        together: int = 1,
        drip: tuple[float, int] | None = None,
        **lookups: Any,
    ) -> respx.Route:
        """What this method on this address answers; `lookups` are respx's (json=, params=, ...)."""
        route = self._router.request(method, url, **lookups)
        return self._behaves(route, _manner(takes, together, drip))

    def route(
        self,
        *patterns: Any,
        takes: float = 0.0,
        together: int = 1,
        drip: tuple[float, int] | None = None,
        **lookups: Any,
    ) -> respx.Route:
        """What any request that fits respx's patterns answers: `route(host="h")`."""
        route = self._router.route(*patterns, **lookups)
        return self._behaves(route, _manner(takes, together, drip))

    # Trouble

    def refuse(self, host: str) -> None:
        """Connecting to this host fails at once: ConnectError. ("host", "host:port" or an URL.)"""
        self._hosts[_host_key(host)] = "refuses"

    def unreachable(self, host: str) -> None:
        """Connecting to this host never ends: ConnectTimeout, by the client's own limit."""
        self._hosts[_host_key(host)] = "unreachable"

    def accept(self, host: str) -> None:
        """Connecting to this host works again, after `refuse` or `unreachable`."""
        self._hosts.pop(_host_key(host), None)

    def silent(self, url: Any, *, method: str = "GET") -> respx.Route:
        """The request is taken and never answered: ReadTimeout, by the client's own limit."""
        return self._behaves(self._router.request(method, url), Manner(ending="silent"))

    def hangs_up(self, url: Any, *, method: str = "GET", takes: float = 0.0) -> respx.Route:
        """The connection is closed in the middle of the answer: RemoteProtocolError.

        Half of the body comes first; `.respond(...)` on the route says of which body.
        """
        manner = Manner(takes=takes, ending="hangs_up")
        return self._behaves(self._router.request(method, url), manner)

    def breaks(self, url: Any, *, method: str = "GET", takes: float = 0.0) -> respx.Route:
        """The connection breaks in the middle of the answer: ReadError. (As in `hangs_up`.)"""
        manner = Manner(takes=takes, ending="breaks")
        return self._behaves(self._router.request(method, url), manner)

    def garbles(self, url: Any, *, method: str = "GET", takes: float = 0.0) -> respx.Route:
        """The answer says it is gzip and is not: DecodingError."""
        route = self.request(method, url, takes=takes)
        # A list, because httpx would decode (and refuse) plain bytes here, when they are set.
        return route.respond(headers={"content-encoding": "gzip"}, content=[b"this is not gzip"])

    # What was seen

    @property
    def in_flight(self) -> int:
        """Calls whose request has come and whose answer has not gone out to its last byte."""
        return len(self._labels)

    @property
    def peak(self) -> int:
        """The most calls that were in flight at once."""
        return self._peak

    @property
    def connections(self) -> int:
        """How many connections were opened in all; a refused one is none."""
        return len(self.connection_log)

    @property
    def open_connections(self) -> int:
        """How many connections the clients hold open now, idle ones too."""
        return len(self._open)

    @property
    def calls(self) -> Sequence[Call]:
        """Every call that found a route, in order of coming: `upstream.calls[0].request.url`."""
        return cast("Sequence[Call]", self._router.calls)

    @property
    def called(self) -> list[str]:
        """The addresses that were called, in order, each with its query."""
        return [str(call.request.url) for call in self.calls]

    def close(self) -> None:
        """Close what the clients left open, so that nobody waits on it. For the end of a test."""
        for _, end in list(self._open.values()):
            end()

    # For the network

    def rule_for(self, host: str, port: int) -> HostRule | None:
        """Whether connecting fails here, and how."""
        if self.on_connecting is not None:
            self.on_connecting()
        return self._hosts.get((host, port)) or self._hosts.get((host, None))

    def connection_opens(self, host: str, end: Callable[[], None], *, blocking: bool) -> int:
        """Write down a new connection. `end` closes it from this side."""
        number = next(self._numbers)
        record: ConnectionRecord = {
            "id": number,
            "host": host,
            "opened_at": "",
            "closed": False,
            "where": self._answer_line(),
            "blocking": blocking,
        }
        with self._lock:
            self.connection_log.append(record)
            self._open[number] = record, end
        return number

    def connection_closes(self, number: int) -> None:
        """The client has closed a connection."""
        with self._lock:
            record, _ = self._open.pop(number)
            record["closed"] = True

    def call_begins(self, request: httpx.Request, connection: int) -> int:
        """A request is complete on this connection: from now on the call is in flight."""
        label = f"{request.method} {request.url.host}{request.url.path}"
        number = next(self._numbers)
        with self._lock:
            self._labels[number] = label
            self._peak = max(self._peak, len(self._labels))
            record, _ = self._open[connection]
            record["opened_at"] = record["opened_at"] or label
        self._tell(number, label, "start", None)
        return number

    def call_ends(self, number: int, status: int | None) -> None:
        """The answer went out, or the client left. `status` is None if no answer had begun."""
        with self._lock:
            label = self._labels.pop(number, None)
        if label is not None:
            self._tell(number, label, "end", status)

    async def async_outcome(self, request: httpx.Request) -> Outcome:
        """What respx answers to a request that an async client sent."""
        try:
            resolved = await self._router.aresolve(request)
        except Exception as error:
            return self._failed(request, error)
        return self._answered(resolved.route, resolved.response)

    def outcome(self, request: httpx.Request) -> Outcome:
        """What respx answers to a request that a sync client sent."""
        try:
            self._check_for_coroutines(request)
            resolved = self._router.resolve(request)
        except Exception as error:
            return self._failed(request, error)
        return self._answered(resolved.route, resolved.response)

    def translated(self, error: Exception) -> Exception:
        """The exception that httpcore would raise, which httpx then turns into its own."""
        if isinstance(error, httpx.HTTPError | httpx.InvalidURL | httpx.StreamError):
            # The same name, exactly: CloseError, say, has no twin, and is not just a NetworkError.
            twin = getattr(httpcore, type(error).__name__, None)
            if isinstance(twin, type) and issubclass(twin, Exception):
                return twin(str(error))
            return self.fault(CannotServe(_advice(error)))
        if type(error).__module__.partition(".")[0] == "httpcore":
            return error
        if isinstance(error, TimeoutError):
            return httpcore.ReadTimeout(str(error))
        if isinstance(error, OSError):
            return httpcore.ReadError(str(error))
        return self.fault(error)

    def fault(self, error: Exception) -> Exception:
        """Remember a mistake of the spec's, for whoever swallows the exception; hand it back."""
        self.faults.append(f"{type(error).__name__}: {error}")
        return error

    def _behaves(self, route: respx.Route, manner: Manner) -> respx.Route:
        self._manners[id(route)] = manner
        return route

    def _answered(self, route: respx.Route | None, response: object) -> Outcome:
        assert isinstance(response, httpx.Response)
        return Outcome(self._manners.get(id(route), Manner()), response=response)

    def _failed(self, request: httpx.Request, error: Exception) -> Outcome:
        address = f"{request.method} {request.url}"
        if isinstance(error, AllMockedAssertionError):
            self.unexpected.append(address)
            refused = httpcore.ConnectError(f"{address}: nobody answers at this address")
            return Outcome(Manner(), error=refused)
        if isinstance(error, StopIteration) or isinstance(error.__cause__, StopIteration):
            # respx took the next of a list of answers, and there was none.
            self.unexpected.append(f"{address} (every answer in the spec's list was used up)")
            refused = httpcore.ConnectError(f"{address}: no answer is left")
            return Outcome(Manner(), error=refused)
        if isinstance(error, PassThrough):
            message = f"{address}: pass_through() leads to the real internet, and there is none."
            return Outcome(Manner(), error=self.fault(CannotServe(message)))
        cause = error.__cause__
        if isinstance(cause, SideEffectError):
            manner = self._manners.get(id(cause.route), Manner())
            return Outcome(manner, error=self.translated(error))
        return Outcome(Manner(), error=self.translated(error))

    def _check_for_coroutines(self, request: httpx.Request) -> None:
        """Say it before respx calls the coroutine function and drops the coroutine."""
        for route in self._router.routes:
            if not route.pattern or route.pattern.match(request):
                if inspect.iscoroutinefunction(route.side_effect):
                    message = (
                        f"{request.method} {request.url} came from a sync client (httpx.get, "
                        "httpx.Client), which cannot await the coroutine function that this route "
                        "has as its side effect. Give the route a plain function."
                    )
                    raise CannotServe(message)
                return

    def _answer_line(self) -> str | None:
        frame = inspect.currentframe() if self._folders else None
        while frame is not None:
            if _is_inside(frame.f_code.co_filename, self._folders):
                return f"{frame.f_code.co_filename}:{frame.f_lineno}"
            frame = frame.f_back
        return None

    def _tell(self, number: int, label: str, phase: str, status: int | None) -> None:
        if self.on_event is not None:
            self.on_event(
                {
                    "kind": "upstream",
                    "label": label,
                    "phase": phase,
                    "id": number,
                    "status": status,
                }
            )


def _manner(takes: float, together: int, drip: tuple[float, int] | None) -> Manner:
    if takes < 0:
        raise ValueError(f"takes={takes}: an answer cannot leave before its request came")
    if together < 1:
        raise ValueError(f"together={together}: it takes at least one call")
    if drip is not None and (drip[0] < 0 or drip[1] < 1):
        raise ValueError(f"drip={drip}: give (seconds between pieces, number of pieces)")
    return Manner(takes, Rendezvous(together) if together > 1 else None, drip)


def _host_key(host: str) -> tuple[str, int | None]:
    url = httpx.URL(host if "://" in host else f"https://{host}")
    return url.raw_host.decode("ascii"), url.port


def _advice(error: Exception) -> str:
    name = type(error).__name__
    if isinstance(error, httpx.HTTPStatusError):
        remedy = "Answer with that status: .respond(404)."
    elif isinstance(error, httpx.TooManyRedirects):
        remedy = 'Serve a redirect loop: .respond(302, headers={"location": <the same address>}).'
    elif isinstance(error, httpx.DecodingError):
        remedy = (
            "Serve a body that cannot be decoded: upstream.garbles(url), or a header "
            '"content-encoding: gzip" over content=[b"garbage"] (in a list).'
        )
    else:
        remedy = "Serve what would make the client raise it."
    return f"httpx.{name} is raised by the client itself, so no server can send it. {remedy}"


def _spellings(folder: str | os.PathLike[str] | None) -> tuple[str, ...]:
    """A folder as it may stand at the head of a file's name, with and without links resolved."""
    if folder is None:
        return ()
    return tuple({os.path.abspath(folder) + os.sep, os.path.realpath(folder) + os.sep})


@lru_cache(maxsize=4096)
def _is_inside(filename: str, folders: tuple[str, ...]) -> bool:
    return os.path.abspath(filename).startswith(folders)
