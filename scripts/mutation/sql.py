"""The text of an SQL statement, changed a little."""

from __future__ import annotations

import re
from collections.abc import Iterator


def is_sql(text: str) -> bool:
    return re.match(r"\s*(SELECT|INSERT|CREATE|UPDATE|DELETE|PRAGMA)\b", text) is not None


_CLAUSES = (
    r"IF NOT EXISTS ",
    r" WHERE .*?(?= ORDER BY| LIMIT|$)",
    r" ORDER BY .*?(?= LIMIT|$)",
    r" LIMIT .*$",
    r" NOT NULL",
    r" PRIMARY KEY",
    r" AUTOINCREMENT",
    r" RETURNING .*$",
)


def other_sql(text: str) -> Iterator[str]:
    """The clauses of a statement left out one by one, its columns changed, its order turned."""
    for clause in _CLAUSES:
        if re.search(clause, text, re.DOTALL):
            yield re.sub(clause, "", text, count=1, flags=re.DOTALL)
    if "ORDER BY" in text:
        yield text + " DESC"
        yield re.sub(r"ORDER BY id", "ORDER BY name", text)
    if "CREATE TABLE" in text:
        yield text.replace("INTEGER", "TEXT").replace("id TEXT", "id INTEGER")
        yield text.replace("name TEXT", "name INTEGER")
        yield text.replace("INTEGER PRIMARY KEY", "TEXT PRIMARY KEY")
        yield re.sub(r",\s*name[^\n)]*", "", text)
    for column, other in (("id", "name"), ("name", "id")):
        yield re.sub(rf"\b{column}\b", other, text, count=1)
    yield text.replace("SELECT id, name", "SELECT name, id")
    yield text.replace("SELECT id,", "SELECT")
    yield text.replace("SELECT id, name", "SELECT id")
    yield text.replace("SELECT 1", "SELECT 2")
    yield text.replace("SELECT 1", "SELECT NULL")
    yield text.replace("= ?", ">= ?")
    yield text.replace("= ?", "<> ?")
    yield text.replace("sqlite_master", "nowhere")
    yield text.replace("users", "user")
    yield "SELECT 1"
