"""Values for what a lesson leaves open: names, ids, documents, statuses, moments, new in each run.

    async def test_each_gets_its_own(client, values, expect):
        for name in values.names(6):
            expect.json(await client.get("/greet", params={"name": name}), {"hello": name})

They come from a seed, which a failure names and `--seed N` gives again. Each spec draws from a generator of its own,
made from the seed and the spec's name, so neither the order of specs nor `-k` nor parallel workers change a value.

It is Python's own `random`. Hypothesis has the better strategies, and could make a failing value smaller; but to import
it takes 0.2 s and its first value up to a second, more than all specs of most exercises. So the values are small and
ordinary from the start: the first of each kind that a spec draws is one that anybody would have thought of, and an odd
one is odd in one way, which `what_is(name)` says in words.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from kata.spec import documents, texts
from kata.spec.documents import Json

T = TypeVar("T")

TOP = 2**62
"""The highest id that is drawn unless a spec asks for more: SQLite still finds free ones above it."""

LARGEST = 2**63 - 1
"""The highest id that SQLite can hold."""

GRID = 1 / 8
"""Moments are multiples of this, in seconds. Their sums are exact."""


class Values:
    """The fixture `values`: a generator of its own for one spec. The same seed and spec give the same values."""

    def __init__(self, seed: int, spec: str) -> None:
        self.seed = seed
        self.used = False
        """Whether the spec has drawn anything, so that a failure names the seed."""
        self._source = random.Random(f"{seed} {spec}")
        self._drawn: set[str] = set()
        self._ids: set[int] = set()
        self._decks: dict[str, list[str]] = {}
        self._words: dict[str, str] = {}

    @property
    def _chance(self) -> random.Random:
        self.used = True
        return self._source

    # Texts

    def name(self, *, without: Collection[str] = (), with_nul: bool = False) -> str:
        """Any text. The first is a first name; then come odd ones, one kind after the other.

        `without` leaves kinds out, by their names in `kata.spec.texts.KINDS` ("empty", "quotes", "lines", …).
        """
        kind = self._next_kind("name", _kinds_of_names(without, with_nul))
        return self._new_name(kind, set())

    def names(
        self, count: int, *, without: Collection[str] = (), with_nul: bool = False
    ) -> list[str]:
        """So many names, no two alike: first an ordinary one, then one that differs in its last letter only,
        then odd ones of as many kinds as there is room for.
        """
        chance = self._chance
        first = texts.ordinary(chance)
        names = [first, first[:-1] + chance.choice([c for c in "bcxyz" if c != first[-1]])]
        kinds = list(_kinds_of_names(without, with_nul))
        chance.shuffle(kinds)
        while len(names) < count:
            place = len(names) - 2
            kind = kinds[place] if place < len(kinds) else "ordinary"
            names.append(self._new_name(kind, set(names)))
        return names[:count]

    def odd_names(self, *, without: Collection[str] = (), with_nul: bool = False) -> list[str]:
        """One odd name of each kind, in no order."""
        names: list[str] = []
        for kind in self.shuffled(_kinds_of_names(without, with_nul)):
            names.append(self._new_name(kind, set(names)))
        return names

    def what_is(self, name: str) -> str:
        """What a drawn name is, for a sentence: "a name with quotes". An ordinary one is "a name"."""
        return self._words.get(name, "a name")

    def token(self) -> str:
        """Sixteen letters and digits that nobody can guess."""
        return f"{self._chance.getrandbits(64):016x}"

    def _new_name(self, kind: str, taken: set[str]) -> str:
        words, make = _ways_to_name()[kind]
        name = make(self._chance)
        while name in taken:
            name = f"{make(self._chance)} {self._chance.randrange(2, 10**6)}"
        self._words[name] = words
        return name

    # Ids

    def id(self, *, at_least: int = 1, at_most: int = TOP) -> int:
        """A whole number that this spec has not drawn yet. The first is below a hundred; then from all sizes alike,
        up to `at_most`.
        """
        if self._is_first("id"):
            at_most = min(at_most, max(99, at_least))
        return self._new_id(at_least, at_most)

    def ids(self, count: int, *, at_least: int = 1, at_most: int = TOP) -> list[int]:
        """So many ids, in no order: with gaps, far apart, and 10 beside 2 if there are two of them.

        No two are alike, and none was drawn before in this spec: a call for an id is told from every other.
        """
        ids: list[int] = []
        for few in (range(2, 10), range(10, 20))[:count]:
            if left := [n for n in few if at_least <= n <= at_most and n not in self._ids]:
                ids.append(self._chance.choice(left))
        self._ids.update(ids)
        while len(ids) < count:
            ids.append(self._new_id(at_least, at_most))
        return self.shuffled(ids)

    def _new_id(self, at_least: int, at_most: int) -> int:
        if sum(at_least <= each <= at_most for each in self._ids) > at_most - at_least:
            raise ValueError(f"no id from {at_least} to {at_most} is left")
        while (number := self._any_id(at_least, at_most)) in self._ids:
            pass
        self._ids.add(number)
        return number

    def _any_id(self, at_least: int, at_most: int) -> int:
        chance = self._chance
        below = at_least < 0 and chance.random() < 0.3
        least, most = (max(1, -at_most), -at_least) if below else (max(0, at_least), at_most)
        bits = chance.randint(least.bit_length(), most.bit_length())
        number = chance.randint(max(least, (1 << bits) >> 1), min(most, (1 << bits) - 1))
        return -number if below else number

    # What an upstream says

    def document(self, *, without: Collection[str] = ()) -> Json:
        """Any JSON. The first is a small object; then nested, empty, deep ones, `null`, one kind after the other.

        `without` leaves kinds out, by their names in `kata.spec.documents.KINDS`.
        """
        kinds = [kind for kind in documents.KINDS if kind not in _known(without, documents.KINDS)]
        return documents.KINDS[self._next_kind("document", kinds, "object")](self._chance)

    def documents(self, count: int, *, without: Collection[str] = ()) -> list[Json]:
        """So many documents, no two alike."""
        drawn: list[Json] = []
        seen: set[str] = set()
        for _ in range(100 * count):
            document = self.document(without=without)
            if repr(document) not in seen:
                seen.add(repr(document))
                drawn.append(document)
            if len(drawn) == count:
                return drawn
        raise ValueError(f"there are no {count} different documents of the kinds that are left")

    def posts(self, count: int) -> list[dict[str, Json]]:
        """Posts as blogs have them: `userId`, `id`, `title`, `body`; in all but the first, more than was agreed on."""
        ids = sorted(self.ids(count, at_most=10**9))
        posts: list[dict[str, Json]] = []
        for number, title in zip(ids, self.names(count, without=("long",)), strict=True):
            post: dict[str, Json] = {
                "userId": self._chance.randrange(1, 100),
                "id": number,
                "title": title,
                "body": f"All about {title}.\nAnd more.",
            }
            if posts:
                post[self.choice(("tags", "links", "edited", "räume"))] = self.document(
                    without=("long list", "deep")
                )
            posts.append(post)
        return posts

    def tempting_document(self) -> Json:
        """A list that tempts to tidy it up: see `kata.spec.documents.tempting`."""
        return documents.tempting(self._chance)

    def json_bytes(self, document: Json) -> bytes:
        """A document as bytes: with more blanks or fewer, with letters as they are or escaped, in UTF-8."""
        return documents.spelled(self._chance, document)

    def status(self, *among: int | Iterable[int]) -> int:
        """One of these statuses (numbers and ranges); without any, from 400 to 599, often one without a name."""
        if among:
            return self.choice(_numbers(among))
        if self._is_first("status"):
            return self.choice((404, 500, 503))
        if self._chance.random() < 0.4:
            return self.choice(documents.STATUSES_WITHOUT_A_NAME)
        return self._chance.randrange(400, 600)

    def content_type(self) -> str:
        """A content type under which somebody sends JSON. The first is the usual one."""
        if self._is_first("content type"):
            return "application/json"
        return self.choice(documents.CONTENT_TYPES)

    def bytes_no_json(self) -> bytes:
        """A body that is text and no JSON: a page first, then one kind of `documents.NO_JSON` after the other."""
        kinds = tuple(documents.NO_JSON)
        return documents.no_json(self._chance, self._next_kind("no json", kinds, kinds[0]))

    def bytes_no_text(self) -> bytes:
        """A body that is no text: a picture first, then one kind of `documents.NO_TEXT` after the other."""
        kinds = tuple(documents.NO_TEXT)
        return documents.no_text(self._chance, self._next_kind("no text", kinds, kinds[0]))

    # Time and chance

    def moment(self, at_most: float, *, at_least: float = GRID) -> float:
        """Seconds, a multiple of 1/8, so that sums are exact."""
        low, high = -(-at_least // GRID), at_most // GRID
        if high < low:
            raise ValueError(f"no multiple of {GRID} s lies between {at_least} and {at_most}")
        return self._chance.randint(int(low), int(high)) * GRID

    def number(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return self._chance.randint(low, high)

    def choice(self, among: Sequence[T]) -> T:
        """One of these."""
        return self._chance.choice(among)

    def sample(self, among: Sequence[T], count: int) -> list[T]:
        """So many of these, in no order, each at most once."""
        return self._chance.sample(among, count)

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """The same in another order."""
        shuffled = list(items)
        self._chance.shuffle(shuffled)
        return shuffled

    def _is_first(self, what: str) -> bool:
        first = what not in self._drawn
        self._drawn.add(what)
        return first

    def _next_kind(self, what: str, kinds: Sequence[str], ordinary: str = "ordinary") -> str:
        """The ordinary kind first, then all others in an order of chance, and so on."""
        if self._is_first(what):
            return ordinary
        deck = self._decks.setdefault(what, [])
        if not any(kind in kinds for kind in deck):
            deck[:] = self.shuffled(kinds)
        kind = next(kind for kind in deck if kind in kinds)
        deck.remove(kind)
        return kind


def _ways_to_name() -> Mapping[str, tuple[str, Callable[[random.Random], str]]]:
    return {"ordinary": ("a name", texts.ordinary), "nul": texts.NUL, **texts.KINDS}


def _kinds_of_names(without: Collection[str], with_nul: bool) -> list[str]:
    kinds = [kind for kind in texts.KINDS if kind not in _known(without, texts.KINDS)]
    return [*kinds, "nul"] if with_nul else kinds


def _known(without: Collection[str], kinds: Collection[str]) -> Collection[str]:
    """The kinds that a spec leaves out. Raises ValueError for one that is not there, which would leave out nothing."""
    if isinstance(without, str) or not set(without) <= set(kinds):
        raise ValueError(f"without={without!r}: the kinds are {', '.join(kinds)}")
    return without


def _numbers(among: Iterable[int | Iterable[int]]) -> list[int]:
    return [n for each in among for n in ([each] if isinstance(each, int) else each)]
