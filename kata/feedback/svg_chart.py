"""A picture for a slide: the rows of the text chart as one self-contained SVG."""

from collections.abc import Callable, Iterable
from html import escape

from kata.feedback.chart_rows import Piece, Row, rows_of
from kata.feedback.chart_scale import Scale, scale_of, seconds
from kata.feedback.labels import columns, cut, labels_of, printable
from kata.feedback.timeline import KINDS, Kind, Span

WIDTH, HEIGHT = 960, 540
LEFT, RIGHT, TOP, BOTTOM = 40, 120, 92, 96
LETTER = 0.602
"""The width of one letter of a monospaced font, in parts of its size."""

SANS = "font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\""
MIDDLE = ' text-anchor="middle"'
MONO = "font-family=\"Menlo, Consolas, 'DejaVu Sans Mono', monospace\""
INK, GREY, LINE, PAPER = "#1f2933", "#556070", "#dde2e8", "#fbfbf9"

# Told apart by people who see few colours, too: the lightness differs, and blocked has stripes.
FILLS: dict[Kind, str] = {
    "request": "#33658a",
    "task": "#4aa3df",
    "sleep": "#a9d3f0",
    "upstream": "#e0a030",
    "database": "#3a9d7c",
    "thread": "#9579b8",
    "blocked": "#c8412f",
}
MIXED = "#8a94a0"
NAMES: dict[Kind, str] = {
    "request": "request",
    "task": "task",
    "sleep": "waiting",
    "upstream": "upstream call",
    "database": "database",
    "thread": "in a thread",
    "blocked": "event loop blocked",
}


def svg(timeline_spans: Iterable[Span], title: str) -> str:
    """Draw the spans as an SVG of 960 by 540: labelled rows over seconds, blocked parts striped."""
    rows = rows_of(timeline_spans)
    size = 28 if columns(title) <= 50 else 21
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
        f' viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{_escape(title)}</title>",
        '<defs><pattern id="blocked" width="10" height="10" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect width="10" height="10" fill="#f9dcd6"/>'
        f'<rect width="4" height="10" fill="{FILLS["blocked"]}"/></pattern></defs>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        _words(LEFT, 56, cut(title, 66), size, family=SANS, extra=' font-weight="bold"'),
    ]
    if rows:
        parts += _chart(rows)
        parts += _legend(rows)
    else:
        parts.append(_words(LEFT, 110, "Nothing happened.", 20, GREY, family=SANS))
    return "\n".join([*parts, "</svg>", ""])


def _chart(rows: list[Row]) -> list[str]:
    pitch = min(64.0, (HEIGHT - TOP - BOTTOM) / len(rows))
    size = min(18.0, pitch * 0.55)
    labels = labels_of(rows, 28)
    left = LEFT + max(columns(label) for label in labels) * size * LETTER + 18
    right = WIDTH - RIGHT
    # Ten pixels to a cell of the text's scale: so few marks that their numbers never touch.
    scale = scale_of(rows, room=int(right - left) // 10)
    floor = TOP + pitch * len(rows)

    def x(at: float) -> float:
        return left + (right - left) * (at - scale.origin) / (scale.end - scale.origin)

    parts = _axis(scale, x, floor)
    for number, row in enumerate(rows):
        top = TOP + pitch * number + pitch * 0.15
        base = top + pitch * 0.35 + size * 0.35
        indent = row.depth * 2 * size * LETTER
        fill = GREY if row.depth else INK
        parts.append(f"<g><title>{_escape(_hint(row))}</title>")
        parts.append(_words(LEFT + indent, base, labels[number].strip(), size, fill))
        parts += _bar(row, x, top, pitch * 0.7, base, size, scale)
        parts.append("</g>")
    return parts


def _axis(scale: Scale, x: Callable[[float], float], floor: float) -> list[str]:
    parts: list[str] = []
    for number in range(scale.steps + 1):
        at = scale.mark(number)
        parts.append(
            f'<line x1="{x(at):.1f}" y1="{TOP - 6}" x2="{x(at):.1f}" y2="{floor + 8:.1f}"'
            f' stroke="{LINE}" stroke-width="1.5"/>'
        )
        last = number == scale.steps
        parts.append(_words(x(at), floor + 28, seconds(at), 16, GREY, family=SANS, extra=MIDDLE))
        if last:
            beside = x(at) + 5 * len(seconds(at)) + 4
            parts.append(_words(beside, floor + 28, "seconds", 16, GREY, family=SANS))
    start, end = x(scale.origin), x(scale.end)
    parts.append(
        f'<line x1="{start:.1f}" y1="{floor + 8:.1f}" x2="{end:.1f}" y2="{floor + 8:.1f}"'
        f' stroke="{GREY}" stroke-width="1.5"/>'
    )
    return parts


def _bar(
    row: Row,
    x: Callable[[float], float],
    top: float,
    height: float,
    base: float,
    size: float,
    scale: Scale,
) -> list[str]:
    parts: list[str] = []
    edge = 0.0
    widest = (0.0, 0.0)
    # A row that stands for spans of several kinds has none of their colours.
    colour = FILLS[row.kind] if row.path else MIXED
    # Blocked stretches last: they lie over the bar that they are part of.
    for blocked in (False, True):
        fill = "url(#blocked)" if blocked else colour
        line = f' stroke="{FILLS["blocked"]}"' if blocked else ""
        pieces = [piece for piece in row.pieces if piece.blocked is blocked]
        for start, width in _stretches(pieces, x, scale.end):
            parts.append(
                f'<rect x="{start:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"'
                f' rx="2" fill="{fill}"{line}/>'
            )
            edge = max(edge, start + width)
            if blocked:
                widest = max(widest, (width, start))
    small = size * 0.85
    said = _said(row)
    name = "" if row.kind == "blocked" else ", ".join(row.blocked_by)
    plate = columns(name) * small * LETTER + 14
    width, start = widest
    # The name of what blocked: on the stripes, else after them on the bar, else after the bar.
    if name and width >= plate + 8:
        parts += _plate(start + (width - plate) / 2, base, plate, name, small)
        name = ""
    elif name and edge >= start + width + plate + 8:
        parts += _plate(start + width + 4, base, plate, name, small)
        name = ""
    if name:
        said = f"{said}, blocked: {name}" if said else f"blocked: {name}"
    if said:
        room = int((WIDTH - 8 - edge) / (small * LETTER)) - 1
        fill = FILLS["blocked"] if name else GREY
        parts.append(_words(edge + 8, base, cut(said, room), small, fill))
    return parts


def _plate(x: float, base: float, width: float, name: str, size: float) -> list[str]:
    return [
        f'<rect x="{x:.1f}" y="{base - size:.1f}" width="{width:.1f}"'
        f' height="{size * 1.4:.1f}" rx="3" fill="{PAPER}"/>',
        _words(x + width / 2, base, name, size, FILLS["blocked"], extra=MIDDLE),
    ]


def _stretches(
    pieces: list[Piece], x: Callable[[float], float], last: float
) -> list[tuple[float, float]]:
    """Left edges and widths. What touches is one: a thousand bars in one place are one bar."""
    edges: list[tuple[float, float]] = []
    for piece in sorted(pieces, key=lambda piece: piece.start):
        start = x(piece.start)
        end = max(x(last if piece.end is None else piece.end), start + 3)
        if edges and start <= edges[-1][1]:
            edges[-1] = edges[-1][0], max(end, edges[-1][1])
        else:
            edges.append((start, end))
    return [(start, end - start) for start, end in edges]


def _legend(rows: list[Row]) -> list[str]:
    shown = {row.kind for row in rows if row.path}
    if any(piece.blocked for row in rows for piece in row.pieces):
        shown.add("blocked")
    parts: list[str] = []
    at = float(LEFT)
    for kind in KINDS:
        if kind in shown:
            fill = "url(#blocked)" if kind == "blocked" else FILLS[kind]
            parts.append(
                f'<rect x="{at:.1f}" y="{HEIGHT - 38}" width="16" height="16" rx="2"'
                f' fill="{fill}"/>'
            )
            parts.append(_words(at + 23, HEIGHT - 25, NAMES[kind], 15, GREY, family=SANS))
            at += 23 + len(NAMES[kind]) * 8 + 24
    return parts


def _said(row: Row) -> str:
    """How long it took: a slide is read from afar, where nobody counts marks."""
    if row.last is None:
        return "… not ended"
    if row.several or row.last == row.first:
        return ""
    return f"{seconds(row.last - row.first)} s"


def _hint(row: Row) -> str:
    end = "not ended" if row.last is None else f"{seconds(row.last)} s"
    where = f", {row.where}" if row.where else ""
    return f"{row.label}: {seconds(row.first)} s to {end}{where}"


def _words(
    x: float,
    y: float,
    words: str,
    size: float,
    fill: str = INK,
    *,
    family: str = MONO,
    extra: str = "",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}" fill="{fill}" {family}{extra}>'
        f"{_escape(words)}</text>"
    )


def _escape(text: str) -> str:
    return escape(printable(text))
