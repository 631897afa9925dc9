"""Mistake: a connection is closed when its query is given up, and goes back into the pool.

Cell: failed, slow
Caught by: test_a_query_that_takes_long_is_no_empty_list
Reads: The handler raised ValueError
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException, Request

SIZE = 3


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with AsyncExitStack() as stack:
        idle: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
        for _ in range(SIZE):
            db = await stack.enter_async_context(aiosqlite.connect("./test.db"))
            db.row_factory = aiosqlite.Row
            await db.execute(
                "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
            )
            await db.commit()
            idle.put_nowait(db)
        app.state.idle = idle
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    idle: asyncio.Queue[aiosqlite.Connection] = request.app.state.idle
    db = await idle.get()
    try:
        async with asyncio.timeout(2):
            rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    except TimeoutError:
        await db.close()  # the query may hang in it
        raise HTTPException(503, "The database is busy") from None
    finally:
        idle.put_nowait(db)
    return [dict(row) for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
