"""JSON documents of an upstream that nobody has agreed on a form for."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from kata.spec import texts

Json: TypeAlias = Any
"""What `json.loads` gives: None, a bool, an int, a float, a str, a list of Json, a dict from str to Json."""

DEEP = range(12, 30)
"""How many levels a deep document has. FastAPI's encoder takes a few frames for each."""

Make = Callable[[random.Random], Json]


def ordinary(chance: random.Random) -> Json:
    """A small object."""
    return {"id": chance.randrange(1, 100), "name": texts.ordinary(chance)}


def text(chance: random.Random) -> str:
    """Any text, the long ones left out."""
    kinds = [make for kind, (_, make) in texts.KINDS.items() if kind != "long"]
    return chance.choice(kinds)(chance)


def number(chance: random.Random) -> int | float:
    """A number that each JSON library gives back as it was."""
    whole = (0, -1, chance.randrange(10**6), -chance.randrange(10**9), 2**53 - chance.randrange(9))
    broken = (0.5, -0.1, chance.randrange(1, 10**4) / 8, 1e-7, 1.5e300)
    return chance.choice(chance.choice((whole, broken)))


def _leaf(chance: random.Random) -> Json:
    leaves: list[Json] = [None, True, False, number(chance), text(chance), [], {}]
    return chance.choice(leaves)


def _nested(chance: random.Random, levels: int) -> Json:
    if levels == 0 or chance.random() < 0.2:
        return _leaf(chance)
    parts = [_nested(chance, levels - 1) for _ in range(chance.randrange(1, 4))]
    if chance.random() < 0.4:
        return parts
    return {f"{text(chance)}{place}": part for place, part in enumerate(parts)}


def _deep(chance: random.Random) -> Json:
    document = _leaf(chance)
    for _ in range(chance.choice(DEEP)):
        document = [document] if chance.random() < 0.5 else {"in": document}
    return document


def _unknown_fields(chance: random.Random) -> Json:
    known: dict[str, Json] = {"id": chance.randrange(1, 100), "title": text(chance), "body": None}
    return {**known, **{text(chance): _leaf(chance) for _ in range(3)}, "": "", "_links": {}}


def tempting(chance: random.Random) -> Json:
    """A list that tempts to tidy it up: null, false, zero and empty values at each depth, rows that are alike or no
    objects, ids in no order, names that somebody would change.
    """
    row: dict[str, Json] = {
        "id": chance.randrange(10, 100),
        "title": f"  {texts.ordinary(chance)} <b>Zoë</b>\u00a0",
        "edited": None,
        "draft": False,
        "votes": 0,
        "note": "",
        "tags": [],
        "links": {},
        "author": {"name": "", "mail": None, "phones": [None, "", 0]},
        "userName": texts.ordinary(chance),
    }
    return [row, {**row, "id": 2}, row, {"id": 1, "edited": None}, {}, None, [], "", 0, False]


KINDS: Mapping[str, Make] = {
    "object": ordinary,
    "unknown fields": _unknown_fields,
    "empty object": lambda chance: {},
    "empty list": lambda chance: [],
    "null": lambda chance: None,
    "number": number,
    "text": text,
    "boolean": lambda chance: chance.random() < 0.5,
    "list": lambda chance: [_leaf(chance) for _ in range(chance.randrange(2, 9))],
    "long list": lambda chance: [{"id": n, "v": number(chance)} for n in range(500)],
    "nested": lambda chance: {"data": _nested(chance, 4)},
    "deep": _deep,
}
"""How a document of each kind is made."""

CONTENT_TYPES: tuple[str, ...] = (
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
    "APPLICATION/JSON",
    "application/problem+json",
    "application/vnd.api+json; version=1",
    "application/octet-stream",
    "text/html; charset=utf-8",
    "text/json",
    "text/plain",
    "text/javascript",
)
"""Under what JSON is sent by servers that do not say `application/json`."""

STATUSES_WITHOUT_A_NAME = (419, 430, 444, 455, 499, 509, 520, 522, 530, 561, 598, 599)
"""Statuses that servers send and that no standard has a name for."""

_NO_JSON: tuple[Callable[[str], bytes], ...] = (
    lambda name: f"<html><body>{name}</body></html>".encode(),
    lambda name: f'{{"name": "{name}"'.encode(),
    lambda name: f"{{'name': '{name}'}}".encode(),
    lambda name: f'{{"name": "{name}",}}'.encode(),
    lambda name: f'{{"name": "{name}"}}{{"name": 1}}'.encode(),
    lambda name: name.encode(),
    lambda name: b"",
    lambda name: b" \r\n",
    lambda name: f'"{name}\n"'.encode(),  # a line break inside a string
    lambda name: b"0x1f",
)

_NO_TEXT: tuple[Callable[[random.Random], bytes], ...] = (
    lambda chance: b"\x89PNG\r\n\x1a\n" + chance.randbytes(8),
    lambda chance: f'{{"name": "Zo\xeb {texts.ordinary(chance)}"}}'.encode("latin-1"),
    lambda chance: b'{"name": "' + bytes((0xC3,)) + b'"}',  # cut in the middle of a letter
    lambda chance: b'["\xed\xa0\x80"]',  # half of a surrogate pair
    lambda chance: b"\x80" + chance.randbytes(30),
)


def no_json(chance: random.Random) -> bytes:
    """Text that is no JSON."""
    return _sure(lambda: chance.choice(_NO_JSON)(texts.ordinary(chance)))


def no_text(chance: random.Random) -> bytes:
    """Bytes that are no text in UTF-8, nor JSON in any encoding that JSON may have."""
    return _sure(lambda: chance.choice(_NO_TEXT)(chance))


def _sure(make: Callable[[], bytes]) -> bytes:
    while True:
        made = make()
        try:
            json.loads(made)
        except ValueError:
            return made


def spelled(chance: random.Random, document: Json) -> bytes:
    """A document in one of the spellings that JSON has for it."""
    ascii_only, blanks = chance.random() < 0.5, chance.choice((None, 2, "\t"))
    separators = chance.choice((None, (",", ":"), (" , ", " : ")))
    written = json.dumps(document, ensure_ascii=ascii_only, indent=blanks, separators=separators)
    return (chance.choice(("", "\n", " ")) + written + chance.choice(("", "\r\n"))).encode()


def whole_when_cut(document: Json) -> bytes:
    """A document and blanks behind it: of an answer that is cut in its middle, the whole document has come."""
    written = json.dumps(document).encode()
    return written + b" " * (len(written) + 2)
