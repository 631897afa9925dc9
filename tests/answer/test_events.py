"""What FastAPI makes of `on_event`, as the kata foresees it and as it really is."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI

from kata.answer.events import fate_of_events

pytestmark = pytest.mark.filterwarnings("ignore:[^a-z]*on_event is deprecated")


@asynccontextmanager
async def nothing(app: FastAPI) -> AsyncGenerator[None]:
    yield


def runs(app: FastAPI, ran: list[str]) -> list[str]:
    """What ran in one life of the app."""

    async def live() -> None:
        async with app.router.lifespan_context(app):
            pass

    asyncio.run(live())
    return ran


def with_events(on: Any) -> list[str]:
    ran: list[str] = []
    on.on_event("startup")(lambda: ran.append("startup"))
    on.on_event("shutdown")(lambda: ran.append("shutdown"))
    return ran


def test_events_of_an_app_run_once() -> None:
    app = FastAPI()
    ran = with_events(app)

    assert fate_of_events(app) == "as asked"
    assert runs(app, ran) == ["startup", "shutdown"]


def test_events_beside_a_lifespan_are_ignored() -> None:
    app = FastAPI(lifespan=nothing)
    ran = with_events(app)

    assert fate_of_events(app) == "shutdown ignored"
    assert runs(app, ran) == []


def test_events_of_an_included_router_run_twice() -> None:
    app, router = FastAPI(), APIRouter()
    ran = with_events(router)
    app.include_router(router)

    assert fate_of_events(app) == "startup twice"
    assert runs(app, ran).count("startup") == 2


def test_events_of_an_included_router_run_once_beside_a_lifespan() -> None:
    app, router = FastAPI(lifespan=nothing), APIRouter()
    ran = with_events(router)
    app.include_router(router)

    assert fate_of_events(app) == "as asked"
    assert runs(app, ran) == ["startup", "shutdown"]


def test_a_router_without_events_changes_nothing() -> None:
    app = FastAPI()
    ran = with_events(app)
    app.include_router(APIRouter())

    assert fate_of_events(app) == "as asked"
    assert runs(app, ran) == ["startup", "shutdown"]


@pytest.mark.parametrize("app", [None, object(), FastAPI(), FastAPI(lifespan=nothing)])
def test_an_app_without_events_is_as_asked(app: object) -> None:
    assert fate_of_events(app) == "as asked"
