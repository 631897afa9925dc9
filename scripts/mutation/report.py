"""What came of the mutants: a table, what no spec saw, and which arguments are out of date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scripts.console.tables import head, row
from scripts.mutation.equivalence import ARGUMENTS, Named, out_of_date
from scripts.mutation.run import Verdict

CAUGHT_AT_LEAST = 0.98
"""The share of all changes of all references. Those with an argument count as not caught."""


@dataclass(frozen=True)
class Report:
    """The verdicts of a run beside the arguments for equivalent mutants.

    A `complete` run made every change of its references, a `whole` one those of all references.
    """

    verdicts: Sequence[Verdict]
    said: Mapping[Named, str]
    complete: bool
    whole: bool

    @property
    def survivors(self) -> list[Named]:
        survived = (each.mutant for each in self.verdicts if each.survived)
        return [(mutant.exercise, mutant.name) for mutant in survived]

    @property
    def unexplained(self) -> list[Named]:
        return [each for each in self.survivors if each not in self.said]

    @property
    def out_of_date(self) -> list[Named]:
        if not self.complete:
            return []
        tried = {each.mutant.exercise for each in self.verdicts}
        return out_of_date(self.said, self.survivors, tried)

    @property
    def caught(self) -> int:
        return len(self.verdicts) - len(self.survivors)

    @property
    def too_few(self) -> bool:
        return self.whole and self.caught < CAUGHT_AT_LEAST * len(self.verdicts)

    @property
    def failed(self) -> bool:
        return bool(self.unexplained or self.out_of_date or self.too_few)

    def lines(self) -> Iterator[str]:
        yield ""
        yield from self._table()
        yield from self._shares()
        for exercise, name in self.unexplained:
            yield f"\nNo spec sees this, and nothing says why:\n  {exercise}  {name}"
        for exercise, name in self.out_of_date:
            yield f"\n{ARGUMENTS.name} explains what is caught, or gone:\n  {exercise}  {name}"
        if self.too_few:
            yield f"\nAt least {CAUGHT_AT_LEAST:.0%} must be caught."

    def _table(self) -> Iterator[str]:
        yield from head("exercise", "changes", "caught", "the same program", "not explained")
        changes: dict[str, int] = defaultdict(int)
        for verdict in self.verdicts:
            changes[verdict.mutant.exercise] += 1
        for exercise, count in changes.items():
            survived = sum(each[0] == exercise for each in self.survivors)
            unexplained = sum(each[0] == exercise for each in self.unexplained)
            yield row(exercise, count, count - survived, survived - unexplained, unexplained)

    def _shares(self) -> Iterator[str]:
        share = self.caught / len(self.verdicts) if self.verdicts else 1.0
        yield f"\n{self.caught} of {len(self.verdicts)} changes are caught: {share:.1%}."
        if others := self.caught + len(self.unexplained):
            yield f"Without the same program: {self.caught} of {others}, {self.caught / others:.1%}."
