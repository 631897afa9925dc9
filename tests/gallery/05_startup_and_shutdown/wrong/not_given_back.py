"""Mistake: a request that fails does not put its connection back into the pool.

Cell: well again, failures
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: A failed request changes nothing for the next one
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.pool = asyncio.Queue()
    async with AsyncExitStack() as stack:
        for _ in range(5):
            database = await stack.enter_async_context(aiosqlite.connect("./test.db"))
            app.state.pool.put_nowait(database)
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    database = await app.state.pool.get()
    [row] = await database.execute_fetchall("SELECT 1")
    app.state.pool.put_nowait(database)
    return {"database": row[0]}
