"""Equivalent mutants: changed programs that do the same as the reference, each with the argument for that."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from pathlib import Path

ARGUMENTS = Path(__file__).with_name("equivalent.toml")

Named = tuple[str, str]
"""A mutant by its exercise and its name."""


def arguments(path: Path = ARGUMENTS) -> dict[Named, str]:
    """Why each of these mutants is the same program as its reference."""
    if not path.exists():
        return {}
    said: dict[Named, str] = {}
    for entry in tomllib.loads(path.read_text("utf-8")).get("same", []):
        for name in entry["changes"]:
            said[entry["exercise"], name] = " ".join(entry["because"].split())
    return said


def out_of_date(
    said: Collection[Named], survivors: Collection[Named], tried: Collection[str]
) -> list[Named]:
    """The arguments for what is caught, or gone, in the exercises that were tried."""
    return [each for each in said if each[0] in tried and each not in survivors]
