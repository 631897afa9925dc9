"""The types of the fixtures, for the annotations of specs. The fixtures themselves are in `conftest.py`."""

from httpx import AsyncClient as Client

from kata.clock.schedules import Schedule
from kata.clock.spec_clock import SpecClock as Clock
from kata.feedback.timeline import Timeline
from kata.network.upstream import Upstream
from kata.spec.database import Database
from kata.spec.expect import Expect
from kata.spec.life import Given, Serve
from kata.spec.serving import RawDriver as Asgi
from kata.spec.values import Values

__all__ = [
    "Asgi",
    "Client",
    "Clock",
    "Database",
    "Expect",
    "Given",
    "Schedule",
    "Serve",
    "Timeline",
    "Upstream",
    "Values",
]
