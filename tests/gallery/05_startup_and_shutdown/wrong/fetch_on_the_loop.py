"""Mistake: the query begins in a worker thread, and its row is fetched on the loop's thread.

Cell: off the loop, alone
Caught by: test_the_query_does_not_run_on_the_loops_thread
Reads: A query of sqlite3 blocks the event loop
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.lock = asyncio.Lock()
    with closing(sqlite3.connect("./test.db", check_same_thread=False)) as app.state.database:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    async with app.state.lock:
        cursor = await asyncio.to_thread(app.state.database.execute, "SELECT 1")
        return {"database": cursor.fetchone()[0]}
