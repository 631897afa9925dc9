"""Names that break careless code, in kinds: each kind is one mistake that somebody has made.

The idea of kinds, each with a value of its own in every run, is equivalence partitioning; most of the kinds are those
of the "big list of naughty strings".
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

ORDINARY = (
    "ada",
    "barbara",
    "edsger",
    "frances",
    "grace",
    "hedy",
    "ivan",
    "joan",
    "katherine",
    "leslie",
    "margaret",
    "niklaus",
    "radia",
    "sophie",
    "tony",
)

LONG = range(300, 3_000)
"""How many letters a long name has: more than a field of 255, and less than a request line may hold."""

Make = Callable[[random.Random], str]


def ordinary(chance: random.Random) -> str:
    """A first name in small letters."""
    return chance.choice(ORDINARY)


def _around(*patterns: str) -> Make:
    """One of the patterns, with an ordinary name where it says `{}`."""

    def make(chance: random.Random) -> str:
        return chance.choice(patterns).replace("{}", ordinary(chance))

    return make


def _long(chance: random.Random) -> str:
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz ", k=chance.choice(LONG))) + "."


def _small_and_capital(chance: random.Random) -> str:
    return chance.choice((str.upper, str.title, str.swapcase))(ordinary(chance))


KINDS: Mapping[str, tuple[str, Make]] = {
    "empty": ("the empty name", lambda chance: ""),
    "one letter": ("a name of one letter", _around("x", "O", "é", "字", "0")),
    "long": ("a long name", _long),
    "capitals": ("a name with capital letters", _small_and_capital),
    "quotes": (
        "a name with quotes",
        _around("O'{}", 'the "{}"', "{}''s", "'", '"{}', "`{}`", "it's \"{}\"", "\\'{}"),
    ),
    "sql": (
        "a name that looks like SQL",
        _around("{}'); DROP TABLE users;--", "{}' OR '1'='1", "{};--", "{}/*", "?", ":{}", "$1"),
    ),
    "blanks": (
        "a name with blanks at its ends",
        _around(" {}", "{} ", "  {}  ", "\t{}", "{}\u00a0", " ", "{}  {} "),
    ),
    "wildcards": ("a name with a wildcard", _around("%", "{}%", "_{}", "{}_", "*", "[{}]", "{}?")),
    "escapes": (
        "a name with signs that an URL escapes",
        _around("{}+{}", "{}&name={}", "{}=1", "%41{}", "{}%20", "#{}", "{}/..", "a;b={}", "{}\\n"),
    ),
    "lines": ("a name of several lines", _around("{}\n{}", "{}\r\n", "\n{}", "{}\u2028{}")),
    "scripts": (
        "a name in another script",
        _around("Zoë {}", "李小龙", "Дмитрий", "नमस्ते", "Ελένη", "ゆき", "straße", "İpek", "{} 🦆", "👩‍🔬"),
    ),
    "combining": (
        "a name with a combining accent",
        _around("Zoe\u0308", "Jose\u0301 {}", "n\u0303{}", "A\u030angstrom", "e\u0301e\u0300"),
    ),
    "right to left": ("a name written from right to left", _around("שרה", "مريم", "{} אסתר", "لیلا {}")),
    "lookalikes": (
        "a name that looks like a value of another kind",
        _around("null", "None", "true", "007", "1e3", "-1", "NaN", "[]", '{"name": "{}"}', "undefined"),
    ),
    "braces": ("a name with signs of a template", _around("{{}}", "%s {}", "{0}", "${}", "<b>{}</b>", "%(x)s")),
}  # fmt: skip
"""What a name can be called in a sentence, and how one is made, for each kind."""

NUL = ("a name with a NUL in it", _around("{}\x00{}", "\x00", "{}\x00"))
"""A kind that is not among the others: JSON and SQLite hold it, many things between do not."""
