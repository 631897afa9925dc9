"""The server starts, answers two requests that come at one moment, and is told to stop.

What is printed last?
After how many seconds is it over?
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    await asyncio.sleep(1)
    print("opened")
    yield
    await asyncio.sleep(0.5)
    print("closed")


app = FastAPI(lifespan=lifespan)


@app.get("/work")
async def work(seconds: float) -> None:
    await asyncio.sleep(seconds)
    print(f"worked for {seconds:g} s")


async def main(serve: Any) -> None:
    async with serve() as client:
        await asyncio.gather(client.get("/work?seconds=2"), client.get("/work?seconds=3"))
        print("told to stop")
