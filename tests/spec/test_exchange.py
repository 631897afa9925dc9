"""When the body of a reply could be read whole, which need not be when its last part came."""

from __future__ import annotations

import pytest

from kata.spec.exchange import Reply

PARTS: dict[str, tuple[list[tuple[float, bytes]], float | None]] = {
    "in one part": ([(2.0, b'{"a": 1}')], 2.0),
    "in two halves": ([(0.0, b'{"a": '), (2.0, b"1}")], 2.0),
    "with a blank behind it": ([(1.0, b'{"a": 1}'), (2.0, b"\n")], 1.0),
    "with a number that grows": ([(1.0, b"1"), (2.0, b"2")], 2.0),
    "with nothing behind it": ([(1.0, b"[]"), (2.0, b"")], 1.0),
    "of no JSON": ([(1.0, b"te"), (2.0, b"a")], 2.0),
    "that never came": ([], None),
}


@pytest.mark.parametrize("how", PARTS)
def test_a_body_is_whole_when_its_json_can_be_read(how: str) -> None:
    parts, whole_at = PARTS[how]
    assert Reply("GET /", parts=parts).whole_at == whole_at
