"""From which address each request to the answer comes."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Generator


class Visitors:
    """Of three requests, two come from one address, and the third from its own; or all from one, where a spec asks so.

    So what counts, locks or remembers by address is told from what serves each request, wherever requests come
    together. Those from one address come through a proxy, of which uvicorn tells the port 0 for each. The addresses are
    those that RFC 5737 keeps for examples.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._shared: int | None = None

    def next_address(self) -> tuple[str, int]:
        """The host and the port that the next request comes from."""
        number = next(self._numbers)
        port = 50_000 + number % 10_000
        if self._shared is not None:
            return f"198.51.100.{1 + self._shared % 254}", 0
        return f"192.0.2.{1 + (number - (number + 2) // 3) % 254}", port

    @contextlib.contextmanager
    def at_one_address(self) -> Generator[None]:
        """Until the block ends, all come from one address, which nobody had before."""
        before, self._shared = self._shared, next(self._numbers)
        try:
            yield
        finally:
            self._shared = before
