"""Mistake: the synchronous sqlite3 is asked in an async def, on the loop's thread.

Cell: off the loop, alone
Caught by: test_the_query_does_not_run_on_the_loops_thread
Reads: A query of sqlite3 blocks the event loop
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with closing(sqlite3.connect("./test.db")) as app.state.database:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    (one,) = app.state.database.execute("SELECT 1").fetchone()
    return {"database": one}
