"""How the pages are made: templates that escape everything, and a policy that lets nothing else run.

A student chooses his name, the text of his exceptions and the labels in his timeline. So jinja2 escapes
each of them; a picture is shown as a picture, in which no script runs; and the page's own
Content-Security-Policy knows the style and the script by their hashes and forbids all others.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kata.classroom.refusal import Refusal

if TYPE_CHECKING:
    from jinja2 import Environment

PAGES = Path(__file__).resolve().parent / "pages"


@dataclass(frozen=True)
class Look:
    """What stands in a page's head: style and script, and the policy that names them."""

    style: str
    script: str
    policy: str


@cache
def look(script: str = "") -> Look:
    """The look of a page with this script (a file's name), or with none."""
    from markupsafe import Markup

    style = (PAGES / "style.css").read_text("utf-8")
    code = (PAGES / script).read_text("utf-8") if script else ""
    rules = ["default-src 'none'", f"style-src {_hash(style)}", "img-src data:"]
    rules += ["base-uri 'none'", "form-action 'none'"]
    if code:
        rules.append(f"script-src {_hash(code)}")
    return Look(Markup(style), Markup(code), "; ".join(rules))  # ours, and no student's


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def environment() -> Environment:
    """The templates. Raises Refusal if jinja2 is not installed."""
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError:
        raise Refusal(
            'The pages need jinja2: run `pip install "fastapi-async-kata[classroom]"`, or `pip install jinja2`.'
        ) from None
    made = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(points=points, cut=cut, when=when, picture=picture, code=code)
    return made


def render(template: str, facts: Mapping[str, Any]) -> str:
    return environment().get_template(template).render(facts)


def points(number: float) -> str:
    """7 or 7.5, never 7.0."""
    return f"{number:.2f}".rstrip("0").rstrip(".") if math.isfinite(number) else str(number)


def cut(text: str, most: int = 280) -> str:
    """The text, or its start: an answer may make its failure as long as it likes."""
    return text if len(text) <= most else f"{text[:most].rstrip()} …"


@lru_cache(4096)  # the titles of the specs stand on every page
def code(text: str) -> str:
    """The text with what stands in backquotes as code. Everything is escaped first."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(text))))


def when(moment: datetime) -> str:
    """A moment as people read it, with the offset that it was given in."""
    return f"{moment:%Y-%m-%d %H:%M} {moment:%Z}".strip()


def picture(svg: str) -> str:
    """An SVG as the address of an image. Unlike markup in a page, an image runs nothing and loads nothing."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode('utf-8', 'replace')).decode()}"


def as_data(value: object) -> str:
    """JSON that can stand inside a script element, whatever texts are in it."""
    from markupsafe import Markup

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)
