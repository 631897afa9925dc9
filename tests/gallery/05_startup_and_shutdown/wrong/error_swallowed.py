"""Mistake: the error of the query is swallowed: a failed request looks well.

Caught by: test_a_failing_request_answers_500_and_harms_no_other
Reads: Let the error of the query leave the handler
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as app.state.database:
        await app.state.database.execute_fetchall("SELECT count(*) FROM sqlite_master")
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}


@app.get("/broken")
async def broken() -> None:
    try:
        await app.state.database.execute_fetchall("SELECT * FROM nowhere")
    except aiosqlite.Error as error:
        print(f"The query failed: {error}")
