"""Mistake: events, and a startup that fails: the shutdown event never comes.

Cell: left, failures
Caught by: test_nothing_is_left_after_a_startup_that_failed_half_way
Reads: Here the startup raised half way
"""

import aiosqlite
from fastapi import FastAPI

app = FastAPI()


@app.on_event("startup")
async def startup() -> None:
    app.state.database = await aiosqlite.connect("./test.db")
    await app.state.database.execute("PRAGMA journal_mode = WAL")


@app.on_event("shutdown")
async def shutdown() -> None:
    await app.state.database.close()


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
