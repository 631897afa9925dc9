"""FastAPI imports more at the first route of a process, and more still when the route says what it returns."""

from __future__ import annotations


def first_route() -> None:
    """Make one, on an app that nobody keeps: whoever is forked off afterwards, or looks for garbage, has less to do."""
    from fastapi import FastAPI

    FastAPI().get("/")(_returns_something)


def _returns_something() -> dict[str, str]:
    return {}
