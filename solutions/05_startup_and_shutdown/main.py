"""05 · Startup and shutdown: the reference."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TypedDict

import aiosqlite
from fastapi import FastAPI, Request

DATABASE = "./test.db"


class State(TypedDict):
    database: aiosqlite.Connection


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[State]:
    # The connection is opened in here, not at the top of the file: it belongs to the loop that runs
    # now, and importing a file should open nothing. `async with` closes it on every way out of the
    # block: at shutdown, and also if something between here and `yield` raises. If opening itself
    # raises, so does the startup, and the server refuses to run: better than without a database.
    async with aiosqlite.connect(DATABASE) as database:
        # The server takes requests from here on, until it is told to stop. What is yielded is
        # `request.state` in every request.
        yield {"database": database}


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health(request: Request) -> dict[str, int]:
    # Nothing is opened and nothing closed here: a request borrows what the startup made. If the
    # query raises, FastAPI answers 500. The error never reaches the lifespan, so the connection
    # stays open for the next request. `async with` gives the cursor back, error or not.
    database: aiosqlite.Connection = request.state.database
    async with database.execute("SELECT 1") as cursor:
        row = await cursor.fetchone()
    assert row is not None, "SELECT 1 always has a row"
    return {"database": row[0]}
