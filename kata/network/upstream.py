"""The internet as a spec says it is.

A spec says what each address answers, and afterwards asks what was seen:

    async def test_the_posts_are_fetched(client, upstream, expect):
        posts = upstream.get("https://example.org/posts", takes=2).respond(json=[{"id": 1}])
        response = await client.get("/fetch-data")
        expect.json(response, [{"id": 1}])
        expect.equal(posts.call_count, 1, "calls to the upstream")

respx decides *what* is answered. `kata.network.backend` serves that answer below httpcore's connection
pool, so limits, time-outs, keep-alive and redirects are httpx's own and behave as in life.

The network calls `Upstream.traffic` and `Upstream.answers` when connections and requests come in.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Literal, cast

import httpx
import respx
from respx.models import Call

from kata.network.answers import Answers
from kata.network.manners import Manner, Takes, manner
from kata.network.traffic import ConnectionRecord, Traffic

HostRule = Literal["refuses", "unreachable"] | float


class Upstream:
    """Every server outside the answer, in one object.

    **Answers.** `get`, `post`, `request(method, url)` and `route(...)` return a respx route; say on it what
    comes back:

        upstream.get("https://host/a").respond(200, json=[1, 2])
        upstream.get("https://host/a").respond(json={}, content_type="text/plain")
        upstream.get("https://host/a").respond(content=b"\\xff", headers={"x-name": "value"})
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

        takes=2.0        the answer leaves 2 seconds after the request was complete; a function says it
                         for each request: takes=lambda request: 1.0 if request.url.path == "/a" else 3.0
        together=3       no answer leaves until 3 calls to this route are in flight at once; then
                         these three are let go. Fewer wait for ever, or until they give up.
        pause=6.0        the head of the answer leaves, and its body 6 seconds after it
        drip=(0.5, 4)    the body comes in 4 pieces, 0.5 s apart, the first at once: 1.5 s in all

    **Trouble**: `refuse(host)`, `unreachable(host)`, `slow_to_connect(host, seconds=4)`, `accept(host)` (as before),
    `silent(url)`, `hangs_up(url)`, `breaks(url)`, `garbles(url)`.

    **What was seen**: `peak`, `in_flight`, `connections`, `open_connections`, `dialled`, `connection_log`,
    `calls`, `unexpected` (calls to addresses without a route: those fail as ConnectError) and
    `faults` (mistakes of the spec itself that came to light while serving).
    """

    def __init__(
        self,
        *,
        answer_folder: str | os.PathLike[str] | None = None,
        on_event: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self.traffic = Traffic(answer_folder)
        self.traffic.on_event = on_event
        self.answers = Answers()
        self.on_connecting: Callable[[], None] | None = None
        self.dialled: list[str] = []
        """The host of each connection that was asked for, in order, also of those that did not come about."""
        self._hosts: dict[tuple[str, int | None], HostRule] = {}

    # Answers

    def get(
        self,
        url: Any = None,
        *,
        takes: Takes = 0.0,
        together: int = 1,
        drip: tuple[float, int] | None = None,
        pause: float = 0.0,
        **lookups: Any,
    ) -> respx.Route:
        """What GET of this address answers."""
        return self.request(
            "GET", url, takes=takes, together=together, drip=drip, pause=pause, **lookups
        )

    def post(
        self,
        url: Any = None,
        *,
        takes: Takes = 0.0,
        together: int = 1,
        drip: tuple[float, int] | None = None,
        pause: float = 0.0,
        **lookups: Any,
    ) -> respx.Route:
        """What POST to this address answers."""
        return self.request(
            "POST", url, takes=takes, together=together, drip=drip, pause=pause, **lookups
        )

    def request(
        self,
        method: str,
        url: Any = None,
        *,
        takes: Takes = 0.0,
        together: int = 1,
        drip: tuple[float, int] | None = None,
        pause: float = 0.0,
        **lookups: Any,
    ) -> respx.Route:
        """What this method on this address answers; `lookups` are respx's (json=, params=, ...)."""
        route = self.answers.router.request(method, url, **lookups)
        return self.answers.behaves(route, manner(takes, together, drip, pause))

    def route(
        self,
        *patterns: Any,
        takes: Takes = 0.0,
        together: int = 1,
        drip: tuple[float, int] | None = None,
        pause: float = 0.0,
        **lookups: Any,
    ) -> respx.Route:
        """What any request that fits respx's patterns answers: `route(host="h")`."""
        route = self.answers.router.route(*patterns, **lookups)
        return self.answers.behaves(route, manner(takes, together, drip, pause))

    # Trouble

    def refuse(self, host: str) -> None:
        """Connecting to this host fails at once: ConnectError. ("host", "host:port" or an URL.)"""
        self._hosts[_host_key(host)] = "refuses"

    def unreachable(self, host: str) -> None:
        """Connecting to this host never ends: ConnectTimeout, by the client's own limit."""
        self._hosts[_host_key(host)] = "unreachable"

    def slow_to_connect(self, host: str, *, seconds: float) -> None:
        """Connecting to this host takes so long: ConnectTimeout, if the client's own limit is shorter."""
        self._hosts[_host_key(host)] = seconds

    def accept(self, host: str) -> None:
        """Connecting to this host works at once again, after `refuse`, `unreachable` or `slow_to_connect`."""
        self._hosts.pop(_host_key(host), None)

    def silent(self, url: Any, *, method: str = "GET") -> respx.Route:
        """The request is taken and never answered: ReadTimeout, by the client's own limit."""
        return self.answers.behaves(
            self.answers.router.request(method, url), Manner(ending="silent")
        )

    def hangs_up(self, url: Any, *, method: str = "GET", takes: float = 0.0) -> respx.Route:
        """The connection is closed in the middle of the answer: RemoteProtocolError.

        Half of the body comes first; `.respond(...)` on the route says of which body.
        """
        manner = Manner(takes=takes, ending="hangs_up")
        return self.answers.behaves(self.answers.router.request(method, url), manner)

    def breaks(self, url: Any, *, method: str = "GET", takes: float = 0.0) -> respx.Route:
        """The connection breaks in the middle of the answer: ReadError. (As in `hangs_up`.)"""
        manner = Manner(takes=takes, ending="breaks")
        return self.answers.behaves(self.answers.router.request(method, url), manner)

    def garbles(self, url: Any, *, method: str = "GET", takes: float = 0.0) -> respx.Route:
        """The answer says it is gzip and is not: DecodingError."""
        route = self.request(method, url, takes=takes)
        # A list, because httpx would decode (and refuse) plain bytes here, when they are set.
        return route.respond(headers={"content-encoding": "gzip"}, content=[b"this is not gzip"])

    # What was seen

    @property
    def in_flight(self) -> int:
        """Calls whose request has come and whose answer has not gone out to its last byte."""
        return self.traffic.in_flight

    @property
    def peak(self) -> int:
        """The most calls that were in flight at once."""
        return self.traffic.peak

    @property
    def connection_log(self) -> list[ConnectionRecord]:
        """Every connection that was opened, as plain data."""
        return self.traffic.connections

    @property
    def connections(self) -> int:
        """How many connections were opened in all; a refused one is none."""
        return len(self.traffic.connections)

    @property
    def open_connections(self) -> int:
        """How many connections the clients hold open now, idle ones too."""
        return self.traffic.open_connections

    @property
    def calls(self) -> Sequence[Call]:
        """Every call that found a route, in order of coming: `upstream.calls[0].request.url`."""
        return cast("Sequence[Call]", self.answers.router.calls)

    @property
    def called(self) -> list[str]:
        """The addresses that were called, in order, each with its query."""
        return [str(call.request.url) for call in self.calls]

    @property
    def unexpected(self) -> list[str]:
        """Calls to addresses without a route, which failed as ConnectError."""
        return self.answers.unexpected

    @property
    def faults(self) -> list[str]:
        """Mistakes of the spec itself that came to light while serving."""
        return self.answers.faults

    def close(self) -> None:
        """Close what the clients left open, so that nobody waits on it. For the end of a test."""
        self.traffic.close()

    # For the network

    def rule_for(self, host: str, port: int) -> HostRule | None:
        """What happens to those who connect here: "refuses", "unreachable", or seconds until they are connected."""
        self.dialled.append(host)
        if self.on_connecting is not None:
            self.on_connecting()
        return self._hosts.get((host, port)) or self._hosts.get((host, None))


def _host_key(host: str) -> tuple[str, int | None]:
    url = httpx.URL(host if "://" in host else f"https://{host}")
    return url.raw_host.decode("ascii"), url.port
