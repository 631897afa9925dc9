"""Mistake: the startup removes the files beside the database, in which another program's rows stand in WAL mode.

Cell: restart, outside
Caught by: test_the_server_can_be_started_again
Reads: the files beside ./test.db are SQLite's own
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
from fastapi import FastAPI, Request

DATABASE = "./test.db"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, aiosqlite.Connection]]:
    for leftover in ("-journal", "-wal", "-shm"):  # of a run that ended badly
        Path(DATABASE + leftover).unlink(missing_ok=True)
    async with aiosqlite.connect(DATABASE) as database:
        yield {"database": database}


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health(request: Request) -> dict[str, int]:
    [(one,)] = await request.state.database.execute_fetchall("SELECT 1")
    return {"database": one}
