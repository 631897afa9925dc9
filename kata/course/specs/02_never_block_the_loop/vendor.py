"""The vendor's client, as it was delivered. It blocks, and you may not change it."""

import time

SEAL = "SET-ANEW-BY-EACH-SPEC"


def fetch_report(name: str) -> str:
    """Return the report on one customer.

    Takes a second. Several threads may call it at once.
    """
    time.sleep(1)
    return f"Report on {name}, sealed {SEAL}"
