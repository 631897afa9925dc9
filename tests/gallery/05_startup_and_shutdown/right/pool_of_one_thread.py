"""A pool of one thread, which opens the connection when it begins and is the only one to use it."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

mine = threading.local()


def open_database() -> None:
    mine.database = sqlite3.connect("./test.db")


def close_database() -> None:
    mine.database.close()


def ask() -> int:
    (one,) = mine.database.execute("SELECT 1").fetchone()
    return one


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with ThreadPoolExecutor(1, initializer=open_database) as app.state.pool:
        await in_the_pool(ask)
        try:
            yield
        finally:
            await in_the_pool(close_database)


app = FastAPI(lifespan=lifespan)


async def in_the_pool(work: Callable[[], Any]) -> Any:
    return await asyncio.get_running_loop().run_in_executor(app.state.pool, work)


@app.get("/health")
async def health() -> dict[str, int]:
    return {"database": await in_the_pool(ask)}
