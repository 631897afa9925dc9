"""A pool of three connections on a queue: requests take one out and put it back."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import aiosqlite
from fastapi import FastAPI


class Pool:
    def __init__(self) -> None:
        self.free: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[aiosqlite.Connection]:
        connection = await self.free.get()
        try:
            yield connection
        finally:
            self.free.put_nowait(connection)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    pool = Pool()
    async with AsyncExitStack() as stack:
        for _ in range(3):
            opened = await stack.enter_async_context(aiosqlite.connect("./test.db"))
            pool.free.put_nowait(opened)
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    async with app.state.pool.connection() as connection:
        [row] = await connection.execute_fetchall("SELECT 1")
    return {"database": row[0]}
