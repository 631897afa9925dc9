"""Python code as students' editors save it, made UTF-8 with plain line ends."""

from __future__ import annotations

import codecs
import re

_DECLARED = rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)"
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def as_utf_8(data: bytes) -> tuple[bytes, str]:
    """The same code in UTF-8 without a mark, with `\\n`; and what was done, or nothing.

    What is no text is given back as it is. Code that declares its encoding is left alone: Python heeds that.
    """
    text, was = _decoded(data)
    if text is None:
        return data, ""
    done = [was] if was else []
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if plain != text:
        done.append("Windows' line ends" if "\r\n" in text else "line ends of old Macs")
    return plain.encode("utf-8"), " and ".join(done)


def _decoded(data: bytes) -> tuple[str | None, str]:
    for mark, encoding in _WIDE:
        if data.startswith(mark):
            return _tried(data, encoding), encoding.upper()
    if data.startswith(codecs.BOM_UTF8):
        return _tried(data, "utf-8-sig"), "a byte order mark"
    if any(re.match(_DECLARED, line) for line in data.split(b"\n", 2)[:2]):
        return None, ""
    if (text := _tried(data, "utf-8")) is not None and "\0" not in text:
        return text, ""
    if b"\0" in data:
        # Every second byte of ASCII in UTF-16 is zero; Notepad's "Unicode" has a mark, others leave it out.
        little = data[1::2].count(0) > data[0::2].count(0)
        wide = _tried(data, "utf-16-le" if little else "utf-16-be")
        looks_right = wide is not None and "\0" not in wide
        return (wide, "UTF-16") if looks_right and data.count(0) * 3 > len(data) else (None, "")
    return _tried(data, "cp1252") or data.decode("latin-1"), "a Windows code page"


def _tried(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
