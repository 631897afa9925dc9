"""What an upstream answers: respx's routes decide it, and how each of them answers stands beside it."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import httpcore
import httpx
import respx
from respx.models import AllMockedAssertionError, Call, PassThrough, RouteList, SideEffectError
from respx.patterns import Lookup, M, Pattern
from respx.router import Router
from respx.types import RouteResultTypes

from kata.network.manners import CannotServe, Manner, Outcome


class _Calls(list[Call]):
    """The calls of a route, or of all. respx's own list is a mock too, and that takes longer to make than a route."""

    @property
    def called(self) -> bool:
        return bool(self)

    @property
    def call_count(self) -> int:
        return len(self)

    @property
    def last(self) -> Call:
        return self[-1]

    def record(self, request: httpx.Request, response: httpx.Response | None) -> Call:
        call = Call(request=request, optional_response=response)
        self.append(call)
        return call


@functools.lru_cache
def _known(method: str, url: str) -> tuple[Pattern, str | None]:
    """What fits this method and address, and the path that it asks for, if that is to be the same.

    The specs of an exercise ask for the same ones again and again, and nothing changes a pattern.
    """
    pattern = M(method=method, url=url)
    paths = [each.value for each in pattern if each.key == "path" and each.lookup is Lookup.EQUAL]
    return pattern, next(iter(paths), None)


_BLANK = vars(respx.Route())


class _Route(respx.Route):
    """A route that keeps no state to go back to, for nobody asks for it, and that is quick to compare and to refuse.

    respx compares routes by the hash of their patterns, and each new one with all that there are. Of twenty routes
    that differ in their path only, nineteen need not look at anything else.
    """

    def __init__(self, pattern: Pattern, path: str | None = None) -> None:
        vars(self).update(_BLANK, _pattern=pattern, _snapshots=[], calls=_Calls())
        self._hash = hash(pattern)
        self._path = path

    def match(self, request: httpx.Request) -> RouteResultTypes:
        if self._path is not None and request.url.path != self._path:
            return None
        return super().match(request)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Route) and self._hash == other._hash

    __hash__ = None

    def snapshot(self) -> None:
        pass


_BLANK_ROUTER = vars(Router(assert_all_called=False, assert_all_mocked=True))


class _Router(Router):
    def __init__(self) -> None:
        vars(self).update(_BLANK_ROUTER, routes=RouteList(), calls=_Calls(), _snapshots=[])

    def route(self, *patterns: Pattern, name: str | None = None, **lookups: Any) -> respx.Route:
        url = lookups.get("url")
        if not patterns and isinstance(url, str) and lookups.keys() == {"method", "url"}:
            route = _Route(*_known(lookups["method"], url))
        else:
            route = _Route(M(*patterns, **lookups))
        return self.add(route, name=name)

    def snapshot(self) -> None:
        pass


class Answers:
    """The routes of one spec's upstream.

    `unexpected` are calls to addresses without a route, `faults` mistakes of the spec itself that came to light while
    serving.
    """

    def __init__(self) -> None:
        self.router = _Router()
        self.unexpected: list[str] = []
        self.faults: list[str] = []
        # A route cannot be a key (it compares by pattern), so its identity is; the router keeps
        # every route alive, so no identity is used twice.
        self._manners: dict[int, Manner] = {}

    def behaves(self, route: respx.Route, manner: Manner) -> respx.Route:
        """From now on the route answers in this manner."""
        self._manners[id(route)] = manner
        return route

    async def async_outcome(self, request: httpx.Request) -> Outcome:
        """What respx answers to a request that an async client sent."""
        try:
            resolved = await self.router.aresolve(request)
        except Exception as error:
            return self._failed(request, error)
        return self._answered(resolved.route, resolved.response)

    def outcome(self, request: httpx.Request) -> Outcome:
        """What respx answers to a request that a sync client sent."""
        try:
            self._check_for_coroutines(request)
            resolved = self.router.resolve(request)
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
        for route in self.router.routes:
            if not route.pattern or route.pattern.match(request):
                if inspect.iscoroutinefunction(route.side_effect):
                    message = (
                        f"{request.method} {request.url} came from a sync client (httpx.get, "
                        "httpx.Client), which cannot await the coroutine function that this route "
                        "has as its side effect. Give the route a plain function."
                    )
                    raise CannotServe(message)
                return


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
