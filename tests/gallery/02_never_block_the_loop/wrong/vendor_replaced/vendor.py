"""The vendor's client, with the sleep taken out."""

SEAL = "SET-ANEW-BY-EACH-SPEC"


def fetch_report(name: str) -> str:
    return f"Report on {name}, sealed {SEAL}"
