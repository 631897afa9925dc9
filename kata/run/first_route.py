"""FastAPI imports more at the first route of a process, and more still when the route says what it returns."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from kata import patches

_IS_AN_OLD_MODEL = ("fastapi._compat.shared", "is_pydantic_v1_model_class")
_OLD_MODELS = "pydantic.v1"


def first_route() -> None:
    """Make one, on an app that nobody keeps: whoever is forked off afterwards, or looks for garbage, has less to do."""
    from fastapi import FastAPI

    FastAPI().get("/")(_returns_something)


def _returns_something() -> dict[str, str]:
    return {}


@contextmanager
def old_models_unimported() -> Generator[None]:
    """Until the block ends, FastAPI does not import pydantic's old models only to ask whether a class is one of them.

    It asks so for every route, to refuse them, and the import takes some 15 ms. Before somebody else has imported
    them, no class can be one.
    """

    def wrap(is_an_old_model: Callable[[Any], bool]) -> Callable[[Any], bool]:
        return lambda cls: _OLD_MODELS in sys.modules and is_an_old_model(cls)

    with patches.wrapped(*_IS_AN_OLD_MODEL, wrap):
        yield
