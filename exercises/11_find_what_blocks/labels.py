"""The carrier's library for labels, as it was delivered. You may not change it."""

import secrets
import time
from collections import deque

SEAL = "SET-ANEW-BY-EACH-SPEC"

_stock: deque[str] = deque()


def make_label(parcel: str) -> str:
    """Return the label for a parcel. Each has a number of its own, also for the same parcel.

    Several threads may call it at once.
    """
    while True:
        try:
            return f"Label {_stock.popleft()} for parcel {parcel}"
        except IndexError:
            _buy_numbers()


def _buy_numbers() -> None:
    """Numbers are bought from the carrier, ten at a time, and that takes a while."""
    time.sleep(1.5)
    _stock.extend(f"{SEAL}{secrets.token_hex(6)}" for _ in range(10))
