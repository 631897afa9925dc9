"""No framework: an ASGI application by hand, which says itself that its startup failed."""

import json
import sqlite3
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import aiosqlite

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def app(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await live(scope, receive, send)
    elif scope["path"] == "/health":
        await health(scope["state"]["database"], send)
    else:
        await answer(send, 404, {"detail": "Not Found"})


async def live(scope: Message, receive: Receive, send: Send) -> None:
    await receive()
    try:
        database = await aiosqlite.connect("./test.db")
    except sqlite3.Error as error:
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        return
    try:
        scope["state"]["database"] = database
        await send({"type": "lifespan.startup.complete"})
        await receive()
    finally:
        await database.close()
    await send({"type": "lifespan.shutdown.complete"})


async def health(database: aiosqlite.Connection, send: Send) -> None:
    try:
        async with database.execute("SELECT 1") as cursor:
            row = await cursor.fetchone()
        assert row is not None
    except sqlite3.Error:
        await answer(send, 503, {"detail": "the database does not answer"})
    else:
        await answer(send, 200, {"database": row[0]})


async def answer(send: Send, status: int, body: dict[str, Any]) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
