"""What becomes of an app's `on_event` handlers: FastAPI ignores them beside a `lifespan`, and runs a router's twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

Fate = Literal["as asked", "shutdown ignored", "startup twice"]


def fate_of_events(app: object) -> Fate:
    """What FastAPI will do with these handlers. "as asked" if that cannot be seen, as in another framework."""
    router: Any = getattr(app, "router", None)
    context: Any = getattr(router, "lifespan_context", None)
    runners = list(_runners(context))
    own = [runner for runner in runners if runner is router]
    nested = [runner for runner in runners if runner is not router]
    if own and any(_handlers(runner, "on_startup") for runner in nested):
        return "startup twice"
    run = [handler for runner in runners for handler in _handlers(runner, "on_shutdown")]
    if any(handler not in run for handler in _handlers(router, "on_shutdown")):
        return "shutdown ignored"
    return "as asked"


def _handlers(router: Any, when: str) -> list[Any]:
    return list(getattr(router, when, None) or ())


def _runners(context: Any) -> Iterator[Any]:
    """The routers whose handlers a lifespan runs. FastAPI keeps what `include_router` has merged in closures."""
    if type(context).__name__ == "_DefaultLifespan":
        yield getattr(context, "_router", None)
    elif getattr(context, "__name__", "") == "merged_lifespan":
        for cell in getattr(context, "__closure__", None) or ():
            yield from _runners(cell.cell_contents)
