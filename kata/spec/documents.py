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
        "mean": 0.0,
        "note": "",
        "rating": "NaN, not Infinity",
        "tags": [],
        "links": {},
        "author": {"name": "", "mail": None, "phones": [None, "", 0]},
        "userName": texts.ordinary(chance),
    }
    return [
        row,
        {**row, "id": 2},
        row,
        {"id": 1, "edited": None},
        {},
        None,
        [],
        "",
        0,
        0.0,
        False,
        "NaN",
    ]


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

NO_JSON: Mapping[str, Callable[[str], bytes]] = {
    "a page": lambda name: f"<html><body>{name}</body></html>".encode(),
    "an object cut short": lambda name: f'{{"name": "{name}"'.encode(),
    "other quotes": lambda name: f"{{'name': '{name}'}}".encode(),
    "a comma at the end": lambda name: f'{{"name": "{name}",}}'.encode(),
    "two documents": lambda name: f'{{"name": "{name}"}}{{"name": 1}}'.encode(),
    "a bare word": lambda name: name.encode(),
    "nothing": lambda name: b"",
    "blanks": lambda name: b" \r\n",
    "a line break inside a string": lambda name: f'"{name}\n"'.encode(),
    "a hexadecimal number": lambda name: b"0x1f",
}
"""How a body of each kind is made that is text and no JSON, with a name in it."""

NO_TEXT: Mapping[str, Callable[[random.Random], bytes]] = {
    "a picture": lambda chance: b"\x89PNG\r\n\x1a\n" + chance.randbytes(8),
    "Latin-1": lambda chance: f'{{"name": "Zo\xeb {texts.ordinary(chance)}"}}'.encode("latin-1"),
    "a letter cut in its middle": lambda chance: b'{"name": "' + bytes((0xC3,)) + b'"}',
    "chance": lambda chance: b"\x80" + chance.randbytes(30),
}
"""How a body of each kind is made that is no text in UTF-8, nor JSON in any encoding that JSON may have."""


def no_json(chance: random.Random, kind: str) -> bytes:
    """Text that is no JSON, of a kind of `NO_JSON`."""
    return _sure(lambda: NO_JSON[kind](texts.ordinary(chance)))


def no_text(chance: random.Random, kind: str) -> bytes:
    """Bytes that are no text, of a kind of `NO_TEXT`."""
    return _sure(lambda: NO_TEXT[kind](chance))


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


def in_words(document: Json) -> str:
    """What a JSON document is called in a sentence."""
    match document:
        case None:
            return "null"
        case bool():
            return "true or false"
        case []:
            return "an empty list"
        case list():
            return "a list"
        case dict():
            return "an object" if document else "an empty object"
        case str():
            return "a text"
        case _:
            return "a number"
