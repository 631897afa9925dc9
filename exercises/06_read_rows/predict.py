"""Two ask for rows at one moment, and a third one sends a ping. All share a connection, and a query takes a second.

What is printed first?
After how many seconds is it over?
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
import httpx
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect(":memory:") as app.state.db:
        slow = "slow", 0, lambda: time.sleep(1)
        await app.state.db.create_function(*slow)  # pyright: ignore[reportUnknownMemberType]
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/rows")
async def rows(name: str) -> None:
    await app.state.db.execute_fetchall("SELECT slow()")
    print(f"rows for {name}")


@app.get("/ping")
async def ping() -> None:
    print("pong")


async def main(client: httpx.AsyncClient) -> None:
    await asyncio.gather(
        client.get("/rows?name=Ada"), client.get("/rows?name=Grace"), client.get("/ping")
    )
