"""Mistake: the startup empties every table that it finds.

Cell: restart, outside
Caught by: test_the_server_can_be_started_again
Reads: The file outlives the server
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as app.state.database:
        find = "SELECT name FROM sqlite_master WHERE type = 'table'"
        for (name,) in await app.state.database.execute_fetchall(find):
            await app.state.database.execute(f'DELETE FROM "{name}"')
        await app.state.database.commit()
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
