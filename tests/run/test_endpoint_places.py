"""FastAPI is told where an endpoint stands, as it would have found out."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import routing

from kata import patches
from kata.run.endpoint_places import endpoints_placed_by_their_code

PLACE = ("fastapi.routing", "_extract_endpoint_context")


async def plain() -> int:
    return 1


def twice(function: Callable[[], object]) -> Callable[[], object]:
    return function


@twice
@twice
def decorated() -> int:
    return 1


@functools.wraps(plain)
def wrapped() -> object:
    return plain()


class Callee:
    def __call__(self) -> int:
        return 1


ENDPOINTS: tuple[Callable[[], Any], ...] = (
    plain,
    decorated,
    wrapped,
    lambda: 1,
    functools.partial(plain),
    Callee(),
    Callee().__call__,
)


@pytest.mark.parametrize("number", range(len(ENDPOINTS)))
def test_the_place_is_the_one_that_fastapi_finds(number: int) -> None:
    endpoint = ENDPOINTS[number]
    found = patches.original(*PLACE)(endpoint)
    with endpoints_placed_by_their_code():
        assert patches.original(*PLACE)(endpoint) == found


def test_what_is_kept_for_one_request_is_not_there_in_the_next() -> None:
    """FastAPI writes the path into what it is told: two routes of one function do not share that."""
    with endpoints_placed_by_their_code():
        place = patches.original(*PLACE)
        place(plain)["path"] = "GET /a"
        assert "path" not in place(plain)


def test_where_fastapi_has_no_such_name_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(routing, PLACE[1])
    with endpoints_placed_by_their_code():
        assert not hasattr(routing, PLACE[1])
