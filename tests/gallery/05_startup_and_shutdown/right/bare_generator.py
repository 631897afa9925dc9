"""The lifespan is an async generator function without a decorator, which Starlette takes too."""

import asyncio
from collections.abc import AsyncIterator

import aiosqlite
from fastapi import FastAPI, Request


async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with aiosqlite.connect("./test.db") as database:
        app.state.database = database
        yield


app = FastAPI(lifespan=lifespan)  # pyright: ignore[reportArgumentType]


@app.get("/health")
async def health(request: Request) -> dict[str, int]:
    async with asyncio.TaskGroup() as group:
        rows = group.create_task(request.app.state.database.execute_fetchall("SELECT 1"))
    return {"database": next(iter(rows.result()))[0]}
