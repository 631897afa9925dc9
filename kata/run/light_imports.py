"""What a run imports of the libraries costs less, for it leaves out what no answer can tell from the whole."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

_COMMAND_LINE_OF_HTTPX = "httpx._main"


@contextmanager
def httpx_without_its_command_line() -> Generator[None]:
    """Until the block ends, `import httpx` takes what it takes where its extra `cli` is not installed.

    Otherwise it imports click, rich and pygments for the program `httpx`, some 25 ms, as soon as they are there. And
    here they are, for the kata has its own commands.
    """
    if _COMMAND_LINE_OF_HTTPX in sys.modules:
        yield
        return
    sys.modules[_COMMAND_LINE_OF_HTTPX] = None  # type: ignore[assignment]  # the way to say that there is none
    try:
        yield
    finally:
        del sys.modules[_COMMAND_LINE_OF_HTTPX]


@contextmanager
def models_built_at_their_first_use() -> Generator[None]:
    """Until the block ends, a new model of pydantic gets its validator only when somebody asks for it.

    FastAPI has forty models for the description of an app, and a quarter of the time of its import goes into validators
    that hardly any request needs. The models are told so by pydantic's own setting `defer_build`.
    """
    from pydantic import BaseModel

    before = BaseModel.model_config
    BaseModel.model_config = {**before, "defer_build": True}
    try:
        yield
    finally:
        BaseModel.model_config = before
