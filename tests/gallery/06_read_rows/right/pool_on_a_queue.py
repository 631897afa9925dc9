"""Three connections wait on a queue; a request takes one and puts it back."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import aiosqlite
from fastapi import FastAPI


class Pool:
    def __init__(self, size: int) -> None:
        self.size = size
        self.free: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[aiosqlite.Connection]:
        db = await self.free.get()
        try:
            yield db
        finally:
            self.free.put_nowait(db)

    @asynccontextmanager
    async def filled(self) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            for _ in range(self.size):
                db = await stack.enter_async_context(aiosqlite.connect("./test.db"))
                db.row_factory = aiosqlite.Row
                self.free.put_nowait(db)
            yield
            self.free = asyncio.Queue()


pool = Pool(3)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with pool.filled():
        async with pool.connection() as db:
            await db.execute(
                "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
            )
            await db.commit()
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users() -> list[dict[str, int | str]]:
    async with pool.connection() as db:
        rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    return [dict(row) for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
