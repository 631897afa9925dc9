"""Mistake: a task is cancelled below yield, without finally: a startup that fails leaves it running.

Cell: left, failures
Caught by: test_nothing_is_left_after_a_startup_that_failed_half_way
Reads: Here the startup raised half way
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


async def say_that_it_runs() -> None:
    while True:
        print("The server runs.")
        await asyncio.sleep(60)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    task = asyncio.create_task(say_that_it_runs())
    async with aiosqlite.connect("./test.db") as app.state.database:
        yield
    task.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
