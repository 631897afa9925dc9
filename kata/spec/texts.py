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
        _around("O'{} \"\"", "'the' \"{}\"", "{}''s \"", "'\"{}", "it's \"{}\"", "\\'{}\\\""),
    ),
    "sql": (
        "a name that looks like SQL",
        _around("{}'); DROP TABLE users;--", "{}' OR '1'='1", "{};--", "{}/*", "?", ":{}", "$1"),
    ),
    "blanks": (
        "a name with blanks at its ends",
        _around("  {}  ", " \t{}  ", "  {}  {} ", "\u00a0 {}  ", "   "),
    ),
    "wildcards": ("a name with a wildcard", _around("%", "{}%", "_{}", "{}_", "*", "[{}]", "{}?")),
    "separators": (
        "a name with signs that an URL escapes",
        _around("{}&name={}", "{}=1&a", "#{}&", "/{}&..?", "a;b={}&c"),
    ),
    "lists": (
        "a name that looks like a list",
        _around("Hopper, {}; Byron | Ada: 1/2", "{}, {}; {} | {}: 0/1", "Dr. {}, M.A.; B.Sc. | {}: 3/4"),
    ),
    "plus": ("a name with a plus", _around("{}+{}", "+{}", "{}+")),
    "escaped": (
        "a name that looks escaped",
        _around("%41{}", "{}%20{}", "{}%2B", "%25{}", "%C3%A9{}"),
    ),
    "backslashes": ("a name with a backslash", _around("{}\\n", "\\u0041{}", "\\t{}", "{}\\x41")),
    "lines": (
        "a name of several lines",
        _around("{}\r\n{}\n", "\r\n{}\n", "{}\n\r\n", "{}\n{}\u2028\r\n"),
    ),
    "accents": ("a name with an accent", _around("Zoë {}", "José", "Ångström", "Ñandú {}", "É")),
    "scripts": (
        "a name in another script",
        _around("李小龙", "Дмитрий", "नमस्ते", "Ελένη", "ゆき", "straße 字", "İpek Ж"),
    ),
    "emoji": ("a name with a sign beyond U+FFFF", _around("{} 🦆", "👩‍🔬", "𝒵{}", "{}𠮷")),
    "combining": (
        "a name with a combining accent",
        _around("Zoe\u0308", "Jose\u0301 {}", "n\u0303{}", "A\u030angstrom", "e\u0301e\u0300"),
    ),
    "right to left": ("a name written from right to left", _around("שרה", "مريم", "{} אסתר", "لیلا {}")),
    "numbers": ("a name that looks like a number", _around("007", "0042", "0010", "0099")),
    "lookalikes": (
        "a name that looks like JSON",
        _around("null", "true", "[]", '{"name": 1}', "NaN", "-1", "1e3", "[1]"),
    ),
    "markup": (
        "a name with signs of HTML",
        _around("<b>{}</b> &amp;", "&lt;<i>{}&#65;", "{}<br>&amp;", "<{}> &eacute;"),
    ),
    "templates": (
        "a name with signs of a template",
        _around("%s {0} {}", "{{}} %(x)s", "${x} {1} %d", "{{ {} }} %s"),
    ),
}  # fmt: skip
"""What a name can be called in a sentence, and how one is made, for each kind.

All names of a kind show the same mistakes, so that no verdict is a matter of luck: where two patterns would show
different ones, they are two kinds.
"""

NUL = ("a name with a NUL in it", _around("{}\x00{}", "\x00", "{}\x00"))
"""A kind that is not among the others: JSON and SQLite hold it, many things between do not."""
