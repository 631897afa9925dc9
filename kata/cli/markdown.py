"""Markdown on a terminal: rich's, but with tables and code whose words stay whole on a narrow one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown, MarkdownElement, TableElement
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from kata.cli.code import folded

_AROUND = 2
"""Columns of a table that its edges and gaps take, for each column of cells."""


class _Code(CodeBlock):
    """A line that does not fit goes on below, between two words and indented."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = folded(str(self.text).rstrip(), options.max_width - 2)
        yield Syntax(code, self.lexer_name, theme=self.theme, word_wrap=True, padding=1)


class _Table(TableElement):
    """Columns that no word is cut in. Where there is no room for those, each row is a list of its cells."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        heads = self._heads()
        rows = [[cell.content for cell in row.cells] for row in self.body.rows] if self.body else []
        columns = [[head, *cells] for head, *cells in zip(heads, *rows, strict=True)]
        room = options.max_width - _AROUND * len(columns)
        widths = _widths(columns, room)
        if sum(widths) > room:
            for number, row in enumerate(rows):
                yield from [Text()] * (number > 0)
                yield from _as_list(heads, row)
            return
        table = Table(
            box=box.SIMPLE, pad_edge=False, style="markdown.table.border", collapse_padding=True
        )
        for head, width in zip(heads, widths, strict=True):
            table.add_column(head, width=width)
        for row in rows:
            table.add_row(*row)
        yield table

    def _heads(self) -> list[Text]:
        heads: list[Text] = []
        if self.header is not None and self.header.row is not None:
            for cell in self.header.row.cells:
                head = cell.content.copy()
                head.stylize("markdown.table.header")
                heads.append(head)
        return heads


def _widths(columns: Sequence[Sequence[Text]], room: int) -> list[int]:
    """For each column its longest word at least. What room is left goes first to who needs least."""
    widths = [max(_longest_word(cell) for cell in column) for column in columns]
    wanted = [max(cell.cell_len for cell in column) for column in columns]
    spare = max(0, room - sum(widths))
    by_need = sorted(range(len(columns)), key=lambda column: wanted[column] - widths[column])
    for count, column in enumerate(by_need):
        more = min(wanted[column] - widths[column], spare // (len(columns) - count))
        widths[column] += more
        spare -= more
    return widths


def _longest_word(cell: Text) -> int:
    return max((word.cell_len for word in cell.split(" ")), default=0)


def _as_list(heads: Sequence[Text], row: Sequence[Text]) -> list[Text]:
    """Each cell in a line of its own, after the head of its column."""
    return [
        Text.assemble(head, ": ", cell) if head.plain.strip() else cell
        for head, cell in zip(heads, row, strict=True)
        if cell.plain.strip()
    ]


class TerminalMarkdown(Markdown):
    """Markdown for this console. Where it cannot carry links, their addresses are written out."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "fence": _Code,
        "code_block": _Code,
        "table_open": _Table,
    }

    def __init__(self, markup: str, console: Console) -> None:
        # The terminal's own colours: its background may be light.
        super().__init__(markup, code_theme="ansi_dark", hyperlinks=not console.is_dumb_terminal)
