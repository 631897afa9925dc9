"""The types of the fixtures, for the annotations of specs. The fixtures themselves are in `conftest.py`."""

from httpx import AsyncClient as Client

from kata.database import Database
from kata.expect import Expect
from kata.serving import RawDriver as Asgi
from kata.spec_clock import SpecClock as Clock
from kata.suite import Suite
from kata.timeline import Timeline
from kata.upstream import Upstream
from kata.world import Given, Serve

__all__ = [
    "Asgi",
    "Client",
    "Clock",
    "Database",
    "Expect",
    "Given",
    "Serve",
    "Suite",
    "Timeline",
    "Upstream",
]
