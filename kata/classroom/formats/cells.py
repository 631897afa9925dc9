"""A table as somebody's file has it, in which single cells can be changed and nothing else moves.

Libraries for CSV read values and write them anew, in their own quoting and with their own line ends. A
gradebook has to go back as it came. So this one knows where in the text each cell stands. Python's own
reader has to find the same values in it, or the file is not touched.
"""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass, field

from kata.classroom.refusal import Refusal

DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Cell:
    """One cell: its value, and where its raw text stands."""

    value: str
    start: int
    end: int
    quoted: bool


@dataclass
class Table:
    """A delimited file: `rows[0]` is the header. Changes wait until `data` is asked for."""

    called: str
    text: str
    encoding: str
    mark: bytes
    delimiter: str
    rows: list[list[Cell]]
    _changes: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])

    @classmethod
    def read(cls, data: bytes, called: str) -> Table:
        """Take a file apart. `called` is its name in messages. Raises Refusal."""
        text, encoding, mark = _decoded(data, called)
        delimiter = _delimiter(text)
        rows = _rows(text, delimiter, called)
        if not rows or len(rows[0]) < 2:
            raise Refusal(
                f"{called} is no table with columns: export it as CSV from the platform, and give that file as it is."
            )
        try:
            theirs = [
                row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row
            ]
        except csv.Error as error:
            raise Refusal(
                f"{called} cannot be read as a table ({error}): export it again."
            ) from None
        if theirs != [[cell.value for cell in row] for row in rows]:
            raise Refusal(
                f"{called} is quoted in a way that can be read in two ways: export it again."
            )
        return cls(called, text, encoding, mark, delimiter, rows)

    @property
    def header(self) -> list[str]:
        return [cell.value for cell in self.rows[0]]

    def value(self, row: int, column: int) -> str:
        """A cell's value, or "" where the row is too short."""
        cells = self.rows[row]
        return cells[column].value if column < len(cells) else ""

    def put(self, row: int, column: int, value: str) -> None:
        """Change one cell. It is quoted if it was, or if the new value needs it. Raises Refusal."""
        if column >= len(self.rows[row]):
            raise Refusal(
                f"Row {row + 1} of {self.called} ends before the column {self.header[column]!r}: export it again."
            )
        self._changes[row, column] = value

    @property
    def changed(self) -> int:
        return sum(
            self.rows[row][column].value != value for (row, column), value in self._changes.items()
        )

    def data(self) -> bytes:
        """The file with the changes, and all other bytes as they were."""
        parts: list[str] = []
        done = 0
        for (row, column), value in sorted(self._changes.items()):
            cell = self.rows[row][column]
            if cell.value == value:
                continue
            needs = any(sign in value for sign in (self.delimiter, '"', "\r", "\n"))
            raw = '"' + value.replace('"', '""') + '"' if cell.quoted or needs else value
            parts += [self.text[done : cell.start], raw]
            done = cell.end
        parts.append(self.text[done:])
        return self.mark + "".join(parts).encode(self.encoding)


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def _decoded(data: bytes, called: str) -> tuple[str, str, bytes]:
    """Text, encoding and byte order mark. The text must give back the very bytes."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            encodings, rest = (encoding,), data[len(mark) :]
            break
    else:
        mark, rest, encodings = b"", data, ("utf-8", "cp1252")
    for encoding in encodings:
        try:
            text = rest.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and text.encode(encoding) == rest:
            return text, encoding, mark
    raise Refusal(
        f"{called} is no text that can be read: is it the CSV file that the platform exported?"
    )


def _delimiter(text: str) -> str:
    """The one that the first line has most of, outside quotes."""
    counts = dict.fromkeys(DELIMITERS, 0)
    quoted = False
    for sign in text:
        if sign == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif sign in "\r\n":
            break
        elif sign in counts:
            counts[sign] += 1
    return max(counts, key=lambda sign: counts[sign])


def _rows(text: str, delimiter: str, called: str) -> list[list[Cell]]:
    """Every row that is not empty."""
    rows: list[list[Cell]] = []
    row: list[Cell] = []
    place = 0
    while place < len(text):
        if not row and text[place] in "\r\n":
            place += 1
            continue
        cell = _cell(text, place, delimiter, called)
        row.append(cell)
        place = cell.end
        if place < len(text) and text[place] == delimiter:
            place += 1
            if place < len(text) and text[place] not in "\r\n":
                continue
            row.append(Cell("", place, place, False))
        rows.append(row)
        row = []
    return rows


def _cell(text: str, start: int, delimiter: str, called: str) -> Cell:
    if text[start] != '"':
        end = start
        while end < len(text) and text[end] not in f"{delimiter}\r\n":
            end += 1
        return Cell(text[start:end], start, end, False)
    place = start + 1
    while True:
        place = text.find('"', place)
        if place < 0:
            line = text.count("\n", 0, start) + 1
            raise Refusal(
                f"{called} has a quote in line {line} that is never closed: export it again."
            )
        if text[place + 1 : place + 2] != '"':
            break
        place += 2
    end = place + 1
    if end < len(text) and text[end] not in f"{delimiter}\r\n":
        line = text.count("\n", 0, start) + 1
        raise Refusal(f"{called} has text behind a quoted cell in line {line}: export it again.")
    return Cell(text[start + 1 : place].replace('""', '"'), start, end, True)
