"""The tables: what a checkout costs beside the goals, and two checkouts side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scripts.console.tables import aligned
from scripts.measurement.measures import Measure
from scripts.measurement.memory import WHAT

NOTHING = "–"


def _shown(value: float | None, form: str) -> str:
    return NOTHING if value is None else format(value, form)


def _ratio(one: float | None, other: float | None) -> str:
    return f"{one / other:.2f}" if one is not None and other else NOTHING


def _worth(measure: Measure, by_name: dict[str, Measure]) -> float:
    return measure.costs.seconds / by_name[measure.against].costs.seconds


def goals_met(measures: Sequence[Measure]) -> bool:
    by_name = {each.name: each for each in measures}
    return all(_worth(each, by_name) <= each.goal for each in measures if each.against)


def costs(measures: Sequence[Measure]) -> Iterator[str]:
    """What each costs, and its ratio to what it is compared with."""
    by_name = {each.name: each for each in measures}
    rows: list[list[str]] = []
    for each in measures:
        goal = [NOTHING] * 2
        if each.against:
            worth = _worth(each, by_name)
            met = "met" if worth <= each.goal else "MISSED"
            goal = [f"{worth:.2f} × {each.against}", f"{each.goal:.2f} {met}"]
        rows.append(
            [
                each.name,
                f"{each.costs.seconds:.3f}",
                f"{each.costs.best:.3f}",
                _shown(each.costs.cpu, ".3f"),
                _shown(each.costs.megabytes, ".0f"),
                *goal,
            ]
        )
    yield from aligned(
        ("what", "median s", "best s", "CPU s", f"MB ({WHAT})", "ratio", "goal"), rows
    )


def side_by_side(here: Sequence[Measure], there: Sequence[Measure], commit: str) -> Iterator[str]:
    """The medians of both checkouts, and how many times as much this one costs."""
    others = {each.name: each.costs for each in there}
    own = {each.name: each.costs for each in here}
    rows: list[list[str]] = []
    for name in {**own, **others}:
        row = [name]
        for what, form in (("seconds", ".3f"), ("cpu", ".3f"), ("megabytes", ".0f")):
            one = getattr(own[name], what) if name in own else None
            other = getattr(others[name], what) if name in others else None
            row += [_shown(one, form), _shown(other, form), _ratio(one, other)]
        rows.append(row)
    columns = [
        column
        for unit in ("s", "CPU s", "MB")
        for column in (f"{unit} here", f"{unit} {commit}", "ratio")
    ]
    yield from aligned(("what", *columns), rows)
