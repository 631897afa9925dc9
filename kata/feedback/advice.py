"""Exceptions that a known mistake brings, and the sentence for each."""

from __future__ import annotations

import re

SWALLOWED = (
    "A dependency may catch an exception round its `yield`, and then raises it again: `raise`."
)
"""For a request that FastAPI has no answer to, since its exception is gone."""

_BY_MESSAGE: tuple[tuple[str, str], ...] = (
    (
        r"AsyncClient.* does not support the context manager protocol|__enter__",
        "Write `async with`.",
    ),
    (r"asynchronous context manager protocol|__aenter__", "Write `with`: this one is not async."),
    (
        r"can't be used in 'await' expression|can't be awaited",
        "This call gives its value at once: take the `await` away.",
    ),
    (r"asyncio\.run\(\) cannot be called", "A loop is already running: use `await` instead."),
    (
        r"byte 0x8b in position 1: invalid start byte",
        "So a gzip body begins: `aiter_raw` gives it packed, and `aread`, `aiter_bytes` and `json()` unpack it.",
    ),
    (
        r"is not a valid HTTPStatus",
        "HTTPStatus has the statuses that have a standard name, and others are sent too: take the number as it is.",
    ),
    (r"Cannot reopen a client instance", "Leaving its block closed it for everyone."),
    (
        r"client has been closed",
        "It was closed before, for everyone: by `aclose()`, or by leaving its block.",
    ),
    (
        r"^The connection is closed",
        "Its client was closed before the body had been read: read it inside the client's block.",
    ),
    (
        r"cannot schedule new futures after shutdown",
        "It was shut down before, for everyone: by `shutdown()`, or by leaving its block. It stays open until the "
        "server stops, and each start needs a new one.",
    ),
    (
        r"threads can only be started once",
        "A connection object can be entered once: call `connect` anew in each start.",
    ),
    (
        r"'State' object has no attribute",
        "Nothing was put there: the startup that should do it never ran.",
    ),
    (
        r"nobody answers at this address",
        "Compare the method and the address with those in the lesson, letter by letter.",
    ),
    (
        r"await wasn't used w|'input': <(Task|Future|coroutine)",
        "The handler returned what is still to come: put `await` before it.",
    ),
    (
        r"cannot reuse already awaited coroutine",
        "A coroutine runs once: call the function anew for each request.",
    ),
    (
        r"^Result is not (set|ready)",
        "The task was not done: wait until it is, then ask for its result (with a time-out or FIRST_COMPLETED, "
        "`asyncio.wait` returns before that).",
    ),
    (
        r"^Connection closed$|no active connection|on a closed database",
        "It was closed before: leave what all share open until the shutdown.",
    ),
    (
        r"table .* already exists",
        "The file may have it already, from a start before or from others: write CREATE TABLE IF NOT EXISTS.",
    ),
    (
        r"no such column",
        "If this is a value, write `?` in its place, and pass it beside the SQL.",
    ),
    (
        r"cannot convert dictionary update sequence",
        "A row is a bare tuple, unless you set a `row_factory`.",
    ),
    (
        r"^Response not awaited",
        SWALLOWED,
    ),
    (
        r"no such table",
        "The table must be made at startup, in the same file: a new one has none, and each connection to "
        "`:memory:` opens a new one.",
    ),
    (
        r"near \".*\": syntax error|unrecognized token|incomplete input",
        "If a value stands in this SQL, write `?` in its place, and pass it beside the SQL.",
    ),
    (r"'NoneType' object can't be|awaitable|coroutine", "Look for an `await` too few or too many."),
    (
        r"bound to a different event loop",
        "Make it inside the running loop: in the startup, not at import.",
    ),
    (
        r"transaction within a transaction",
        "One connection has one transaction at a time, and the one before has not ended: end each, also after a query "
        "that failed, and let no two requests be in one on the same connection.",
    ),
    (
        r"database is locked",
        "Another connection has the file locked. If your transaction has read before this line, it cannot wait: "
        "begin it with BEGIN IMMEDIATE. If not, see that each connection ends its transaction, and give SQLite time "
        "to wait, with a `timeout`.",
    ),
    (
        r"too large to convert to SQLite",
        "SQLite holds whole numbers from -2**63 to 2**63 - 1. This is none of them, so no row has it: catch the "
        "error, or compare first.",
    ),
    (
        r"int too large to convert to float",
        "A float holds no number of this size, and not every smaller one exactly: leave a whole number an int.",
    ),
    (
        r"disk image is malformed",
        "The file was changed, and this connection did not notice: open it without `immutable` and `nolock`, and let "
        "nothing but SQLite write it.",
    ),
    (
        r"SQL statements in progress",
        "A statement still has a row to give: read what RETURNING gives before the commit.",
    ),
    (
        r"bindings supplied.* uses 1\b|parameters are of unsupported type",
        "The values go beside the SQL as a sequence: a tuple of one has a comma, as in `(text,)`.",
    ),
    (
        r"query contains a null character|embedded null",
        "A value stands in the SQL: write `?` in its place, and pass it beside the SQL.",
    ),
    (
        r"Response content (longer|shorter) than Content-Length",
        "A server breaks such a response off: leave that header to FastAPI, which counts the bytes.",
    ),
    (
        r"(conflicting|bad) Content-Length",
        "A server refuses such a response: leave that header to FastAPI, which counts the bytes.",
    ),
    (
        r"Illegal header (name|value)",
        "A header is one line of visible characters: leave line breaks, and blanks at its ends, out of it.",
    ),
    (
        r"Transfer-Encoding",
        "How a body travels is for the server to say: leave that header out.",
    ),
    (
        r"content-encoding says .* and the body is not",
        "What httpx has decoded leaves without this header.",
    ),
    (r"a response with status \d+ has no body", "Answer with another status, or with nothing."),
    (
        r"NOT NULL constraint failed",
        "This column must have a value: pass it, or let the model of the body refuse what comes without it.",
    ),
    (r"UNIQUE constraint failed", "Such a row is there already: let SQLite choose the id."),
    (
        r"other API misuse|another row available|no more rows available",
        "Threads share a connection: let one use it at a time, under a lock, or open one for each.",
    ),
    (r"SQLite objects created in a thread", "Open a connection in the thread that uses it."),
    (r"fastapi\.exceptions\.HTTPException", "An HTTPException is raised, not returned."),
)

_REQUEST_ERRORS = {
    "CloseError",
    "ConnectError",
    "ConnectTimeout",
    "DecodingError",
    "LocalProtocolError",
    "ProxyError",
    "ReadError",
    "ReadTimeout",
    "RemoteProtocolError",
    "TooManyRedirects",
    "WriteError",
    "WriteTimeout",
}

_BY_TYPE = {
    "ResponseValidationError": "The value that the handler returned does not fit the declared response.",
    "HTTPStatusError": "No clause caught it: HTTPStatusError is no RequestError, but its sibling.",
    "JSONDecodeError": "A body need not be JSON: that of an error seldom is, and an answer with a good status can "
    "carry garbage too.",
    "PoolTimeout": "No clause caught it: PoolTimeout is the kind of httpx.RequestError for when no connection of the "
    "pool comes free in time, as where responses are not closed.",
    "UnicodeDecodeError": "A body need not be text: `json()` raises this for such bytes. It is a ValueError.",
    "TimeoutError": "Time was up, and nobody caught that. asyncio and anyio raise TimeoutError, and httpx "
    "raises kinds of its own.",
    "ResponseNotRead": "Read it first: `await response.aread()`.",
    "QueueFull": "The queue has no room, and nobody caught that: tell the caller so, with a status of its own.",
}


_HANDED_OVER = (
    "to_thread",
    "run_in_executor",
    "run_sync",
    "run_in_threadpool",
    "add_task",
    "gather",
    "submit",
)


OUT_OF_TIME = (
    "Time was up before the upstream had answered, and nobody caught that: catch it where no answer may come, "
    "and wait longer where one does."
)
"""For a time-out of httpx that left a request which was to be answered with 200."""


def advice_for_message(message: str) -> str:
    """What to do about an exception with this message, whatever type it is of and wherever it came from, or "" """
    return next((said for pattern, said in _BY_MESSAGE if re.search(pattern, message)), "")


def advice_for(error: str, message: str, code: str) -> str:
    """What to do about an exception with this type's name and message at this line of code, or "" """
    if "is not callable" in message and any(name in code for name in _HANDED_OVER):
        return "Pass the function, not its result."
    if message == "unhashable type: 'list'" and "gather(" in code:
        return "gather takes the calls one by one: unpack the list, with `*` before it."
    if message == "'NoneType' object is not subscriptable" and "row" in code:
        return "`fetchone` gives None when there is no row, or none any more."
    if message.endswith("unexpected end of data") and "decode(" in code:
        return (
            "The bytes end in the middle of a character, as a piece of a body may: put all pieces together before you "
            "decode them."
        )
    if _is_locked_at_a_commit(message, code):
        return (
            "At a commit it is readers that stand in the way: one of them has not ended its transaction, or has not "
            "fetched all its rows. End that if it is yours, and give SQLite time to wait, with a `timeout`."
        )
    if error == "UnboundLocalError" and code.startswith("@"):
        return SWALLOWED  # raised by FastAPI itself, where the dependency has the scope "function"
    if error.startswith("CutOff"):
        return "This line runs or waits for ever and lets nothing else run."
    if sentence := advice_for_message(message):
        return sentence
    if error in _REQUEST_ERRORS:
        return f"No clause caught it: {error} is one kind of httpx.RequestError."
    return _BY_TYPE.get(error, "")


def _is_locked_at_a_commit(message: str, code: str) -> bool:
    # What SQLAlchemy has yet to write when it commits fails with its own statement, as "[SQL: INSERT …".
    return (
        "database is locked" in message
        and "[SQL:" not in message
        and bool(re.search(r"\bcommit\b", code, re.IGNORECASE))
    )
